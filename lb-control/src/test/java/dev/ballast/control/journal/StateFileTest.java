package dev.ballast.control.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StateFileTest {
    private static final Accepted STATE = new Accepted(
            7,
            1_767_225_600_000L,
            new TreeSet<>(List.of("web/10.0.1.11", "web/2001:db8::1")),
            "version: 1\n\nnode: {}\n");

    @TempDir
    Path directory;

    @Test
    void nothing_was_accepted_where_there_is_no_file() throws Exception {
        assertThat(new StateFile(directory).read()).isEmpty();
    }

    @Test
    void what_was_written_is_read_back() throws Exception {
        new StateFile(directory).write(STATE);
        assertThat(new StateFile(directory).read()).contains(STATE);
    }

    @Test
    void a_later_write_replaces_an_earlier_one_and_leaves_nothing_beside_it() throws Exception {
        StateFile file = new StateFile(directory);
        file.write(STATE);
        Accepted next = new Accepted(8, 1, new TreeSet<>(), "version: 1\n");
        file.write(next);
        assertThat(file.read()).contains(next);
        try (var files = Files.list(directory)) {
            assertThat(files.map(path -> path.getFileName().toString())).containsExactly("state");
        }
    }

    @Test
    void what_a_crash_left_of_a_write_does_not_hinder_the_next_one() throws Exception {
        Files.writeString(directory.resolve("state.new"), "half a st");
        StateFile file = new StateFile(directory);
        assertThat(file.read()).isEmpty();
        file.write(STATE);
        assertThat(file.read()).contains(STATE);
    }

    @Test
    void only_its_owner_may_read_it() throws Exception {
        new StateFile(directory).write(STATE);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve("state"))))
                .isEqualTo("rw-------");
    }

    @Test
    void no_single_changed_or_missing_byte_goes_unnoticed() throws Exception {
        StateFile file = new StateFile(directory);
        file.write(STATE);
        Path path = directory.resolve("state");
        byte[] whole = Files.readAllBytes(path);
        Random random = new Random(1);
        for (int round = 0; round < 500; round++) {
            byte[] bad = whole.clone();
            int at = random.nextInt(bad.length);
            if (round % 2 == 0) {
                bad[at] ^= (byte) (1 << random.nextInt(7));
            } else {
                bad = java.util.Arrays.copyOf(bad, at);
            }
            Files.write(path, bad);
            assertThatThrownBy(file::read)
                    .as("round %d, byte %d", round, at)
                    .isInstanceOf(JournalException.class)
                    .hasMessageContaining(path.toString());
        }
    }

    @Test
    void another_format_is_refused_with_what_to_start() throws Exception {
        Files.writeString(directory.resolve("state"), "ballast-state 2 00\n");
        assertThatThrownBy(() -> new StateFile(directory).read())
                .hasMessageContaining("has format 2; this build reads format 1");
    }

    @Test
    void a_directory_that_cannot_be_written_refuses_the_change_and_keeps_the_old_state() throws Exception {
        StateFile file = new StateFile(directory);
        file.write(STATE);
        Files.createDirectory(directory.resolve("state.new"));
        Files.createFile(directory.resolve("state.new/occupied"));
        assertThatThrownBy(() -> file.write(new Accepted(8, 1, new TreeSet<>(), "")))
                .isInstanceOf(JournalException.class)
                .hasMessageContaining("The change was refused");
        assertThat(file.read()).contains(STATE);
    }

    @Test
    void the_second_daemon_is_told_the_pid_of_the_first() throws JournalException, IOException {
        try (InstanceLock first = InstanceLock.take(directory, 4711)) {
            assertThat(first).isNotNull();
            assertThatThrownBy(() -> InstanceLock.take(directory, 4712))
                    .isInstanceOf(JournalException.class)
                    .hasMessageContaining("another ballastd (pid 4711)");
        }
        InstanceLock.take(directory, 4712).close();
    }
}
