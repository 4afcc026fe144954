package dev.ballast.datapath;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.ballast.bpf.BpfException;
import dev.ballast.bpf.BpfFs;
import dev.ballast.bpf.BpfObject;
import dev.ballast.bpf.BpfProgram;
import dev.ballast.bpf.TestRun;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * One datapath in the kernel: the program, its maps, and their pins. It lives on without a process; {@link #close} only lets go
 * of it, and the next process {@linkplain #adopt adopts} it. {@link #destroy} ends it.
 *
 * <p>One writer: the control loop. Only {@link #counters}, {@link #tag} and values may be used from other threads.
 */
public final class Datapath extends Tables implements AutoCloseable {
    /** Of the event buffer: 1,600 samples. */
    private static final int SAMPLES_BYTES = 1 << 18;

    private final Pins pins;
    private final Arena memory;
    private final MapSet maps;
    private final BpfProgram clockProgram;
    private final Meta meta;

    private BpfProgram program;
    private volatile String tag;
    private volatile Variant variant;

    /** Takes over the handles. */
    private Datapath(Pins pins, Arena memory, MapSet maps, BpfProgram program, BpfProgram clockProgram) {
        Meta meta = new Meta(maps.mapped("meta", memory));
        super(parts(memory, maps, meta, clockProgram));
        this.pins = pins;
        this.memory = memory;
        this.maps = maps;
        this.meta = meta;
        this.program = program;
        this.clockProgram = clockProgram;
        Optional<Meta.Program> record = meta.program(program.id());
        this.tag = record.map(known -> DatapathObjects.tagOfDigest(known.objectDigest()))
                .orElse("");
        this.variant = record.map(Meta.Program::variant).orElse(Variant.of(Set.of()));
    }

    private static Parts parts(Arena memory, MapSet maps, Meta meta, BpfProgram clockProgram) {
        return new Parts(
                meta.seeds(),
                meta.specialisation().hash(),
                meta.clock(),
                () -> jiffies(clockProgram),
                new VipTable.Maps(
                        Words.of(maps.mapped("vips4", memory)),
                        Words.of(maps.mapped("vips6", memory)),
                        new PrefixTrie(maps.get("vip_prefixes4")),
                        new PrefixTrie(maps.get("vip_prefixes6")),
                        Words.of(maps.mapped("settings", memory))),
                new SourceTable(new PrefixTrie(maps.get("sources4")), new PrefixTrie(maps.get("sources6"))),
                Words.of(maps.mapped("server_ids", memory)),
                Words.of(maps.mapped("services", memory)),
                Words.of(maps.mapped("members", memory)),
                maps.mapped("rings", memory),
                new FlowMemory(
                        maps.mapped("flows", memory),
                        maps.mapped("half_open", memory),
                        maps.mapped("fragments", memory)),
                new Counters(
                        maps.get("verdicts"),
                        maps.get("service_counters"),
                        maps.get("member_counters"),
                        maps.get("cpu_states")));
    }

    static long jiffies(BpfProgram clockProgram) {
        byte[] reading = clockProgram
                .testRun(TestRun.argument(new byte[Math.toIntExact(Abi.CLOCK_READING.byteSize())]))
                .context();
        return MemorySegment.ofArray(reading).get(JAVA_LONG.withByteAlignment(1), 0);
    }

    /**
     * Loads the program with maps of its own and pins all of it, or leaves nothing that a later start would take for whole.
     *
     * @param pins a directory on a BPF file system; created if it is absent
     * @param object such as {@link DatapathObjects#balancer}
     * @throws DatapathException if there is a datapath already, or the object's layout is not this build's
     * @throws BpfException if the kernel refuses something
     */
    public static Datapath create(Path pins, byte[] object, DatapathOptions options) {
        Pins place = new Pins(pins);
        if (place.isWhole()) {
            throw new DatapathException(
                    "create datapath under",
                    pins.toString(),
                    "there is one already",
                    "adopt it, or end it: ballast teardown");
        }
        KernelClock clock = KernelClock.ofKernel();
        Specialisation specialisation = Specialisation.of(options, clock);
        try (BpfObject loading = BpfObject.open(Pins.BALANCER, object)) {
            Abi.check(loading);
            loading.setGlobal("specialisation", specialisation.toBytes());
            options.variant().giveTo(loading);
            sizes(options, specialisation).forEach(loading::setMaxEntries);
            loading.load();
            try (MapSet maps = MapSet.of(loading);
                    Arena arena = Arena.ofConfined()) {
                Meta meta = new Meta(maps.mapped("meta", arena));
                meta.write(clock, VipSeeds.of(options.secret()), specialisation);
                int id = loading.program(Pins.BALANCER).id();
                meta.record(id, new Meta.Program(Abi.sha256(object), options.variant()), id);
                place.commit(maps, List.of(loading.program(Pins.BALANCER), loading.program(Pins.CLOCK)));
            }
        }
        return adopt(pins)
                .orElseThrow(() -> new DatapathException(
                        "create datapath under",
                        pins.toString(),
                        "its pins vanished at once",
                        "see which other process works there"));
    }

    private static Map<String, Integer> sizes(DatapathOptions options, Specialisation specialisation) {
        return Map.ofEntries(
                Map.entry("vips4", 1 << specialisation.vip4BucketBits()),
                Map.entry("vips6", 1 << specialisation.vip6BucketBits()),
                Map.entry("vip_prefixes4", options.vipPrefixes()),
                Map.entry("vip_prefixes6", options.vipPrefixes()),
                Map.entry("sources4", options.sourcePrefixes()),
                Map.entry("sources6", options.sourcePrefixes()),
                Map.entry("server_ids", 1 << specialisation.serverBucketBits()),
                Map.entry("services", options.services()),
                Map.entry("service_counters", options.services()),
                Map.entry("members", options.members()),
                Map.entry("member_counters", options.members()),
                Map.entry("rings", options.ringChunks()),
                Map.entry("flows", 1 << specialisation.flowSetBits()),
                Map.entry("half_open", 1 << specialisation.halfOpenSetBits()),
                Map.entry("fragments", 1 << specialisation.fragmentSetBits()),
                Map.entry("samples", SAMPLES_BYTES));
    }

    /**
     * Takes over the datapath that is pinned there; empty if there is none. Nothing is changed.
     *
     * @throws DatapathException if the pins are damaged or of another layout
     */
    @SuppressWarnings("MustBeClosedChecker") // the arena goes to the datapath, or is closed below
    public static Optional<Datapath> adopt(Path pins) {
        Pins place = new Pins(pins);
        if (!place.isWhole()) {
            return Optional.empty();
        }
        MapSet maps = MapSet.openPinned(place);
        Arena memory = Arena.ofShared();
        BpfProgram balancer = null;
        BpfProgram clock = null;
        try {
            balancer = openPinned(place, Pins.BALANCER);
            clock = openPinned(place, Pins.CLOCK);
            Datapath datapath = new Datapath(place, memory, maps, balancer, clock);
            datapath.requireRecord();
            datapath.takeStock();
            return Optional.of(datapath);
        } catch (RuntimeException | Error e) {
            memory.close();
            maps.close();
            if (balancer != null) {
                balancer.close();
            }
            if (clock != null) {
                clock.close();
            }
            throw e;
        }
    }

    private static BpfProgram openPinned(Pins pins, String program) {
        try {
            return BpfProgram.openPinned(pins.program(program));
        } catch (BpfException e) {
            throw MapSet.damaged(pins.root().toString(), e);
        }
    }

    private void requireRecord() {
        if (tag.isEmpty()) {
            throw new DatapathException(
                    "adopt",
                    pins.root().toString(),
                    "the pinned program (id " + program.id() + ") is not on record in its meta map",
                    MapSet.cure(pins.root().toString()));
        }
    }

    /** Opens the event buffer of samples with what names them; one reader at a time, of this or of {@link #samples}. */
    public LiveSamples liveSamples() {
        return new LiveSamples(
                maps.get("samples"),
                maps.get("services"),
                maps.get("members"),
                clockProgram,
                meta.clock().hz(),
                counters()::samplesLost);
    }

    /** Opens the event buffer of samples; one reader at a time. */
    public Samples samples() {
        return new Samples(maps.get("samples"));
    }

    /** The program that is pinned; to be put on links. It stays this object's. */
    public BpfProgram program() {
        return program;
    }

    /** The name of its object: the first 16 hex digits of its SHA-256. Any thread. */
    public String tag() {
        return tag;
    }

    /** What the program is loaded with. Any thread. */
    public Variant variant() {
        return variant;
    }

    /**
     * Loads a program to follow the present one: with its maps and its constants, so that it goes on where that one ends.
     *
     * @param next what it is to have; the present one's is {@link #variant}
     * @throws DatapathException if its layout is another one
     * @throws BpfException if the kernel refuses it
     */
    public Candidate prepare(byte[] object, Variant next) {
        BpfObject loading = BpfObject.open(Pins.BALANCER, object);
        try {
            Abi.check(loading);
            loading.setGlobal("specialisation", meta.specialisation().toBytes());
            next.giveTo(loading);
            loading.autoload(Pins.CLOCK, false);
            maps.forEach(loading::reuseMap);
            loading.load();
            return new Candidate(loading, new Meta.Program(Abi.sha256(object), next));
        } catch (RuntimeException | Error e) {
            loading.close();
            throw e;
        }
    }

    /**
     * What a copy of the running program is made of; the caller closes it.
     *
     * @param object the one whose tag is {@link #tag}
     */
    public TwinSource twinSource(byte[] object) {
        if (!DatapathObjects.tag(object).equals(tag)) {
            throw new IllegalArgumentException(
                    "object " + DatapathObjects.tag(object) + " is not that of the running program, " + tag);
        }
        return new TwinSource(object, meta, variant, maps, program.id(), clockProgram);
    }

    /**
     * Pins a candidate beside the present program, before it is put on the first link: {@link #unfinished} finds it should this
     * process die before {@link #commit} or {@link #withdraw}.
     */
    public void announce(Candidate candidate) {
        meta.record(candidate.program().id(), candidate.record(), program.id());
        candidate.program().repin(pins.program(Pins.NEXT));
    }

    /** The candidate of a process that died on the way; some links may run it. Empty if none did. */
    public Optional<Candidate> unfinished() {
        if (!Files.exists(pins.program(Pins.NEXT))) {
            return Optional.empty();
        }
        BpfProgram next = openPinned(pins, Pins.NEXT);
        Optional<Meta.Program> record = meta.program(next.id());
        if (next.id() == program.id() || record.isEmpty()) {
            next.close();
            withdraw();
            return Optional.empty();
        }
        return Optional.of(new Candidate(next, record.get()));
    }

    /** Takes back {@link #announce}: no link runs the candidate. */
    public void withdraw() {
        Path next = pins.program(Pins.NEXT);
        if (Files.exists(next)) {
            BpfFs.unpin(next);
        }
    }

    /** Makes a candidate the datapath's program, once it is on every link: its pin replaces the present one, atomically. */
    public void commit(Candidate candidate) {
        BpfProgram next = candidate.program().duplicate();
        try {
            meta.record(next.id(), candidate.record(), program.id());
            next.repin(pins.program(Pins.BALANCER));
        } catch (RuntimeException | Error e) {
            next.close();
            throw e;
        }
        program.close();
        program = next;
        tag = candidate.tag();
        variant = candidate.variant();
        withdraw();
    }

    /** The pins that somebody removed; while one is missing, no later process can adopt this datapath. */
    public List<Path> missingPins() {
        return pins.missing(maps, List.of(program, clockProgram));
    }

    /**
     * Pins again what somebody unpinned; traffic does not notice.
     *
     * @throws DatapathException or {@link BpfException} if the BPF file system does not take it, such as one that was unmounted
     */
    public void restorePins() {
        pins.restore(maps, List.of(program, clockProgram));
    }

    /** Unpins everything and lets go of it. What a link still holds goes with the link. */
    public void destroy() {
        pins.remove();
        close();
    }

    /** Lets go of it; what is pinned stays. A second close does nothing. */
    @Override
    public void close() {
        if (memory.scope().isAlive()) {
            memory.close();
        }
        program.close();
        clockProgram.close();
        maps.close();
    }
}
