package dev.ballast.datapath;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;
import java.util.OptionalInt;

/**
 * Which packets are sampled; part of C: {@code struct variant}, where the verifier sees it: what nobody wants is not even looked at.
 *
 * @param every one packet in so many of each reason, a power of two
 * @param firstReason number of the first reason that is wanted
 * @param lastReason of the last one
 * @param service index of the only one that is wanted; empty: all packets, also those of none
 */
public record Sampling(int every, int firstReason, int lastReason, OptionalInt service) {
    /** Every packet. */
    public static final Sampling ALL = oneIn(1);

    private static final int LAST_REASON = 127;
    private static final int ANY_SERVICE = -1;

    public Sampling {
        if (Integer.bitCount(every) != 1 || every < 1) {
            throw new IllegalArgumentException("one sample in " + every + " packets: not a power of two");
        }
    }

    /** Of every reason, one packet in so many. */
    public static Sampling oneIn(int every) {
        return new Sampling(every, 0, LAST_REASON, OptionalInt.empty());
    }

    /** Every packet that ends so. */
    public Sampling of(VerdictClass verdict) {
        int reasons = (LAST_REASON + 1) / VerdictClass.values().length;
        return new Sampling(every, verdict.number() * reasons, (verdict.number() + 1) * reasons - 1, service);
    }

    /** Every packet with this reason. */
    public Sampling of(VerdictReason reason) {
        return new Sampling(every, reason.number(), reason.number(), service);
    }

    /** Only those of one service, by its index. */
    public Sampling ofService(int index) {
        return new Sampling(every, firstReason, lastReason, OptionalInt.of(index));
    }

    static Sampling of(MemorySegment variant) {
        int service = variant.get(JAVA_INT, at("sample_service"));
        return new Sampling(
                variant.get(JAVA_INT, at("sample_mask")) + 1,
                variant.get(JAVA_SHORT, at("sample_first_reason")),
                variant.get(JAVA_SHORT, at("sample_last_reason")),
                service == ANY_SERVICE ? OptionalInt.empty() : OptionalInt.of(service));
    }

    private static long at(String field) {
        return Abi.offset(Abi.VARIANT, field);
    }

    Row into(Row variant) {
        return variant.u32("sample_mask", every - 1)
                .u16("sample_first_reason", firstReason)
                .u16("sample_last_reason", lastReason)
                .u32("sample_service", service.orElse(ANY_SERVICE));
    }
}
