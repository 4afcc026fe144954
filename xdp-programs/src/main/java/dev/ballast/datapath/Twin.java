package dev.ballast.datapath;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.ballast.bpf.BpfException;
import dev.ballast.bpf.BpfMap;
import dev.ballast.bpf.BpfObject;
import dev.ballast.bpf.BpfProgram;
import dev.ballast.bpf.TestRun;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;

/**
 * A copy of a running datapath that nothing is attached to: the same program with the same constants on the live VIPs, services,
 * members, rings and filters, but with flow tables, fragment table, rates and counters of its own, and a clock that the packets
 * turn. It sees what the daemon changes, and changes nothing that is live.
 *
 * <pre>
 *   live     vips* services members rings sources* server_ids settings  ---- read by both ----+
 *            flows half_open fragments cpu_states counters samples  &lt;---- the live program      |
 *   twin     flows half_open fragments cpu_states counters samples replay_clock  &lt;---- the twin -+
 * </pre>
 *
 * <p>Its tables take about 5 MiB whatever the size of the live ones; flows of more than half a million in a file would
 * be untracked in part. One thread at a time.
 */
public final class Twin implements AutoCloseable {
    /** The smallest main table there can be: half a million flows, 4 MiB. */
    private static final int FLOW_SET_BITS = 16;

    /** One sample at a time is in it; this is what the largest page of a kernel asks for. */
    private static final int SAMPLES_BYTES = 1 << 16;

    /** Where its jiffies begin: far from 0, which no running kernel has. */
    private static final long FIRST_JIFFY = 1L << 32;

    /** Entries that expired longer ago than the horizon would come to life again: they are swept before. */
    private static final long SWEEP_TICKS = FlowEntry.EXPIRY_HORIZON / 2;

    /** A page, less the headroom of XDP and struct skb_shared_info: what a test run puts into a frame's first buffer. */
    private static final int ONE_BUFFER_BYTES = 4096 - 256 - 320;

    private static final long SECOND_NS = 1_000_000_000L;
    private static final VarHandle WORD = JAVA_LONG.varHandle();
    private static final byte[] NOTHING = {};

    private final String tag;
    private final BpfObject object;
    private final BpfProgram program;
    private final Arena memory = Arena.ofShared();
    private final Samples samples;
    private final MemorySegment clockWord;
    private final MemorySegment[] flowTables;
    private final FlowTable flows;
    private final ServiceTable services;
    private final MemberTable members;
    private final KernelClock clock;
    private final boolean jumbo;

    private OptionalLong firstNs = OptionalLong.empty();
    private long jiffies = FIRST_JIFFY;
    private long sweptTick;

    /**
     * What became of a packet. The array is not copied.
     *
     * @param reason of its verdict
     * @param service index, if it was for one
     * @param member id, if one was chosen
     * @param sent the frame that would leave the machine; empty if none would
     */
    @SuppressWarnings("ArrayRecordComponent") // a packet is bytes; nobody compares outcomes
    public record Outcome(VerdictReason reason, OptionalInt service, OptionalInt member, byte[] sent) {}

    /** Takes over the object. */
    private Twin(String tag, BpfObject object, KernelClock clock, FlowHash hash, boolean jumbo) {
        this.tag = tag;
        this.jumbo = jumbo;
        this.object = object;
        this.clock = clock;
        this.program = object.program(Pins.BALANCER);
        this.clockWord = object.map("replay_clock").mmap(memory, true);
        this.flowTables = new MemorySegment[] {
            object.map("flows").mmap(memory, true),
            object.map("half_open").mmap(memory, true),
            object.map("fragments").mmap(memory, true)
        };
        this.services = new ServiceTable(Words.of(object.map("services").mmap(memory, false)));
        this.members = new MemberTable(Words.of(object.map("members").mmap(memory, false)));
        this.flows = new FlowTable(flowTables[0], flowTables[1], flowTables[2], members.capacity(), hash, flow -> {
            throw new IllegalStateException("nobody asks a twin for a flow: " + flow);
        });
        this.samples = new Samples(object.map("samples"));
        this.sweptTick = tick();
    }

    /**
     * Loads it.
     *
     * @param source stays the caller's, and may be closed after this
     * @throws BpfException if the kernel refuses something
     */
    public static Twin load(TwinSource source) {
        BpfObject object = BpfObject.open(Pins.BALANCER, source.object());
        try {
            Abi.check(object);
            Specialisation specialisation = source.specialisation().withFlowSetBits(FLOW_SET_BITS);
            Set<Feature> features = EnumSet.of(Feature.REPLAY, Feature.SAMPLES);
            features.addAll(source.variant().features());
            object.setGlobal("specialisation", specialisation.toBytes());
            object.setGlobal("variant", Variant.of(features).toBytes()); // every packet is sampled
            if (features.contains(Feature.JUMBO)) {
                object.multiBuffer(Pins.BALANCER);
            }
            object.autoload(Pins.CLOCK, false);
            source.shared().forEach(object::reuseMap);
            // Counters of services and members stay at the one row that they have: samples tell more.
            Map.of(
                            "flows", 1 << specialisation.flowSetBits(),
                            "half_open", 1 << specialisation.halfOpenSetBits(),
                            "fragments", 1 << specialisation.fragmentSetBits(),
                            "samples", SAMPLES_BYTES)
                    .forEach(object::setMaxEntries);
            object.load();
            return new Twin(
                    source.tag(), object, source.clock(), specialisation.hash(), features.contains(Feature.JUMBO));
        } catch (RuntimeException | Error e) {
            object.close();
            throw e;
        }
    }

