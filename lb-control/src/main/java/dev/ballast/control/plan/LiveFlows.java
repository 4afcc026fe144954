package dev.ballast.control.plan;

import dev.ballast.control.model.Address;
import java.util.List;

/**
 * What becomes of the flows of a service that are live: open ones, of which neither FIN nor RST was seen.
 *
 * @param tracked false: the flow table knows none of them, and all numbers are 0
 * @param live all of them
 * @param leaving those of members that leave, by address: they stay there for as long as the backend serves them
 * @param moving those of other members that would get another one at once, or none
 * @param certainty of {@code moving}
 */
public record LiveFlows(boolean tracked, long live, List<OfMember> leaving, long moving, Certainty certainty) {
    /** No flow is in the flow table. */
    public static final LiveFlows NONE = new LiveFlows(true, 0, List.of(), 0, Certainty.EXACT);

    /** Nobody knows. */
    public static final LiveFlows UNTRACKED = new LiveFlows(false, 0, List.of(), 0, Certainty.EXACT);

    /** Live flows of a member. */
    public record OfMember(Address address, long flows) {}

    /** Copies the list. */
    public LiveFlows {
        leaving = List.copyOf(leaving);
    }

    /** Those on members that leave. */
    public long onLeaving() {
        return leaving.stream().mapToLong(OfMember::flows).sum();
    }

    /** What a change is answerable for. */
    public long disturbed() {
        return onLeaving() + moving;
    }
}
