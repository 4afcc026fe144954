package dev.ballast.datapath;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.ballast.bpf.BpfException;
import dev.ballast.bpf.BpfMap;
import dev.ballast.bpf.BpfProgram;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * Says what the running program would do with a packet now, by running that packet through a {@link Twin}: writes, counts and keeps
 * nothing of what is live.
 *
 * <p>What the program only reads, the twin shares. Of what it writes and decides by, this copies before each packet what the
 * packet can touch, and takes it out again behind it: the two sets of the flow, the sets that an entry of a full one would move
 * to, the half-open set, and what each CPU has counted in this window of time. The twin's main table is smaller than the live
 * one; a set has its place in a table of any size (see {@code lb/abi.h}). Only where a full set would have two entries
 * move to sets that are one in the smaller table can the answer differ, and then in {@code forwarded_untracked} alone.
 *
 * <p>What the program finds on its way is read here once more, for people; where a packet or a change comes in between, the
 * program's word is what {@link Explanation#outcome} has. One thread at a time.
 */
public final class Explainer implements AutoCloseable {
    private static final long SET_BYTES = Abi.FLOW_SET.byteSize();
    private static final long SECOND_NS = 1_000_000_000L;

    private final Twin twin;
    private final FlowHash hash;
    private final KernelClock clock;
    private final int synReadsPerWindow;
    private final Handles handles;
    private final Arena memory;
    private final BpfProgram clockProgram;
    private final BpfMap flows;
    private final BpfMap halfOpen;
    private final BpfMap cpuStates;
    private final BpfMap rings;
    private final VipTable vips;
    private final MemorySegment key;
    private final MemorySegment cpuRows;
    private final MemorySegment chunk;
    private final MemorySegment set;

    /** What was copied into the twin's tables for the present packet. */
    private final List<MemorySegment> copied = new ArrayList<>();

    /** {@code handles} has what is to be closed, also if this fails. */
    private Explainer(TwinSource source, Twin twin, Handles handles) {
        this.twin = twin;
        this.handles = handles;
        this.hash = source.specialisation().hash();
        this.clock = source.clock();
        this.synReadsPerWindow = source.specialisation().synReadsPerWindow();
        this.memory = handles.memory;
        this.clockProgram = handles.own(source.clockProgram().duplicate());
        this.flows = handles.own(source.written(), "flows");
        this.halfOpen = handles.own(source.written(), "half_open");
        this.cpuStates = handles.own(source.written(), "cpu_states");
        this.rings = handles.own(source.shared(), "rings");
        this.key = memory.allocate(JAVA_INT);
        this.chunk = memory.allocate(Abi.RING_CHUNK.byteSize(), Long.BYTES);
        this.set = memory.allocate(SET_BYTES, SET_BYTES);
        this.cpuRows = memory.allocate(cpuStates.valueBytes(), Long.BYTES);
        this.vips = new VipTable(
                new VipTable.Maps(
                        Words.of(handles.own(source.shared(), "vips4").mmap(memory, false)),
                        Words.of(handles.own(source.shared(), "vips6").mmap(memory, false)),
                        new PrefixTrie(handles.own(source.shared(), "vip_prefixes4")),
                        new PrefixTrie(handles.own(source.shared(), "vip_prefixes6")),
                        Words.of(handles.own(source.shared(), "settings").mmap(memory, false))),
                source.seeds(),
                hash,
                new Epochs());
    }

    /** What an explainer holds in the kernel and of memory, each until {@link #close}. */
    private static final class Handles {
        final Arena memory = Arena.ofShared();
        private final List<Runnable> owned = new ArrayList<>();

        BpfMap own(Map<String, BpfMap> maps, String name) {
            BpfMap map = Objects.requireNonNull(maps.get(name)).duplicate();
            owned.add(map::close);
            return map;
        }

        BpfProgram own(BpfProgram program) {
            owned.add(program::close);
            return program;
        }

        void close() {
            if (memory.scope().isAlive()) {
                memory.close();
                owned.forEach(Runnable::run);
            }
        }
    }

    /**
     * Loads the twin.
     *
     * @param source stays the caller's, and may be closed after this
     * @throws BpfException if the kernel refuses something
     */
    public static Explainer load(TwinSource source) {
        Twin twin = Twin.load(source);
        Handles handles = new Handles();
        try {
            return new Explainer(source, twin, handles);
        } catch (RuntimeException | Error e) {
            handles.close();
            twin.close();
            throw e;
        }
    }

