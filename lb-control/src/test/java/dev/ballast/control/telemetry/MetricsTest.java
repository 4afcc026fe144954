package dev.ballast.control.telemetry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.control.grpc.Snapshots;
import dev.ballast.control.loop.LoopStatistics;
import dev.ballast.control.loop.Snapshot;
import dev.ballast.control.loop.Snapshot.Member;
import dev.ballast.control.loop.Snapshot.Traffic;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MetricsTest {
    @TempDir
    Path directory;

    private static String scrape(Snapshot snapshot) {
        try (Metrics metrics = new Metrics(() -> snapshot, LoopStatistics.of(() -> 3), () -> true)) {
            return new String(metrics.scrape(), UTF_8);
        }
    }

    @Test
    void what_a_snapshot_has_is_what_a_scrape_says() {
        assertThat(scrape(Snapshots.sample()).lines())
                .contains(
                        "ballast_build_info{version=\"0.1.0\"} 1.0",
                        "ballast_revision 7.0",
                        "ballast_reconciled 1.0",
                        "ballast_service_packets_total{outcome=\"forwarded\",service=\"web\"} 1500000.0",
                        "ballast_service_packets_total{outcome=\"dropped\",service=\"web\"} 12.0",
                        "ballast_service_flows_created_total{service=\"web\"} 4000.0",
                        "ballast_service_flows_repicked_total{service=\"web\"} 2.0",
                        "ballast_service_reconciled{service=\"dns\"} 0.0",
                        "ballast_interface_attached{interface=\"eth0\",mode=\"native\"} 1.0",
                        "ballast_loop_queue_events 3.0",
                        "ballast_loop_requests_refused_total 0.0",
                        "ballast_members_omitted 0.0",
                        "ballast_journal_revisions 5.0",
                        "ballast_journal_oldest_revision 3.0",
                        "ballast_journal_size_bytes 4096.0",
                        "ballast_journal_failed 0.0",
                        "ballast_reconcile_rounds_total 0.0",
                        "ballast_reconcile_failures_total 0.0",
                        "ballast_reconcile_repairs_total 0.0",
                        "ballast_program_swaps_total 0.0",
                        "ballast_config_file_differs 1.0");
    }

    @Test
    void promtool_finds_nothing_to_say() throws Exception {
        Path text = Files.writeString(directory.resolve("metrics"), scrape(Snapshots.sample()));
        Process promtool;
        try {
            promtool = new ProcessBuilder("promtool", "check", "metrics")
                    .redirectInput(text.toFile())
                    .redirectErrorStream(true)
                    .start();
        } catch (IOException e) {
            throw new AssertionError("promtool is missing; apt-get install prometheus", e);
        }
        String said = new String(promtool.getInputStream().readAllBytes(), UTF_8);
        assertThat(promtool.waitFor()).as(said).isZero();
        assertThat(said).isEmpty();
    }

    @Test
    void members_beyond_the_limit_are_counted_and_have_no_series() {
        List<Member> many = IntStream.range(0, SnapshotCollector.MEMBERS_MAX + 5)
                .mapToObj(MetricsTest::member)
                .toList();
        String text = scrape(Snapshots.at(7, 0, many));
        long omitted = text.lines()
                .filter(line -> line.startsWith("ballast_members_omitted "))
                .mapToLong(line -> (long) Double.parseDouble(line.split(" ")[1]))
                .sum();
        assertThat(omitted).isGreaterThanOrEqualTo(5);
        assertThat(text.lines().filter(line -> line.startsWith("ballast_member_weight{")))
                .hasSize(SnapshotCollector.MEMBERS_MAX);
    }

    private static Member member(int number) {
        String address = "10.%d.%d.%d".formatted(number >> 16, number >> 8 & 255, number & 255);
        return new Member(
                "web/" + address, address, 100, "in", "up", "", 0, true, 0.0001, "", new Traffic(number, number), 0);
    }
}
