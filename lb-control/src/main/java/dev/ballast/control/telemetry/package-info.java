/**
 * What leaves the daemon for people and their tools to read.
 *
 * <p>Logs go to stderr as logfmt, one line an event. Any thread.
 *
 * <p>Metrics are made from the latest snapshot when somebody asks: they cost a packet nothing, and the control loop two
 * clock readings an event. How many series there are is bounded by what is configured: reasons, services, and members up to
 * {@link dev.ballast.control.telemetry.SnapshotCollector#MEMBERS_MAX}; no series is named by anything that a packet carries.
 * Traffic counts come from the kernel's maps, so they go on over restarts of the daemon and swaps of the program; what is
 * counted in the process starts at 0 with it, as Prometheus expects.
 */
@NullMarked
package dev.ballast.control.telemetry;

import org.jspecify.annotations.NullMarked;
