package dev.ballast.datapath;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** Which member of a QUIC service a server id names; see {@code lb/quic.h} for the reader. One writer. */
public final class ServerIdTable {
    /** The longest server id. */
    public static final int MAX_BYTES = 8;

    private final Buckets buckets;

    ServerIdTable(Words table, Epochs epochs) {
        this.buckets = new Buckets6(table, epochs);
    }

    /** A server id within its service. */
    public record Place(int service, ServerId id) {}

    /**
     * Sends the packets with that server id to a member, from the next one on.
     *
     * @throws DatapathException if the table is too full at that place
     */
    public void put(Place place, int member) {
        if (!buckets.put(key(place), member)) {
            throw new DatapathException(
                    "add server id",
                    place.toString(),
                    "the " + Abi.VIP_PROBE_BUCKETS + " buckets it may be in are full",
                    "raise node.limits.members, by which the table is sized");
        }
    }

    /** Ends a server id: its packets go by flow and ring. False if there was none. */
    public boolean remove(Place place) {
        return buckets.remove(key(place));
    }

    /** The member that a server id leads to. */
    public OptionalInt member(Place place) {
        long way = buckets.find(key(place));
        return way < 0 ? OptionalInt.empty() : OptionalInt.of((int) buckets.value(way));
    }

    /** All of them with the id of their member. */
    public Map<Place, Integer> list() {
        Map<Place, Integer> members = new HashMap<>();
        buckets.forEach((key, value) -> place(key).ifPresent(place -> members.put(place, (int) value)));
        return members;
    }

    /** Empty: no daemon has put it there. */
    private static Optional<Place> place(BucketKey key) {
        try {
            Place place = new Place((int) key.low(), new ServerId(key.high(), (int) (key.key() >>> 16)));
            return key(place).equals(key) ? Optional.of(place) : Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** Ends what no daemon has put here, and what a search does not find any more; says how many. */
    public int removeStrays() {
        return buckets.removeStrays(key -> place(key).isPresent());
    }

    void reclaim(Grace grace) {
        buckets.reclaim(grace);
    }

    boolean hasRetired() {
        return buckets.hasRetired();
    }

    private static BucketKey key(Place place) {
        return new BucketKey(place.id.value(), place.service, (long) place.id.length() << 16);
    }
}
