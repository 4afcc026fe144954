package dev.ballast.datapath;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Frames made from those of the scenarios, changed where parsers go wrong, through the kernel and the native build with
 * sanitizers. {@code packaging/fuzz} runs more of them.
 *
 * <p>{@code -Dballast.fuzz.packets}, {@code -Dballast.fuzz.minutes} (which ends it earlier) and {@code -Dballast.fuzz.seed}.
 */
final class FuzzKernelTest {
    private static final long PACKETS = Long.getLong("ballast.fuzz.packets", 1_500_000);
    private static final long MINUTES = Long.getLong(
            "ballast.fuzz.minutes", Long.MAX_VALUE / Duration.ofMinutes(1).toNanos());
    private static final long SEED = Long.getLong("ballast.fuzz.seed", System.nanoTime());
    private static final long BATCH = 100_000;
    private static final int SHAKEN_MEMBERS = 4;

    @Test
    @Timeout(value = 3, unit = TimeUnit.HOURS)
    void whatever_comes_is_counted_once_and_alike_in_the_kernel_and_natively_and_what_passes_is_untouched() {
        Scenarios scenarios = Scenarios.read();
        System.out.printf("fuzz: seed %d, %,d packets; again: packaging/fuzz --seed %d%n", SEED, PACKETS, SEED);
        long begun = System.nanoTime();
        Traffic sent = Traffic.NONE;
        int batches = 0;
        try (Twins twins = new Twins(scenarios.config("everything"))) {
            scenarios.frames().forEach(twins.program()::add);
            while (sent.packets() < PACKETS
                    && System.nanoTime() - begun
                            < MINUTES * Duration.ofMinutes(1).toNanos()) {
                Verdicts before = twins.verdicts();
                long count = Math.min(BATCH, PACKETS - sent.packets());
                NativeDatapath.Fuzzed fuzzed = twins.program().fuzz(SEED, sent.packets(), count);
                sent = sent.plus(fuzzed.total());
                batches++;
                shake(twins, batches);
                twins.requireCodes(fuzzed, before);
                twins.requireClosedAccounts(sent);
            }
            report(twins.verdicts(), sent, System.nanoTime() - begun);
        }
    }

    /** One member of the first service after the other goes down and comes back; its flows are picked again. */
    private static void shake(Twins twins, int batches) {
        int member = Rig.memberId(0, batches / 2 % SHAKEN_MEMBERS);
        twins.each(rig -> rig.state(member, batches % 2 == 0 ? MemberState.IN : MemberState.DOWN));
    }

    private static void report(Verdicts verdicts, Traffic sent, long elapsedNs) {
        System.out.printf("fuzz: %,d packets, %d ns each, both programs%n", sent.packets(), elapsedNs / sent.packets());
        for (VerdictReason reason : VerdictReason.values()) {
            System.out.printf("fuzz: %,12d %s%n", verdicts.of(reason).packets(), reason.label());
        }
    }
}
