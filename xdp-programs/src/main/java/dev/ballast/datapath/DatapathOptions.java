package dev.ballast.datapath;

import java.util.Arrays;
import java.util.Objects;

/**
 * What a datapath is made for. Sizes hold until it is made anew: the maps are as large as they are.
 *
 * @param flows how many flows the main table has ways for at least; rounded up to a power of two from 512 Ki to 128 Mi
 * @param services how many services there can be
 * @param members how many member ids there are, at most 256 Ki
 * @param ringSlots slots of all rings together, at most 512 Mi
 * @param secret of the cluster, 16 bytes or more; flows hash by it
 * @param variant of the first program
 */
@SuppressWarnings("ArrayRecordComponent") // copied in and out, compared by content
public record DatapathOptions(long flows, int services, int members, long ringSlots, byte[] secret, Variant variant) {
    private static final int MIN_FLOW_SET_BITS = 16;
    private static final int MAX_FLOW_SET_BITS = 24;
    private static final long MAX_RING_SLOTS = (RingRange.MAX_CHUNK + 1L) * Abi.RING_CHUNK_SLOTS;
    private static final int MAX_SERVICES = 1 << 20;

    /** Eight buckets a service: room for a dozen VIPs each, with their address rows, before any search gets long. */
    private static final int VIP4_BUCKETS_PER_SERVICE = 8;

    /** An IPv6 bucket has half the ways. */
    private static final int VIP6_BUCKETS_PER_SERVICE = 16;

    private static final int MIN_BUCKETS = 64;

    /** Two ways each: a load of a half. */
    private static final int SERVER_BUCKETS_PER_MEMBER = 1;

    /** With their address rows, of one family. */
    private static final int PREFIXES_PER_SERVICE = 16;

    private static final int SOURCES_PER_SERVICE = 1024;
    private static final int MAX_SOURCES = 1 << 20;

    public DatapathOptions {
        require("flows", flows, (long) FlowEntry.WAYS << MAX_FLOW_SET_BITS);
        require("services", services, MAX_SERVICES);
        require("members", members, FlowEntry.MAX_MEMBER + 1L);
        require("ringSlots", ringSlots, MAX_RING_SLOTS);
        if (secret.length < Secrets.MIN_BYTES) {
            throw new IllegalArgumentException(
                    "the cluster's secret has " + secret.length + " bytes; it takes at least " + Secrets.MIN_BYTES);
        }
        secret = secret.clone();
    }

    private static void require(String name, long value, long max) {
        if (value < 1 || value > max) {
            throw new IllegalArgumentException(name + " of " + value + " is not 1 to " + max);
        }
    }

    /** A copy. */
    @Override
    public byte[] secret() {
        return secret.clone();
    }

    int flowSetBits() {
        return Math.max(MIN_FLOW_SET_BITS, log2(ceilDiv(flows, FlowEntry.WAYS)));
    }

    int vip4BucketBits() {
        return log2(Math.max(MIN_BUCKETS, (long) services * VIP4_BUCKETS_PER_SERVICE));
    }

    int vip6BucketBits() {
        return log2(Math.max(MIN_BUCKETS, (long) services * VIP6_BUCKETS_PER_SERVICE));
    }

    int serverBucketBits() {
        return log2(Math.max(MIN_BUCKETS, (long) members * SERVER_BUCKETS_PER_MEMBER));
    }

    int vipPrefixes() {
        return services * PREFIXES_PER_SERVICE;
    }

    /** Of one family. */
    int sourcePrefixes() {
        return (int) Math.min((long) services * SOURCES_PER_SERVICE, MAX_SOURCES);
    }

    int ringChunks() {
        return Math.toIntExact(ceilDiv(ringSlots, Abi.RING_CHUNK_SLOTS));
    }

    private static long ceilDiv(long dividend, long divisor) {
        return (dividend + divisor - 1) / divisor;
    }

    /** Of the next power of two. */
    private static int log2(long value) {
        return Long.SIZE - Long.numberOfLeadingZeros(value - 1);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof DatapathOptions that
                && flows == that.flows
                && services == that.services
                && members == that.members
                && ringSlots == that.ringSlots
                && variant.equals(that.variant)
                && Arrays.equals(secret, that.secret);
    }

    @Override
    public int hashCode() {
        return Objects.hash(flows, services, members, ringSlots, variant, Arrays.hashCode(secret));
    }

    /** Without the secret. */
    @Override
    public String toString() {
        return "DatapathOptions[flows=" + flows + ", services=" + services + ", members=" + members + ", ringSlots="
                + ringSlots + ", variant=" + variant + "]";
    }
}
