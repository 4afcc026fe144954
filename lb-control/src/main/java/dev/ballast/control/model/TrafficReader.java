package dev.ballast.control.model;

import java.time.Duration;
import java.util.Optional;

/**
 * Reads {@code encap}, {@code ring} and {@code flows}, under {@code defaults} and under a service alike: what a
 * section leaves out is taken from the fallback, key by key.
 */
final class TrafficReader {
    /** How {@code encap.sourcePrefix} says that there is none. */
    static final String NO_PREFIX = "none";

    private TrafficReader() {}

    /** What is left out is taken from the fallback where that is of the same type. */
    static Encap encap(Section section, Encap fallback, ConfigRules rules) {
        Optional<Value> givenType = section.value("type");
        Optional<Encap.Type> read = givenType.flatMap(value -> value.word(Encap.Type.class));
        Optional<Value> port = section.value("port");
        Optional<Value> sourcePrefix = section.value("sourcePrefix");
        section.close();
        if (givenType.isPresent() && read.isEmpty()) {
            return fallback; // what its keys would mean is not known
        }
        Encap.Type type = read.orElse(fallback.type());
        if (type != Encap.Type.GUE) {
            port.ifPresent(value -> value.refuse(
                    "is for type gue: %s has no UDP header".formatted(Words.of(type)), "", "leave port out"));
        }
        if (type != Encap.Type.IPIP) {
            String why =
                    type == Encap.Type.L2 ? "l2 has no outer header" : "gue tells flows apart by the UDP source port";
            sourcePrefix.ifPresent(value -> value.refuse("is for type ipip: " + why, "", "leave sourcePrefix out"));
        }
        return switch (type) {
            case IPIP -> new Encap.Ipip(sourcePrefix(section, sourcePrefix, fallback, rules));
            case GUE -> {
                int other = fallback instanceof Encap.Gue gue ? gue.port() : Encap.Gue.DEFAULT_PORT;
                yield new Encap.Gue(port.flatMap(Value::integer).orElse(other));
            }
            case L2 -> new Encap.L2();
        };
    }

    /** {@code none} says that the fallback's is not wanted. */
    private static Optional<Prefix> sourcePrefix(
            Section section, Optional<Value> given, Encap fallback, ConfigRules rules) {
        if (given.isEmpty()) {
            return fallback instanceof Encap.Ipip ipip ? ipip.sourcePrefix() : Optional.empty();
        }
        if (given.get().text().equals(NO_PREFIX)) {
            return Optional.empty();
        }
        Optional<Prefix> prefix = given.flatMap(value -> value.as(Schema.OUTER_SOURCE));
        prefix.ifPresent(read -> rules.addOuterSource(
                new Placed<>(read, section.path("sourcePrefix"), given.get().at())));
        return prefix;
    }

    static Ring ring(Section section, Ring fallback) {
        int size = section.value("size").flatMap(TrafficReader::ringSize).orElse(fallback.size());
        Ring.Algorithm algorithm = section.word("algorithm", Ring.Algorithm.class, fallback.algorithm());
        Duration keepPrevious = section.duration("keepPrevious", fallback.keepPrevious());
        section.close();
        return new Ring(size, algorithm, keepPrevious);
    }

    private static Optional<Integer> ringSize(Value value) {
        Optional<Integer> size = value.integer();
        size.filter(number -> !Ring.isSize(number))
                .ifPresent(number -> value.refuse(
                        "is not a prime",
                        "primes from " + Ring.MIN_SIZE + " to " + Ring.MAX_SIZE,
                        "the nearest is " + Ring.nearestSize(number)));
        return size.filter(Ring::isSize);
    }

    static Flows flows(Section section, Flows fallback) {
        boolean track = section.value("track").flatMap(Value::bool).orElse(fallback.track());
        Duration tcpIdle = section.duration("tcpIdle", fallback.tcpIdle());
        Duration udpIdle = section.duration("udpIdle", fallback.udpIdle());
        section.close();
        return new Flows(track, tcpIdle, udpIdle);
    }
}
