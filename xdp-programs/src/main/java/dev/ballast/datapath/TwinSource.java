package dev.ballast.datapath;

import dev.ballast.bpf.BpfMap;
import dev.ballast.bpf.BpfProgram;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a {@link Twin} is made of: the running program's object and constants, and handles of its own on the maps that only the
 * daemon writes. Made by the datapath's one writer, to be used on any thread.
 */
public final class TwinSource implements AutoCloseable {
    /** The program only reads them. Whatever else it has, a twin has for itself. */
    private static final List<String> SHARED = List.of(
            "vips4",
            "vips6",
            "vip_prefixes4",
            "vip_prefixes6",
            "sources4",
            "sources6",
            "server_ids",
            "services",
            "members",
            "rings",
            "settings");

    /** What the program writes and decides by: an explanation has copies of some of it. */
    private static final List<String> WRITTEN = List.of("flows", "half_open", "cpu_states");

    private final byte[] object;
    private final Specialisation specialisation;
    private final Variant variant;
    private final KernelClock clock;
    private final VipSeeds seeds;
    private final int programId;
    private final BpfProgram clockProgram;
    private final Map<String, BpfMap> shared = new LinkedHashMap<>();
    private final Map<String, BpfMap> written = new LinkedHashMap<>();

    TwinSource(byte[] object, Meta meta, Variant variant, MapSet maps, int programId, BpfProgram clockProgram) {
        this.object = object.clone();
        this.seeds = meta.seeds();
        this.programId = programId;
        this.clockProgram = clockProgram.duplicate();
        this.specialisation = meta.specialisation();
        this.clock = meta.clock();
        this.variant = variant;
        try {
            SHARED.forEach(name -> shared.put(name, maps.get(name).duplicate()));
            WRITTEN.forEach(name -> written.put(name, maps.get(name).duplicate()));
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    /** The name of the object: the first 16 hex digits of its SHA-256. */
    public String tag() {
        return DatapathObjects.tag(object);
    }

    /** Which program it is, for as long as the kernel runs: a swap makes another one, also of the same object. */
    public int programId() {
        return programId;
    }

    byte[] object() {
        return Arrays.copyOf(object, object.length);
    }

    Specialisation specialisation() {
        return specialisation;
    }

    Variant variant() {
        return variant;
    }

    KernelClock clock() {
        return clock;
    }

    Map<String, BpfMap> shared() {
        return shared;
    }

    /** To be read only: the live tables that the program writes. */
    Map<String, BpfMap> written() {
        return written;
    }

    VipSeeds seeds() {
        return seeds;
    }

    BpfProgram clockProgram() {
        return clockProgram;
    }

    /** Lets go of the maps; a twin that was made of it has handles of its own. */
    @Override
    public void close() {
        shared.values().forEach(BpfMap::close);
        written.values().forEach(BpfMap::close);
        clockProgram.close();
    }
}
