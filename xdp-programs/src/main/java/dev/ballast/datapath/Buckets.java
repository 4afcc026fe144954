package dev.ballast.datapath;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.ObjLongConsumer;
import java.util.function.Predicate;

/**
 * A hash table of {@code lb/vip.h}: open addressing in buckets of one cache line. A way is named by its byte offset.
 *
 * <p>A way goes through empty, used, tombstone. A reader that has seen its key reads its value a moment later, so a tombstone
 * takes a new key only after a {@link Grace} period, and turns empty (which ends searches after its bucket) only if no key
 * whose search passes through that bucket lies behind it. One writer.
 */
abstract sealed class Buckets permits Buckets4, Buckets6 {
    static final long MULTIPLIER = 0x11a64bee9d35b885L;
    static final int STATE_MASK = 0xff;

    final Words table;
    final int ways;
    final int count;
    final long wayBytes;
    final long keyOffset;
    final long valueOffset;
    final Epochs epochs;

    /** Tombstones that no grace period has covered yet, by way: since when. */
    private final Map<Long, Long> retired = new HashMap<>();
    /** The others: they take a new key, or turn empty when no search passes through their bucket any more. */
    private final Set<Long> rested = new HashSet<>();

    Buckets(Words table, int ways, long wayBytes, long keyOffset, long valueOffset, Epochs epochs) {
        this.table = table;
        this.ways = ways;
        this.wayBytes = wayBytes;
        this.count = Math.toIntExact(table.bytes() / (ways * wayBytes));
        this.keyOffset = keyOffset;
        this.valueOffset = valueOffset;
        this.epochs = epochs;
        for (long way = 0; way < table.bytes(); way += wayBytes) { // a predecessor's
            if (state(way) == Abi.VIP_TOMBSTONE) {
                retired.put(way, epochs.next());
            }
        }
    }

    abstract int home(BucketKey key);

    abstract BucketKey key(long way);

    abstract void setAddress(long way, BucketKey key);

    boolean put(BucketKey key, long value) {
        long way = find(key);
        if (way >= 0) {
            table.store(way + valueOffset, value);
            return true;
        }
        way = vacancy(key);
        if (way < 0) {
            return false;
        }
        setAddress(way, key);
        table.store(way + valueOffset, value);
        table.store(way + keyOffset, key.key() | Abi.VIP_USED);
        rested.remove(way);
        return true;
    }

    boolean remove(BucketKey key) {
        long way = find(key);
        if (way < 0) {
            return false;
        }
        table.store(way + keyOffset, key.key() | Abi.VIP_TOMBSTONE);
        retired.put(way, epochs.next());
        return true;
    }

    /** The way of a key, or -1: the search that the program makes. */
    long find(BucketKey key) {
        for (int probe = 0; probe < Abi.VIP_PROBE_BUCKETS; probe++) {
            boolean last = false;
            for (int i = 0; i < ways; i++) {
                long way = way(home(key) + probe, i);
                if (state(way) == Abi.VIP_USED && key(way).equals(key)) {
                    return way;
                }
                last |= state(way) == Abi.VIP_EMPTY;
            }
            if (last) {
                return -1;
            }
        }
        return -1;
    }

    /** The first way of a key's buckets that may take it, or -1. */
    private long vacancy(BucketKey key) {
        for (int probe = 0; probe < Abi.VIP_PROBE_BUCKETS; probe++) {
            for (int i = 0; i < ways; i++) {
                long way = way(home(key) + probe, i);
                if (state(way) != Abi.VIP_USED && !retired.containsKey(way)) {
                    return way;
                }
            }
        }
        return -1;
    }

    void reclaim(Grace grace) {
        retired.entrySet().removeIf(tombstone -> {
            boolean covered = tombstone.getValue() <= grace.epoch();
            if (covered) {
                rested.add(tombstone.getKey());
            }
            return covered;
        });
        rested.removeIf(way -> {
            if (state(way) == Abi.VIP_TOMBSTONE && passedThrough((int) (way / (ways * wayBytes)))) {
                return false;
            }
            if (state(way) == Abi.VIP_TOMBSTONE) {
                table.store(way + keyOffset, 0L);
            }
            return true;
        });
    }

    /** Whether the search for a key that lies behind a bucket passes through it. */
    private boolean passedThrough(int bucket) {
        for (int behind = 1; behind < Abi.VIP_PROBE_BUCKETS; behind++) {
            for (int i = 0; i < ways; i++) {
                long way = way(bucket + behind, i);
                if (state(way) == Abi.VIP_USED && ((bucket + behind - home(key(way))) & (count - 1)) >= behind) {
                    return true;
                }
            }
        }
        return false;
    }

    /** All keys in use with their values. */
    void forEach(ObjLongConsumer<BucketKey> each) {
        for (long way = 0; way < table.bytes(); way += wayBytes) {
            if (state(way) == Abi.VIP_USED) {
                each.accept(key(way), value(way));
            }
        }
    }

    /**
     * Ends the keys that no daemon has put there: those that are none, and those that a search does not find, since somebody has
     * written on its way.
     *
     * @return how many
     */
    int removeStrays(Predicate<BucketKey> isKey) {
        int removed = 0;
        for (long way = 0; way < table.bytes(); way += wayBytes) {
            if (state(way) == Abi.VIP_USED && !(isKey.test(key(way)) && find(key(way)) == way)) {
                table.store(way + keyOffset, key(way).key() | Abi.VIP_TOMBSTONE);
                retired.put(way, epochs.next());
                removed++;
            }
        }
        return removed;
    }

    boolean hasRetired() {
        return !retired.isEmpty();
    }

    /** How many keys it has ways for; it is full a good deal earlier. */
    int size() {
        return count * ways;
    }

    long value(long way) {
        return table.load(way + valueOffset);
    }

    private int state(long way) {
        return (int) (table.load(way + keyOffset) & STATE_MASK);
    }

    private long way(int bucket, int index) {
        return ((long) (bucket & (count - 1)) * ways + index) * wayBytes;
    }

    final int bucketOf(long hash) {
        return count == 1 ? 0 : (int) (hash >>> (Long.SIZE - Integer.numberOfTrailingZeros(count)));
    }
}
