package dev.ballast.health.schedule;

import dev.ballast.health.Thresholds;
import dev.ballast.health.probe.ProbeSpec;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;

/**
 * One check of one backend: everything that decides what its health will be and when. Equal keys are one check, probed once for all
 * who want it. Services that differ in timing or thresholds get a check each: a shared one would break the promise to one of them.
 *
 * @param address the backend; a source address in {@code probe} has to be of the same family
 * @param port 1 to 65535
 */
public record CheckKey(InetAddress address, int port, ProbeSpec probe, CheckTiming timing, Thresholds thresholds) {
    /** Checks the port and the family of the source address. */
    public CheckKey {
        if (port < 1 || port > 65_535) {
            throw new IllegalArgumentException(
                    "check of %s: port %d is out of range; use 1 to 65535".formatted(address.getHostAddress(), port));
        }
        InetAddress source = probe.source();
        if (source != null && source instanceof Inet4Address != address instanceof Inet4Address) {
            throw new IllegalArgumentException("check of %s: source %s is of the other family; use one of the backend's"
                    .formatted(address.getHostAddress(), source.getHostAddress()));
        }
    }

    /** As logs name a check: "tcp 10.0.1.11:443". */
    @Override
    public String toString() {
        String host = address instanceof Inet6Address ? "[" + address.getHostAddress() + "]" : address.getHostAddress();
        return "%s %s:%d".formatted(probe, host, port);
    }
}
