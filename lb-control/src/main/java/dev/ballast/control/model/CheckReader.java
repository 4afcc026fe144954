package dev.ballast.control.model;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads one check, and the checks of a service with the ports that they probe. */
final class CheckReader {
    private CheckReader() {}

    /** One check; what it leaves out is taken from {@code fallback}. */
    static Check read(Section section, Check fallback) {
        Optional<Value> givenType = section.value("type");
        Optional<Check.Type> type = givenType.flatMap(value -> value.word(Check.Type.class));
        Check.Path path = section.word("path", Check.Path.class, fallback.path());
        int port = section.integer("port", fallback.port());
        Rhythm rhythm = rhythm(section, fallback);
        int rise = section.integer("rise", fallback.rise());
        int fall = section.integer("fall", fallback.fall());
        Percent jitter = section.value("jitter").flatMap(Value::percent).orElse(fallback.jitter());
        if (givenType.isPresent() && type.isEmpty()) {
            List.of("get", "host", "status").forEach(section::answered);
        }
        section.close();
        return new Check(type.orElse(fallback.type()), path, port, rhythm.interval, rhythm.timeout, rise, fall, jitter);
    }

    private record Rhythm(Duration interval, Duration timeout) {}

    /** How often and how long a probe runs; one at a time, so it ends before the next begins. */
    private static Rhythm rhythm(Section section, Check fallback) {
        Optional<Value> givenInterval = section.value("interval");
        Optional<Value> givenTimeout = section.value("timeout");
        Optional<Duration> interval = givenInterval.flatMap(Value::duration);
        Optional<Duration> timeout = givenTimeout.flatMap(Value::duration);
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
