package dev.ballast.datapath;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;

/**
 * The tables of a datapath in plain memory, and what a packet would find there. It outlives the {@link Tables} over it as the maps
 * of the kernel outlive a daemon. A {@link Gate} stands before every store. One thread.
 */
public final class TableMemory {
    /** Jiffies a second. */
    public static final int HZ = 250;

    private static final int VIP_BUCKETS = 8;
    private static final int FLOW_SETS = 8;
    private static final int PREFIXES = 64;

    private static final int SERVICE_WORDS = Math.toIntExact(Abi.SERVICE.byteSize() / Long.BYTES);
    private static final int MEMBER_WORDS = Math.toIntExact(Abi.MEMBER.byteSize() / Long.BYTES);
    private static final int NAME_HASH = word(Abi.SERVICE, "name_hash");
    private static final int MEMBER_BASE = word(Abi.SERVICE, "member_base");
    private static final int RING = word(Abi.SERVICE, "ring");
    private static final int PREVIOUS_RING = word(Abi.SERVICE, "previous_ring");
    private static final int BACKEND = word(Abi.MEMBER, "outer_destination");

    private static int word(StructLayout row, String field) {
        return Math.toIntExact(Abi.offset(row, field) / Long.BYTES);
    }

    /** What becomes of a store: the k-th may be the last of a daemon's life. */
    public interface Gate {
        /**
         * Right before a store; may throw instead.
         *
         * @return whether it is done; false: the kernel forgets it
         */
        boolean admits(String table);

        /** Right after a store. */
        void stored(String table, long at);
    }

    private final int serviceRows;
    private final int memberRows;
    private final long[] vips4 = words(VIP_BUCKETS * Abi.VIP4_BUCKET.byteSize());
    private final long[] vips6 = words(VIP_BUCKETS * Abi.VIP6_BUCKET.byteSize());
    private final long[] settings = words(Abi.SETTINGS.byteSize());
    private final long[] serverIds = words(VIP_BUCKETS * Abi.VIP6_BUCKET.byteSize());
    private final long[] services;
    private final long[] members;
    private final long[] rings;
    private final MemorySegment flows = MemorySegment.ofArray(words(FLOW_SETS * Abi.FLOW_SET.byteSize()));
    private final MemorySegment halfOpen = MemorySegment.ofArray(words(Abi.FLOW_SET.byteSize()));
    private final MemorySegment fragments = MemorySegment.ofArray(words(Abi.FLOW_SET.byteSize()));
    private final MemoryMap prefixes4 = MemoryMap.trie("vip_prefixes4", Abi.VIP_PREFIX4.byteSize(), PREFIXES, this);
    private final MemoryMap prefixes6 = MemoryMap.trie("vip_prefixes6", Abi.VIP_PREFIX6.byteSize(), PREFIXES, this);
    private final MemoryMap sources4 = MemoryMap.trie("sources4", Abi.SOURCE_PREFIX4.byteSize(), PREFIXES, this);
    private final MemoryMap sources6 = MemoryMap.trie("sources6", Abi.SOURCE_PREFIX6.byteSize(), PREFIXES, this);
    private final MemoryMap verdicts;
    private final MemoryMap serviceCounters;
    private final MemoryMap memberCounters;
    private final MemoryMap cpuStates;
    private final byte[] secret;

    private final Gate gate;
    private final Tables reader;

    /** What time it is for those who read these tables. */
    public long jiffies = 1_000_000;

