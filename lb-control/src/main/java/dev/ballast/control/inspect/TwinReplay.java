package dev.ballast.control.inspect;

import dev.ballast.bpf.BpfException;
import dev.ballast.control.loop.ChangeRefusedException;
import dev.ballast.control.loop.ChangeRefusedException.Kind;
import dev.ballast.control.model.Address;
import dev.ballast.datapath.DatapathException;
import dev.ballast.datapath.MemberRow;
import dev.ballast.datapath.Twin;
import dev.ballast.datapath.VerdictClass;
import java.util.Arrays;
import java.util.OptionalLong;

/** Packets through a {@link Twin}, and names in place of its numbers. */
final class TwinReplay implements Inspector.Replay {
    private static final int ETHERNET_BYTES = 14;

    /** What a capture file can have, see libpcap's MAXIMUM_SNAPLEN. */
    private static final int MAX_BYTES = 262_144;

    private final Twin twin;
    private final ServiceNames names;
    private final Runnable closed;
    private long packets;
    private boolean open = true;

    TwinReplay(Twin twin, ServiceNames names, Runnable closed) {
        this.twin = twin;
        this.names = names;
        this.closed = closed;
    }

    @Override
    public String tag() {
        return twin.tag();
    }

    @Override
    public Inspector.Verdict run(long timeUnixNs, byte[] head, int length) {
        if (length < ETHERNET_BYTES || length < head.length || length > MAX_BYTES) {
            throw refusal(length, "a frame has " + ETHERNET_BYTES + " to " + MAX_BYTES + " bytes: the file is damaged");
        }
        Twin.Outcome outcome;
        try {
            outcome = twin.run(Arrays.copyOf(head, length), timeUnixNs);
        } catch (BpfException | DatapathException e) {
            throw refusal(
                    length,
                    "it cannot be run: %s. Frames of more than a page are joined ones, or jumbo frames: capture after %s"
                            .formatted(e.getMessage(), "`ethtool -K DEVICE gro off lro off`"));
        }
        packets++;
        VerdictClass verdict = outcome.reason().verdictClass();
        return new Inspector.Verdict(
                verdict.label(), outcome.reason().label(), service(outcome), backend(outcome, verdict), outcome.sent());
    }

    private String service(Twin.Outcome outcome) {
        OptionalLong hash = outcome.service().isPresent()
                ? twin.serviceNameHash(outcome.service().getAsInt())
                : OptionalLong.empty();
        return hash.isPresent() ? names.of(hash.getAsLong()) : "";
    }

    private String backend(Twin.Outcome outcome, VerdictClass verdict) {
        if (verdict != VerdictClass.FORWARDED || outcome.member().isEmpty()) {
            return "";
        }
        return twin.member(outcome.member().getAsInt())
                .map(MemberRow::backend)
                .map(Address::of)
                .map(Address::toString)
                .orElse("");
    }

    private ChangeRefusedException refusal(int length, String why) {
        return new ChangeRefusedException(
                Kind.INVALID, "packet %d of %s bytes: %s".formatted(packets, Integer.toUnsignedString(length), why));
    }

    @Override
    public void close() {
        if (open) {
            open = false;
            twin.close();
            closed.run();
        }
    }
}
