package dev.ballast.datapath;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.stream.Stream;

/**
 * The tables of one datapath, wherever their memory is: a {@link Datapath} has them in the kernel.
 *
 * <p>One writer: the control loop. Only {@link #counters} and values may be used from other threads.
 */
public class Tables {
    private final Epochs epochs = new Epochs();
    private final VipSeeds seeds;
    private final FlowHash hash;
    private final KernelClock clock;
    private final LongSupplier jiffies;
    private final VipTable vips;
    private final SourceTable sources;
    private final ServerIdTable serverIds;
    private final ServiceTable services;
    private final MemberTable members;
    private final RingArea rings;
    private final FlowTable flows;
    private final Counters counters;

    /** Where they are, and what is derived from the constants of the program that reads them. */
    record Parts(
            VipSeeds seeds,
            FlowHash hash,
            KernelClock clock,
            LongSupplier jiffies,
            VipTable.Maps vips,
            SourceTable sources,
            Words serverIds,
            Words services,
            Words members,
            MemorySegment rings,
            FlowMemory flows,
            Counters counters) {}

    /** The three flow tables. */
    record FlowMemory(MemorySegment main, MemorySegment halfOpen, MemorySegment fragments) {}

    Tables(Parts parts) {
        this.seeds = parts.seeds;
        this.hash = parts.hash;
        this.clock = parts.clock;
        this.jiffies = parts.jiffies;
        this.vips = new VipTable(parts.vips, seeds, hash, epochs);
        this.sources = parts.sources;
        this.serverIds = new ServerIdTable(parts.serverIds, epochs);
        this.services = new ServiceTable(parts.services);
        this.members = new MemberTable(parts.members);
        this.rings = new RingArea(parts.rings, epochs);
        this.flows = new FlowTable(
                parts.flows.main,
                parts.flows.halfOpen,
                parts.flows.fragments,
                members.capacity(),
                hash,
                vips::flowSeed);
        this.counters = parts.counters;
    }

    /** After an adoption: what is in use is known from the tables alone. */
    final void takeStock() {
        // Killed between the two stores of a change, a daemon leaves the ring in force as the one before, too.
        services.used().stream()
                .filter(index -> services.previous(index)
                        .map(KeptRing::range)
                        .equals(services.ring(index).range()))
                .forEach(services::dropPrevious);
        rings.adopt(services.used().stream()
                .flatMap(index -> Stream.concat(
                        services.ring(index).range().stream(), services.previous(index).map(KeptRing::range).stream()))
                .toList());
    }

    /** The VIPs. */
    public final VipTable vips() {
        return vips;
    }

    /** The sources that services filter by. */
    public final SourceTable sources() {
        return sources;
    }

    /** The server ids of QUIC services. */
    public final ServerIdTable serverIds() {
        return serverIds;
    }

    /** The services. */
    public final ServiceTable services() {
        return services;
    }

    /** The members. */
    public final MemberTable members() {
        return members;
    }

    /** The place of the rings. */
    public final RingArea rings() {
        return rings;
    }

    /** The flow tables. */
    public final FlowTable flows() {
        return flows;
    }

    /** What was counted; any thread. */
    public final Counters counters() {
        return counters;
    }

    /** The hash by which flows are found. */
    public final FlowHash hash() {
        return hash;
    }

    /** How durations become ticks. */
    public final KernelClock clock() {
        return clock;
    }

    /** Now, by the clock of the flow tables. */
    public final int nowTicks() {
        return clock.ticksAt(nowJiffies());
    }

    /** Now, in jiffies of the kernel. */
    public final long nowJiffies() {
        return jiffies.getAsLong();
    }

    /** Whether flows hash by that secret. Another one would send most of them elsewhere. */
    public final boolean isKeyedBy(byte[] secret) {
        return Arrays.equals(VipSeeds.of(secret).key(), seeds.key());
    }

    /** Begins a grace period for all that has been taken out of use so far; empty if nothing waits for one. */
    public final Optional<Grace> grace() {
        return vips.hasRetired() || serverIds.hasRetired() || rings.hasRetired()
                ? Optional.of(epochs.begin())
                : Optional.empty();
    }

    /** Gives back what a grace period covered, once it is over. */
    public final void reclaim(Grace grace) {
        vips.reclaim(grace);
        serverIds.reclaim(grace);
        rings.reclaim(grace);
    }
}
