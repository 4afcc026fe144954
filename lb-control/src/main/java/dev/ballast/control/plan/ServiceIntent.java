package dev.ballast.control.plan;

import dev.ballast.control.model.Encap;
import dev.ballast.control.model.Ring.Algorithm;
import dev.ballast.control.model.Service;
import dev.ballast.control.model.Sources;
import dev.ballast.control.model.Vip;
import java.time.Duration;
import java.util.List;

/**
 * One service, as it is wanted now.
 *
 * @param name as configured
 * @param vips its keys in the VIP table
 * @param encap how packets travel to its members
 * @param ringSize slots, a prime
 * @param algorithm who gets which slot
 * @param keepPrevious how long the ring before counts after a change; zero: not at all, as where flows are not tracked
 * @param track whether its flows are kept in the flow tables
 * @param tcpIdle how long a TCP flow without packets is kept
 * @param udpIdle how long a UDP flow without packets is kept
 * @param hash what of a packet chooses the slot
 * @param sources whose packets it takes
 * @param members configured ones
 */
public record ServiceIntent(
        String name,
        List<Vip> vips,
        Encap encap,
        int ringSize,
        Algorithm algorithm,
        Duration keepPrevious,
        boolean track,
        Duration tcpIdle,
        Duration udpIdle,
        Service.Hash hash,
        Sources sources,
        List<MemberIntent> members) {
    /** Copies the lists. */
    public ServiceIntent {
        vips = List.copyOf(vips);
        members = List.copyOf(members);
    }
}
