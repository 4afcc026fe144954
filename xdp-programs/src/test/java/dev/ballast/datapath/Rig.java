package dev.ballast.datapath;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.bpf.BpfFs;
import dev.ballast.bpf.BpfMap;
import dev.ballast.bpf.TestRun;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.LongUnaryOperator;
import java.util.function.UnaryOperator;

/**
 * A datapath of its own on a BPF file system of its own, with services to order; it takes frames one by one and checks after
 * each that it was counted exactly once: under one reason, and for its service and member if it has them.
 *
 * <p>The frames go through the program in the kernel, or through {@link NativeDatapath} on the same maps.
 */
final class Rig implements AutoCloseable {
    static final String VIP4 = "203.0.113.10";
    static final String VIP6 = "2001:db8:1::10";
    static final int PORT = 443;

    /** The loopback device of every namespace, where test runs come in. */
    static final int SAME_INTERFACE = 1;

    static final long NEXT_HOP = 0x02aabbccdd01L;
    static final long OWN_MAC = 0x02aabbccdd02L;
    static final int MTU = 1600;

    private static final byte[] SECRET =
            "a secret of thirty-two bytes ...".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    private static final int MEMBERS_PER_SERVICE = 16;
    private static final int RING_SLOTS = 251;
    private static final int XDP_MD_BYTES = 24;

    /** Any time at which no tick or window is about to end. */
    private static final long REPLAY_BEGIN_JIFFIES = 1L << 32;

    /** What runs the frames. */
    enum Engine {
        KERNEL,
        NATIVE
    }

    private final Path bpffs;
    private Datapath datapath;
    private Optional<NativeDatapath> nativeDatapath;
    private final Arena memory = Arena.ofShared();
    private final MemorySegment replayClock;
    private final MemorySegment flows;
    private final MemorySegment halfOpen;
    private final MemorySegment fragments;
    private int metadataBytes;
    private final SortedSet<Integer> services = new TreeSet<>();
    private final SortedSet<Integer> members = new TreeSet<>();

    Rig() {
        this(options(Feature.IPV6));
    }

    Rig(DatapathOptions options) {
        this(options, Engine.KERNEL);
    }

    Rig(DatapathOptions options, Engine engine) {
        bpffs = mountTemporary();
        try {
            datapath = Datapath.create(pins(), DatapathObjects.balancer(), options);
        } catch (RuntimeException | Error e) {
            unmountTemporary(bpffs);
            throw e;
        }
        nativeDatapath = engine == Engine.NATIVE
                ? Optional.of(NativeDatapath.of(NativeBuild.program("native"), pins()))
                : Optional.empty();
        replayClock = mapped("replay_clock");
        advance(REPLAY_BEGIN_JIFFIES);
        flows = mapped("flows");
        halfOpen = mapped("half_open");
        fragments = mapped("fragments");
    }

    /** From now on its frames go through another native build. */
    void runBy(Path program) {
        nativeDatapath.ifPresent(NativeDatapath::close);
        nativeDatapath = Optional.of(NativeDatapath.of(program, pins()));
    }

    /** As it was when it was new, but for the load, which is what takes long. */
    void reset() {
        for (Abi.MapSpec spec : Abi.MAPS) {
            if (!spec.name().equals("meta")) {
                clear(spec);
            }
        }
        nativeDatapath.ifPresent(NativeDatapath::reset);
        advance(REPLAY_BEGIN_JIFFIES);
        services.clear();
        members.clear();
        metadataBytes = 0;
        datapath.close();
        datapath = Datapath.adopt(pins()).orElseThrow();
    }

    private void clear(Abi.MapSpec spec) {
        try (BpfMap map = BpfMap.openPinned(pins().resolve("maps").resolve(spec.name()));
                Arena arena = Arena.ofConfined()) {
            switch (map.type()) {
                case ARRAY -> map.mmap(arena, true).fill((byte) 0);
                case PERCPU_ARRAY -> {
                    MemorySegment zeros = arena.allocate(map.valueBytes(), Long.BYTES);
                    for (int key = 0; key < map.maxEntries(); key++) {
                        map.put(arena.allocateFrom(JAVA_INT, key), zeros);
                    }
                }
                case LPM_TRIE -> {
                    List<MemorySegment> keys = new ArrayList<>();
                    map.forEach((key, value) ->
                            keys.add(arena.allocate(key.byteSize(), Long.BYTES).copyFrom(key)));
                    keys.forEach(map::delete);
                }
                case RINGBUF -> {} // nobody reads the samples
                default -> throw new AssertionError("map '" + spec.name() + "' is of type " + map.type());
            }
        }
    }

