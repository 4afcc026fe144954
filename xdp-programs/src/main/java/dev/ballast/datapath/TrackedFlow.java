package dev.ballast.datapath;

/**
 * What a flow table has of a flow.
 *
 * @param member id of its member
 * @param state how far it is
 * @param remainingTicks until it expires
 */
public record TrackedFlow(int member, FlowState state, int remainingTicks) {}
