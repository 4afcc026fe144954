/**
 * When which backend is probed: many checks at their own intervals on one thread, spread by jitter, bounded by a budget.
 *
 * <p>{@link dev.ballast.health.schedule.ProbeScheduler} owns the checks. Subscribers come and go from any thread; equal checks are
 * probed once and shared. A check has at most one probe under way, and its last subscriber's leaving cancels it. Time, thread, probes
 * and randomness are passed in, so that the whole scheduler runs in a seeded simulation.
 *
 * <p>Health leaves here through {@link dev.ballast.health.schedule.HealthListener} on the probing thread, figures through
 * {@link dev.ballast.health.schedule.ProbeCounters} on any.
 */
@NullMarked
package dev.ballast.health.schedule;

import org.jspecify.annotations.NullMarked;
