package dev.ballast.control.telemetry;

import dev.ballast.control.loop.LoopStatistics;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.Arrays;

/** How the control loop keeps up, as metrics; counts since the start of the process. Any thread. */
final class LoopCollector implements MultiCollector {
    private static final double NS_PER_SECOND = 1e9;

    private final LoopStatistics statistics;

    LoopCollector(LoopStatistics statistics) {
        this.statistics = statistics;
    }

    @Override
    public MetricSnapshots collect() {
        HistogramSnapshot.Builder durations = HistogramSnapshot.builder()
                .name("ballast_loop_event_duration_seconds")
                .help("How long the control loop took for an event, by its kind.");
        statistics.durations().forEach((event, of) -> durations.dataPoint(point(Labels.of("event", event), of)));
        CounterSnapshot.Builder health = CounterSnapshot.builder()
                .name("ballast_health_changes")
                .help("How often a member came into a state of health.");
        statistics
                .healthChanges()
                .forEach((to, count) -> health.dataPoint(CounterSnapshot.CounterDataPointSnapshot.builder()
                        .labels(Labels.of("health", to))
                        .value((double) count)
                        .build()));
        return MetricSnapshots.of(
                durations.build(),
                HistogramSnapshot.builder()
                        .name("ballast_journal_append_duration_seconds")
                        .help("How long a change took to be written to the journal and synced to the disk.")
                        .dataPoint(point(Labels.EMPTY, statistics.appends()))
                        .build(),
                health.build(),
                GaugeSnapshot.builder()
                        .name("ballast_loop_queue_events")
                        .help("Events that wait for the control loop or are being handled; it refuses from 1024.")
                        .dataPoint(GaugeSnapshot.GaugeDataPointSnapshot.builder()
                                .value((double) statistics.waiting())
                                .build())
                        .build(),
                counter(
                        "ballast_loop_requests_refused",
                        "Requests that found the queue of the control loop full.",
                        statistics.refusedRequests()),
                counter(
                        "ballast_reconcile_rounds",
                        "How often the kernel was compared with what is configured, and brought to it.",
                        statistics.reconcileRounds()),
                counter(
                        "ballast_reconcile_failures",
                        "How often the kernel could not be brought to what is configured; it is tried again each second.",
                        statistics.reconcileFailures()),
                counter(
                        "ballast_reconcile_repairs",
                        "Objects in the kernel that somebody else had changed, and that were written again.",
                        statistics.repairs()),
                counter("ballast_program_swaps", "Programs that `ballast swap` exchanged.", statistics.swaps()));
    }

    private static HistogramSnapshot.HistogramDataPointSnapshot point(Labels labels, LoopStatistics.Durations of) {
        double[] bounds = Arrays.copyOf(
                Arrays.stream(LoopStatistics.boundsNs())
                        .mapToDouble(ns -> (double) ns / NS_PER_SECOND)
                        .toArray(),
                LoopStatistics.boundsNs().length + 1);
        bounds[bounds.length - 1] = Double.POSITIVE_INFINITY;
        return HistogramSnapshot.HistogramDataPointSnapshot.builder()
                .labels(labels)
                .sum((double) of.sumNs() / NS_PER_SECOND)
                .classicHistogramBuckets(
                        ClassicHistogramBuckets.of(bounds, of.buckets().toArray(Long[]::new)))
                .build();
    }

    private static CounterSnapshot counter(String name, String help, long value) {
        return CounterSnapshot.builder()
                .name(name)
                .help(help)
                .dataPoint(CounterSnapshot.CounterDataPointSnapshot.builder()
                        .value((double) value)
                        .build())
                .build();
    }
}
