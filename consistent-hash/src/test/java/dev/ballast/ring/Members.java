package dev.ballast.ring;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;

/** Members for tests: number {@code i} has index {@code i} and address 10.0.0.0 + i. */
final class Members {
    static final HashKey SECRET = new HashKey(0x0706050403020100L, 0x0f0e0d0c0b0a0908L);

    private Members() {}

    static RingKey key(int number) {
        return new RingKey(0, (10L << 24) + number, 4);
    }

    static List<RingMember> equal(int count) {
        return weighted(count, number -> 100);
    }

    static List<RingMember> weighted(int count, IntUnaryOperator weight) {
        return IntStream.range(0, count)
                .mapToObj(number -> new RingMember(number, key(number), weight.applyAsInt(number)))
                .toList();
    }

    static List<RingMember> without(List<RingMember> members, int number) {
        List<RingMember> rest = new ArrayList<>(members);
        rest.remove(number);
        return rest;
    }
}
