package dev.ballast.control.journal;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** Processes that are killed while they write. */
@Timeout(120)
class JournalKillTest {
    private static final int KILLS = 20;
    private static final int MOST_CHANGES = 120;

    @TempDir
    Path directory;

    @Test
    void whatever_moment_a_kill_meets_each_acknowledged_change_is_there_and_no_other_is_half_there() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        long before = 0;
        for (int round = 0; round < KILLS; round++) {
            String when = "seed %d, kill %d".formatted(seed, round);
            long acknowledged = killedAfter(1 + random.nextInt(MOST_CHANGES), random.nextInt(3_000_000));
            Journal journal = Journal.open(directory, Disk.REAL, JournalProcess.BOUNDS);
            long found = journal.latest().orElseThrow().revision();
            // The last one may be durable although nobody was told so any more.
            assertThat(found).as(when).isBetween(acknowledged, acknowledged + 1).isGreaterThan(before);
            try (History history = journal.history().orElseThrow()) {
                for (long revision = history.oldest(); revision <= found; revision++) {
                    Accepted state = history.state(revision).orElseThrow();
                    assertThat(state.configYaml()).as(when).isEqualTo(JournalProcess.config(revision));
                    assertThat(state.drains()).as(when).isEqualTo(JournalProcess.drains(revision));
                }
                assertThat(history.page(0, 1)).as(when).containsExactly(Revisions.number(found));
            }
            before = found;
        }
    }

    /** Where a class was loaded from. */
    private static String place(Class<?> type) {
        return Path.of(URI.create(
                        type.getProtectionDomain().getCodeSource().getLocation().toString()))
                .toString();
    }

    /** Answers with the last revision that the process acknowledged. */
    private long killedAfter(int changes, int laterNs) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-cp",
                        String.join(":", place(JournalProcess.class), place(Journal.class), place(LoggerFactory.class)),
                        JournalProcess.class.getName(),
                        directory.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader out = process.inputReader(US_ASCII)) {
            long acknowledged = 0;
            for (int i = 0; i < changes; i++) {
                String line = out.readLine();
                assertThat(line).as("the process ended by itself").isNotNull();
                acknowledged = Long.parseLong(line);
            }
            TimeUnit.NANOSECONDS.sleep(laterNs);
            process.toHandle().destroyForcibly(); // SIGKILL; what it said is still to be read
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                acknowledged = Long.parseLong(line); // println writes whole lines
            }
            return acknowledged;
        } finally {
            process.destroyForcibly().waitFor();
        }
    }
}
