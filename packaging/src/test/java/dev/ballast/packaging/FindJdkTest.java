package dev.ballast.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FindJdkTest {
    private static final Path FIND_JDK = Path.of("find-jdk").toAbsolutePath();

    @TempDir
    Path directory;

    private record Result(int status, String out, String err) {}

    @ParameterizedTest
    @ValueSource(strings = {"sh", "bash"})
    void an_own_java_home_that_is_new_enough_is_kept(String shell) throws Exception {
        Path jdk = jdk("jdk", "IMPLEMENTOR=\"X\"\nJAVA_VERSION=\"99.0.1\"\n");

        assertThat(find(shell, jdk.toString(), "javac")).isEqualTo(new Result(0, jdk + "\n", ""));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"JAVA_VERSION=\"17.0.15\"", "JAVA_VERSION=\"1.8.0\"", "JAVA_VERSION=\"\"", "JAVA_VERSION=x", ""})
    void an_older_or_unreadable_one_is_passed_over_for_one_that_is_installed(String release) throws Exception {
        Path jdk = jdk("jdk", release + "\n");

        Result result = find("sh", jdk.toString(), "java");

        assertThat(result.status()).isZero();
        assertThat(result.out()).doesNotContain(jdk.toString()).startsWith("/usr/lib/jvm/");
    }

    @Test
    void without_one_the_message_says_what_to_install_and_the_status_is_1() throws Exception {
        assertThat(find("sh", directory.toString(), "no-such-tool"))
                .isEqualTo(new Result(
                        1,
                        "",
                        "sh: needs a JDK 25 or newer with bin/no-such-tool; JAVA_HOME (" + directory
                                + ") and /usr/lib/jvm have none.\n"
                                + "  Install the package temurin-25-jdk from adoptium.net's Debian repository (Debian 13 and"
                                + " later: openjdk-25-jdk-headless),\n  or set JAVA_HOME to where a JDK 25 is.\n"));
    }

    private Path jdk(String name, String release) throws IOException {
        Path jdk = Files.createDirectories(directory.resolve(name));
        Files.createDirectory(jdk.resolve("bin"));
        for (String tool : List.of("java", "javac")) {
            Files.createFile(
                    jdk.resolve("bin").resolve(tool),
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
        }
        Files.writeString(jdk.resolve("release"), release);
        return jdk;
    }

    private Result find(String shell, String javaHome, String tool) throws Exception {
        ProcessBuilder builder = new ProcessBuilder(shell, "-euc", ". " + FIND_JDK + "; echo \"$JAVA_HOME\"");
        builder.environment().put("JAVA_HOME", javaHome);
        builder.environment().put("JDK_TOOL", tool);
        Process process = builder.start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Result(process.waitFor(), out, err);
    }
}
