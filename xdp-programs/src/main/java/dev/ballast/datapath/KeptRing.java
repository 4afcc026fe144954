package dev.ballast.datapath;

/**
 * The ring that a service published before its present one, for packets from the middle of TCP connections that this balancer does
 * not know.
 *
 * @param range where its slots are
 * @param untilJiffies from then on no packet goes by it; jiffies of the kernel
 */
public record KeptRing(RingRange range, long untilJiffies) {}
