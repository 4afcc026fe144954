/**
 * What a change of members moves, of each way to build a ring: {@code packaging/bench disruption}.
 *
 * <p>A {@link dev.ballast.perf.disruption.Study} builds the ring of a seeded set of members, changes the set in each way that an operator would,
 * builds the ring of the changed set from scratch, and counts the slots that moved beyond those that had to: the sum, over members, of what
 * they lose of their exact shares. That minimum is the same for all algorithms, whatever they make of fractions of a slot. All of it is
 * pure but for the time and memory that a build took; one thread.
 */
@NullMarked
package dev.ballast.perf.disruption;

import org.jspecify.annotations.NullMarked;