    /** All tables empty. */
    public TableMemory(int serviceRows, int memberRows, int ringSlots, byte[] secret, Gate gate) {
        this.serviceRows = serviceRows;
        this.memberRows = memberRows;
        this.services = words(serviceRows * Abi.SERVICE.byteSize());
        this.members = words(memberRows * Abi.MEMBER.byteSize());
        this.rings = words((long) ringSlots * Short.BYTES);
        this.verdicts = MemoryMap.counters("verdicts", Abi.TRAFFIC.byteSize(), Abi.VERDICT_ROWS, this);
        this.serviceCounters =
                MemoryMap.counters("service_counters", Abi.SERVICE_COUNTERS.byteSize(), serviceRows, this);
        this.memberCounters = MemoryMap.counters("member_counters", Abi.TRAFFIC.byteSize(), memberRows, this);
        this.cpuStates = MemoryMap.counters("cpu_states", Abi.CPU_STATE.byteSize(), 1, this);
        this.secret = secret.clone();
        this.gate = gate;
        this.reader = open();
    }

    /** The datapath ends, and its tables with it: the next one begins with empty ones. */
    public void clear() {
        List.of(vips4, vips6, settings, serverIds, services, members, rings).forEach(words -> Arrays.fill(words, 0));
        List.of(flows, halfOpen, fragments).forEach(segment -> segment.fill((byte) 0));
        List.of(prefixes4, prefixes6, sources4, sources6, verdicts, serviceCounters, memberCounters, cpuStates)
                .forEach(MemoryMap::clear);
    }

    private static long[] words(long bytes) {
        return new long[Math.toIntExact(bytes / Long.BYTES)];
    }

    /** As a daemon sees them that begins to write here. */
    public Tables adopt() {
        Tables adopted = open();
        adopted.takeStock();
        return adopted;
    }

    private Tables open() {
        return new Tables(new Tables.Parts(
                VipSeeds.of(secret),
                FlowHash.of(secret),
                KernelClock.ofHz(HZ),
                () -> jiffies,
                new VipTable.Maps(
                        gated("vips4", vips4),
                        gated("vips6", vips6),
                        new PrefixTrie(prefixes4),
                        new PrefixTrie(prefixes6),
                        gated("settings", settings)),
                new SourceTable(new PrefixTrie(sources4), new PrefixTrie(sources6)),
                gated("server_ids", serverIds),
                gated("services", services),
                gated("members", members),
                MemorySegment.ofArray(rings),
                new Tables.FlowMemory(flows, halfOpen, fragments),
                new Counters(verdicts, serviceCounters, memberCounters, cpuStates)));
    }

    private Words gated(String name, long[] words) {
        return new Words() {
            @Override
            public long bytes() {
                return (long) words.length * Long.BYTES;
            }

            @Override
            public long load(long at) {
                return words[Math.toIntExact(at / Long.BYTES)];
            }

            @Override
            public void store(long at, long value) {
                if (gate.admits(name)) {
                    words[Math.toIntExact(at / Long.BYTES)] = value;
                    gate.stored(name, at);
                }
            }
        };
    }

    /** A store by system call. */
    void change(String table, Runnable change) {
        if (gate.admits(table)) {
            change.run();
            gate.stored(table, 0);
        }
    }

    // --- what a packet finds
    // -------------------------------------------------------------------------------------------

    /** The service of a VIP, by the search of {@code vip_lookup()}. */
    public OptionalInt serviceOf(VipKey vip) {
        return reader.vips().service(vip);
    }

    /** The name hash in a service's row; 0 if it is free. */
    public long nameHash(int service) {
        return services[service * SERVICE_WORDS + NAME_HASH];
    }

    /** The first id of a service. */
    public int memberBase(int service) {
        return (int) services[service * SERVICE_WORDS + MEMBER_BASE];
    }

    /** The ring that a service publishes. */
    public PublishedRing ring(int service) {
        return PublishedRing.ofWord(services[service * SERVICE_WORDS + RING]);
    }

    /** The ring before, whatever its time. */
    public PublishedRing previousRing(int service) {
        return PublishedRing.ofWord(services[service * SERVICE_WORDS + PREVIOUS_RING]);
    }

    /** The service in a member's row; -1 if the row is free. */
    public int serviceOfMember(int id) {
        if (id < 0 || id >= memberRows) {
            return -1;
        }
        long role = members[id * MEMBER_WORDS];
        return (role >>> Integer.SIZE & 0xff) == MemberState.FREE ? -1 : (int) role;
    }

