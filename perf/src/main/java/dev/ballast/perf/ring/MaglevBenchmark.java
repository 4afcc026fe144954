package dev.ballast.perf.ring;

import dev.ballast.ring.Disruption;
import dev.ballast.ring.HashKey;
import dev.ballast.ring.Maglev;
import dev.ballast.ring.Ring;
import dev.ballast.ring.RingKey;
import dev.ballast.ring.RingMember;
import dev.ballast.ring.RingSize;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/**
 * Time to build a ring, to store it where the datapath reads it, and to say what a change disturbs.
 *
 * <p>{@code java -cp <class path of perf> dev.ballast.perf.ring.MaglevBenchmark [JMH options]}, for instance {@code -p members=100 -rf json}.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class MaglevBenchmark {
    private static final HashKey SECRET = new HashKey(0x0706050403020100L, 0x0f0e0d0c0b0a0908L);

    /** The number of members. */
    @Param({"10", "100", "1000"})
    public int members;

    /** The number of slots. */
    @Param({"65537", "655373"})
    public int slots;

    /** Whether all members weigh the same, or each something else: the dearest case for the order of turns. */
    @Param({"true", "false"})
    public boolean equalWeights;

    private List<RingMember> all = List.of();
    private RingSize size = RingSize.DEFAULT;
    private Ring ring = Maglev.build(List.of(), RingSize.DEFAULT, SECRET);
    private Ring ringWithoutOne = ring;
    private MemorySegment area = MemorySegment.NULL;

    /** Members at 10.0.0.0 and up. */
    @Setup(Level.Trial)
    public void prepare() {
        all = IntStream.range(0, members)
                .mapToObj(number -> new RingMember(
                        number, new RingKey(0, (10L << 24) + number, 4), equalWeights ? 100 : 100 + number))
                .toList();
        size = new RingSize(slots);
        ring = Maglev.build(all, size, SECRET);
        ringWithoutOne = Maglev.build(all.subList(1, members), size, SECRET);
        area = Arena.global().allocate(ring.byteSize(), 64);
    }

    /** A ring from its members. */
    @Benchmark
    public Ring build() {
        return Maglev.build(all, size, SECRET);
    }

    /** The slots into off-heap memory. */
    @Benchmark
    public MemorySegment copy() {
        ring.copyTo(area);
        return area;
    }

    /** What the loss of one member moves. */
    @Benchmark
    public Disruption disruption() {
        return Disruption.between(ring, ringWithoutOne);
    }

    /** Runs this benchmark with JMH's own options. */
    public static void main(String[] options) throws CommandLineOptionException, RunnerException {
        Options chosen = new OptionsBuilder()
                .parent(new CommandLineOptions(options))
                .include(MaglevBenchmark.class.getSimpleName())
                .build();
        new Runner(chosen).run();
    }
}
