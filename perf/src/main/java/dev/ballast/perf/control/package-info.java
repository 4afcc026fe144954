/**
 * {@code packaging/bench control}: what the control plane costs. A real daemon in the lab, with XDP in its interface, is given a
 * generated configuration by the API that everybody uses; a client connects through it. Times are those of the machine that
 * runs it, with its neighbours: nothing here passes or fails.
 *
 * <p>{@link dev.ballast.perf.control.Deployment} is the configuration, {@link dev.ballast.perf.control.ScaleRun} what is done to the
 * daemon, {@link dev.ballast.perf.control.Figure} what comes out.
 */
@NullMarked
package dev.ballast.perf.control;

import org.jspecify.annotations.NullMarked;
