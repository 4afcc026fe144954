package dev.ballast.netlink;

import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/**
 * One of the ways that a route takes (struct rtnexthop in linux/rtnetlink.h, or a next hop object).
 *
 * @param gateway the router to hand the packet to; null if the destination is on-link
 * @param outInterface index of the link that it leaves by
 * @param weight its share of the packets beside those of the other paths, 1 to 65536
 * @param dead whether the kernel does not send by it: the link is down or has no carrier
 */
public record RoutePath(@Nullable InetAddress gateway, int outInterface, int weight, boolean dead) {}
