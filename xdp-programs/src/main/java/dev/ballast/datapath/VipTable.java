package dev.ballast.datapath;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * Which packets are for which service: open addressing in buckets of a cache line, one table a family; see {@code lb/vip.h}
 * for the reader.
 *
 * <p>A way goes through empty, used, tombstone. A reader that has seen its key reads its value a moment later, so a tombstone
 * takes a new key only after a {@link Grace} period, and turns empty (which ends searches after its bucket) only if no key
 * whose search passes through that bucket lies behind it. One writer.
 */
public final class VipTable {
    private final Buckets four;
    private final Buckets six;
    private final MemorySegment settings;
    private final VipSeeds seeds;

    VipTable(MemorySegment vips4, MemorySegment vips6, MemorySegment settings, VipSeeds seeds, Epochs epochs) {
        this.four = new Buckets4(vips4, epochs);
        this.six = new Buckets6(vips6, epochs);
        this.settings = settings;
        this.seeds = seeds;
    }

    /**
     * Sends the packets of a VIP to a service, from the next one on. A VIP that is there already changes its service with one
     * store.
     *
     * @throws DatapathException if the table is too full at that place
     */
    public void put(VipKey vip, int service) {
        long value = (long) seeds.seed(vip.address(), vip.protocol()) << 32 | Integer.toUnsignedLong(service);
        if (vip.port() == VipKey.ANY_PORT) {
            announceAnyPort(vip.address()); // before the key: a reader that finds it has looked for it
        }
        if (!buckets(vip.address()).put(Key.of(vip), value)) {
            throw new DatapathException(
                    "add VIP",
                    vip.toString(),
                    "the " + Abi.VIP_PROBE_BUCKETS + " buckets it may be in are full",
                    "raise node.limits.services, by which the VIP tables are sized");
        }
    }

    /** Ends a VIP: its packets are passed from the next one on. False if there was none. */
    public boolean remove(VipKey vip) {
        return buckets(vip.address()).remove(Key.of(vip));
    }

    /** The service that a VIP leads to. */
    public OptionalInt service(VipKey vip) {
        long at = buckets(vip.address()).find(Key.of(vip));
        return at < 0
                ? OptionalInt.empty()
                : OptionalInt.of((int) buckets(vip.address()).value(at));
    }

    /** All VIPs with their services. */
    public Map<VipKey, Integer> list() {
        Map<VipKey, Integer> vips = new HashMap<>();
        four.listInto(vips);
        six.listInto(vips);
        return vips;
    }

    /** How many VIPs each family's table has ways for; it is full a good deal earlier. */
    public int ways() {
        return Math.min(four.count * four.ways, six.count * six.ways);
    }

    void reclaim(Grace grace) {
        four.reclaim(grace);
        six.reclaim(grace);
        withdrawAnyPort();
    }

    boolean hasRetired() {
        return !four.retired.isEmpty() || !six.retired.isEmpty();
    }

    /** The seed by which flows to that address hash. */
    int seed(InetAddress address, Protocol protocol) {
        return seeds.seed(address, protocol);
    }

    private Buckets buckets(InetAddress address) {
        return Addresses.isIpv4(address) ? four : six;
    }

    private void announceAnyPort(InetAddress address) {
        setBits(bits() | (Addresses.isIpv4(address) ? Abi.SETTING_ANY_PORT_4 : Abi.SETTING_ANY_PORT_6));
    }

    /** Saves readers their second look when the last any-port VIP of a family is gone. */
    private void withdrawAnyPort() {
        long used = 0;
        for (VipKey vip : list().keySet()) {
            if (vip.port() == VipKey.ANY_PORT) {
                used |= Addresses.isIpv4(vip.address()) ? Abi.SETTING_ANY_PORT_4 : Abi.SETTING_ANY_PORT_6;
            }
        }
        setBits((bits() & ~(Abi.SETTING_ANY_PORT_4 | Abi.SETTING_ANY_PORT_6)) | used);
    }

    private long bits() {
        return (long) Buckets.WORD.getAcquire(settings, 0L);
    }

    private void setBits(long bits) {
        Buckets.WORD.setRelease(settings, 0L, bits);
    }

    /**
     * A VIP as the table has it.
     *
     * @param high first half of an IPv6 address; 0 for IPv4
     * @param low second half of an IPv6 address; 0 for IPv4
     * @param key the key word, its low byte 0
     */
    private record Key(long high, long low, long key) {
        static Key of(VipKey vip) {
            long port = (long) vip.port() << 16 | (long) vip.protocol().number() << 8;
            return Addresses.isIpv4(vip.address())
                    ? new Key(0, 0, (long) Addresses.bits4(vip.address()) << 32 | port)
                    : new Key(Addresses.high6(vip.address()), Addresses.low6(vip.address()), port);
        }

        VipKey toVip(InetAddress address) {
            return new VipKey(address, (int) (key >>> 16) & 0xffff, Protocol.ofNumber((int) (key >>> 8) & 0xff));
        }
    }

    /** The table of one family. A way is named by its byte offset. */
    private abstract static class Buckets {
        static final VarHandle WORD = JAVA_LONG.varHandle();
        static final long MULTIPLIER = 0x11a64bee9d35b885L;
        static final int STATE_MASK = 0xff;

        final MemorySegment table;
        final int ways;
        final int count;
        final long wayBytes;
        final long keyOffset;
        final long valueOffset;
        final Epochs epochs;

        /** Tombstones that no grace period has covered yet. */
        final List<Retired> retired = new ArrayList<>();

        record Retired(long way, long epoch) {}

