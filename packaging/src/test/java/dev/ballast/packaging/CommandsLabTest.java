package dev.ballast.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The commands as they are installed: another process, another class path, nothing but the distribution. */
@Timeout(120)
class CommandsLabTest {
    private static final Path DISTRIBUTION = Path.of("target/ballast").toAbsolutePath();

    @TempDir
    Path directory;

    private record Result(int status, String out, String err) {}

    @ParameterizedTest
    @ValueSource(strings = {"ballast", "ballastd"})
    void each_command_says_its_version_and_nothing_else(String command) throws Exception {
        Result result = run(DISTRIBUTION, command, "--version");

        assertThat(result.out()).matches(command + " \\d+\\.\\d+\\.\\d+\n");
        assertThat(result.err()).isEmpty();
        assertThat(result.status()).isZero();
    }

    @Test
    void without_a_daemon_there_is_one_line_and_the_exit_status_of_the_contract() throws Exception {
        Result result = run(DISTRIBUTION, "ballast", "status", "--socket", directory + "/none.sock");

        assertThat(result.status()).isEqualTo(3);
        assertThat(result.out()).isEmpty();
        assertThat(result.err().lines()).hasSize(1);
        assertThat(result.err()).startsWith("ballast: cannot reach the daemon at " + directory + "/none.sock: ");
    }

    @Test
    void the_distribution_runs_from_elsewhere_through_a_symbolic_link_and_with_a_stale_cache() throws Exception {
        Path moved = Files.createDirectory(directory.resolve("moved"));
        try (Stream<Path> files = Files.walk(DISTRIBUTION)) {
            for (Path file : files.toList()) {
                Path copy = moved.resolve(DISTRIBUTION.relativize(file).toString());
                if (Files.isRegularFile(file)) {
                    Files.copy(file, copy, StandardCopyOption.COPY_ATTRIBUTES);
                } else {
                    Files.createDirectories(copy);
                }
            }
        }
        Files.writeString(moved.resolve("lib/ballast.aot"), "stale");
        Path bin = Files.createDirectories(directory.resolve("link/bin"));
        Files.createSymbolicLink(bin.resolve("ballast"), moved.resolve("bin/ballast"));

        Result result = run(directory.resolve("link"), "ballast", "--version");

        assertThat(result.out()).startsWith("ballast ");
        assertThat(result.err()).isEmpty();
    }

    private static Result run(Path distribution, String command, String... arguments) throws Exception {
        Process process = new ProcessBuilder(Stream.concat(
                                Stream.of(distribution
                                        .resolve("bin")
                                        .resolve(command)
                                        .toString()),
                                Stream.of(arguments))
                        .toList())
                .start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Result(process.waitFor(), out, err);
    }
}
