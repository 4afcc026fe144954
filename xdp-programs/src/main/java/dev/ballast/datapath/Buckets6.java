package dev.ballast.datapath;

/** VIPs of IPv6, and server ids: 128 bits before the key word. */
final class Buckets6 extends Buckets {
    private static final long MULTIPLIER_HIGH = 0x9493c42b289a5753L;
    private static final long MULTIPLIER_LOW = 0x6f0f6c3a2f129c45L;
    private static final long HIGH = Abi.offset(Abi.VIP6_WAY, "address_high");
    private static final long LOW = Abi.offset(Abi.VIP6_WAY, "address_low");

    Buckets6(Words table, Epochs epochs) {
        super(
                table,
                Abi.VIP6_WAYS,
                Abi.VIP6_WAY.byteSize(),
                Abi.offset(Abi.VIP6_WAY, "key"),
                Abi.offset(Abi.VIP6_WAY, "value"),
                epochs);
    }

    @Override
    int home(BucketKey key) {
        return bucketOf(key.high() * MULTIPLIER_HIGH + key.low() * MULTIPLIER_LOW + key.key() * MULTIPLIER);
    }

    @Override
    BucketKey key(long way) {
        return new BucketKey(table.load(way + HIGH), table.load(way + LOW), table.load(way + keyOffset) & ~STATE_MASK);
    }

    @Override
    void setAddress(long way, BucketKey key) {
        table.store(way + HIGH, key.high());
        table.store(way + LOW, key.low());
    }
}