    static DatapathOptions options(Feature... features) {
        return new DatapathOptions(1 << 19, 8, 128, 1 << 14, SECRET, Variant.of(Set.of(features)));
    }

    static Path mountTemporary() {
        try {
            Path directory = Files.createTempDirectory("ballast-datapath");
            BpfFs.mount(directory);
            return directory;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static void unmountTemporary(Path directory) {
        try {
            BpfFs.unmount(directory);
            Files.delete(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private MemorySegment mapped(String name) {
        try (BpfMap map = BpfMap.openPinned(pins().resolve("maps").resolve(name))) {
            return map.mmap(memory, true);
        }
    }

    Path pins() {
        return bpffs.resolve("default");
    }

    Datapath datapath() {
        return datapath;
    }

    /** A row as it is spelled; only its place and its block of members are this rig's. */
    Rig service(int index, UnaryOperator<ServiceRow> change) {
        service(index);
        datapath.services()
                .write(index, change.apply(datapath.services().read(index).orElseThrow()));
        return this;
    }

    Rig member(int id, MemberRow row) {
        members.add(id);
        datapath.members().write(id, row);
        return this;
    }

    /** The id of a service's member by its index there. */
    static int memberId(int service, int index) {
        return service * MEMBERS_PER_SERVICE + index;
    }

    /** A service of that index with tracking, on no VIP yet, its ring empty. */
    Rig service(int index) {
        return service(index, true);
    }

    Rig service(int index, boolean track) {
        KernelClock clock = datapath.clock();
        services.add(index);
        datapath.services()
                .write(
                        index,
                        new ServiceRow(
                                1000 + index,
                                index * MEMBERS_PER_SERVICE,
                                MEMBERS_PER_SERVICE,
                                track,
                                clock.ticks(Duration.ofMinutes(15)),
                                clock.ticks(Duration.ofMinutes(5))));
        return this;
    }

    Rig vip(String address, int port, Protocol protocol, int service) {
        return vip(new VipKey(Frame.address(address), port, protocol), service);
    }

    Rig vip(VipKey vip, int service) {
        datapath.vips().put(vip, service);
        if (service < datapath.services().capacity()) {
            services.add(service);
        }
        return this;
    }

    /** A member in service, of the backend's family, behind the interface that frames come in on. */
    Rig member(int id, String source, String backend) {
        return member(id, source, backend, MemberState.IN, Optional.of(hop(SAME_INTERFACE, 0, MTU)));
    }

    Rig member(int id, String source, String backend, MemberState state, Optional<NextHop> hop) {
        members.add(id);
        datapath.members()
                .write(
                        id,
                        new MemberRow(
                                id / MEMBERS_PER_SERVICE,
                                state,
                                Encap.IPIP,
                                Frame.address(source),
                                Frame.address(backend),
                                hop));
        return this;
    }

    static NextHop hop(int ifindex, int vlan, int mtu) {
        return new NextHop(ifindex, NEXT_HOP, OWN_MAC, vlan, mtu);
    }

    Rig state(int id, MemberState state) {
        MemberRow row = datapath.members().read(id).orElseThrow();
        datapath.members()
                .write(
                        id,
                        new MemberRow(
                                row.service(),
                                state,
                                row.encap(),
                                row.guePort(),
                                row.sourceBits(),
                                row.source(),
                                row.backend(),
                                row.nextHop()));
        return this;
    }

    /** Publishes a ring in which those members take turns; none: an empty one. */
    Rig ring(int service, int... ids) {
        return ring(service, Optional.empty(), ids);
    }

    /** Likewise; the ring before counts for so long. */
    Rig ring(int service, Optional<Duration> keep, int... ids) {
        PublishedRing before = datapath.services().ring(service);
        datapath.services().previous(service).map(KeptRing::range).ifPresent(datapath.rings()::retire);
        datapath.services().dropPrevious(service);
        keep.ifPresent(duration -> datapath.services()
                .keepRing(service, nowJiffies() + datapath.clock().jiffies(duration)));
        if (ids.length == 0) {
            datapath.services().publishRing(service, PublishedRing.EMPTY);
        } else {
            RingRange range = datapath.rings().allocate(RING_SLOTS);
            MemorySegment slots = datapath.rings().slots(range);
            for (int slot = 0; slot < RING_SLOTS; slot++) {
                short local = (short) (ids[slot % ids.length] % MEMBERS_PER_SERVICE);
                slots.setAtIndex(java.lang.foreign.ValueLayout.JAVA_SHORT, slot, local);
            }
            datapath.services().publishRing(service, new PublishedRing(Optional.of(range), before.generation() + 1));
        }
        if (keep.isEmpty()) {
            before.range().ifPresent(datapath.rings()::retire);
        }
        return this;
    }

    /** Service 0 on both VIPs and both protocols, with members 0 and 1, IPv4 and IPv6 backends. */
    Rig usual() {
        service(0);
        for (Protocol protocol : Protocol.values()) {
            vip(VIP4, PORT, protocol, 0);
            vip(VIP6, PORT, protocol, 0);
        }
        member(0, "192.0.2.2", "10.0.1.11");
        member(1, "2001:db8::2", "2001:db8:2::12");
        return ring(0, 0, 1);
    }

    /** What became of a frame. */
    record Outcome(VerdictReason reason, int code, byte[] frame, Optional<Integer> service, Optional<Integer> member) {
        int memberId() {
            return member.orElseThrow();
        }
    }

    Outcome send(Frame frame) {
        return send(frame.bytes());
    }

    private TestRun.Result run(byte[] frame) {
        return nativeDatapath.map(program -> program.run(frame, metadataBytes)).orElseGet(() -> runInKernel(frame));
    }

    private TestRun.Result runInKernel(byte[] frame) {
        if (metadataBytes == 0) {
            return datapath.program().testRun(frame);
        }
        // struct xdp_md: `data` is how much of the input is metadata, `data_end` all of it.
        int total = metadataBytes + frame.length;
        byte[] context = ByteBuffer.allocate(XDP_MD_BYTES)
                .order(ByteOrder.nativeOrder())
                .putInt(metadataBytes)
                .putInt(total)
                .array();
        byte[] input = ByteBuffer.allocate(total).put(metadataBytes, frame).array();
        TestRun.Result result = datapath.program().testRun(TestRun.packet(input).withContext(context));
        byte[] output = Arrays.copyOfRange(result.data(), metadataBytes, result.data().length);
        return new TestRun.Result(result.returnValue(), result.durationNs(), output, result.context());
    }

    /** From now on, frames come with that much metadata in front, a multiple of 4, which is room that they lack for headers. */
    Rig metadata(int bytes) {
        metadataBytes = bytes;
        return this;
    }

    /** Runs the program on it and checks the counters. */
    Outcome send(byte[] frame) {
        Counts before = count();
        TestRun.Result result = run(frame);
        Counts after = count();

        List<VerdictReason> moved = new ArrayList<>();
        for (VerdictReason reason : VerdictReason.values()) {
            Traffic grown = minus(after.verdicts.of(reason), before.verdicts.of(reason));
            if (!grown.equals(Traffic.NONE)) {
                assertThat(grown).as("counted once as %s", reason.label()).isEqualTo(new Traffic(1, frame.length));
                moved.add(reason);
            }
        }
        assertThat(moved).as("reasons counted for one frame").hasSize(1);
        VerdictReason reason = moved.getFirst();
        assertThat(after.verdicts.unnamed()).isEqualTo(Traffic.NONE);
        Optional<Integer> service = checkServices(reason, frame, before, after);
        Optional<Integer> member = checkMembers(reason, frame, before, after);
        assertThat(result.returnValue()).as("XDP code of %s", reason.label()).isIn(codes(reason));
        if (reason.verdictClass() == VerdictClass.PASSED) {
            assertThat(result.data()).as("a passed frame is untouched").isEqualTo(frame);
        }
        return new Outcome(reason, result.returnValue(), result.data(), service, member);
    }

    /** All that is forwarded, answered or dropped is for exactly one service. */
    private Optional<Integer> checkServices(VerdictReason reason, byte[] frame, Counts before, Counts after) {
        Traffic one = new Traffic(1, frame.length);
        List<Integer> counting = new ArrayList<>();
        for (int i : services) {
            ServiceTraffic was = before.services.get(i);
            ServiceTraffic is = after.services.get(i);
            Traffic received = minus(is.received(), was.received());
            if (!received.equals(Traffic.NONE)) {
                counting.add(i);
                Traffic ofClass = switch (reason.verdictClass()) {
                    case FORWARDED -> minus(is.forwarded(), was.forwarded());
                    case ANSWERED -> minus(is.answered(), was.answered());
                    case PASSED -> minus(is.passed(), was.passed());
                    case DROPPED -> minus(is.dropped(), was.dropped());
                };
                assertThat(ofClass)
                        .as("the service counts it as %s", reason.verdictClass())
                        .isEqualTo(one);
            }
        }
        // A VIP of a service that there is not is nobody's.
        boolean ours = reason.verdictClass() != VerdictClass.PASSED && reason != VerdictReason.DROPPED_BROKEN_TABLE;
        assertThat(counting).as("services that count it").hasSize(ours ? 1 : 0);
        return counting.stream().findFirst();
    }

    /** All that is forwarded is for exactly one member. */
    private Optional<Integer> checkMembers(VerdictReason reason, byte[] frame, Counts before, Counts after) {
        Traffic one = new Traffic(1, frame.length);
        List<Integer> counting = new ArrayList<>();
        for (int id : members) {
            if (!after.members.get(id).equals(before.members.get(id))) {
                assertThat(minus(after.members.get(id), before.members.get(id))).isEqualTo(one);
                counting.add(id);
            }
        }
        assertThat(counting)
                .as("members that count it")
                .hasSize(reason.verdictClass() == VerdictClass.FORWARDED ? 1 : 0);
        return counting.stream().findFirst();
    }

    private static List<Integer> codes(VerdictReason reason) {
        return switch (reason.verdictClass()) {
            case FORWARDED -> List.of(XdpCode.TX, XdpCode.REDIRECT);
            case ANSWERED -> List.of(XdpCode.TX);
            case PASSED -> List.of(XdpCode.PASS);
            case DROPPED -> List.of(XdpCode.DROP);
        };
    }

    /** enum xdp_action. */
    static final class XdpCode {
        static final int DROP = 1;
        static final int PASS = 2;
        static final int TX = 3;
        static final int REDIRECT = 4;

        private XdpCode() {}
    }

    /** Of the services and members that were ever configured. */
    private record Counts(Verdicts verdicts, Map<Integer, ServiceTraffic> services, Map<Integer, Traffic> members) {}

    private Counts count() {
        Counters counters = datapath.counters();
        Map<Integer, ServiceTraffic> ofServices = new TreeMap<>();
        services.forEach(index -> ofServices.put(index, counters.service(index)));
        Map<Integer, Traffic> ofMembers = new TreeMap<>();
        members.forEach(id -> ofMembers.put(id, counters.member(id)));
        return new Counts(counters.verdicts(), ofServices, ofMembers);
    }

    static Traffic minus(Traffic after, Traffic before) {
        return new Traffic(after.packets() - before.packets(), after.bytes() - before.bytes());
    }

    /** Of the row that says that the address has a VIP, which is no prefix: what fragments to it hash with. */
    int addressSeed(InetAddress vip) {
        return VipSeeds.of(SECRET).seed(vip, vip.getAddress().length * Byte.SIZE, 0);
    }

    /** What the flow tables have of it. */
    Optional<TrackedFlow> flow(Frame frame) {
        return flow(frame.tuple());
    }

    Optional<TrackedFlow> flow(FlowTuple tuple) {
        return datapath.flows().lookup(tuple, nowTicks());
    }

    TrackedFlow trackedFlow(Frame frame) {
        return flow(frame).orElseThrow(() -> new AssertionError(frame.tuple() + " is not tracked"));
    }

    Census census() {
        return datapath.flows().census(nowTicks());
    }

    /** Now, for the program. */
    int nowTicks() {
        return datapath.clock().ticksAt(nowJiffies());
    }

    private long nowJiffies() {
        return datapath.variant().features().contains(Feature.REPLAY)
                ? replayClock.get(JAVA_LONG, 0)
                : datapath.nowJiffies();
    }

    /** Lets time go on for a program that is told it. */
    void advance(long jiffies) {
        replayClock.set(JAVA_LONG, 0, replayClock.get(JAVA_LONG, 0) + jiffies);
    }

    /** In this window of time, every CPU has asked the main table for as many SYNs as it may. */
    void floodWithSyns() {
        try (BpfMap map = BpfMap.openPinned(pins().resolve("maps").resolve("cpu_states"));
                Arena arena = Arena.ofConfined()) {
            MemorySegment rows = arena.allocate(map.valueBytes(), Long.BYTES);
            for (long at = 0; at < rows.byteSize(); at += Abi.CPU_STATE.byteSize()) {
                rows.set(
                        JAVA_LONG,
                        at + Abi.offset(Abi.CPU_STATE, "window"),
                        nowJiffies() >> datapath.clock().windowShift());
                rows.set(JAVA_INT, at + Abi.offset(Abi.CPU_STATE, "syn_reads"), Integer.MAX_VALUE);
            }
            map.put(arena.allocateFrom(JAVA_INT, 0), rows);
        }
    }

    /** As if that time had passed: every entry expires so much earlier. */
    void age(Duration duration) {
        int ticks = datapath.clock().ticks(duration);
        LongUnaryOperator older = entry -> {
            int expiry = (int) (entry >>> FlowEntry.EXPIRY_SHIFT) - ticks & FlowEntry.EXPIRY_MASK;
            long mask = (long) FlowEntry.EXPIRY_MASK << FlowEntry.EXPIRY_SHIFT;
            return entry & ~mask | (long) expiry << FlowEntry.EXPIRY_SHIFT;
        };
        editEntries(older);
    }

    /**
     * Puts entries of nobody's flows into every way of a flow's home set, or of both its sets, instead of what is there. They
     * have the same two sets, so that none can move out of them.
     */
    void crowd(FlowTuple flow, boolean bothSets, FlowState state, int member) {
        long hash =
                datapath.hash().of(flow.source(), flow.ports(), datapath.vips().flowSeed(flow));
        int setBits = Long.numberOfTrailingZeros(datapath.flows().capacity() / FlowEntry.WAYS);
        int tag = FlowEntry.tagOfHash(hash);
        int home = FlowEntry.homeSet(hash, setBits);
        int expiry = nowTicks() + datapath.clock().ticks(Duration.ofMinutes(10));
        int second = FlowEntry.spillSet(home, tag, setBits);
        int other = 0;
        for (int way = 0; way < FlowEntry.WAYS; way++) {
            do {
                other++;
            } while (other == tag || FlowEntry.spillSet(home, other, setBits) != second);
            flows.setAtIndex(
                    JAVA_LONG, (long) home * FlowEntry.WAYS + way, FlowEntry.of(other, member, expiry, state, false));
            if (bothSets) {
                flows.setAtIndex(
                        JAVA_LONG,
                        (long) second * FlowEntry.WAYS + way,
                        FlowEntry.of(other, member, expiry, state, true));
            }
        }
    }

    /** Changes every entry in use of all flow tables. */
    void editEntries(LongUnaryOperator change) {
        for (MemorySegment table : List.of(flows, halfOpen, fragments)) {
            for (long at = 0; at < table.byteSize(); at += Long.BYTES) {
                long entry = table.get(JAVA_LONG, at);
                if (!FlowEntry.isFree(entry)) {
                    table.set(JAVA_LONG, at, change.applyAsLong(entry));
                }
            }
        }
    }

    @Override
    public void close() {
        nativeDatapath.ifPresent(NativeDatapath::close);
        memory.close();
        datapath.destroy();
        unmountTemporary(bpffs);
    }
}
