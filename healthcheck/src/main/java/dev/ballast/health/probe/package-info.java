/**
 * Probes: one attempt to reach a backend as a client would, and what came of it.
 *
 * <p>{@link dev.ballast.health.probe.ProbeLoop} is one thread with one Netty event loop (native epoll where there is one); every
 * probe runs on it without blocking. A probe ends in exactly one {@link dev.ballast.health.ProbeResult} unless it is cancelled, and
 * leaves neither a descriptor nor a TIME_WAIT behind. It has no timeout of its own: its caller, the scheduler, cancels it.
 *
 * <p>A new kind of probe is a new {@link dev.ballast.health.probe.ProbeSpec} and a new case in {@code ProbeLoop}; nothing else here
 * or in the scheduler knows the kinds.
 */
@NullMarked
package dev.ballast.health.probe;

import org.jspecify.annotations.NullMarked;
