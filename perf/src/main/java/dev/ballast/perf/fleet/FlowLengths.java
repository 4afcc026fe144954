package dev.ballast.perf.fleet;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;

/**
 * How long connections live: a mixture of log-normal bodies and Pareto tails.
 *
 * <p>That shape is the one measured for web transfers (P. Barford and M. Crovella, "Generating representative web workloads for network
 * and server performance evaluation", SIGMETRICS 1998, section 3). The parameters are chosen, not measured: connections that are kept
 * alive for seconds to a minute, and connections that last as long as a person or a process stays. What the results lean on is the age
 * of those that are live, which differs between the mixtures by a factor of 200.
 */
final class FlowLengths {
    /** Requests, and connections kept alive between them; one in twenty is a download or a stream. */
    static final FlowLengths WEB = new FlowLengths(
            "short web", List.of(new LogNormal(0.95, 10, 1.3), new BoundedPareto(0.05, 60, 2 * 3600, 1.3)));

    /** WebSockets and gRPC channels. */
    static final FlowLengths LONG = new FlowLengths(
            "long-lived", List.of(new LogNormal(0.8, 30 * 60, 1.2), new BoundedPareto(0.2, 2 * 3600, 48 * 3600, 1.3)));

    /** One new connection in a hundred is long-lived; of those that are live at a moment it is more than every second. */
    static final FlowLengths MIXED = new FlowLengths(
            "mixed",
            Stream.concat(
                            WEB.parts.stream().map(part -> part.diluted(0.99)),
                            LONG.parts.stream().map(part -> part.diluted(0.01)))
                    .toList());

    private final String name;
    private final List<Part> parts;

    /** By part: of the connections that are live at a moment, those of this and of earlier parts; up to 1. */
    private final double[] liveUpTo;

    private FlowLengths(String name, List<Part> parts) {
        this.name = name;
        this.parts = parts;
        liveUpTo =
                parts.stream().mapToDouble(part -> part.share() * part.meanS()).toArray();
        Arrays.parallelPrefix(liveUpTo, Double::sum);
        double sum = liveUpTo[liveUpTo.length - 1];
        Arrays.setAll(liveUpTo, i -> liveUpTo[i] / sum);
    }

    /** One component of a mixture. Its share is of new connections; all lengths in seconds. */
    private sealed interface Part {
        double share();

        /** The same component in a mixture that has less of it. */
        Part diluted(double factor);

        /** Mean length of a new connection. */
        double meanS();

        /**
         * The length of a connection that is found live: lengths weighted by themselves, since a connection that lives twice as long
         * is found live twice as often.
         */
        double drawLiveS(RandomGenerator random);
    }

    /** The logarithm is normal with standard deviation {@code sigma}. Weighted by length it is log-normal again. */
    private record LogNormal(double share, double medianS, double sigma) implements Part {
        @Override
        public Part diluted(double factor) {
            return new LogNormal(share * factor, medianS, sigma);
        }

        @Override
        public double meanS() {
            return medianS * Math.exp(sigma * sigma / 2);
        }

        @Override
        public double drawLiveS(RandomGenerator random) {
            return medianS * Math.exp(sigma * (sigma + random.nextGaussian()));
        }
    }

    /** Density proportional to x^-(alpha + 1) between the bounds, alpha above 1. Weighted by length: to x^-alpha. */
    private record BoundedPareto(double share, double minS, double maxS, double alpha) implements Part {
        @Override
        public Part diluted(double factor) {
            return new BoundedPareto(share * factor, minS, maxS, alpha);
        }

        @Override
        public double meanS() {
            double whole = (Math.pow(minS, -alpha) - Math.pow(maxS, -alpha)) / alpha;
            return (Math.pow(minS, 1 - alpha) - Math.pow(maxS, 1 - alpha)) / (alpha - 1) / whole;
        }

        /** By the inverse of the weighted distribution function, written relative to the lower bound. */
        @Override
        public double drawLiveS(RandomGenerator random) {
            double top = Math.pow(maxS / minS, 1 - alpha);
            return minS * Math.pow(1 - random.nextDouble() * (1 - top), 1 / (1 - alpha));
        }
    }

    /** Its name, for people. */
    @Override
    public String toString() {
        return name;
    }

    /** Length in seconds of a connection that is found live at some moment. */
    double drawLiveS(RandomGenerator random) {
        double point = random.nextDouble();
        int part = 0;
        while (part < liveUpTo.length - 1 && point >= liveUpTo[part]) {
            part++;
        }
        return parts.get(part).drawLiveS(random);
    }

    /** The ages of connections that are live at some moment, in seconds, ascending. */
    double[] liveAgesS(int count, long seed) {
        RandomGenerator random = new SplittableRandom(seed);
        double[] ages = new double[count];
        Arrays.setAll(ages, i -> drawLiveS(random) * random.nextDouble());
        Arrays.sort(ages);
        return ages;
    }
}
