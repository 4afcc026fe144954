package dev.ballast.perf.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class HeyTest {
    /** As hey 0.1.4 prints it. */
    private static final String SUMMARY = """

            Summary:
              Total:	3.0012 secs
              Requests/sec:	319.8734

            Status code distribution:
              [200]	880 responses
              [503]	7 responses

            Error distribution:
              [62]	Get "http://203.0.113.10:80/": dial tcp 203.0.113.10:80: connect: connection refused
              [3]	Get "http://203.0.113.10:80/": EOF
            """;

    @Test
    void a_summary_gives_answers_and_errors_by_message() {
        Hey.Result result = Hey.Result.parse(SUMMARY);

        assertThat(result.answered()).isEqualTo(880);
        assertThat(result.errors())
                .isEqualTo(Map.of(
                        "HTTP status 503",
                        7L,
                        "Get \"http://203.0.113.10:80/\": dial tcp 203.0.113.10:80: connect: connection refused",
                        62L,
                        "Get \"http://203.0.113.10:80/\": EOF",
                        3L));
        assertThat(result.failed()).isEqualTo(72);
        assertThat(result.sent()).isEqualTo(952);
    }

    @Test
    void results_of_two_families_add_up() {
        Hey.Result both = Hey.Result.parse(SUMMARY).plus(Hey.Result.parse(SUMMARY));

        assertThat(both.answered()).isEqualTo(1760);
        assertThat(both.failed()).isEqualTo(144);
    }

    @Test
    void a_run_that_said_nothing_has_sent_nothing() {
        assertThat(Hey.Result.parse("").sent()).isZero();
    }
}