    /** The backend in a member's row, as the row has it. */
    public Backend backend(int id) {
        int at = id * MEMBER_WORDS + BACKEND;
        boolean four = (members[id * MEMBER_WORDS] >>> 48 & 0xff) == 4;
        return four ? new Backend(members[at] & 0xffff_ffffL, 0) : new Backend(members[at], members[at + 1]);
    }

    /** Two words of an address; of IPv4 only part of the first is not zero. */
    public record Backend(long first, long second) {
        @Override
        public String toString() {
            return "backend %x %x".formatted(first, second);
        }
    }

    /** The slots of a ring: indexes of members within their service. */
    public short[] slots(RingRange range) {
        short[] slots = new short[range.slots()];
        MemorySegment.copy(
                MemorySegment.ofArray(rings),
                ValueLayout.JAVA_SHORT,
                range.baseChunk() * Abi.RING_CHUNK.byteSize(),
                slots,
                0,
                slots.length);
        return slots;
    }

    /** How many services there can be. */
    public int serviceRows() {
        return serviceRows;
    }

    /** The chunks of a ring, from the first to the one after the last. */
    public static int[] chunks(RingRange range) {
        return new int[] {range.baseChunk(), range.baseChunk() + range.chunks()};
    }

    /** The id of the member in whose row a place of the table is. */
    public static int member(long at) {
        return Math.toIntExact(at / Abi.MEMBER.byteSize());
    }

    /** To look at them; writes by it pass the gate as any other's. */
    public Tables tables() {
        return reader;
    }

    // --- flows
    // ---------------------------------------------------------------------------------------------------------

    /** A packet enters its flow in the main table; false if there is no room. */
    public boolean addFlow(int tag, int member, int idleTicks) {
        for (long at = 0; at < flows.byteSize(); at += Long.BYTES) {
            long entry = flows.get(ValueLayout.JAVA_LONG, at);
            if (!FlowEntry.isLive(entry, reader.nowTicks())) {
                flows.set(
                        ValueLayout.JAVA_LONG,
                        at,
                        FlowEntry.of(tag, member, reader.nowTicks() + idleTicks, FlowState.ESTABLISHED, false));
                return true;
            }
        }
        return false;
    }

    /** Whether a live flow names a member id. */
    public boolean hasFlow(int member) {
        for (long at = 0; at < flows.byteSize(); at += Long.BYTES) {
            long entry = flows.get(ValueLayout.JAVA_LONG, at);
            if (FlowEntry.isLive(entry, reader.nowTicks()) && FlowEntry.member(entry) == member) {
                return true;
            }
        }
        return false;
    }

    /** Every flow ends. */
    public void endFlows() {
        flows.fill((byte) 0);
    }

    // --- somebody else
    // -------------------------------------------------------------------------------------------------

    /** Somebody writes a word of one of the tables, past gate and daemon. Says where. */
    public String scribble(Random random) {
        record Target(String name, long[] words) {}
        List<Target> targets = new ArrayList<>(List.of(
                new Target("vips4", vips4),
                new Target("settings", settings),
                new Target("services", services),
                new Target("members", members),
                new Target("rings", rings)));
        Target target = targets.get(random.nextInt(targets.size()));
        // Mostly where something is: an empty table has many words that say nothing.
        int at = random.nextInt(target.words.length);
        for (int i = 0; i < 32 && target.words[at] == 0; i++) {
            at = random.nextInt(target.words.length);
        }
        long before = target.words[at];
        target.words[at] = switch (random.nextInt(4)) {
            case 0 -> 0;
            case 1 -> random.nextLong();
            case 2 -> before ^ 1L << random.nextInt(Long.SIZE);
            default -> target.words[random.nextInt(target.words.length)];
        };
        return "%s word %d: %x instead of %x".formatted(target.name, at, target.words[at], before);
    }
}
