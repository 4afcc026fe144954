package dev.ballast.control.journal;

import java.util.List;

/** Changes for tests, with something in each field. */
final class Revisions {
    private Revisions() {}

    static Revision number(long number) {
        return of(number, "request-" + number);
    }

    static Revision of(long number, String requestId) {
        return new Revision(
                number,
                number - 1,
                1_767_225_600_000L + number,
                "uid:" + number,
                "apply",
                "a.yaml",
                requestId,
                "digest of " + requestId,
                List.of("service web: 10.0.1.11 weight " + number, "Zürich"),
                "0123456789abcdef");
    }
}
