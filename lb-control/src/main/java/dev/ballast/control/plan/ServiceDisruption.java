package dev.ballast.control.plan;

import java.util.Optional;

/**
 * What a change does to one service.
 *
 * @param change what is changed of it
 * @param manner how that comes into force
 * @param slots of its ring; empty for a new service, and where only the budget was asked for and does not depend on them
 * @param flows its live flows
 * @param stake what counts against {@code maxDisruption}
 */
public record ServiceDisruption(
        ServiceChange change, Manner manner, Optional<SlotMoves> slots, LiveFlows flows, Stake stake) {
    /** Its name. */
    public String service() {
        return change.service();
    }
}
