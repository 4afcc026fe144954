package dev.ballast.datapath;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The members, by id. A row is one cache line: a packet needs no look-up behind it. One writer.
 *
 * <p>An id belongs to one backend of one service until it is cleared, and that may be only after it is out of every ring, a
 * grace period has passed since, and a census finds no flow of it.
 */
public final class MemberTable {
    private static final long ROW_BYTES = Abi.MEMBER.byteSize();
    private static final long ADDRESSES = Abi.offset(Abi.MEMBER, "outer_source");
    private static final int ADDRESS_BYTES = 16;
    private static final int MAC_BYTES = 6;

    private final Words rows;
    private final int capacity;

    MemberTable(Words rows) {
        this.rows = rows;
        this.capacity = Math.toIntExact(rows.bytes() / ROW_BYTES);
    }

    /** How many ids there are. */
    public int capacity() {
        return capacity;
    }

    /** The row of that id; empty if it is free, or says what no member is: somebody else wrote there. */
    public Optional<MemberRow> read(int id) {
        Row row = Row.read(Abi.MEMBER, rows, offset(id));
        try {
            return row.u8("state") == MemberState.FREE ? Optional.empty() : Optional.of(member(row));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static MemberRow member(Row row) {
        int addressBytes = row.u8("family") == 4 ? 4 : ADDRESS_BYTES;
        return new MemberRow(
                row.u32("service"),
                MemberState.ofCode(row.u8("state")),
                Encap.ofCode(row.u8("encap")),
                Short.toUnsignedInt(networkOrder(row.u16("gue_port"))),
                row.u8("source_bits"),
                Addresses.of(row.bytes("outer_source", addressBytes)),
                Addresses.of(row.bytes("outer_destination", addressBytes)),
                row.u16("mtu") == 0 ? Optional.empty() : Optional.of(nextHop(row)));
    }

    private static NextHop nextHop(Row row) {
        return new NextHop(
                row.u32("ifindex"),
                macBits(row.bytes("next_hop", MAC_BYTES)),
                macBits(row.bytes("source_mac", MAC_BYTES)),
                Short.toUnsignedInt(networkOrder(row.u16("vlan"))),
                row.u16("mtu"));
    }

    /**
     * Creates or changes a row. The word with service and state is stored last, so that a new member is complete when the
     * first packet sees it.
     *
     * @throws IllegalArgumentException if the id belongs to another backend or service
     */
    public void write(int id, MemberRow member) {
        read(id).ifPresent(before -> requireSame(id, before, member));
        Row row = Row.blank(Abi.MEMBER)
                .u32("service", member.service())
                .u8("state", member.state().code())
                .u8("encap", member.encap().code())
                .u8("family", Addresses.isIpv4(member.backend()) ? 4 : 6)
                .u16("gue_port", networkOrder(member.guePort()))
                .u8("source_bits", member.sourceBits())
                .bytes("outer_source", member.source().getAddress())
                .bytes("outer_destination", member.backend().getAddress());
        member.nextHop()
                .ifPresent(hop -> row.bytes("next_hop", macBytes(hop.destinationMac()))
                        .u16("vlan", networkOrder(hop.vlan()))
                        .bytes("source_mac", macBytes(hop.sourceMac()))
                        .u16("mtu", hop.mtu())
                        .u32("ifindex", hop.ifindex()));
        long at = offset(id);
        row.store(rows, at, ADDRESSES, ROW_BYTES);
        row.store(rows, at, Long.BYTES, ADDRESSES);
        row.storeWordOf("state", rows, at);
    }

    private static void requireSame(int id, MemberRow before, MemberRow after) {
        if (before.service() != after.service() || !before.backend().equals(after.backend())) {
            throw new IllegalArgumentException(
                    "member id " + id + " belongs to " + before.backend().getHostAddress()
                            + " in service " + before.service() + " and cannot become "
                            + after.backend().getHostAddress()
                            + " in service " + after.service() + " before it is cleared");
        }
    }

    /** Frees an id that nothing refers to any more. */
    public void clear(int id) {
        Row blank = Row.blank(Abi.MEMBER);
        blank.storeWordOf("state", rows, offset(id));
        blank.store(rows, offset(id), 0, ROW_BYTES);
    }

    /** The ids whose row is not free, also of those that {@link #read} makes nothing of. */
    public SortedSet<Integer> used() {
        SortedSet<Integer> used = new TreeSet<>();
        for (int id = 0; id < capacity; id++) {
            if (Row.read(Abi.MEMBER, rows, offset(id)).u8("state") != MemberState.FREE) {
                used.add(id);
            }
        }
        return used;
    }

    /** All members, by id. */
    public SortedMap<Integer, MemberRow> list() {
        SortedMap<Integer, MemberRow> members = new TreeMap<>();
        for (int id = 0; id < capacity; id++) {
            int current = id;
            read(id).ifPresent(member -> members.put(current, member));
        }
        return members;
    }

    private long offset(int id) {
        if (id < 0 || id >= capacity) {
            throw new IndexOutOfBoundsException("member " + id + " of " + capacity + "; raise node.limits.members");
        }
        return id * ROW_BYTES;
    }

    private static byte[] macBytes(long bits) {
        byte[] eight = ByteBuffer.allocate(Long.BYTES).putLong(bits << 16).array();
        return Arrays.copyOf(eight, MAC_BYTES);
    }

    private static long macBits(byte[] bytes) {
        return ByteBuffer.allocate(Long.BYTES).put(bytes).getLong(0) >>> 16;
    }

    private static short networkOrder(int value) {
        return ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN ? (short) value : Short.reverseBytes((short) value);
    }
}
