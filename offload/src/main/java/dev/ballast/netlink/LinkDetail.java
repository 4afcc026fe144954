package dev.ballast.netlink;

/** What a virtual link says of itself beyond what all links say. */
public sealed interface LinkDetail permits Vlan, Bond {}
