package dev.ballast.control.model;

import java.util.Optional;

/**
 * What is the same on every balancer of a fleet. In this build a balancer stands alone.
 *
 * @param maxDisruption the share of a service's live flows, or of the slots of one that is not tracked, that an operator's
 *     change may disturb unless he names another; empty: any. What health causes is never held against it
 */
public record Fleet(Optional<Percent> maxDisruption) {
    /** What a file that says nothing means. */
    public static final Fleet DEFAULT = new Fleet(Optional.empty());
}
