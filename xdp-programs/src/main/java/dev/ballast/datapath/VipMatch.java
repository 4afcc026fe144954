package dev.ballast.datapath;

/**
 * The VIP that takes a packet.
 *
 * @param vip which one
 * @param service index of the service that it leads to
 * @param flowSeed the seed that goes into the flow hash, of a prefix folded with the address
 */
record VipMatch(VipKey vip, int service, int flowSeed) {}