    /** The name of the object that was copied. */
    public String tag() {
        return tag;
    }

    /**
     * Runs one packet, in the state that those before it have left.
     *
     * @param frame from its Ethernet header, without a frame check sequence
     * @param timeNs when, in nanoseconds of any clock; what is before an earlier packet's time counts as the same as that
     * @throws BpfException if the kernel cannot run such a frame
     * @throws DatapathException if no driver would give the program such a frame, as it has more than one buffer holds
     */
    public Outcome run(byte[] frame, long timeNs) {
        requireOneBuffer(frame);
        advance(timeNs);
        WORD.setRelease(clockWord, 0L, jiffies);
        return execute(frame);
    }

    /** Runs one packet at a time of the kernel's; sweeps nothing. */
    Outcome runAt(byte[] frame, long kernelJiffies) {
        requireOneBuffer(frame);
        WORD.setRelease(clockWord, 0L, kernelJiffies);
        return execute(frame);
    }

    private void requireOneBuffer(byte[] frame) {
        if (!jumbo && frame.length > ONE_BUFFER_BYTES) {
            // The kernel runs it all the same, but shows the program the first buffer as if it were all.
            throw new DatapathException(
                    "run a frame of " + frame.length + " bytes through",
                    "the copy of program " + tag,
                    "it takes frames of one buffer, " + ONE_BUFFER_BYTES + " bytes",
                    "no interface that it is on receives more");
        }
    }

    private Outcome execute(byte[] frame) {
        TestRun.Result result = program.testRun(frame);
        Sample[] taken = new Sample[1];
        samples.read(sample -> taken[0] = sample);
        Sample sample = taken[0];
        if (sample == null) {
            throw new DatapathException(
                    "run a packet through",
                    "the copy of program " + tag,
                    "the program did not say what became of it",
                    "it is newer than this build; drive it by the build that it came with");
        }
        boolean leaves = switch (sample.reason().verdictClass()) {
            case FORWARDED, ANSWERED -> true;
            case PASSED, DROPPED -> false;
        };
        return new Outcome(sample.reason(), sample.service(), sample.member(), leaves ? result.data() : NOTHING);
    }

    /** Its own main flow table. */
    MemorySegment flowMemory() {
        return flowTables[0];
    }

    /** Its own half-open table. */
    MemorySegment halfOpenMemory() {
        return flowTables[1];
    }

    /** Its own state of each CPU. */
    BpfMap cpuStates() {
        return object.map("cpu_states");
    }

    /** The live services; to be read. */
    ServiceTable services() {
        return services;
    }

    /** The name hash of a live service, by its index. */
    public OptionalLong serviceNameHash(int index) {
        return services.read(index).map(row -> OptionalLong.of(row.nameHash())).orElseGet(OptionalLong::empty);
    }

    /** A live member, by its id. */
    public Optional<MemberRow> member(int id) {
        return members.read(id);
    }

    private void advance(long timeNs) {
        if (firstNs.isEmpty()) {
            firstNs = OptionalLong.of(timeNs);
        }
        // A damaged file can say any time: a difference that does not fit is the longest there is.
        long differenceNs = timeNs - firstNs.getAsLong();
        long sinceNs = timeNs <= firstNs.getAsLong() ? 0 : differenceNs < 0 ? Long.MAX_VALUE : differenceNs;
        long since = sinceNs / SECOND_NS * clock.hz() + sinceNs % SECOND_NS * clock.hz() / SECOND_NS;
        jiffies = Math.max(jiffies, FIRST_JIFFY + since);
        sweep();
    }

    /** No entry outlives the horizon: after a gap as long as two of them there is nothing left to sweep. */
    private void sweep() {
        if (tick() - sweptTick >= 2L * FlowEntry.EXPIRY_HORIZON) {
            for (MemorySegment table : flowTables) {
                table.fill((byte) 0);
            }
            sweptTick = tick();
        }
        while (tick() - sweptTick >= SWEEP_TICKS) {
            sweptTick += SWEEP_TICKS;
            flows.sweep(clock.ticksAt(sweptTick << clock.tickShift()), Long.MAX_VALUE);
        }
    }

    private long tick() {
        return jiffies >> clock.tickShift();
    }

    /** Ends it: what it has in the kernel is freed. A second close does nothing. */
    @Override
    public void close() {
        if (memory.scope().isAlive()) {
            samples.close();
            memory.close();
            object.close();
        }
    }
}
