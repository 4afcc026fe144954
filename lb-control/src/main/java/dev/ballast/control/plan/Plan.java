package dev.ballast.control.plan;

import dev.ballast.control.model.Address;
import dev.ballast.control.model.Encap;
import dev.ballast.control.model.Ring.Algorithm;
import dev.ballast.control.model.ServerId;
import dev.ballast.control.model.Service;
import dev.ballast.control.model.Sources;
import dev.ballast.control.model.Vip;
import dev.ballast.ring.CalibratedRendezvous;
import dev.ballast.ring.HashKey;
import dev.ballast.ring.Maglev;
import dev.ballast.ring.Ring;
import dev.ballast.ring.RingMember;
import dev.ballast.ring.RingSize;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What the tables shall hold, row by row.
 *
 * @param vips the service index of each VIP
 * @param services by index; also those that were removed and still have members with flows
 * @param members by id; also those that left and still have flows
 * @param allocation who has which row from now on
 */
public record Plan(
        SortedMap<String, VipRow> vips,
        SortedMap<Integer, ServiceRow> services,
        SortedMap<Integer, MemberRow> members,
        Allocation allocation) {
    /** Nothing. */
    public static final Plan EMPTY = new Plan(new TreeMap<>(), new TreeMap<>(), new TreeMap<>(), Allocation.EMPTY);

    /** Copies the maps. */
    public Plan {
        vips = Collections.unmodifiableSortedMap(new TreeMap<>(vips));
        services = Collections.unmodifiableSortedMap(new TreeMap<>(services));
        members = Collections.unmodifiableSortedMap(new TreeMap<>(members));
    }

    /** The row of the service whose name has this hash. */
    public Optional<ServiceRow> service(long nameHash) {
        return Optional.ofNullable(allocation.blocks().get(nameHash)).map(block -> services.get(block.service()));
    }

    /** The same rows, their ids given out otherwise. */
    public Plan with(Allocation other) {
        return new Plan(vips, services, members, other);
    }

    /** A VIP and the index of its service. */
    public record VipRow(Vip vip, int service) {}

    /**
     * A row of the service table, and the ring that it publishes.
     *
     * @param name empty for a removed service, of which only the hash is known
     * @param serverIdBytes how long the server ids of its members are; 0: none has one
     * @param keepPrevious how long a ring counts after the next one is published; zero: not at all
     */
    public record ServiceRow(
            Optional<String> name,
            long nameHash,
            Allocation.Block block,
            boolean track,
            Duration tcpIdle,
            Duration udpIdle,
            Service.Hash hash,
            int serverIdBytes,
            Sources sources,
            RingSpec ring,
            Duration keepPrevious) {}

    /** What a ring is made of; equal specs make equal rings. Members are in the order of their addresses. */
    public record RingSpec(int size, Algorithm algorithm, List<RingMember> members) {
        /** Copies the members. */
        public RingSpec {
            members = List.copyOf(members);
        }

        /** Builds it with the cluster's key. */
        public Ring build(HashKey key) {
            RingSize slots = new RingSize(size);
            return switch (algorithm) {
                case MAGLEV -> Maglev.build(members, slots, key);
                case RENDEZVOUS -> CalibratedRendezvous.build(members, slots, key);
            };
        }
    }

    /**
     * A row of the member table.
     *
     * @param current whether this id is the one that the ring names; false for one that only old flows name
     * @param hop empty while unresolved
     * @param serverId empty also for an id that only old flows name while another id has the member's server id
     */
    public record MemberRow(
            int service,
            Address address,
            MemberIntent.Standing standing,
            Encap encap,
            Optional<Hop> hop,
            Optional<ServerId> serverId,
            boolean configured,
            boolean current) {}
}
