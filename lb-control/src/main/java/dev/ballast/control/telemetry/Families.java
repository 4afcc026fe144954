package dev.ballast.control.telemetry;

import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.LinkedHashMap;
import java.util.Map;

/** Metric families that grow by their points; one thread. A counter's name is given without its {@code _total}. */
final class Families {
    private final Map<String, CounterSnapshot.Builder> counters = new LinkedHashMap<>();
    private final Map<String, GaugeSnapshot.Builder> gauges = new LinkedHashMap<>();

    void counter(String name, String help, Map<String, String> labels, long value) {
        counters.computeIfAbsent(name, _ -> CounterSnapshot.builder().name(name).help(help))
                .dataPoint(CounterSnapshot.CounterDataPointSnapshot.builder()
                        .labels(labels(labels))
                        .value((double) value)
                        .build());
    }

    void gauge(String name, String help, Map<String, String> labels, long value) {
        gauge(name, help, labels, (double) value);
    }

    void gauge(String name, String help, Map<String, String> labels, double value) {
        gauges.computeIfAbsent(name, _ -> GaugeSnapshot.builder().name(name).help(help))
                .dataPoint(GaugeSnapshot.GaugeDataPointSnapshot.builder()
                        .labels(labels(labels))
                        .value(value)
                        .build());
    }

    private static Labels labels(Map<String, String> labels) {
        Labels.Builder builder = Labels.builder();
        labels.forEach(builder::label);
        return builder.build();
    }

    MetricSnapshots snapshots() {
        MetricSnapshots.Builder all = MetricSnapshots.builder();
        counters.values().forEach(family -> all.metricSnapshot(family.build()));
        gauges.values().forEach(family -> all.metricSnapshot(family.build()));
        return all.build();
    }
}
