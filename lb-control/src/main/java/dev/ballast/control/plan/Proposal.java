package dev.ballast.control.plan;

import dev.ballast.control.model.Config;
import dev.ballast.datapath.Census;
import java.util.Map;
import java.util.Optional;

/**
 * A change that nobody has made yet, with all that it takes to say what it would disturb. Values only: it may be thought about
 * on another thread while the state goes on.
 *
 * @param before the running configuration; without services if there is none
 * @param running the rows that are in force
 * @param after the configuration that is wanted; the running one where only drains change
 * @param foreseen the rows that it comes to: members keep the health that they have, and new ones count as up and reachable
 * @param changes from {@code before} to {@code after}, drains among them
 * @param swap whether the program has to be replaced
 * @param census of the live flows; empty: there is no flow table yet
 * @param tags the flows of the services that shall not be tracked any more, by name hash
 */
public record Proposal(
        Config before,
        Plan running,
        Config after,
        Plan foreseen,
        Changes changes,
        boolean swap,
        Optional<Census> census,
        Map<Long, FlowTags> tags) {
    /** Copies the map. */
    public Proposal {
        tags = Map.copyOf(tags);
    }
}