        Buckets(MemorySegment table, int ways, long wayBytes, long keyOffset, long valueOffset, Epochs epochs) {
            this.table = table;
            this.ways = ways;
            this.wayBytes = wayBytes;
            this.count = Math.toIntExact(table.byteSize() / (ways * wayBytes));
            this.keyOffset = keyOffset;
            this.valueOffset = valueOffset;
            this.epochs = epochs;
            for (long way = 0; way < table.byteSize(); way += wayBytes) { // a predecessor's
                if (state(way) == Abi.VIP_TOMBSTONE) {
                    retired.add(new Retired(way, epochs.next()));
                }
            }
        }

        abstract int home(Key key);

        abstract Key key(long way);

        abstract void setAddress(long way, Key key);

        abstract InetAddress address(Key key);

        boolean put(Key key, long value) {
            long way = find(key);
            if (way >= 0) {
                WORD.setRelease(table, way + valueOffset, value);
                return true;
            }
            way = vacancy(key);
            if (way < 0) {
                return false;
            }
            setAddress(way, key);
            WORD.setRelease(table, way + valueOffset, value);
            WORD.setRelease(table, way + keyOffset, key.key | Abi.VIP_USED);
            return true;
        }

        boolean remove(Key key) {
            long way = find(key);
            if (way < 0) {
                return false;
            }
            WORD.setRelease(table, way + keyOffset, key.key | Abi.VIP_TOMBSTONE);
            retired.add(new Retired(way, epochs.next()));
            return true;
        }

        /** The way of a key, or -1: the search that the program makes. */
        long find(Key key) {
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
        private long vacancy(Key key) {
            for (int probe = 0; probe < Abi.VIP_PROBE_BUCKETS; probe++) {
                for (int i = 0; i < ways; i++) {
                    long way = way(home(key) + probe, i);
                    boolean rested = retired.stream().noneMatch(candidate -> candidate.way == way);
                    if (state(way) != Abi.VIP_USED && rested) {
                        return way;
                    }
                }
            }
            return -1;
        }

        void reclaim(Grace grace) {
            retired.removeIf(candidate -> candidate.epoch <= grace.epoch());
            for (int bucket = 0; bucket < count; bucket++) {
                if (!passedThrough(bucket)) {
                    empty(bucket);
                }
            }
        }

        private void empty(int bucket) {
            for (int i = 0; i < ways; i++) {
                long way = way(bucket, i);
                boolean rested = retired.stream().noneMatch(candidate -> candidate.way == way);
                if (state(way) == Abi.VIP_TOMBSTONE && rested) {
                    WORD.setRelease(table, way + keyOffset, 0L);
                }
            }
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

        void listInto(Map<VipKey, Integer> vips) {
            for (long way = 0; way < table.byteSize(); way += wayBytes) {
                if (state(way) == Abi.VIP_USED) {
                    Key key = key(way);
                    vips.put(key.toVip(address(key)), (int) value(way));
                }
            }
        }

        long value(long way) {
            return (long) WORD.getAcquire(table, way + valueOffset);
        }

        private int state(long way) {
            return (int) ((long) WORD.getAcquire(table, way + keyOffset) & STATE_MASK);
        }

        private long way(int bucket, int index) {
            return ((long) (bucket & (count - 1)) * ways + index) * wayBytes;
        }

        final int bucketOf(long hash) {
            return count == 1 ? 0 : (int) (hash >>> (Long.SIZE - Integer.numberOfTrailingZeros(count)));
        }
    }

    private static final class Buckets4 extends Buckets {
        Buckets4(MemorySegment table, Epochs epochs) {
            super(
                    table,
                    Abi.VIP4_WAYS,
                    Abi.VIP4_WAY.byteSize(),
                    Abi.offset(Abi.VIP4_WAY, "key"),
                    Abi.offset(Abi.VIP4_WAY, "value"),
                    epochs);
        }

        @Override
        int home(Key key) {
            return bucketOf(key.key * MULTIPLIER);
        }

        @Override
        Key key(long way) {
            return new Key(0, 0, (long) WORD.getAcquire(table, way + keyOffset) & ~STATE_MASK);
        }

        @Override
        void setAddress(long way, Key key) {
            // It is part of the key word.
        }

        @Override
        InetAddress address(Key key) {
            return Addresses.of4((int) (key.key >>> 32));
        }
    }

    private static final class Buckets6 extends Buckets {
        private static final long MULTIPLIER_HIGH = 0x9493c42b289a5753L;
        private static final long MULTIPLIER_LOW = 0x6f0f6c3a2f129c45L;
        private static final long HIGH = Abi.offset(Abi.VIP6_WAY, "address_high");
        private static final long LOW = Abi.offset(Abi.VIP6_WAY, "address_low");

        Buckets6(MemorySegment table, Epochs epochs) {
            super(
                    table,
                    Abi.VIP6_WAYS,
                    Abi.VIP6_WAY.byteSize(),
                    Abi.offset(Abi.VIP6_WAY, "key"),
                    Abi.offset(Abi.VIP6_WAY, "value"),
                    epochs);
        }

        @Override
        int home(Key key) {
            return bucketOf(key.high * MULTIPLIER_HIGH + key.low * MULTIPLIER_LOW + key.key * MULTIPLIER);
        }

        @Override
        Key key(long way) {
            return new Key(
                    (long) WORD.getAcquire(table, way + HIGH),
                    (long) WORD.getAcquire(table, way + LOW),
                    (long) WORD.getAcquire(table, way + keyOffset) & ~STATE_MASK);
        }

        @Override
        void setAddress(long way, Key key) {
            WORD.setRelease(table, way + HIGH, key.high);
            WORD.setRelease(table, way + LOW, key.low);
        }

        @Override
        InetAddress address(Key key) {
            return Addresses.of6(key.high, key.low);
        }
    }
}
