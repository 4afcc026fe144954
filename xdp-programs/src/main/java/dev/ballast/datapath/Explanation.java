package dev.ballast.datapath;

import java.util.Optional;
import java.util.OptionalInt;

/**
 * What the program would do with a packet, and what it would find on the way. {@code outcome} is the program's own word; the rest
 * was read from the tables at the same time, in the order in which the program looks.
 *
 * @param outcome verdict, service, member and the frame that would leave
 * @param vip the one that takes the packet; empty: none does
 * @param service its row
 * @param flow the entry of the packet's flow that counts for it; empty: its flow is not known
 * @param ring the packet's place in the service's rings; empty: no VIP, or no such service
 * @param member the row of the chosen member
 * @param flooded how many CPUs have seen so many SYNs in this window of time that they do not ask the main table for more
 */
public record Explanation(
        Twin.Outcome outcome,
        Optional<VipKey> vip,
        Optional<ServiceRow> service,
        Optional<Flow> flow,
        Optional<Ring> ring,
        Optional<MemberRow> member,
        int flooded) {

    /**
     * An entry of a flow table.
     *
     * @param halfOpen whether it is in the half-open table
     * @param entry what it says
     * @param remainingS seconds until it expires, to a tick
     */
    public record Flow(boolean halfOpen, TrackedFlow entry, long remainingS) {}

    /**
     * Where the packet falls in the rings.
     *
     * @param slots of the ring; 0: it is empty
     * @param generation of the ring
     * @param slot of this packet
     * @param member id that the slot names; empty: none
     * @param previous id that the slot of the ring before names, while that is kept and counts
     */
    public record Ring(int slots, int generation, int slot, OptionalInt member, OptionalInt previous) {}

    /** Whether the packet follows {@link #flow}. */
    public boolean followsFlow() {
        return outcome.member().isPresent()
                && flow.isPresent()
                && flow.get().entry().member() == outcome.member().getAsInt()
                && switch (outcome.reason()) {
                    case FORWARDED_FLOW -> true;
                    // A SYN of a flow that seems to close stays with its member.
                    case FORWARDED_NEW_FLOW ->
                        ring.isEmpty() || !ring.get().member().equals(outcome.member());
                    default -> false;
                };
    }
}
