package dev.ballast.control.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ballast.control.grpc.FakeControl;
import dev.ballast.control.loop.ChangeRefusedException;
import dev.ballast.control.loop.ChangeRefusedException.Kind;
import dev.ballast.control.model.Config;
import dev.ballast.control.model.ConfigReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class FileSourceTest {
    private static final String YAML = """
            version: 1
            node: {name: lb1, interfaces: [{name: eth0}]}
            services:
              web:
                vips: [{address: 203.0.113.10, port: 443, protocol: tcp}]
                backends: [{address: 10.0.1.11}, {address: 10.0.1.12}]
            """;
    private static final String IN_ANOTHER_ORDER = """
            services:
              web:
                backends: [{address: 10.0.1.12}, {address: 10.0.1.11}]
                vips: [{protocol: tcp, address: 203.0.113.10, port: 443}]
            node: {interfaces: [{name: eth0}], name: lb1}
            version: 1
            """;
    private static final String OTHER = YAML.replace("10.0.1.12", "10.0.1.13");

    @TempDir
    Path directory;

    private final FakeControl control = new FakeControl();
    private Path file;
    private FileSource source;

    @BeforeEach
    void open() {
        file = directory.resolve("lb.yaml");
        source = new FileSource(file, 20);
    }

    @AfterEach
    void close() {
        source.close();
    }

    private static Config config(String yaml) throws Exception {
        return ConfigReader.read("test.yaml", yaml.getBytes(StandardCharsets.UTF_8));
    }

    private String awaitDifference(Predicate<String> wanted) throws InterruptedException {
        String difference = source.difference().orElse("");
        while (!wanted.test(difference)) {
            Thread.sleep(5);
            difference = source.difference().orElse("");
        }
        return difference;
    }

    @Test
    void where_nothing_was_accepted_the_file_is_applied() throws Exception {
        Files.writeString(file, YAML);

        source.start(control);

        assertThat(control.calls)
                .hasSize(1)
                .first()
                .asString()
                .startsWith("apply " + file)
                .endsWith(YAML);
        assertThat(source.kind()).isEqualTo("file");
    }

    @Test
    void where_something_was_accepted_nothing_is_applied_however_the_file_changes() throws Exception {
        Files.writeString(file, OTHER);
        source.accepted(config(YAML));

        source.start(control);
        Files.writeString(file, "version: 2");
        awaitDifference(said -> said.contains("is not valid"));

        assertThat(control.calls).isEmpty();
    }

    @Test
    void without_a_file_it_waits_for_an_apply() throws Exception {
        source.start(control);

        assertThat(control.calls).isEmpty();
        assertThat(source.difference()).isEmpty();
    }

    @Test
    void a_file_that_cannot_be_read_at_the_first_start_ends_it_with_its_name_the_cause_and_the_cure() throws Exception {
        Files.createDirectory(file);

        assertThatThrownBy(() -> source.start(control))
                .isInstanceOf(IOException.class)
                .hasMessage(file + " cannot be read: Is a directory; put a configuration file there, or name one with"
                        + " --config");
        assertThat(control.calls).isEmpty();
    }

    @Test
    void a_file_that_this_user_may_not_read_ends_the_first_start_with_the_commands_that_let_it() {
        Path forbidden = Path.of("/proc/sys/net/ipv4/route/flush"); // can be written only, by root as well

        assertThatThrownBy(() -> new FileSource(forbidden).start(control))
                .isInstanceOf(IOException.class)
                .hasMessage(
                        "%s: this user may not read it; as root, for the systemd unit: `chgrp ballast %s && chmod 640 %s`"
                                .formatted(forbidden, forbidden, forbidden));
    }

    @Test
    void a_file_that_is_refused_at_the_first_start_ends_the_start() throws Exception {
        Files.writeString(file, YAML);
        control.refuse(Kind.INVALID, "services.web: no");

        assertThatThrownBy(() -> source.start(control))
                .isInstanceOf(ChangeRefusedException.class)
                .hasMessageContaining("services.web: no");
    }

    @Test
    void a_file_that_says_something_else_is_told_until_what_runs_says_the_same() throws Exception {
        Files.writeString(file, IN_ANOTHER_ORDER);
        source.accepted(config(OTHER));
        source.start(control);
        assertThat(source.difference().orElseThrow())
                .contains("lb.yaml differs from the running configuration", "`ballast diff -f", "`ballast apply -f");

        source.accepted(config(YAML));

        awaitDifference(String::isEmpty);
    }

    @Test
    void a_change_that_the_file_does_not_have_is_told_and_so_is_an_edit_of_the_file() throws Exception {
        Files.writeString(file, YAML);
        source.accepted(config(YAML));
        source.start(control);
        assertThat(source.difference()).isEmpty();

        source.accepted(config(OTHER));
        awaitDifference(said -> said.contains("differs"));
        write(OTHER);
        awaitDifference(String::isEmpty);
        write(YAML);
        awaitDifference(said -> said.contains("differs"));
        Files.delete(file);

        awaitDifference(String::isEmpty);
    }

    /** With a time of its own, however coarse the file system's are: both have the same length. */
    private void write(String yaml) throws IOException {
        FileTime before = Files.getLastModifiedTime(file);
        Files.writeString(file, yaml);
        Files.setLastModifiedTime(file, FileTime.fromMillis(before.toMillis() + 1_000));
    }

    @Test
    void a_file_that_cannot_be_read_is_told() throws Exception {
        Files.createDirectory(file);
        source.accepted(config(YAML));

        source.start(control);

        assertThat(source.difference().orElseThrow()).contains("cannot be read");
    }
}