    /** The name of the object that was copied. */
    public String tag() {
        return twin.tag();
    }

    /** The name hash of a live service, by its index. */
    public OptionalLong serviceNameHash(int index) {
        return twin.serviceNameHash(index);
    }

    /** A live member, by its id. */
    public Optional<MemberRow> member(int id) {
        return twin.member(id);
    }

    /**
     * What would become of that packet.
     *
     * @throws BpfException if the kernel cannot run such a frame
     * @throws DatapathException if no driver would give the program such a frame, as it has more than one buffer holds
     */
    public Explanation explain(Probe probe) {
        FlowTuple flow = probe.flow();
        long jiffies = Datapath.jiffies(clockProgram);
        Optional<VipMatch> match = vips.match(flow);
        long flowHash = match.map(vip -> hash.of(flow.source(), flow.ports(), vip.flowSeed()))
                .orElse(0L);
        try {
            int flooded = copyCpuStates(jiffies);
            match.ifPresent(_ -> copyFlow(flowHash));
            Optional<Explanation.Flow> known =
                    match.flatMap(vip -> known(probe, vip.service(), flowHash, clock.ticksAt(jiffies)));
            Twin.Outcome outcome = twin.runAt(probe.frame(), jiffies);
            Optional<ServiceRow> service = match.flatMap(vip -> twin.services().read(vip.service()));
            return new Explanation(
                    outcome,
                    match.map(VipMatch::vip),
                    service,
                    known,
                    service.map(row -> ring(match.orElseThrow().service(), row, probe, flowHash, jiffies)),
                    outcome.member().isPresent() ? member(outcome.member().getAsInt()) : Optional.empty(),
                    flooded);
        } finally {
            copied.forEach(each -> each.fill((byte) 0));
            copied.clear();
        }
    }

    // --- what the program writes and decides by ----------------------------------------------------------------

    /** Returns how many CPUs are over their number of SYNs. */
    private int copyCpuStates(long jiffies) {
        key.set(JAVA_INT, 0, 0);
        cpuStates.get(key, cpuRows);
        twin.cpuStates().put(key, cpuRows);
        int flooded = 0;
        for (long at = 0; at < cpuRows.byteSize(); at += cpuStates.stride()) {
            long window = cpuRows.get(JAVA_LONG, at + Abi.offset(Abi.CPU_STATE, "window"));
            int synReads = cpuRows.get(JAVA_INT, at + Abi.offset(Abi.CPU_STATE, "syn_reads"));
            boolean isOver = Integer.compareUnsigned(synReads, synReadsPerWindow) >= 0;
            flooded += isOver && window == jiffies >>> clock.windowShift() ? 1 : 0;
        }
        return flooded;
    }

    private void copyFlow(long flowHash) {
        int liveBits = Integer.numberOfTrailingZeros(flows.maxEntries());
        MemorySegment main = twin.flowMemory();
        int bits = FlowTable.setBits(main);
        int liveHome = FlowEntry.homeSet(flowHash, liveBits);
        int home = FlowEntry.homeSet(flowHash, bits);
        int tag = FlowEntry.tagOfHash(flowHash);
        read(flows, liveHome);
        for (long entry : set.toArray(JAVA_LONG)) {
            if (!FlowEntry.isFree(entry) && !FlowEntry.spilled(entry)) {
                int other = FlowEntry.tag(entry);
                copy(flows, FlowEntry.spillSet(liveHome, other, liveBits), main, FlowEntry.spillSet(home, other, bits));
            }
        }
        // These come last: where two sets have one place, they are the ones that decide.
        copy(flows, FlowEntry.spillSet(liveHome, tag, liveBits), main, FlowEntry.spillSet(home, tag, bits));
        copy(flows, liveHome, main, home);
        copy(
                halfOpen,
                FlowEntry.homeSet(flowHash, Integer.numberOfTrailingZeros(halfOpen.maxEntries())),
                twin.halfOpenMemory(),
                FlowEntry.homeSet(flowHash, FlowTable.setBits(twin.halfOpenMemory())));
    }

    private void copy(BpfMap live, int liveSet, MemorySegment table, int at) {
        read(live, liveSet);
        MemorySegment place = table.asSlice(at * SET_BYTES, SET_BYTES);
        place.copyFrom(set);
        copied.add(place);
    }

