package dev.ballast.control.loop;

import dev.ballast.control.model.Config;
import dev.ballast.control.plan.Changes;
import dev.ballast.control.plan.MemberKey;
import dev.ballast.control.plan.Proposal;
import dev.ballast.control.reconcile.Live;
import java.util.List;
import java.util.SortedSet;

/**
 * A change that fits: what is left to decide is whether its author means it. Values only.
 *
 * @param wanted the configuration that it leads to
 * @param drains of members that are drained by command then
 * @param newTables whether the tables have to be made anew
 * @param effects a line for each thing that changes
 * @param proposal for what it disturbs
 * @param live the flows that it was judged by
 */
record Candidate(
        Config wanted,
        SortedSet<MemberKey> drains,
        boolean newTables,
        List<String> effects,
        Proposal proposal,
        Live live) {
    /** What changes. */
    Changes changes() {
        return proposal.changes();
    }
}
