package dev.ballast.datapath;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.util.function.LongFunction;
import org.junit.jupiter.api.Test;

/** The order of a way's stores. What is found where, and when a way is free again, is in {@link VipTableKernelTest}. */
final class BucketsTest {
    private static final int INSERTS = 1_000_000;

    /** Behind the state, in a key word. */
    private static final int NUMBER_SHIFT = 8;

    private final Epochs epochs = new Epochs();

    /** Looks at a table's first way, as the program does. */
    private static final class Reader implements Runnable {
        private final Buckets buckets;
        private final LongFunction<BucketKey> keys;
        private long whole;
        private long mixed;

        /** {@code keys}: the key whose value is that number. */
        Reader(Buckets buckets, LongFunction<BucketKey> keys) {
            this.buckets = buckets;
            this.keys = keys;
        }

        @Override
        public void run() {
            long word = word();
            BucketKey key = buckets.key(0);
            long value = buckets.value(0);
            if ((word & Buckets.STATE_MASK) != Abi.VIP_USED || word() != word) {
                return; // not used, or not by one key all the while
            }
            long number = word >>> NUMBER_SHIFT;
            if (key.equals(keys.apply(number)) && value == number) {
                whole++;
            } else {
                mixed++;
            }
        }

        private long word() {
            return buckets.table.load(buckets.keyOffset);
        }
    }

    /** One key after the other takes the first way of a table of one bucket, each with its number as its value. */
    private void putOneAfterTheOther(Buckets buckets, LongFunction<BucketKey> keys) {
        Reader reader = new Reader(buckets, keys);
        try (Repeating _ = new Repeating(reader)) {
            for (long number = 1; number <= INSERTS; number++) {
                BucketKey key = keys.apply(number);
                assertThat(buckets.put(key, number)).isTrue();
                buckets.remove(key);
                buckets.reclaim(epochs.begin());
            }
        }
        assertThat(reader.whole).isPositive();
        assertThat(reader.mixed).isZero();
    }

    @Test
    void who_sees_a_new_ipv4_key_sees_its_value() {
        Buckets buckets = new Buckets4(Words.of(Arena.ofAuto().allocate(Abi.VIP4_BUCKET.byteSize(), 64)), epochs);
        putOneAfterTheOther(buckets, number -> new BucketKey(0, 0, number << NUMBER_SHIFT));
    }

    @Test
    void who_sees_a_new_ipv6_key_sees_its_address_and_value() {
        Buckets buckets = new Buckets6(Words.of(Arena.ofAuto().allocate(Abi.VIP6_BUCKET.byteSize(), 64)), epochs);
        putOneAfterTheOther(buckets, number -> new BucketKey(number, ~number, number << NUMBER_SHIFT));
    }
}