    private void read(BpfMap live, int index) {
        key.set(JAVA_INT, 0, index);
        live.get(key, set);
    }

    // --- what the program finds --------------------------------------------------------------------------------

    /**
     * In the order of {@code lb/member.h}: a SYN goes by the half-open table first, another packet by an established flow; an entry
     * whose member is not in use leaves it to the other one.
     */
    private Optional<Explanation.Flow> known(Probe probe, int service, long flowHash, int nowTicks) {
        Optional<Explanation.Flow> main = inMain(flowHash, nowTicks);
        if (probe.flow().protocol() != Protocol.TCP) {
            return main;
        }
        Optional<Explanation.Flow> waiting = inHalfOpen(flowHash, nowTicks).filter(flow -> isInUse(flow, service));
        boolean isSettled = main.filter(flow -> isInUse(flow, service))
                .filter(flow -> flow.entry().state() == FlowState.ESTABLISHED)
                .isPresent();
        return isSettled && !probe.opens() ? main : waiting.or(() -> main);
    }

    private boolean isInUse(Explanation.Flow flow, int service) {
        return member(flow.entry().member())
                .filter(row -> row.service() == service && row.state() != MemberState.DOWN)
                .isPresent();
    }

    private Optional<Explanation.Flow> inMain(long flowHash, int nowTicks) {
        MemorySegment main = twin.flowMemory();
        int bits = FlowTable.setBits(main);
        int home = FlowEntry.homeSet(flowHash, bits);
        int tag = FlowEntry.tagOfHash(flowHash);
        long identity = (long) tag << FlowEntry.TAG_SHIFT;
        return FlowTable.find(main, home, identity, nowTicks)
                .or(() -> FlowTable.find(
                        main, FlowEntry.spillSet(home, tag, bits), identity | FlowEntry.SPILLED, nowTicks))
                .map(entry -> new Explanation.Flow(false, entry, seconds(entry)));
    }

    private Optional<Explanation.Flow> inHalfOpen(long flowHash, int nowTicks) {
        MemorySegment table = twin.halfOpenMemory();
        long identity = (long) FlowEntry.tagOfHash(flowHash) << FlowEntry.TAG_SHIFT;
        return FlowTable.find(table, FlowEntry.homeSet(flowHash, FlowTable.setBits(table)), identity, nowTicks)
                .map(entry -> new Explanation.Flow(true, entry, seconds(entry)));
    }

    private long seconds(TrackedFlow entry) {
        return entry.remainingTicks() * clock.tickNs() / SECOND_NS;
    }

    private Explanation.Ring ring(int index, ServiceRow service, Probe probe, long flowHash, long jiffies) {
        boolean isByTuple = service.hash() == HashMode.FIVE_TUPLE || service.hash() == HashMode.QUIC;
        long slotHash = isByTuple
                ? flowHash
                : hash.slot(probe.flow().source(), probe.flow().vipPort(), service.hash());
        int tag = FlowEntry.tagOfHash(slotHash);
        PublishedRing ring = twin.services().ring(index);
        Optional<RingRange> previous = twin.services()
                .previous(index)
                .filter(kept -> jiffies < kept.untilJiffies())
                .map(KeptRing::range);
        return new Explanation.Ring(
                ring.range().map(RingRange::slots).orElse(0),
                ring.generation(),
                ring.range().map(range -> range.slotOf(tag)).orElse(0),
                pick(service, ring.range(), tag),
                pick(service, previous, tag));
    }

    private OptionalInt pick(ServiceRow service, Optional<RingRange> range, int tag) {
        if (range.isEmpty()) {
            return OptionalInt.empty();
        }
        int slot = range.get().slotOf(tag);
        key.set(JAVA_INT, 0, range.get().baseChunk() + slot / Abi.RING_CHUNK_SLOTS);
        if (!rings.get(key, chunk)) {
            return OptionalInt.empty();
        }
        int local = Short.toUnsignedInt(chunk.getAtIndex(JAVA_SHORT, slot % Abi.RING_CHUNK_SLOTS));
        return local < service.memberCapacity() ? OptionalInt.of(service.memberBase() + local) : OptionalInt.empty();
    }

    /** Ends it: what it has in the kernel is freed. A second close does nothing. */
    @Override
    public void close() {
        handles.close();
        twin.close();
    }
}
