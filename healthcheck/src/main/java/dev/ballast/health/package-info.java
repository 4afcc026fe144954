/**
 * The health of a backend as its checks see it: the words, and a pure machine with rise and fall.
 *
 * <p>{@link dev.ballast.health.HealthMachine} turns results of probes into health and knows neither sockets nor time nor threads;
 * {@code dev.ballast.health.probe} makes the results, {@code dev.ballast.health.schedule} decides when. What health means for
 * traffic is the caller's: only {@link dev.ballast.health.Health#serves} says which healths receive it.
 *
 * <p>Invariants: health changes by counted results in a row and by nothing else; a probe that could not be sent, which is the
 * balancer's own fault, changes nothing. Everything here is immutable; any thread.
 */
@NullMarked
package dev.ballast.health;

import org.jspecify.annotations.NullMarked;
