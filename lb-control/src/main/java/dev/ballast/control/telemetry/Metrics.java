package dev.ballast.control.telemetry;

import dev.ballast.control.loop.LoopStatistics;
import dev.ballast.control.loop.Snapshot;
import io.micrometer.core.instrument.Clock;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** All metrics of the daemon, and of the JVM that it runs in. Any thread; two scrapes at once are two readings. */
public final class Metrics implements AutoCloseable {
    /** The format of {@link #scrape}: the Prometheus text format. */
    public static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

    private final PrometheusMeterRegistry registry;
    private final JvmGcMetrics collections = new JvmGcMetrics();

    /**
     * Metrics of what these tell when they are asked.
     *
     * @param sourceDiffers whether the configuration's source has another than the one that runs
     */
    public Metrics(Supplier<Snapshot> snapshot, LoopStatistics statistics, BooleanSupplier sourceDiffers) {
        PrometheusRegistry prometheus = new PrometheusRegistry();
        prometheus.register(new SnapshotCollector(snapshot));
        prometheus.register(new LoopCollector(statistics));
        registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT, prometheus, Clock.SYSTEM);
        // Their names are against Prometheus' rules, and `promtool check metrics` says so.
        registry.config()
                .meterFilter(MeterFilter.denyNameStartsWith("process.cpu.time"))
                .meterFilter(MeterFilter.denyNameStartsWith("system.cpu.count"));
        Gauge.builder("ballast.config.file.differs", () -> sourceDiffers.getAsBoolean() ? 1 : 0)
                .description(
                        "1 when the configuration file says something else than what runs; `ballast diff -f FILE` shows what.")
                .register(registry);
        collections.bindTo(registry);
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new FileDescriptorMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        new UptimeMetrics().bindTo(registry);
    }

    /** The text of all metrics as of now, in {@link #CONTENT_TYPE}. */
    public byte[] scrape() {
        ByteArrayOutputStream text = new ByteArrayOutputStream(64 * 1024);
        try {
            registry.scrape(text, CONTENT_TYPE);
        } catch (IOException e) {
            throw new UncheckedIOException("writing metrics into memory", e);
        }
        return text.toByteArray();
    }

    @Override
    public void close() {
        collections.close();
        registry.close();
    }
}
