package dev.ballast.bpf;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.ballast.bpf.CStructs.Struct;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A BPF object: what clang made of one C file. It is opened (pure parsing, no privileges), set up, and loaded once; then its
 * maps and programs are in the kernel.
 *
 * <p>The object owns the maps and programs it returns and closes them with itself; what has to outlive it is pinned or
 * {@linkplain BpfMap#duplicate() duplicated}. Until its load it belongs to one thread; afterwards any may use it.
 */
public final class BpfObject implements AutoCloseable {
    /** Address space for a program's verifier log: a page of it costs memory only once it is written. */
    private static final long LOG_BYTES = 64L << 20;

    private static final int BPF_F_XDP_HAS_FRAGS = 1 << 5;

    private final String name;
    private final Btf btf;
    private final Map<String, MemorySegment> mapPointers = new LinkedHashMap<>();
    private final Map<String, MemorySegment> programPointers = new LinkedHashMap<>();
    private final SequencedMap<String, BpfMap> maps = new LinkedHashMap<>();
    private final SequencedMap<String, BpfProgram> programs = new LinkedHashMap<>();

    /** libbpf's own object: only until the load, which leaves nothing to ask it for. */
    private @Nullable MemorySegment pointer;

    private volatile State state = State.OPEN;

    private enum State {
        OPEN,
        LOADED,
        FAILED,
        CLOSED
    }

    private BpfObject(String name, MemorySegment pointer) {
        this.name = name;
        this.pointer = pointer;
        this.btf = readBtf(pointer);
        MemorySegment map = LibBpf.bpf_object__next_map(pointer, MemorySegment.NULL);
        while (map.address() != 0) {
            mapPointers.put(mapName(map), map);
            map = LibBpf.bpf_object__next_map(pointer, map);
        }
        MemorySegment program = LibBpf.bpf_object__next_program(pointer, MemorySegment.NULL);
        while (program.address() != 0) {
            programPointers.put(string(LibBpf.bpf_program__name(program)), program);
            program = LibBpf.bpf_object__next_program(pointer, program);
        }
    }

    /**
     * Parses an object. Nothing goes to the kernel yet; no privileges are needed.
     *
     * @param name of the object, for messages and, its first 8 characters, the kernel's names of its data sections
     * @param elf the object file's bytes
     * @throws BpfException saying what is wrong with them
     */
    public static BpfObject open(String name, byte[] elf) {
        try (Arena arena = Arena.ofConfined();
                LibBpfMessages messages = LibBpfMessages.collect()) {
            MemorySegment bytes =
                    arena.allocate(Math.max(elf.length, 1), Long.BYTES).asSlice(0, elf.length);
            bytes.copyFrom(MemorySegment.ofArray(elf));
            Struct options = CStructs.allocate(arena, CStructs.BPF_OBJECT_OPEN_OPTS)
                    .setAddress("object_name", arena.allocateFrom(name));
            long address = elf.length == 0 ? -Errno.EINVAL : LibBpf.bpf_object__open_mem(bytes, options.memory());
            if (address < 0) {
                throw new BpfException(
                        "open",
                        "object '" + name + "' of " + elf.length + " bytes",
                        (int) -address,
                        openCure(elf, messages));
            }
            return opened(name, MemorySegment.ofAddress(address));
        }
    }

    private static BpfObject opened(String name, MemorySegment pointer) {
        try {
            return new BpfObject(name, pointer);
        } catch (RuntimeException | Error e) {
            LibBpf.bpf_object__close(pointer);
            throw e;
        }
    }

    private static String openCure(byte[] elf, LibBpfMessages messages) {
        String said = messages.joined();
        boolean isElf = elf.length >= 4 && elf[0] == 0x7f && elf[1] == 'E' && elf[2] == 'L' && elf[3] == 'F';
        String what =
                elf.length == 0 ? "it is empty" : isElf ? "it is damaged or not for BPF" : "it is not an ELF file";
        return what + (said.isEmpty() ? "" : " (libbpf: " + said + ")") + "; build it with clang -g -O2 -target bpf";
    }

    /** The name it was opened by. */
    public String name() {
        return name;
    }

    /** Its types. */
    public Btf btf() {
        return btf;
    }

    /** The names of its programs, loaded or not. */
    public Collection<String> programNames() {
        return Collections.unmodifiableCollection(programPointers.keySet());
    }

    /** The names of its maps; data sections are {@code .rodata}, {@code .data}, {@code .bss}. */
    public Collection<String> mapNames() {
        return Collections.unmodifiableCollection(mapPointers.keySet());
    }

    /**
     * Sets a global integer, enum or bool before the load: a {@code const volatile} of {@code .rodata}, which the verifier then
     * takes for a constant and removes the branches of, or the first value of one in {@code .data} or {@code .bss}.
     *
     * @throws BpfException if there is no such variable, or the value does not fit its size
     */
    public void setGlobal(String variable, long value) {
        Global global = global(variable);
        int size = Math.toIntExact(global.layout.sizeBytes());
        try {
            global.layout.field("").set(global.memory, value);
        } catch (IllegalArgumentException e) {
            throw new BpfException(
                    "set global",
                    "'" + variable + "' of object '" + name + "'",
                    Errno.EINVAL,
                    "it is a " + global.layout.name() + " of " + size + " bytes: " + e.getMessage(),
                    e);
        }
    }

    /**
     * Sets the bytes of a global variable before the load, in the machine's byte order.
     *
     * @throws BpfException if there is no such variable, or it is of another size
     */
    public void setGlobal(String variable, byte[] value) {
        Global global = global(variable);
        if (value.length != global.layout.sizeBytes()) {
            throw new BpfException(
                    "set global",
                    "'" + variable + "' of object '" + name + "'",
                    Errno.EINVAL,
                    "it is a " + global.layout.name() + " of " + global.layout.sizeBytes() + " bytes, not "
                            + value.length);
        }
        global.memory.copyFrom(MemorySegment.ofArray(value));
    }

    private record Global(BtfLayout layout, MemorySegment memory) {}

    private Global global(String variable) {
        requireOpen("set global");
        TreeSet<String> known = new TreeSet<>();
        for (String sectionName : List.of(".rodata", ".data", ".bss")) {
            Optional<BtfType.DataSection> section = btf.section(sectionName);
            MemorySegment map = mapPointers.get(sectionName);
            if (section.isEmpty() || map == null) {
                continue;
            }
            for (BtfType.SectionVariable place : section.get().variables()) {
                BtfType found = btf.type(place.variableId());
                known.add(found.name());
                if (found.name().equals(variable) && found instanceof BtfType.Variable type) {
                    BtfLayout layout = btf.layout(type.typeId());
                    return new Global(layout, initialValue(map).asSlice(place.offsetBytes(), layout.sizeBytes()));
                }
            }
        }
        throw new BpfException(
                "set global",
                "'" + variable + "' of object '" + name + "'",
                Errno.ENOENT,
                "the object has no such global; it has " + known);
    }

    private MemorySegment initialValue(MemorySegment map) {
        try (Arena scratch = Arena.ofConfined()) {
            MemorySegment size = scratch.allocate(JAVA_LONG);
            MemorySegment value = LibBpf.bpf_map__initial_value(map, size);
            return value.reinterpret(size.get(JAVA_LONG, 0));
        }
    }

    /** Sizes a map before the load; unsigned. */
    public void setMaxEntries(String map, int maxEntries) {
        requireOpen("set size of map");
        int result = LibBpf.bpf_map__set_max_entries(mapPointer(map), maxEntries);
        if (result < 0) {
            throw new BpfException(
                    "set size of map",
                    "'" + map + "' of object '" + name + "'",
                    -result,
                    Integer.toUnsignedString(maxEntries) + " entries are not a size for it");
        }
    }

    /**
     * Uses an existing map in place of creating one. Its number of entries may differ from the object's, nothing else; a check
     * that libbpf leaves to the verifier.
     *
     * @param existing stays the caller's and may be closed after the load
     * @throws BpfException naming each difference
     */
    public void reuseMap(String map, BpfMap existing) {
        requireOpen("reuse map");
        MemorySegment declared = mapPointer(map);
        String what = "'" + map + "' of object '" + name + "'";
        List<String> differences = new ArrayList<>();
        BpfMapType type = BpfMapType.ofCode(LibBpf.bpf_map__type(declared));
        if (type != existing.type()) {
            differences.add("type " + existing.type() + " instead of " + type);
        }
        compare(differences, "key size", existing.keySize(), LibBpf.bpf_map__key_size(declared));
        compare(differences, "value size", existing.valueSize(), LibBpf.bpf_map__value_size(declared));
        compare(differences, "flags", existing.flags(), LibBpf.bpf_map__map_flags(declared));
        if (!differences.isEmpty()) {
            throw new BpfException(
                    "reuse map",
                    what,
                    Errno.EINVAL,
                    "the existing map has " + String.join(", ", differences)
                            + "; load the object with a map of its own, or with the program version that made this one");
        }
        int result = existing.handle().use(fd -> LibBpf.bpf_map__reuse_fd(declared, fd));
        if (result < 0) {
            throw new BpfException(
                    "reuse map", what, -result, Capabilities.cureOr("the kernel refused to describe it"));
        }
    }

    private static void compare(List<String> differences, String what, int existing, int declared) {
        if (existing != declared) {
            differences.add(what + " " + existing + " instead of " + declared);
        }
    }

    /** Whether the load takes this program along; all are, unless their section says otherwise. */
    public void autoload(String program, boolean autoload) {
        requireOpen("set autoload of program");
        LibBpf.bpf_program__set_autoload(programPointer(program), autoload);
    }

    /**
     * Has the kernel load an XDP program as one of section {@code xdp.frags}, whatever its section: it is given frames that span
     * several buffers, as those of a MTU over a page do, and drivers refuse such a MTU to any other program. Its direct access to
     * the packet ends with the first buffer.
     *
     * @throws BpfException if there is no such program
     */
    public void multiBuffer(String program) {
        requireOpen("make multi-buffer");
        MemorySegment xdp = programPointer(program);
        LibBpf.bpf_program__set_flags(xdp, LibBpf.bpf_program__flags(xdp) | BPF_F_XDP_HAS_FRAGS);
    }

    /** Binds all programs and maps to a network device before the load, for {@link XdpMode#OFFLOAD}. */
    public void offloadTo(int ifindex) {
        requireOpen("offload");
        programPointers.values().forEach(program -> LibBpf.bpf_program__set_ifindex(program, ifindex));
        mapPointers.values().forEach(map -> LibBpf.bpf_map__set_ifindex(map, ifindex));
    }

    /**
     * Creates the maps and loads the programs; all or nothing.
     *
     * @throws VerifierException if the verifier rejects a program
     * @throws BpfException for everything else, with its cure
     */
    public void load() {
        requireOpen("load");
        MemorySegment object = pointerOrThrow();
        try (Arena logs = Arena.ofConfined();
                LibBpfMessages messages = LibBpfMessages.collect()) {
            Map<String, MemorySegment> logOf = verifierLogs(logs);
            state = State.FAILED;
            int result = LibBpf.bpf_object__load(object);
            if (result < 0) {
                throw loadFailure(-result, logOf, messages);
            }
            adopt();
            state = State.LOADED;
        } catch (RuntimeException | Error e) {
            closeHandles();
            throw e;
        } finally {
            free();
        }
    }

    /**
     * A log buffer for each program. libbpf asks for a log only after a load without one failed, so the buffer that is not empty
     * is that of the program which failed.
     */
    private Map<String, MemorySegment> verifierLogs(Arena logs) {
        Map<String, MemorySegment> logOf = new LinkedHashMap<>();
        programPointers.forEach((program, programPointer) -> {
            long address = LibC.mmap(
                    LOG_BYTES,
                    LibC.PROT_READ | LibC.PROT_WRITE,
                    LibC.MAP_PRIVATE | LibC.MAP_ANONYMOUS | LibC.MAP_NORESERVE,
                    -1,
                    0);
            if (address < 0) {
                throw new BpfException(
                        "map verifier log of",
                        "program '" + program + "'",
                        (int) -address,
                        "the limit of address space is under " + LOG_BYTES + " bytes a program; raise it: ulimit -v");
            }
            MemorySegment log = MemorySegment.ofAddress(address)
                    .reinterpret(LOG_BYTES, logs, mapping -> LibC.munmap(mapping, LOG_BYTES));
            LibBpf.bpf_program__set_log_buf(programPointer, log, LOG_BYTES);
            logOf.put(program, log);
        });
        return logOf;
    }

    private BpfException loadFailure(int errno, Map<String, MemorySegment> logOf, LibBpfMessages messages) {
        for (Map.Entry<String, MemorySegment> entry : logOf.entrySet()) {
            String log = entry.getValue().getString(0);
            if (!log.isBlank()) {
                return new VerifierException(name, entry.getKey(), errno, log);
            }
        }
        String said = messages.joined();
        String cure = switch (errno) {
            case Errno.EPERM ->
                Capabilities.cureOr("raise the limit of locked memory (ulimit -l) on kernels before 5.11");
            case Errno.ENOMEM, Errno.E2BIG -> "the kernel has not that much memory; load it with smaller maps";
            case Errno.EINVAL, Errno.EOPNOTSUPP, Errno.ENOTSUPP ->
                "this kernel lacks something the object uses; 6.1 or newer is needed";
            case Errno.ESRCH, Errno.ENOENT ->
                Btf.kernelPresent() ? "the object refers to something this kernel lacks" : Btf.kernelCure();
            default -> "see what libbpf says";
        };
        return new BpfException(
                "load", "object '" + name + "'", errno, cure + (said.isEmpty() ? "" : " (libbpf: " + said + ")"));
    }

    /** Takes handles of our own on everything, so that libbpf's object can go. */
    private void adopt() {
        mapPointers.forEach((mapName, map) -> {
            int fd = LibBpf.bpf_map__fd(map);
            if (fd >= 0) {
                maps.put(
                        mapName,
                        BpfMap.of(
                                KernelHandle.duplicateOf(fd, "map '" + mapName + "'"),
                                mapName,
                                BpfMap.layout(btf, LibBpf.bpf_map__btf_key_type_id(map)),
                                BpfMap.layout(btf, LibBpf.bpf_map__btf_value_type_id(map))));
            }
        });
        programPointers.forEach((programName, program) -> {
            int fd = LibBpf.bpf_program__fd(program);
            if (fd >= 0) {
                programs.put(
                        programName,
                        BpfProgram.of(KernelHandle.duplicateOf(fd, "program '" + programName + "'"), programName));
            }
        });
    }

    /**
     * A map of the loaded object.
     *
     * @throws BpfException naming those it has
     */
    public BpfMap map(String map) {
        requireLoaded();
        BpfMap found = maps.get(map);
        if (found == null) {
            throw new BpfException(
                    "find map", "'" + map + "' of object '" + name + "'", Errno.ENOENT, "it has " + maps.keySet());
        }
        return found;
    }

    /**
     * A program of the loaded object.
     *
     * @throws BpfException naming those it has
     */
    public BpfProgram program(String program) {
        requireLoaded();
        BpfProgram found = programs.get(program);
        if (found == null) {
            throw new BpfException(
                    "find program",
                    "'" + program + "' of object '" + name + "'",
                    Errno.ENOENT,
                    "loaded are " + programs.keySet() + " of " + programPointers.keySet());
        }
        return found;
    }

    /** All maps, data sections among them, in the object's order. */
    public Collection<BpfMap> maps() {
        requireLoaded();
        return Collections.unmodifiableCollection(maps.values());
    }

    /** All loaded programs, in the object's order. */
    public Collection<BpfProgram> programs() {
        requireLoaded();
        return Collections.unmodifiableCollection(programs.values());
    }

    private MemorySegment mapPointer(String map) {
        MemorySegment found = mapPointers.get(map);
        if (found == null) {
            throw new BpfException(
                    "find map",
                    "'" + map + "' of object '" + name + "'",
                    Errno.ENOENT,
                    "it has " + mapPointers.keySet());
        }
        return found;
    }

    private MemorySegment programPointer(String program) {
        MemorySegment found = programPointers.get(program);
        if (found == null) {
            throw new BpfException(
                    "find program",
                    "'" + program + "' of object '" + name + "'",
                    Errno.ENOENT,
                    "it has " + programPointers.keySet());
        }
        return found;
    }

    private MemorySegment pointerOrThrow() {
        if (pointer == null) {
            throw new IllegalStateException("object '" + name + "' is " + state);
        }
        return pointer;
    }

    private void requireOpen(String operation) {
        if (state != State.OPEN) {
            throw new IllegalStateException(
                    "cannot " + operation + ": object '" + name + "' is " + state + "; open it again");
        }
    }

    private void requireLoaded() {
        if (state != State.LOADED) {
            throw new IllegalStateException("object '" + name + "' is " + state + "; load it first");
        }
    }

    /** libbpf names a plain data section after object and section; the section alone is what the C file says. */
    private static String mapName(MemorySegment map) {
        String kernelName = string(LibBpf.bpf_map__name(map));
        for (String section : List.of(".rodata", ".data", ".bss", ".kconfig")) {
            if (LibBpf.bpf_map__is_internal(map) && kernelName.endsWith(section)) {
                return section;
            }
        }
        return kernelName;
    }

    private static Btf readBtf(MemorySegment object) {
        MemorySegment btf = LibBpf.bpf_object__btf(object);
        if (btf.address() == 0) {
            throw Btf.malformed("the object has none");
        }
        try (Arena scratch = Arena.ofConfined()) {
            MemorySegment size = scratch.allocate(JAVA_INT);
            MemorySegment data = LibBpf.btf__raw_data(btf, size);
            return Btf.parse(data.reinterpret(size.get(JAVA_INT, 0)).toArray(JAVA_BYTE));
        }
    }

    private static String string(MemorySegment cString) {
        return cString.reinterpret(Long.MAX_VALUE).getString(0);
    }

    private void free() {
        MemorySegment object = pointer;
        if (object != null) {
            pointer = null;
            LibBpf.bpf_object__close(object);
        }
    }

    private void closeHandles() {
        maps.values().forEach(BpfMap::close);
        programs.values().forEach(BpfProgram::close);
    }

    @Override
    public String toString() {
        return "object '" + name + "' (" + state + ")";
    }

    /** Closes its maps and programs; what is pinned, attached or duplicated stays. A second close does nothing. */
    @Override
    public synchronized void close() {
        if (state != State.CLOSED) {
            state = State.CLOSED;
            free();
            closeHandles();
        }
    }
}
