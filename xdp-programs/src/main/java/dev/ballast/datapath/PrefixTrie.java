package dev.ballast.datapath;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.ballast.bpf.BpfException;
import dev.ballast.bpf.MapEntries;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.util.OptionalLong;
import java.util.function.ObjLongConsumer;

/**
 * Prefixes behind 32 bits of something else, in a trie of the kernel (BPF_MAP_TYPE_LPM_TRIE), one family each: VIPs behind protocol
 * and port, source prefixes behind a service. A key is {prefix length u32, 32 bits big endian, address big endian}.
 * One writer; a system call each.
 *
 * @see <a href="https://docs.kernel.org/bpf/map_lpm_trie.html">BPF_MAP_TYPE_LPM_TRIE</a>
 */
final class PrefixTrie {
    private static final int HEAD_BITS = Integer.SIZE;
    private static final int ADDRESS_OFFSET = 2 * Integer.BYTES;
    private static final String CURE =
            "use fewer prefixes, or raise node.limits.services, by which their table is sized";

    private final MapEntries map;

    PrefixTrie(MapEntries map) {
        this.map = map;
    }

    /** A prefix and what stands before it, host order. */
    record Entry(int head, InetAddress address, int prefixLength) {}

    /** {@code head} of a VIP: C struct vip_prefix4. */
    private static int head(int port, int protocol) {
        return protocol << 24 | port;
    }

    void put(InetAddress address, int prefixLength, int port, int protocol, long value) {
        put(new Entry(head(port, protocol), address, prefixLength), value);
    }

    boolean remove(InetAddress address, int prefixLength, int port, int protocol) {
        return remove(new Entry(head(port, protocol), address, prefixLength));
    }

    /**
     * The value of the longest prefix with that port and protocol that covers the given one, itself included; of an address with
     * all of its bits that is the one that the program finds.
     */
    OptionalLong longest(InetAddress address, int prefixLength, int port, int protocol) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment value = arena.allocate(JAVA_LONG);
            return map.get(key(arena, new Entry(head(port, protocol), address, prefixLength)), value)
                    ? OptionalLong.of(value.get(JAVA_LONG, 0))
                    : OptionalLong.empty();
        }
    }

    void forEachVip(ObjLongConsumer<VipKey> each) {
        forEach((entry, value) -> {
            int protocol = entry.head >>> 24;
            if (Protocol.isKnown(protocol)) {
                each.accept(
                        new VipKey(entry.address, entry.prefixLength, entry.head & 0xffff, Protocol.ofNumber(protocol)),
                        value);
            }
        });
    }

    void put(Entry entry, long value) {
        try (Arena arena = Arena.ofConfined()) {
            map.put(key(arena, entry), arena.allocateFrom(JAVA_LONG, value));
        } catch (BpfException e) {
            throw new DatapathException(
                    "add prefix",
                    entry.address.getHostAddress() + "/" + entry.prefixLength,
                    "map '" + map.name() + "' of " + map.maxEntries() + " entries: " + e.getMessage(),
                    CURE,
                    e);
        }
    }

    boolean remove(Entry entry) {
        try (Arena arena = Arena.ofConfined()) {
            return map.delete(key(arena, entry));
        }
    }

    void forEach(ObjLongConsumer<Entry> each) {
        map.forEach((key, value) -> each.accept(entry(key), value.get(JAVA_LONG, 0)));
    }

    private MemorySegment key(Arena arena, Entry entry) {
        byte[] address = entry.address.getAddress();
        MemorySegment key = arena.allocate(map.keySize(), Integer.BYTES);
        key.set(JAVA_INT, 0, HEAD_BITS + entry.prefixLength);
        key.set(Addresses.INT_BE, Integer.BYTES, entry.head);
        MemorySegment.copy(MemorySegment.ofArray(address), 0, key, ADDRESS_OFFSET, address.length);
        return key;
    }

    private static Entry entry(MemorySegment key) {
        byte[] address = new byte[Math.toIntExact(key.byteSize()) - ADDRESS_OFFSET];
        MemorySegment.copy(key, ADDRESS_OFFSET, MemorySegment.ofArray(address), 0, address.length);
        return new Entry(
                key.get(Addresses.INT_BE, Integer.BYTES), Addresses.of(address), key.get(JAVA_INT, 0) - HEAD_BITS);
    }
}
