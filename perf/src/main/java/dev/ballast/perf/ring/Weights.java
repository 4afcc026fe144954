package dev.ballast.perf.ring;

import dev.ballast.ring.RingKey;
import dev.ballast.ring.RingMember;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/** How the weights of the members of a benchmark are spread. */
public enum Weights {
    /** All the same. */
    EQUAL,
    /** Each another one: the dearest case for the order of turns. */
    DIFFERENT,
    /** Machines of a few kinds, the largest eight times as strong as the smallest. */
    MIXED;

    private static final int[] KINDS = {50, 100, 100, 100, 200, 400};

    /** Members at 10.0.0.0 and up. */
    public List<RingMember> members(int count) {
        return IntStream.range(0, count)
                .mapToObj(number -> new RingMember(number, new RingKey(0, (10L << 24) + number, 4), weight(number)))
                .toList();
    }

    private int weight(int number) {
        return switch (this) {
            case EQUAL -> 100;
            case DIFFERENT -> 100 + number;
            case MIXED -> KINDS[number % KINDS.length];
        };
    }

    /** As it is written in reports. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
