package dev.ballast.netlink;

import java.net.InetAddress;

/**
 * An entry of a routing table that was set or removed.
 *
 * @param prefix the lowest address that it covers
 * @param prefixLength bits of the prefix; 0 for a default route
 * @param table the routing table, 254 is main
 * @param type what happens to packets that it matches
 */
public record RouteEntry(InetAddress prefix, int prefixLength, int table, RouteType type) {}
