/**
 * The single writer. Every change (configuration, drain, health, neighbour, swap) is an event on one Disruptor ring,
 * applied in order by one thread, the only one that writes to the datapath; readers get immutable snapshots.
 *
 * <p>{@link dev.ballast.control.loop.Control} is what the edges (gRPC, HTTP) see of it. The queue is bounded: an edge
 * that finds it full is told so at once; signals (health, network, tick) are in it at most once each, and what they stand for
 * waits with its source. A request is answered once, when the snapshot shows what became of it.
 */
@NullMarked
package dev.ballast.control.loop;

import org.jspecify.annotations.NullMarked;
