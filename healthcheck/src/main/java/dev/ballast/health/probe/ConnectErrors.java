package dev.ballast.health.probe;

import dev.ballast.health.ProbeResult;
import dev.ballast.health.ProbeResult.Failure;
import dev.ballast.health.ProbeResult.FailureKind;
import dev.ballast.health.ProbeResult.NotSent;
import java.net.NoRouteToHostException;
import java.nio.channels.ClosedChannelException;
import java.util.List;
import java.util.Locale;

/**
 * What a failed {@code connect(2)} means. Netty and the JDK hand over the system's text instead of errno, so the text is what there is
 * to go by; one that is not recognised, as in another language, is still a failure, with that text as its reason.
 *
 * <p>An object, to be made before the first error: where a process has no descriptor left it cannot load a class either.
 */
final class ConnectErrors {
    private record Meaning(String text, ProbeResult result) {}

    /** By the strerror text, in lower case. */
    private static final List<Meaning> MEANINGS = List.of(
            // What the backend or the network says.
            new Meaning("connection refused", new Failure(FailureKind.REFUSED, "connection refused")),
            new Meaning("no route to host", new Failure(FailureKind.UNREACHABLE, "no route to host")),
            new Meaning("network is unreachable", new Failure(FailureKind.UNREACHABLE, "network is unreachable")),
            new Meaning("connection timed out", new Failure(FailureKind.TIMED_OUT, "timed out in the kernel")),
            new Meaning("connection reset", new Failure(FailureKind.RESET, "connection reset")),
            // What this machine says.
            new Meaning(
                    "cannot assign requested address",
                    new NotSent("no such source address, or no free port on it; give this machine the address, or widen"
                            + " net.ipv4.ip_local_port_range")),
            new Meaning(
                    "address already in use",
                    new NotSent("no free port on the source address; widen net.ipv4.ip_local_port_range")),
            new Meaning("too many open files", new NotSent("too many open files; raise LimitNOFILE of the daemon")),
            new Meaning("no buffer space", new NotSent("no buffer space; raise net.core.wmem_max or free memory")),
            new Meaning("cannot allocate memory", new NotSent("no memory for a socket; free memory")),
            new Meaning(
                    "operation not permitted",
                    new NotSent("not permitted by this machine's own filter; let the probes out of it")),
            new Meaning(
                    "permission denied",
                    new NotSent("not permitted on this machine; look at its filter, routes and security module")),
            new Meaning(
                    "address family not supported",
                    new NotSent("this machine has no such address family; enable IPv6 or remove its backends")),
            new Meaning(
                    "invalid argument",
                    new NotSent("source and target do not fit; use a source of the target's family")));

    ProbeResult toResult(Throwable error) {
        for (Throwable cause = error; cause != null; cause = cause.getCause()) {
            String text = String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT);
            for (Meaning meaning : MEANINGS) {
                if (text.contains(meaning.text())) {
                    return meaning.result();
                }
            }
            if (cause instanceof NoRouteToHostException) {
                // Native epoll throws it for EHOSTUNREACH and ENETUNREACH, sometimes without any text.
                return new Failure(FailureKind.UNREACHABLE, "no route to host");
            }
            if (cause instanceof ClosedChannelException) {
                return new Failure(FailureKind.RESET, "closed while connecting");
            }
        }
        return new Failure(FailureKind.OTHER, "connect failed: " + error.getMessage());
    }
}
