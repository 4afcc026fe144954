/**
 * Metrics, liveness and readiness over HTTP/1.1, read-only: {@code /metrics}, {@code /healthz}, {@code /readyz}.
 *
 * <p>One thread of its own answers from the latest snapshot, so that a slow or hostile client costs the control loop
 * nothing. Nothing here names a client of a service. A page in a browser must not read it by a name that it made point at
 * this machine: {@link dev.ballast.control.http.HostCheck} lets only literal addresses, {@code localhost} and the node's
 * name through.
 */
@NullMarked
package dev.ballast.control.http;

import org.jspecify.annotations.NullMarked;
