/**
 * What the kernel knows of the network: links, addresses, routes and neighbours, by rtnetlink (RFC 3549, rtnetlink(7)), and the next hop
 * that follows from them.
 *
 * <p>Three layers: {@link dev.ballast.netlink.Netlink} and {@link dev.ballast.netlink.NetlinkEvents} speak records; a pure codec turns
 * records to bytes and back and trusts no length it reads; one small class makes the system calls through the FFM API. Nothing else of
 * Ballast is imported.
 *
 * <p>A netlink socket belongs to the network namespace of the thread that opens it and stays there, whichever thread uses it later.
 * {@code Netlink} may be shared between threads, one request at a time; events arrive on one dedicated platform thread. Reads need no
 * privilege; asking for a neighbour to be kept needs CAP_NET_ADMIN.
 */
@NullMarked
package dev.ballast.netlink;

import org.jspecify.annotations.NullMarked;
