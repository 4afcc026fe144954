package dev.ballast.datapath;

import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;

/** The services, by index. A row is written word by word, each seen whole by the next packet. One writer. */
public final class ServiceTable {
    private static final long ROW_BYTES = Abi.SERVICE.byteSize();
    private static final long RING = Abi.offset(Abi.SERVICE, "ring");
    private static final long PREVIOUS_RING = Abi.offset(Abi.SERVICE, "previous_ring");
    private static final long PREVIOUS_UNTIL = Abi.offset(Abi.SERVICE, "previous_until");
    private static final long NAME_HASH = Abi.offset(Abi.SERVICE, "name_hash");

    private final Words rows;
    private final int capacity;

    ServiceTable(Words rows) {
        this.rows = rows;
        this.capacity = Math.toIntExact(rows.bytes() / ROW_BYTES);
    }

    /** How many services there can be. */
    public int capacity() {
        return capacity;
    }

    /** The row with that index; empty if it is free, or says what no service is: somebody else wrote there. */
    public Optional<ServiceRow> read(int index) {
        Row row = Row.read(Abi.SERVICE, rows, offset(index));
        try {
            return row.u64("name_hash") == 0 ? Optional.empty() : Optional.of(service(row));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static ServiceRow service(Row row) {
        return new ServiceRow(
                row.u64("name_hash"),
                row.u32("member_base"),
                row.u32("member_capacity"),
                (row.u32("flags") & Abi.SERVICE_TRACK) != 0,
                row.u16("tcp_idle"),
                row.u16("udp_idle"),
                HashMode.ofCode(row.u8("hash")),
                row.u8("server_id_bytes"),
                SourceFilter.ofFlags(row.u32("flags")));
    }

    /**
     * Creates or changes a row; its rings stay. Rows of its members come before it, and its ring after it: a block that
     * moves keeps the local index of each member, so that the old ring may be read with the new base.
     */
    public void write(int index, ServiceRow service) {
        long at = offset(index);
        Row row = Row.blank(Abi.SERVICE)
                .u32("member_base", service.memberBase())
                .u32("member_capacity", service.memberCapacity())
                .u32(
                        "flags",
                        (service.track() ? Abi.SERVICE_TRACK : 0)
                                | service.filter().flag())
                .u16("tcp_idle", service.tcpIdleTicks())
                .u16("udp_idle", service.udpIdleTicks())
                .u64("name_hash", service.nameHash())
                .u8("hash", service.hash().code())
                .u8("server_id_bytes", service.serverIdBytes());
        row.store(rows, at, RING + Long.BYTES, PREVIOUS_RING);
    }

    /** The ring that packets follow. */
    public PublishedRing ring(int index) {
        return PublishedRing.ofWord(rows.load(offset(index) + RING));
    }

    /** Publishes a ring, with one store; all that was written before is seen by whoever sees it. */
    public void publishRing(int index, PublishedRing ring) {
        rows.store(offset(index) + RING, ring.toWord());
    }

    /** The ring before, if it is kept; it counts until its time, and its area is in use until {@link #dropPrevious}. */
    public Optional<KeptRing> previous(int index) {
        PublishedRing ring = PublishedRing.ofWord(rows.load(offset(index) + PREVIOUS_RING));
        long until = rows.load(offset(index) + PREVIOUS_UNTIL);
        return ring.range().map(range -> new KeptRing(range, until));
    }

    /**
     * Keeps the ring that is published for what belongs to flows of before the change that follows: called right before
     * {@link #publishRing}. What was kept until now gives way.
     *
     * @param untilJiffies when it ends to count, see {@link KernelClock#jiffies}
     */
    public void keepRing(int index, long untilJiffies) {
        long at = offset(index);
        dropPrevious(index);
        rows.store(at + PREVIOUS_UNTIL, untilJiffies);
        rows.store(at + PREVIOUS_RING, rows.load(at + RING));
    }

    /** From now on no packet begins to read the ring before; its area rests for a grace period. */
    public void dropPrevious(int index) {
        rows.store(offset(index) + PREVIOUS_RING, 0L);
    }

    /** Frees a row: no VIP may lead to it any more. The name goes first: a process that dies halfway leaves a free row. */
    public void clear(int index) {
        rows.store(offset(index) + NAME_HASH, 0L);
        Row.blank(Abi.SERVICE).store(rows, offset(index), 0, ROW_BYTES);
    }

    /**
     * The indexes of the rows that are not blank: also of those that {@link #read} makes nothing of, and those that a daemon was killed
     * over while it cleared them.
     */
    public List<Integer> used() {
        return IntStream.range(0, capacity).filter(this::isUsed).boxed().toList();
    }

    private boolean isUsed(int index) {
        long words = 0;
        for (long at = 0; at < ROW_BYTES; at += Long.BYTES) {
            words |= rows.load(offset(index) + at);
        }
        return words != 0;
    }

    /** Index by name hash, of all rows in use; of two rows with one name, the higher. */
    public SortedMap<Long, Integer> byNameHash() {
        SortedMap<Long, Integer> indices = new TreeMap<>();
        for (int index = 0; index < capacity; index++) {
            long nameHash = rows.load(offset(index) + NAME_HASH);
            if (nameHash != 0) {
                indices.put(nameHash, index);
            }
        }
        return indices;
    }

    private long offset(int index) {
        if (index < 0 || index >= capacity) {
            throw new IndexOutOfBoundsException(
                    "service " + index + " of " + capacity + "; raise node.limits.services");
        }
        return index * ROW_BYTES;
    }
}
