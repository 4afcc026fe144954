package dev.ballast.perf.ring;

import dev.ballast.ring.Disruption;
import dev.ballast.ring.HashKey;
import dev.ballast.ring.Maglev;
import dev.ballast.ring.Ring;
import dev.ballast.ring.RingMember;
import dev.ballast.ring.RingSize;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** What is measured; {@link RingBench} runs it. Each call takes the next of several secrets, so that no ring is built twice in a row. */
@State(Scope.Benchmark)
public class RingBenchmark {
    private static final int SECRETS = 16;

    /** The number of members. */
    @Param("1000")
    public int members;

    /** The number of slots. */
    @Param("65537")
    public int slots;

    /** How the weights are spread. */
    @Param("DIFFERENT")
    public Weights weights = Weights.DIFFERENT;

    private final HashKey[] secrets = new HashKey[SECRETS];
    private final List<CRing> inC = new ArrayList<>();
    private List<RingMember> all = List.of();
    private List<RingMember> withoutOne = List.of();
    private RingSize size = RingSize.DEFAULT;
    private Ring ring = Maglev.build(List.of(), RingSize.DEFAULT, new HashKey(0, 0));
    private Ring ringWithoutOne = ring;
    private MemorySegment area = MemorySegment.NULL;
    private int turn;

    /** Prepares the inputs of all builds, and compares what they build. */
    @Setup(Level.Trial)
    public void prepare() {
        all = weights.members(members);
        withoutOne =
                all.stream().filter(member -> member.index() != members / 2).toList();
        size = new RingSize(slots);
        for (int i = 0; i < SECRETS; i++) {
            secrets[i] = new HashKey(0x0706050403020100L + i, 0x0f0e0d0c0b0a0908L);
            inC.add(new CRing(all, size, secrets[i], Arena.global()));
        }
        ring = Maglev.build(all, size, secrets[0]);
        inC.getFirst().build();
        inC.getFirst().requireEqual(ring);
        inC.getFirst().buildInOrder();
        inC.getFirst().requireEqual(ring);
        ringWithoutOne = Maglev.build(withoutOne, size, secrets[0]);
        area = Arena.global().allocate(ring.byteSize(), 64);
    }

    private int next() {
        turn = (turn + 1) % SECRETS;
        return turn;
    }

    /** A ring from its members: hashing, order of turns, slots, shares. */
    @Benchmark
    public Ring build() {
        return Maglev.build(all, size, secrets[next()]);
    }

    /** The slots in C, from hashes that are given. */
    @Benchmark
    public MemorySegment buildInC() {
        return inC.get(next()).build();
    }

    /** The slots in C, from hashes and an order of turns that are given. */
    @Benchmark
    public MemorySegment buildInCWithTurnsGiven() {
        return inC.get(next()).buildInOrder();
    }

    /** The ring without one of the members; it is built from scratch. */
    @Benchmark
    public Ring removal() {
        return Maglev.build(withoutOne, size, secrets[next()]);
    }

    /** The slots into memory outside of the heap, as they go into the kernel's mapped array. */
    @Benchmark
    public MemorySegment publish() {
        ring.copyTo(area);
        return area;
    }

    /** What the loss of one member moves. */
    @Benchmark
    public Disruption disruption() {
        return Disruption.between(ring, ringWithoutOne);
    }
}
