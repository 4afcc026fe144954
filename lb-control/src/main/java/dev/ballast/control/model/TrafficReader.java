package dev.ballast.control.model;

import java.time.Duration;
import java.util.Optional;

/**
 * Reads {@code encap}, {@code ring} and {@code flows}, under {@code defaults} and under a service alike: what a
 * section leaves out is taken from the fallback, key by key.
 */
final class TrafficReader {
    private static final Duration MIN_IDLE = Duration.ofSeconds(10);

    /**
     * A flow's expiry is 12 bits of ticks, of which half can lie ahead; with the shortest tick that a kernel's HZ
     * gives (300: 3.4 s) that is 116 minutes.
     */
    private static final Duration MAX_IDLE = Duration.ofMinutes(110);

    private TrafficReader() {}

    static Encap encap(Section section, Encap fallback) {
        Optional<Value> given = section.value("type");
        Optional<Encap.Type> type = given.flatMap(value -> value.word(Encap.Type.class, "gue", "l2"));
        if (given.isPresent() && type.isEmpty()) {
            section.laterUnanswered("port", LaterKeys.VALUE);
        } else {
            section.later("port", LaterKeys.VALUE);
        }
        section.close();
        return type.map(Encap::new).orElse(fallback);
    }

    static Ring ring(Section section, Ring fallback) {
        Optional<Value> size = section.value("size");
        section.later("keepPrevious", LaterKeys.VALUE);
        section.close();
        return size.flatMap(TrafficReader::ring).orElse(fallback);
    }

    private static Optional<Ring> ring(Value value) {
        Optional<Integer> size = value.integer(Ring.MIN_SIZE, Ring.MAX_SIZE);
        size.filter(number -> !Ring.isSize(number))
                .ifPresent(number -> value.refuse(
                        "is not a prime",
                        "primes from " + Ring.MIN_SIZE + " to " + Ring.MAX_SIZE,
                        "the nearest is " + Ring.nearestSize(number)));
        return size.filter(Ring::isSize).map(Ring::new);
    }

    static Flows flows(Section section, Flows fallback) {
        boolean track = section.value("track").flatMap(Value::bool).orElse(fallback.track());
        Duration tcpIdle = section.duration("tcpIdle", MIN_IDLE, MAX_IDLE, fallback.tcpIdle());
        Duration udpIdle = section.duration("udpIdle", MIN_IDLE, MAX_IDLE, fallback.udpIdle());
        section.close();
        return new Flows(track, tcpIdle, udpIdle);
    }
}
