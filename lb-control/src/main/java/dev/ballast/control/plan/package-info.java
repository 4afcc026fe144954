/**
 * From what is wanted to what the tables shall hold: pure functions, no input or output.
 *
 * <p>An {@link dev.ballast.control.plan.ServiceIntent} joins configuration, administrative state, health and next hops;
 * {@link dev.ballast.control.plan.Planner} gives services their rows and members their ids and answers with a
 * {@link dev.ballast.control.plan.Plan}, which {@code reconcile} compares with the kernel. Ids never follow the order in a
 * file: a service keeps the row that its name has, a member the id that its address has, and an id whose member left rests
 * until no flow names it ({@link dev.ballast.control.plan.Allocation}).
 *
 * <p>{@link dev.ballast.control.plan.Disruptions} says of a {@link dev.ballast.control.plan.Proposal} what it would disturb: slots and
 * live flows, service by service.
 *
 * <p>Immutable values, any thread; the control loop calls it, and for the larger part of a report another thread.
 */
@NullMarked
package dev.ballast.control.plan;

import org.jspecify.annotations.NullMarked;
