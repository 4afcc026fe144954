package dev.ballast.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code packaging/kernels}: the oldest kernel that Ballast supports, in a virtual machine, judges what the datapath emits. */
class KernelsLabTest {
    private static final int LIMIT_MINUTES = 10;

    @Test
    void the_oldest_kernel_takes_the_program_and_its_tunnel_devices_take_every_packet_apart(@TempDir Path directory)
            throws Exception {
        Path log = directory.resolve("kernels.log");
        Process kernels = new ProcessBuilder(
                        Distribution.home().resolve("../../kernels").normalize().toString(), "--built")
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        boolean ended = false;
        try {
            ended = kernels.waitFor(LIMIT_MINUTES, TimeUnit.MINUTES);
        } finally {
            kernels.descendants().forEach(ProcessHandle::destroyForcibly);
            kernels.destroyForcibly();
        }
        String said = Files.readString(log, StandardCharsets.UTF_8);
        assertThat(ended)
                .as("ended within %d minutes; it said: %s", LIMIT_MINUTES, said)
                .isTrue();
        assertThat(kernels.exitValue()).as(said).isZero();
        assertThat(said)
                .contains("ok: the verifier takes the program with all features")
                .contains("Agreed: 6.1");
        assertThat(said.lines().filter(line -> line.contains("taken apart by"))).hasSize(8);
    }
}
