package dev.ballast.datapath;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.time.Duration;

/**
 * The constants of a load; C: {@code struct specialisation}, where each is explained. The same ones go into the next program
 * of a swap, out of {@code meta}.
 */
record Specialisation(
        FlowHash hash,
        int tickShift,
        int vip4BucketBits,
        int vip6BucketBits,
        int serverBucketBits,
        int flowSetBits,
        int halfOpenSetBits,
        int fragmentSetBits,
        int halfOpenTicks,
        int unconfirmedTicks,
        int closingTicks,
        int fragmentTicks,
        int windowShift,
        int answersPerWindow,
        int synReadsPerWindow) {

    /** A client sends its SYN five times within about half a minute, and gives up after two. */
    private static final Duration HALF_OPEN = Duration.ofMinutes(1);

    private static final Duration UNCONFIRMED = Duration.ofMinutes(1);

    /** TIME_WAIT of Linux. */
    private static final Duration CLOSING = Duration.ofMinutes(1);

    /** As long as Linux waits for the fragments of a packet (net.ipv4.ipfrag_time). */
    private static final Duration FRAGMENT = Duration.ofSeconds(30);

    /** ICMP errors that a CPU sends at most in a second. */
    private static final int ANSWERS_PER_SECOND = 1_000;

    /** SYNs for which a CPU reads the main table at most in a second: a miss of all caches each, so 1 % of its time. */
    private static final int SYN_READS_PER_SECOND = 1 << 17;

    /** 64 Ki entries, 512 KB: stays in a second-level cache. */
    private static final int HALF_OPEN_SET_BITS = 13;

    /** 16 Ki packets under way in fragments, 128 KB. */
    private static final int FRAGMENT_SET_BITS = 11;

    static Specialisation of(DatapathOptions options, KernelClock clock) {
        return new Specialisation(
                FlowHash.of(options.secret()),
                clock.tickShift(),
                options.vip4BucketBits(),
                options.vip6BucketBits(),
                options.serverBucketBits(),
                options.flowSetBits(),
                HALF_OPEN_SET_BITS,
                FRAGMENT_SET_BITS,
                clock.ticks(HALF_OPEN),
                clock.ticks(UNCONFIRMED),
                clock.ticks(CLOSING),
                clock.ticks(FRAGMENT),
                clock.windowShift(),
                clock.perWindow(ANSWERS_PER_SECOND),
                clock.perWindow(SYN_READS_PER_SECOND));
    }

    /** The same for a main flow table of another size: a flow has its place in any of them. */
    Specialisation withFlowSetBits(int bits) {
        return new Specialisation(
                hash,
                tickShift,
                vip4BucketBits,
                vip6BucketBits,
                serverBucketBits,
                bits,
                halfOpenSetBits,
                fragmentSetBits,
                halfOpenTicks,
                unconfirmedTicks,
                closingTicks,
                fragmentTicks,
                windowShift,
                answersPerWindow,
                synReadsPerWindow);
    }

    static Specialisation ofBytes(byte[] bytes) {
        Row row = Row.read(Abi.SPECIALISATION, Words.of(MemorySegment.ofArray(toWords(bytes))), 0);
        int[] key = new int[FlowHash.KEYS];
        MemorySegment.ofArray(key)
                .copyFrom(MemorySegment.ofArray(row.bytes("hash_key", FlowHash.KEYS * Integer.BYTES)));
        return new Specialisation(
                new FlowHash(key, row.u64("hash_multiplier")),
                row.u32("tick_shift"),
                row.u32("vip4_bucket_bits"),
                row.u32("vip6_bucket_bits"),
                row.u32("server_bucket_bits"),
                row.u32("flow_set_bits"),
                row.u32("half_open_set_bits"),
                row.u32("fragment_set_bits"),
                row.u32("half_open_ticks"),
                row.u32("unconfirmed_ticks"),
                row.u32("closing_ticks"),
                row.u32("fragment_ticks"),
                row.u32("window_shift"),
                row.u32("answers_per_window"),
                row.u32("syn_reads_per_window"));
    }

    /** As the program and {@code meta} have it. */
    byte[] toBytes() {
        int[] key = new int[FlowHash.KEYS];
        for (int i = 0; i < key.length; i++) {
            key[i] = hash.key(i);
        }
        return Row.blank(Abi.SPECIALISATION)
                .u64("hash_multiplier", hash.multiplier())
                .bytes("hash_key", MemorySegment.ofArray(key).toArray(JAVA_BYTE))
                .u32("tick_shift", tickShift)
                .u32("vip4_bucket_bits", vip4BucketBits)
                .u32("vip6_bucket_bits", vip6BucketBits)
                .u32("server_bucket_bits", serverBucketBits)
                .u32("flow_set_bits", flowSetBits)
                .u32("half_open_set_bits", halfOpenSetBits)
                .u32("fragment_set_bits", fragmentSetBits)
                .u32("half_open_ticks", halfOpenTicks)
                .u32("unconfirmed_ticks", unconfirmedTicks)
                .u32("closing_ticks", closingTicks)
                .u32("fragment_ticks", fragmentTicks)
                .u32("window_shift", windowShift)
                .u32("answers_per_window", answersPerWindow)
                .u32("syn_reads_per_window", synReadsPerWindow)
                .toBytes();
    }

    private static long[] toWords(byte[] bytes) {
        long[] words = new long[bytes.length / Long.BYTES];
        MemorySegment.ofArray(words).copyFrom(MemorySegment.ofArray(bytes));
        return words;
    }
}
