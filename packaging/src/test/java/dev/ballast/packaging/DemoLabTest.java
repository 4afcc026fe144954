package dev.ballast.packaging;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.perf.demo.Demo;
import dev.ballast.perf.demo.Report;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import org.junit.jupiter.api.Test;

/** What {@code packaging/demo} shows holds on this machine, too. */
class DemoLabTest {
    @Test
    void no_request_fails_on_a_backend_that_stayed_alive_and_the_control_run_breaks_connections() {
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        try (Demo demo = new Demo(Distribution.home(), new PrintStream(said, true, UTF_8), false)) {
            Report report = demo.run();
            assertThat(report.problems())
                    .as(() ->
                            String.join("\n", report.lines()) + "\n\nThe demonstration said:\n" + said.toString(UTF_8))
                    .isEmpty();
        } catch (RuntimeException e) {
            throw new AssertionError(
                    "the demonstration could not be run: " + e.getMessage() + "\nIt said:\n" + said.toString(UTF_8), e);
        }
    }
}
