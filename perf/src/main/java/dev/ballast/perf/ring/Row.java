package dev.ballast.perf.ring;

import dev.ballast.perf.datapath.Samples;
import org.openjdk.jmh.util.Statistics;

/** One figure of a report: microseconds a call. Calls are timed one by one, so that a neighbour on the CPU spoils few of them. One thread. */
final class Row {
    /** Members, slots and weights. */
    record Setting(int members, int slots, Weights weights) {}

    private final String what;
    private final Setting setting;
    private final Samples least = new Samples();
    private final Samples median = new Samples();
    private long calls;

    /**
     * Without samples.
     *
     * @param what the method of {@link RingBenchmark}
     */
    Row(String what, Setting setting) {
        this.what = what;
        this.setting = setting;
    }

    /** Adds the calls of one iteration. */
    void add(Statistics callsUs) {
        least.add(callsUs.getMin());
        median.add(callsUs.getPercentile(50));
        calls += callsUs.getN();
    }

    String what() {
        return what;
    }

    Setting setting() {
        return setting;
    }

    /** Unique in a report. */
    String name() {
        return "%s/%d/%d/%s".formatted(what, setting.slots, setting.members, setting.weights.label());
    }

    /** The fastest call. */
    double minUs() {
        return least.min();
    }

    /** Of the iterations' medians the median. */
    double medianUs() {
        return median.median();
    }

    /** How many calls were timed. */
    long samples() {
        return calls;
    }
}
