package dev.ballast.perf.ring;

import dev.ballast.perf.ring.Row.Setting;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.format.OutputFormat;
import org.openjdk.jmh.runner.format.OutputFormatFactory;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** Runs {@link RingBenchmark}, setting by setting and round by round. */
final class RingBench {
    /** Builds, in the order in which they take turns. */
    private static final List<String> BUILDS = List.of("build", "buildInC", "buildInCWithTurnsGiven");

    private static final List<String> OTHERS = List.of("removal", "publish", "disruption");

    /**
     * How long to measure.
     *
     * @param rounds of all settings
     * @param warmUps iterations of each JVM that do not count
     * @param iterations of each JVM that do
     * @param iterationMs the time of one
     */
    record Effort(int rounds, int warmUps, int iterations, int iterationMs) {
        static final Effort FULL = new Effort(3, 5, 3, 400);
        static final Effort QUICK = new Effort(1, 1, 1, 10);
    }

    private RingBench() {}

    /**
     * The rows of some settings; all of {@link RingBenchmark} for each.
     *
     * @throws RunnerException if JMH could not run a part
     */
    static List<Row> run(List<Setting> settings, Effort effort) throws RunnerException {
        Map<String, Row> rows = new LinkedHashMap<>();
        for (int round = 0; round < effort.rounds; round++) {
            for (Setting setting : settings) {
                List<String> parts = new ArrayList<>(BUILDS);
                parts.addAll(OTHERS);
                for (String part : parts) {
                    Row fresh = new Row(part, setting);
                    Row row = rows.computeIfAbsent(fresh.name(), name -> fresh);
                    measure(row, effort);
                }
            }
        }
        return List.copyOf(rows.values());
    }

    private static void measure(Row row, Effort effort) throws RunnerException {
        Setting setting = row.setting();
        OptionsBuilder options = new OptionsBuilder();
        options.include("^" + RingBenchmark.class.getName().replace(".", "\\.") + "\\." + row.what() + "$")
                .param("members", String.valueOf(setting.members()))
                .param("slots", String.valueOf(setting.slots()))
                .param("weights", setting.weights().name())
                .mode(Mode.SampleTime)
                .timeUnit(TimeUnit.MICROSECONDS)
                .forks(1)
                .warmupIterations(effort.warmUps)
                .measurementIterations(effort.iterations)
                .warmupTime(TimeValue.milliseconds(effort.iterationMs))
                .measurementTime(TimeValue.milliseconds(effort.iterationMs))
                .shouldFailOnError(true)
                .verbosity(VerboseMode.SILENT);
        // What a JVM says beside its results, such as warnings, is not for those who read the report.
        OutputFormat format = OutputFormatFactory.createFormatInstance(System.err, VerboseMode.SILENT);
        for (RunResult result : new Runner(options.build(), format).run()) {
            result.getBenchmarkResults().stream()
                    .flatMap(fork -> fork.getIterationResults().stream())
                    .map(iteration -> iteration.getPrimaryResult().getStatistics())
                    .forEach(row::add);
        }
    }
}
