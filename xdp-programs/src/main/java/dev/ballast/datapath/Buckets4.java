package dev.ballast.datapath;

/** VIPs of IPv4: the address is part of the key word. */
final class Buckets4 extends Buckets {
    Buckets4(Words table, Epochs epochs) {
        super(
                table,
                Abi.VIP4_WAYS,
                Abi.VIP4_WAY.byteSize(),
                Abi.offset(Abi.VIP4_WAY, "key"),
                Abi.offset(Abi.VIP4_WAY, "value"),
                epochs);
    }

    @Override
    int home(BucketKey key) {
        return bucketOf(key.key() * MULTIPLIER);
    }

    @Override
    BucketKey key(long way) {
        return new BucketKey(0, 0, table.load(way + keyOffset) & ~STATE_MASK);
    }

    @Override
    void setAddress(long way, BucketKey key) {
        // It is part of the key word.
    }
}
