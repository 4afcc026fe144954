package dev.ballast.control.inspect;

import dev.ballast.control.loop.ChangeRefusedException;
import dev.ballast.control.loop.ChangeRefusedException.Kind;
import dev.ballast.control.model.Address;
import dev.ballast.datapath.LiveSamples;
import dev.ballast.datapath.MemberRow;
import dev.ballast.datapath.Sample;
import dev.ballast.datapath.VerdictClass;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.LongSupplier;

/** What the running program samples, and names in place of its numbers. */
final class LiveCapture implements Inspector.Capture {
    private static final long MS_NS = 1_000_000;

    private final LiveSamples samples;
    private final String onlyService;
    private final ServiceNames services;
    private final LongSupplier unixMs;
    private final Runnable closed;
    private final Map<Integer, String> interfaces = new HashMap<>();
    private boolean open = true;

    /** @param onlyService its index may become another's while the capture goes on; "": any */
    LiveCapture(LiveSamples samples, String onlyService, ServiceNames services, LongSupplier unixMs, Runnable closed) {
        this.samples = samples;
        this.onlyService = onlyService;
        this.services = services;
        this.unixMs = unixMs;
        this.closed = closed;
    }

    @Override
    public Inspector.Portion take(int limit, int timeoutMs) {
        try {
            List<Inspector.Packet> packets = new ArrayList<>();
            if (samples.await(timeoutMs)) {
                long jiffies = samples.jiffies();
                long nowNs = unixMs.getAsLong() * MS_NS;
                samples.read(
                        sample -> {
                            Inspector.Packet packet = packet(sample, nowNs - samples.ageNs(sample.jiffies(), jiffies));
                            if (onlyService.isEmpty() || onlyService.equals(packet.service())) {
                                packets.add(packet);
                            }
                        },
                        limit);
            }
            return new Inspector.Portion(packets, samples.lost());
        } catch (IllegalStateException e) {
            throw new ChangeRefusedException(
                    Kind.UNAVAILABLE, "the datapath has ended, or its tables were made anew; begin the capture again");
        }
    }

    private Inspector.Packet packet(Sample sample, long timeUnixNs) {
        return new Inspector.Packet(
                timeUnixNs,
                sample.head(),
                sample.packetOffset(),
                sample.frameBytes(),
                sample.reason(),
                service(sample),
                backend(sample),
                interfaces.computeIfAbsent(sample.ingressIfindex(), InterfaceNames::of));
    }

    private String service(Sample sample) {
        OptionalLong hash = sample.service().isPresent()
                ? samples.serviceNameHash(sample.service().getAsInt())
                : OptionalLong.empty();
        return hash.isPresent() ? services.of(hash.getAsLong()) : "";
    }

    private String backend(Sample sample) {
        if (sample.reason().verdictClass() != VerdictClass.FORWARDED
                || sample.member().isEmpty()) {
            return "";
        }
        return samples.member(sample.member().getAsInt())
                .map(MemberRow::backend)
                .map(Address::of)
                .map(Address::toString)
                .orElse("");
    }

    @Override
    public void close() {
        if (open) {
            open = false;
            closed.run();
        }
    }
}
