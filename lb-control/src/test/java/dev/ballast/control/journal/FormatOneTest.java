package dev.ballast.control.journal;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The state file of versions before the journal: taken over once, by whatever the disk allows. */
class FormatOneTest {
    private static final Accepted STATE = new Accepted(
            7,
            1_767_225_600_000L,
            new TreeSet<>(List.of("web/10.0.1.11", "web/2001:db8::1")),
            "version: 1\n\nnode: {}\n");

    @TempDir
    Path directory;

    /** As the version before wrote it. */
    private void writeState() throws Exception {
        String rest = """
                revision 7
                time 1767225600000
                drain web/10.0.1.11
                drain web/2001:db8::1

                version: 1

                node: {}
                """;
        String sum =
                HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(rest.getBytes(UTF_8)));
        Files.writeString(directory.resolve("state"), "ballast-state 1 " + sum + "\n" + rest);
    }

    @Test
    void the_last_accepted_state_is_taken_over_and_the_file_set_aside() throws Exception {
        writeState();
        assertThat(Journal.open(directory).latest()).contains(STATE);
        assertThat(directory.resolve("state")).doesNotExist();
        assertThat(directory.resolve("state.format-1")).exists();
        assertThat(Journal.open(directory).latest()).contains(STATE);
    }

    @Test
    void a_change_follows_the_revision_that_was_taken_over() throws Exception {
        writeState();
        Journal journal = Journal.open(directory);
        journal.append(Revisions.number(8), new TreeSet<>(), Optional.of("version: 1\n".getBytes(UTF_8)));
        try (History history = journal.history().orElseThrow()) {
            assertThat(history.page(0, 10)).extracting(Revision::revision).containsExactly(8L, 7L);
            assertThat(history.state(7)).contains(STATE);
        }
    }

    @Test
    void a_state_that_the_disk_does_not_take_is_in_force_and_taken_over_by_the_next_change() throws Exception {
        writeState();
        FailingDisk disk = new FailingDisk();
        disk.failing = true;
        Journal journal = Journal.open(directory, disk, Journal.Bounds.USUAL);
        assertThat(journal.latest()).contains(STATE);
        assertThat(journal.status().failure()).contains("take").contains("make room");
        assertThatThrownBy(() -> journal.append(Revisions.number(8), STATE.drains(), Optional.empty()))
                .isInstanceOf(JournalException.class);

        disk.failing = false;
        journal.append(Revisions.number(8), STATE.drains(), Optional.empty());

        Journal again = Journal.open(directory);
        assertThat(again.latest().orElseThrow().revision()).isEqualTo(8);
        assertThat(again.latest().orElseThrow().configYaml()).isEqualTo(STATE.configYaml());
        assertThat(directory.resolve("state.format-1")).exists();
    }

    @Test
    void a_crash_between_taking_over_and_setting_aside_does_not_take_over_twice() throws Exception {
        writeState();
        Files.copy(directory.resolve("state"), directory.resolve("copy"));
        Journal journal = Journal.open(directory);
        journal.append(Revisions.number(8), new TreeSet<>(), Optional.of("version: 1\n".getBytes(UTF_8)));
        Files.move(directory.resolve("copy"), directory.resolve("state"));
        assertThat(Journal.open(directory).latest().orElseThrow().revision()).isEqualTo(8);
        assertThat(directory.resolve("state")).doesNotExist();
    }

    @Test
    void no_single_changed_or_missing_byte_goes_unnoticed() throws Exception {
        writeState();
        Path path = directory.resolve("state");
        byte[] whole = Files.readAllBytes(path);
        for (int at = 0; at < whole.length; at++) {
            byte[] flipped = whole.clone();
            flipped[at] ^= 1;
            isRefused(path, flipped);
            isRefused(path, Arrays.copyOf(whole, at));
        }
    }

    private void isRefused(Path path, byte[] bad) throws IOException {
        Files.write(path, bad);
        assertThatThrownBy(() -> Journal.open(directory))
                .isInstanceOf(JournalException.class)
                .hasMessageContaining(path.toString());
        assertThat(directory.resolve("journal")).doesNotExist();
    }

    @Test
    void another_format_is_refused_with_what_to_start() throws Exception {
        Files.writeString(directory.resolve("state"), "ballast-state 2 00\n");
        assertThatThrownBy(() -> Journal.open(directory))
                .hasMessageContaining("has format 2; this build reads format 1");
    }
}
