package dev.ballast.netlink;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What drivers let be switched, and what they count: the ioctl interface of linux/ethtool.h, which every kernel has for both, by the
 * kernel's own names (those of {@code ethtool -k} differ for some).
 *
 * <p>Belongs to the network namespace of the thread that opened it. Any thread, one call at a time.
 */
public final class Ethtool implements AutoCloseable {
    /** Whether a VLAN tag is taken out of a received frame and kept beside it, where XDP does not see it. */
    public static final String RX_VLAN_STRIPPING = "rx-vlan-hw-parse";

    private static final int AF_INET = 2;
    private static final int SOCK_DGRAM = 2;
    private static final int SOCK_CLOEXEC = 0x80000;
    private static final long SIOCETHTOOL = 0x8946;
    private static final int IFREQ_BYTES = 40;
    private static final int IFNAME_MAX_BYTES = 15;
    private static final int IFREQ_DATA = 16;

    private static final int GSTRINGS = 0x1b;
    private static final int GSTATS = 0x1d;
    private static final int GSSET_INFO = 0x37;
    private static final int GFEATURES = 0x3a;
    private static final int SFEATURES = 0x3b;

    private static final int SET_STATS = 1;
    private static final int SET_FEATURES = 4;
    private static final int STRING_BYTES = 32;
    private static final int FEATURES_A_BLOCK = 32;

    private static final ValueLayout.OfInt U32 = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfLong U64 = ValueLayout.JAVA_LONG_UNALIGNED;

    private final int socket;
    private boolean closed;

    private Ethtool(int socket) {
        this.socket = socket;
    }

