package dev.ballast.perf.datapath;

import java.util.ArrayList;
import java.util.List;

/** Times of one thing, one of each run, in one unit. One thread. */
public final class Samples {
    private final List<Double> sorted = new ArrayList<>();

    /** Adds the time of one more run. */
    public void add(double time) {
        int at = 0;
        while (at < sorted.size() && sorted.get(at) < time) {
            at++;
        }
        sorted.add(at, time);
    }

    /** How many runs there were. */
    public int count() {
        return sorted.size();
    }

    /** What the machine can do when nothing disturbs it. */
    public double min() {
        return require().getFirst();
    }

    /** What it does half of the time; of an even number of samples, the mean of the middle two. */
    public double median() {
        List<Double> all = require();
        int middle = all.size() / 2;
        return all.size() % 2 == 1 ? all.get(middle) : (all.get(middle - 1) + all.get(middle)) / 2;
    }

    private List<Double> require() {
        if (sorted.isEmpty()) {
            throw new IllegalStateException("nothing was measured");
        }
        return sorted;
    }
}
