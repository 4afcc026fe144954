package dev.ballast.control.plan;

/**
 * What becomes of the slots of a service's ring.
 *
 * @param slots of the running ring
 * @param moved of these, those whose flows get another member, or none; rounded up where the new ring has another size
 * @param minimum the fewest that any ring with the new shares would have moved
 * @param certainty of {@code moved}
 */
public record SlotMoves(int slots, int moved, int minimum, Certainty certainty) {}
