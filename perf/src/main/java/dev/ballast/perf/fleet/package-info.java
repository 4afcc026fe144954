/**
 * What an event breaks in a fleet of balancers behind ECMP routers: {@code packaging/bench fleet}.
 *
 * <p>A {@link dev.ballast.perf.fleet.Scenario} is a script of events. {@code Timeline} plays it into the states that the fleet passes
 * through: where the routers send a flow, which ring each balancer has and which it had before, whose flow table is empty, which
 * backend is dead. {@code Simulation} walks live flows through these states, once for each {@link dev.ballast.perf.fleet.Variant} of
 * choosing a backend, and counts the flows that meet another backend than their first. The same flows meet every variant, so that
 * differences between variants are theirs.
 *
 * <p>Flows do not influence each other: tables are never full, and every flow sends often enough to notice each state. Everything
 * follows from the seed; one thread, no clock.
 */
@NullMarked
package dev.ballast.perf.fleet;

import org.jspecify.annotations.NullMarked;
