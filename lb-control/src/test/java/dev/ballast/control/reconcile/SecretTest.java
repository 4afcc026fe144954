package dev.ballast.control.reconcile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SecretTest {
    @TempDir
    Path directory;

    @Test
    void it_is_made_once_and_read_from_then_on() throws IOException {
        Secret made = Secret.of(directory);
        assertThat(made.bytes()).hasSize(32);
        assertThat(Secret.of(directory).bytes()).isEqualTo(made.bytes());
        assertThat(Secret.of(directory).ringKey()).isEqualTo(made.ringKey());
    }

    @Test
    void no_two_instances_have_the_same() throws IOException {
        Path other = Files.createDirectory(directory.resolve("other"));
        assertThat(Secret.of(directory).bytes()).isNotEqualTo(Secret.of(other).bytes());
        assertThat(Secret.of(directory).ringKey()).isNotEqualTo(Secret.of(other).ringKey());
    }

    @Test
    void only_its_owner_may_read_it() throws IOException {
        Secret made = Secret.of(directory);
        assertThat(made).isNotNull();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve("secret"))))
                .isEqualTo("rw-------");
    }

    @Test
    void a_secret_that_others_can_read_is_refused_with_the_cure() throws IOException {
        Files.write(directory.resolve("secret"), new byte[32]);
        Files.setPosixFilePermissions(directory.resolve("secret"), PosixFilePermissions.fromString("rw-r--r--"));
        assertThatThrownBy(() -> Secret.of(directory))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("chmod 600");
    }

    @Test
    void one_that_was_cut_short_is_refused_and_left_alone() throws IOException {
        Path file = Files.write(directory.resolve("secret"), new byte[31]);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        assertThatThrownBy(() -> Secret.of(directory))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("has 31 bytes instead of 32");
        assertThat(file).hasSize(31);
    }

    @Test
    void what_a_crash_left_of_making_one_does_not_hinder_the_next() throws IOException {
        Files.write(directory.resolve("secret.new"), new byte[7]);
        assertThat(Secret.of(directory).bytes()).hasSize(32);
        assertThat(directory.resolve("secret.new")).doesNotExist();
    }

    @Test
    void it_is_never_part_of_a_text() throws IOException {
        assertThat(Secret.of(directory).toString()).startsWith("dev.ballast.control.reconcile.Secret@");
    }
}
