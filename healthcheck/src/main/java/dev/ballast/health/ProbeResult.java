package dev.ballast.health;

/** How one probe ended. */
public sealed interface ProbeResult {
    /**
     * The backend answered as its check wants.
     *
     * @param latencyNs from the start of the probe to the answer
     */
    record Success(long latencyNs) implements ProbeResult {}

    /**
     * The backend did not.
     *
     * @param kind what it is counted as
     * @param reason in words for an operator, in lower case and without a full stop: "connection refused"
     */
    record Failure(FailureKind kind, String reason) implements ProbeResult {
        /** No answer within the time that the check allows. */
        public static Failure timedOut(long timeoutNs) {
            return new Failure(FailureKind.TIMED_OUT, "timed out after " + DurationText.of(timeoutNs));
        }
    }

    /**
     * The probe never left this machine: no descriptors, no ports, no such source address. It says nothing of the backend, so it
     * does not change its health; otherwise a balancer that runs out of descriptors would take every backend out of service.
     *
     * @param reason in words for an operator, ending with the cure
     */
    record NotSent(String reason) implements ProbeResult {}

    /** What failed probes are counted by. */
    enum FailureKind {
        /** The backend answered that nothing listens there. */
        REFUSED,
        /** Nothing came back in time. */
        TIMED_OUT,
        /** A router, or this machine, has no way to the backend. */
        UNREACHABLE,
        /** The connection was reset or closed before the probe was through. */
        RESET,
        /** Anything else; the reason has the system's own words. */
        OTHER
    }
}
