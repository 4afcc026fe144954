/**
 * The single writer. Every change (configuration, drain, health, neighbour, swap) is an event on one Disruptor ring,
 * applied in order by one thread, the only one that writes to the datapath; readers get immutable snapshots.
 *
 * <p>{@link dev.ballast.control.loop.Control} is what the edges (gRPC, HTTP) see of it. The queue is bounded: an edge
 * that finds it full is told so at once, a health result waits in a slot of its own (the latest wins).
 */
@NullMarked
package dev.ballast.control.loop;

import org.jspecify.annotations.NullMarked;
