package dev.ballast.perf.demo;

import java.util.List;

/**
 * What became of the clients in one phase.
 *
 * @param name of the phase
 * @param shortRequests by hey
 * @param longSent requests on long connections
 * @param longAnswered of those
 * @param longFailures long connections that broke
 * @param excused failures, short and long, on the backend that was killed, soon enough after it was
 * @param problems failures that nothing excuses, in words
 */
record PhaseResult(
        String name,
        Hey.Result shortRequests,
        long longSent,
        long longAnswered,
        List<LongConnections.Failure> longFailures,
        long excused,
        List<String> problems) {
    PhaseResult {
        longFailures = List.copyOf(longFailures);
        problems = List.copyOf(problems);
    }

    long failed() {
        return shortRequests.failed() + longFailures.size();
    }
}
