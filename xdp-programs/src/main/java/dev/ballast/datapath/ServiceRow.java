package dev.ballast.datapath;

/**
 * One service, but for its ring, which {@link ServiceTable#publishRing} changes alone.
 *
 * @param nameHash the first 8 bytes of SHA-256 of its name, big-endian; never 0
 * @param memberBase the id of local index 0
 * @param memberCapacity how many ids its ring can name, from {@code memberBase} on
 * @param track whether its flows are kept in the flow tables
 * @param tcpIdleTicks how long a TCP flow without packets is kept, see {@link KernelClock#ticks}
 * @param udpIdleTicks how long a UDP flow without packets is kept
 * @param hash from what the slot of its ring derives
 * @param serverIdBytes with {@link HashMode#QUIC}: the length of its server ids, 1 to 8, or 0 if it has none; else 0
 * @param filter what its rows in the {@link SourceTable} are for
 */
public record ServiceRow(
        long nameHash,
        int memberBase,
        int memberCapacity,
        boolean track,
        int tcpIdleTicks,
        int udpIdleTicks,
        HashMode hash,
        int serverIdBytes,
        SourceFilter filter) {
    public ServiceRow {
        if (nameHash == 0) {
            throw new IllegalArgumentException("a service's name hash is not 0: that marks a free row");
        }
        if (memberBase < 0 || memberCapacity < 0 || memberBase + memberCapacity > FlowEntry.MAX_MEMBER + 1) {
            throw new IllegalArgumentException("ids " + memberBase + " and the " + memberCapacity
                    + " from there on are not all below " + (FlowEntry.MAX_MEMBER + 1));
        }
        requireTicks("TCP", tcpIdleTicks);
        requireTicks("UDP", udpIdleTicks);
        if (serverIdBytes < 0
                || serverIdBytes > ServerIdTable.MAX_BYTES
                || (serverIdBytes > 0 && hash != HashMode.QUIC)) {
            throw new IllegalArgumentException("server ids of " + serverIdBytes + " bytes with hash " + hash
                    + ": only QUIC has them, of 1 to " + ServerIdTable.MAX_BYTES);
        }
    }

    /** A service by 5-tuple, without filter. */
    public ServiceRow(
            long nameHash, int memberBase, int memberCapacity, boolean track, int tcpIdleTicks, int udpIdleTicks) {
        this(
                nameHash,
                memberBase,
                memberCapacity,
                track,
                tcpIdleTicks,
                udpIdleTicks,
                HashMode.FIVE_TUPLE,
                0,
                SourceFilter.OFF);
    }

    /** The same service with another filter. */
    public ServiceRow with(SourceFilter other) {
        return new ServiceRow(
                nameHash, memberBase, memberCapacity, track, tcpIdleTicks, udpIdleTicks, hash, serverIdBytes, other);
    }

    private static void requireTicks(String what, int ticks) {
        if (ticks < 1 || ticks >= FlowEntry.EXPIRY_HORIZON) {
            throw new IllegalArgumentException(
                    "the " + what + " idle time of " + ticks + " ticks is not 1 to " + (FlowEntry.EXPIRY_HORIZON - 1));
        }
    }
}
