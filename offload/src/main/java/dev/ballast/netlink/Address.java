package dev.ballast.netlink;

import java.net.InetAddress;

/**
 * An address of this machine.
 *
 * @param interfaceIndex the link that it is on
 * @param address the address itself; on a point-to-point link not the peer's
 * @param prefixLength bits of its subnet
 * @param tentative whether duplicate address detection is not done with it, or found a duplicate (IPv6): not usable as a source yet
 */
public record Address(int interfaceIndex, InetAddress address, int prefixLength, boolean tentative) {}
