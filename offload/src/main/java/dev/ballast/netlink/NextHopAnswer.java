package dev.ballast.netlink;

/** Where a packet for a backend goes from here: a {@link NextHop}, or {@link NoNextHop} and why not. */
public sealed interface NextHopAnswer permits NextHop, NoNextHop {}
