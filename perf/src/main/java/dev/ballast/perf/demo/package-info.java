/**
 * The demonstration: a lab, a daemon started as an operator would, real HTTP through the VIP, and everything that an operator
 * or bad luck does to a balancer, with a report of what became of each connection.
 *
 * <p>{@code DemoCommand} is behind {@code packaging/demo}; {@code Demo} is the scenario, which the test suite runs too. Two
 * kinds of clients: {@code Hey} makes short requests, each on a connection of its own; {@code LongConnections} live across
 * all phases and know their backend, so that each of their failures has one. The scenario runs on the caller's thread.
 */
@NullMarked
package dev.ballast.perf.demo;

import org.jspecify.annotations.NullMarked;
