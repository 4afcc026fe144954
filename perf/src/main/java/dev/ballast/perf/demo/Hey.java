package dev.ballast.perf.demo;

import dev.ballast.lab.LabProcess;
import dev.ballast.lab.Node;
import dev.ballast.lab.Signal;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Short requests by Debian's {@code hey}, each on a connection of its own, from a client of the lab to one VIP, until it is
 * told to end: then those under way are finished, and it sums up.
 */
final class Hey {
    private static final Duration LONGEST = Duration.ofMinutes(10);
    private static final Duration END_LIMIT = Duration.ofSeconds(20);

    /** A request without an answer for so long has failed. */
    private static final int ANSWER_WITHIN_S = 5;

    private static final Pattern STATUS = Pattern.compile("^\\s+\\[(\\d+)]\\s+(\\d+) responses$", Pattern.MULTILINE);
    private static final Pattern ERROR = Pattern.compile("^\\s+\\[(\\d+)]\\s+(Get .*)$", Pattern.MULTILINE);

    /**
     * How a run ended.
     *
     * @param answered requests with status 200
     * @param errors the others, by message; an HTTP status other than 200 is one too
     */
    record Result(long answered, Map<String, Long> errors) {
        static final Result NONE = new Result(0, Map.of());

        long failed() {
            return errors.values().stream().mapToLong(Long::longValue).sum();
        }

        long sent() {
            return answered + failed();
        }

        Result plus(Result other) {
            Map<String, Long> all = new TreeMap<>(errors);
            other.errors.forEach((error, count) -> all.merge(error, count, Long::sum));
            return new Result(answered + other.answered, all);
        }

        /** Reads hey's summary. */
        static Result parse(String output) {
            long answered = 0;
            Map<String, Long> errors = new TreeMap<>();
            Matcher status = STATUS.matcher(output);
            while (status.find()) {
                long count = Long.parseLong(status.group(2));
                if (status.group(1).equals("200")) {
                    answered += count;
                } else {
                    errors.merge("HTTP status " + status.group(1), count, Long::sum);
                }
            }
            Matcher error = ERROR.matcher(output);
            while (error.find()) {
                errors.merge(error.group(2), Long.parseLong(error.group(1)), Long::sum);
            }
            return new Result(answered, errors);
        }
    }

    private final LabProcess process;

    private Hey(LabProcess process) {
        this.process = process;
    }

    /** Begins to ask; {@code perSecond} requests in all from {@code workers} workers. */
    static Hey start(Node client, InetSocketAddress vip, int workers, int perSecond) {
        String host = vip.getAddress().getHostAddress();
        String url = "http://%s:%d/"
                .formatted(vip.getAddress() instanceof Inet6Address ? "[" + host + "]" : host, vip.getPort());
        List<String> command = List.of(
                "hey",
                "-z",
                LONGEST.toMillis() + "ms",
                "-c",
                Integer.toString(workers),
                "-q",
                Integer.toString(Math.max(1, perSecond / workers)),
                "-t",
                Integer.toString(ANSWER_WITHIN_S),
                "-disable-keepalive",
                url);
        return new Hey(client.spawn(command.toArray(String[]::new)));
    }

    /** Ends it and reads its summary. */
    Result end() {
        process.signal(Signal.INT);
        int exit = process.waitFor(END_LIMIT);
        String output = process.output();
        Result result = Result.parse(output);
        if (exit != 0 || result.sent() == 0) {
            throw new IllegalStateException("hey ended with status %d and said: %s".formatted(exit, output));
        }
        return result;
    }
}