    /** Any socket of the namespace serves. */
    static Ethtool open() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(Libc.ERRNO_LAYOUT);
            int socket = Libc.socket(state, AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
            if (socket < 0) {
                throw new NetlinkException("socket", "the ethtool socket", Libc.errno(state), "");
            }
            return new Ethtool(socket);
        }
    }

    /**
     * A feature as it stands.
     *
     * @param active whether it is on
     * @param changeable whether the driver lets it be switched
     */
    public record Feature(boolean active, boolean changeable) {}

    /** The state of a feature; empty if this kernel does not know it. */
    public Optional<Feature> feature(String interfaceName, String feature) {
        try (Arena arena = Arena.ofConfined()) {
            Call call = new Call(arena, interfaceName);
            List<String> names = call.strings(SET_FEATURES, "the names of features");
            int bit = names.indexOf(feature);
            return bit < 0 ? Optional.empty() : Optional.of(call.feature(bit, names.size()));
        }
    }

    /**
     * Switches a feature. Needs CAP_NET_ADMIN.
     *
     * @throws NetlinkException if the kernel refuses, or the driver kept it as it was
     */
    public void setFeature(String interfaceName, String feature, boolean on) {
        String what = feature + " of " + interfaceName;
        try (Arena arena = Arena.ofConfined()) {
            Call call = new Call(arena, interfaceName);
            List<String> names = call.strings(SET_FEATURES, "the names of features");
            int bit = names.indexOf(feature);
            if (bit < 0) {
                throw new NetlinkException("ETHTOOL_SFEATURES", what, Errno.EOPNOTSUPP, "no such feature");
            }
            if (call.feature(bit, names.size()).changeable()) {
                call.setFeature(bit, names.size(), on, feature);
            }
            if (call.feature(bit, names.size()).active() != on) {
                throw new NetlinkException(
                        "ETHTOOL_SFEATURES",
                        what,
                        Errno.EOPNOTSUPP,
                        "the driver keeps it " + (on ? "off" : "on"),
                        "see whether it is fixed or depends on another setting: ethtool -k " + interfaceName);
            }
        }
    }

    /** What the driver itself counts, by its own names; empty if it counts nothing or is gone. */
    public SortedMap<String, Long> statistics(String interfaceName) {
        SortedMap<String, Long> statistics = new TreeMap<>();
        try (Arena arena = Arena.ofConfined()) {
            Call call = new Call(arena, interfaceName);
            List<String> names = call.strings(SET_STATS, "the names of statistics");
            MemorySegment request = arena.allocate(8 + 8L * names.size(), 8);
            request.set(U32, 0, GSTATS);
            request.set(U32, 4, names.size());
            call.make(request, "ETHTOOL_GSTATS", "statistics");
            for (int i = 0; i < Math.min(names.size(), request.get(U32, 4)); i++) {
                statistics.put(names.get(i), request.get(U64, 8 + 8L * i));
            }
        } catch (NetlinkException e) {
            if (e.errno() != Errno.EOPNOTSUPP && e.errno() != Errno.ENODEV) {
                throw e;
            }
        }
        return statistics;
    }

    /** The requests about one interface. */
    private final class Call {
        private final Arena arena;
        private final String interfaceName;
        private final MemorySegment ifreq;

        Call(Arena arena, String interfaceName) {
            this.arena = arena;
            this.interfaceName = interfaceName;
            this.ifreq = arena.allocate(IFREQ_BYTES, 8);
            byte[] name = interfaceName.getBytes(StandardCharsets.UTF_8);
            if (name.length > IFNAME_MAX_BYTES) {
                throw new NetlinkException("ETHTOOL", "interface " + interfaceName, Errno.ENODEV, "");
            }
            MemorySegment.copy(name, 0, ifreq, ValueLayout.JAVA_BYTE, 0, name.length);
        }

        /** The request is at once the place of the answer. */
        void make(MemorySegment request, String operation, String what) {
            ifreq.set(ValueLayout.ADDRESS, IFREQ_DATA, request);
            MemorySegment state = arena.allocate(Libc.ERRNO_LAYOUT);
            synchronized (Ethtool.this) {
                if (closed) {
                    throw new IllegalStateException("this ethtool socket is closed");
                }
                if (Libc.ioctl(state, socket, SIOCETHTOOL, ifreq) < 0) {
                    throw new NetlinkException(operation, what + " of " + interfaceName, Libc.errno(state), "");
                }
            }
        }

        /** struct ethtool_sset_info for how many, struct ethtool_gstrings for which. */
        List<String> strings(int set, String what) {
            MemorySegment info = arena.allocate(20, 8);
            info.set(U32, 0, GSSET_INFO);
            info.set(U64, 8, 1L << set);
            make(info, "ETHTOOL_GSSET_INFO", what);
            int count = info.get(U64, 8) == 0 ? 0 : info.get(U32, 16);
            MemorySegment request = arena.allocate(12 + (long) STRING_BYTES * count, 8);
            request.set(U32, 0, GSTRINGS);
            request.set(U32, 4, set);
            request.set(U32, 8, count);
            make(request, "ETHTOOL_GSTRINGS", what);
            List<String> strings = new ArrayList<>();
            for (int i = 0; i < Math.min(count, request.get(U32, 8)); i++) {
                MemorySegment text = request.asSlice(12 + (long) STRING_BYTES * i, STRING_BYTES);
                byte[] bytes = text.toArray(ValueLayout.JAVA_BYTE);
                int length = 0;
                while (length < bytes.length && bytes[length] != 0) {
                    length++;
                }
                strings.add(new String(bytes, 0, length, StandardCharsets.UTF_8));
            }
            return strings;
        }

        /** struct ethtool_gfeatures: per block of 32, the bits available, requested, active, never changed. */
        Feature feature(int bit, int count) {
            int blocks = blocks(count);
            MemorySegment request = arena.allocate(8 + 16L * blocks, 8);
            request.set(U32, 0, GFEATURES);
            request.set(U32, 4, blocks);
            make(request, "ETHTOOL_GFEATURES", "features");
            long block = 8 + 16L * (bit / FEATURES_A_BLOCK);
            int mask = 1 << (bit % FEATURES_A_BLOCK);
            return new Feature((request.get(U32, block + 8) & mask) != 0, (request.get(U32, block) & mask) != 0);
        }

        /** struct ethtool_sfeatures: per block, which bits are meant, and their values. */
        void setFeature(int bit, int count, boolean on, String what) {
            int blocks = blocks(count);
            MemorySegment request = arena.allocate(8 + 8L * blocks, 8);
            request.set(U32, 0, SFEATURES);
            request.set(U32, 4, blocks);
            long block = 8 + 8L * (bit / FEATURES_A_BLOCK);
            int mask = 1 << (bit % FEATURES_A_BLOCK);
            request.set(U32, block, mask);
            request.set(U32, block + 4, on ? mask : 0);
            make(request, "ETHTOOL_SFEATURES", what);
        }

        private static int blocks(int count) {
            return (count + FEATURES_A_BLOCK - 1) / FEATURES_A_BLOCK;
        }
    }

    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            try (Arena arena = Arena.ofConfined()) {
                Libc.close(arena.allocate(Libc.ERRNO_LAYOUT), socket);
            }
        }
    }
}
