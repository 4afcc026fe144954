package dev.ballast.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The units, under a systemd that is booted for it in namespaces of its own; what is checked is in {@code systemd/checks}. */
class SystemdLabTest {
    private static final long LIMIT_S = 150;

    @Test
    void the_units_keep_what_they_promise_under_a_real_systemd() throws IOException, InterruptedException {
        Path tests = Path.of("src/test/resources/systemd").toAbsolutePath();
        Process boot = new ProcessBuilder(
                        tests.resolve("boot").toString(),
                        Distribution.home().toString(),
                        Path.of("systemd").toAbsolutePath().toString(),
                        tests.resolve("checks").toString())
                .redirectErrorStream(true)
                .start();
        String said = new String(boot.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        boolean ended = boot.waitFor(LIMIT_S, TimeUnit.SECONDS);
        assertThat(ended).as("ended; it has said: %s", said).isTrue();
        assertThat(boot.exitValue()).as("what it said: %s", said).isZero();
        assertThat(said).as("the last of the checks").contains("holds: stopped is not failed");
    }
}
