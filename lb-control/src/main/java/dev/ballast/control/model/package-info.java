/**
 * The configuration: what an operator wrote, checked, with its defaults filled in.
 *
 * <p>{@link dev.ballast.control.model.ConfigReader} turns the bytes of a file into a
 * {@link dev.ballast.control.model.Config} or into a list of errors with path, line and column;
 * {@link dev.ballast.control.model.ConfigWriter} turns it back, so that reading what was written gives an equal
 * value. A {@link dev.ballast.control.model.Config} that exists is valid in itself: its names, ranges and references are right. Whether it fits
 * the machine that it is meant for is asked separately ({@link dev.ballast.control.model.MachineRules}).
 *
 * <p>Everything here is immutable or confined to one call, does no input or output, never resolves a name, and may
 * be used from any thread. Callers: the daemon's writer loop, its gRPC edge, and {@code ballast check}.
 */
@NullMarked
package dev.ballast.control.model;

import org.jspecify.annotations.NullMarked;
