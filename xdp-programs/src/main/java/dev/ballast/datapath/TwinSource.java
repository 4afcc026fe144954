package dev.ballast.datapath;

import dev.ballast.bpf.BpfMap;
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

    private final byte[] object;
    private final Specialisation specialisation;
    private final Variant variant;
    private final KernelClock clock;
    private final Map<String, BpfMap> shared = new LinkedHashMap<>();

    TwinSource(byte[] object, Meta meta, Variant variant, MapSet maps) {
        this.object = object.clone();
        this.specialisation = meta.specialisation();
        this.clock = meta.clock();
        this.variant = variant;
        try {
            SHARED.forEach(name -> shared.put(name, maps.get(name).duplicate()));
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    /** The name of the object: the first 16 hex digits of its SHA-256. */
    public String tag() {
        return DatapathObjects.tag(object);
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

    /** Lets go of the maps; a twin that was made of it has handles of its own. */
    @Override
    public void close() {
        shared.values().forEach(BpfMap::close);
    }
}
