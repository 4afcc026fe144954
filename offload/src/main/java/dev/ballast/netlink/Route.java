package dev.ballast.netlink;

import java.net.InetAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The kernel's answer to "where would a packet of ours to this destination go".
 *
 * @param destination the address that was asked for
 * @param type what happens to the packet
 * @param gateway the router to hand it to; of the other family for an IPv4 route via IPv6 (RFC 8950); null if the destination is on-link
 * @param outInterface index of the link that it leaves by; 0 if it does not leave
 * @param preferredSource the source address that the kernel would choose; null if it names none
 * @param mtu the route's own limit or the path MTU learnt for it, in bytes; 0 if the link's MTU counts alone
 * @param paths all that the kernel chooses among by a packet's hash, if they are several, those that are dead included; else empty
 */
public record Route(
        InetAddress destination,
        RouteType type,
        @Nullable InetAddress gateway,
        int outInterface,
        @Nullable InetAddress preferredSource,
        int mtu,
        List<RoutePath> paths) {
    public Route {
        paths = List.copyOf(paths);
    }

    /** A route that takes one way. */
    public Route(
            InetAddress destination,
            RouteType type,
            @Nullable InetAddress gateway,
            int outInterface,
            @Nullable InetAddress preferredSource,
            int mtu) {
        this(destination, type, gateway, outInterface, preferredSource, mtu, List.of());
    }
}
