package dev.ballast.control.model;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads one check, and the checks of a service with the ports that they probe. */
final class CheckReader {
    private static final Duration MIN_INTERVAL = Duration.ofMillis(100);
    private static final Duration MAX_INTERVAL = Duration.ofHours(1);
    private static final Duration MIN_TIMEOUT = Duration.ofMillis(10);
    private static final int MAX_IN_A_ROW = 100;
    private static final Percent MAX_JITTER = new Percent(5_000);

    private CheckReader() {}

    /** One check; what it leaves out is taken from {@code fallback}. */
    static Check read(Section section, Check fallback) {
        Optional<Value> givenType = section.value("type");
        Optional<Check.Type> type = givenType.flatMap(value -> value.word(Check.Type.class, "http", "https"));
        Check.Path path = section.value("path")
                .flatMap(value -> value.word(Check.Path.class, "vip"))
                .orElse(fallback.path());
        int port = section.integer("port", 1, 65_535, fallback.port());
        Rhythm rhythm = rhythm(section, fallback);
        int rise = section.integer("rise", 1, MAX_IN_A_ROW, fallback.rise());
        int fall = section.integer("fall", 1, MAX_IN_A_ROW, fallback.fall());
        Percent jitter = section.value("jitter")
                .flatMap(value -> value.percent(new Percent(0), MAX_JITTER))
                .orElse(fallback.jitter());
        for (String key : List.of("get", "host", "status")) {
            LaterKeys.Shape shape = key.equals("status") ? LaterKeys.VALUES : LaterKeys.VALUE;
            if (givenType.isPresent() && type.isEmpty()) {
                section.laterUnanswered(key, shape);
            } else {
                section.later(key, shape);
            }
        }
        section.close();
        return new Check(type.orElse(fallback.type()), path, port, rhythm.interval, rhythm.timeout, rise, fall, jitter);
    }

    private record Rhythm(Duration interval, Duration timeout) {}

    /** How often and how long a probe runs; one at a time, so it ends before the next begins. */
    private static Rhythm rhythm(Section section, Check fallback) {
        Optional<Value> givenInterval = section.value("interval");
        Optional<Value> givenTimeout = section.value("timeout");
        Optional<Duration> interval = givenInterval.flatMap(value -> value.duration(MIN_INTERVAL, MAX_INTERVAL));
        Optional<Duration> timeout = givenTimeout.flatMap(value -> value.duration(MIN_TIMEOUT, MAX_INTERVAL));
        Rhythm rhythm = new Rhythm(interval.orElse(fallback.interval()), timeout.orElse(fallback.timeout()));
        boolean bothRead =
                interval.isPresent() == givenInterval.isPresent() && timeout.isPresent() == givenTimeout.isPresent();
        if (bothRead && rhythm.timeout.compareTo(rhythm.interval) > 0) {
            // Where neither is given, the fallback was reported where it stands.
            givenTimeout.ifPresentOrElse(
                    value -> value.refuse(
                            "is longer than the interval of " + Units.printDuration(rhythm.interval),
                            "",
                            "shorten it or lengthen the interval"),
                    () -> givenInterval.ifPresent(value -> value.refuse(
                            "is shorter than the timeout of " + Units.printDuration(rhythm.timeout),
                            "",
                            "lengthen it or shorten the timeout")));
        }
        return rhythm;
    }

    /** The checks of a service, each with its port. {@code vips} is empty when they could not be read. */
    static List<Check> readAll(Section service, Check fallback, List<Vip> vips) {
        List<Section> sections = service.sections("checks");
        if (!service.has("checks")) {
            Optional<Check> implied = withPort(fallback, vips);
            if (implied.isEmpty()) {
                reportNoPort(service.findings(), service.path("checks"), service.at(), vips);
            }
            return implied.stream().toList();
        }
        Map<Check, Position> checks = new LinkedHashMap<>();
        for (Section section : sections) {
            Optional<Check> check = withPort(read(section, fallback), vips);
            if (check.isEmpty()) {
                reportNoPort(section.findings(), section.path("port"), section.at(), vips);
                continue;
            }
            Position first = checks.putIfAbsent(check.get(), section.at());
            if (first != null) {
                String problem = "the same check stands at " + first;
                section.findings().add(section.at(), section.path(), "", problem, "", "remove one of the two");
            }
        }
        return List.copyOf(checks.keySet());
    }

    /** The check with the one port that the TCP VIPs have, where it names none itself; empty where there is no such. */
    static Optional<Check> withPort(Check check, List<Vip> vips) {
        if (check.port() != Check.PORT_OF_VIP) {
            return Optional.of(check);
        }
        List<Integer> ports = tcpPorts(vips);
        return ports.size() == 1 && ports.getFirst() != Vip.ANY_PORT
                ? Optional.of(check.withPort(ports.getFirst()))
                : Optional.empty();
    }

    private static List<Integer> tcpPorts(List<Vip> vips) {
        return vips.stream()
                .filter(vip -> vip.protocol() == Vip.Protocol.TCP)
                .map(Vip::port)
                .distinct()
                .sorted()
                .toList();
    }

    private static void reportNoPort(Findings findings, String path, Position at, List<Vip> vips) {
        if (!vips.isEmpty()) { // otherwise the VIPs are reported, and what follows from them is not
            String problem = "missing: " + whyNoPort(tcpPorts(vips));
            findings.add(at, path, "", problem, "", "write checks: [{type: tcp, port: N}], or checks: [] for none");
        }
    }

    private static String whyNoPort(List<Integer> tcpPorts) {
        if (tcpPorts.isEmpty()) {
            return "a tcp check has no port to try where every VIP is udp";
        }
        if (tcpPorts.contains(Vip.ANY_PORT)) {
            return "a check has no port to try where a VIP takes any port";
        }
        String listed = String.join(", ", tcpPorts.stream().map(String::valueOf).toList());
        return "the VIPs have the ports " + listed + ", and a check tries one";
    }
}
