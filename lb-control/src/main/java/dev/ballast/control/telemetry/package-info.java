/**
 * What leaves the daemon for people and their tools to read.
 *
 * <p>Logs go to stderr as logfmt, one line an event. Any thread.
 */
@NullMarked
package dev.ballast.control.telemetry;

import org.jspecify.annotations.NullMarked;
