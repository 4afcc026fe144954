package dev.ballast.health.schedule;

import dev.ballast.health.ProbeResult;

/**
 * What the latest probe of a check saw.
 *
 * @param agoNs since its end
 * @param tookNs from its start to its end
 * @param inARow how many probes ended as this one did, as a success, a failure or not sent, it included
 */
public record LastProbe(ProbeResult result, long agoNs, long tookNs, int inARow) {}
