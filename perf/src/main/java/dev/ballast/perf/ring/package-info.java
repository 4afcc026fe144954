/**
 * What rings cost to build, to store and to compare: {@code packaging/bench rings}.
 *
 * <p>{@code RingBenchmark} is measured with JMH, each of its parts in a JVM of its own; {@code RingBench} has the Java build and the C build of the same
 * ring take turns, so that whatever disturbs the machine for a while disturbs both. {@code CRing} calls the C build, of ring.c. Before anything
 * is measured the rings are compared, slot for slot.
 *
 * <p>Each call builds another ring: one that is built again and again is learnt by the processor's branch prediction, which no real build
 * is.
 */
@NullMarked
package dev.ballast.perf.ring;

import org.jspecify.annotations.NullMarked;
