package dev.ballast.control.journal;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The journal on a disk of its own, which is filled and made read-only. Mounts, and so needs root. */
class JournalDiskKernelTest {
    @TempDir
    Path directory;

    private Path disk;

    @BeforeEach
    void mount() throws Exception {
        disk = Files.createDirectory(directory.resolve("disk"));
        run("mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", disk.toString());
    }

    @AfterEach
    void unmount() throws Exception {
        run("umount", "--lazy", disk.toString());
    }

    private static void run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor())
                .as("%s: %s (this test needs root)", List.of(command), output)
                .isZero();
    }

    /** Text that does not deflate to less than half. */
    private static String noise(long seed) {
        byte[] bytes = new byte[4_000];
        new Random(seed).nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    private static void append(Journal journal, long revision) throws JournalException {
        journal.append(
                Revisions.number(revision),
                new TreeSet<>(),
                Optional.of(noise(revision).getBytes(UTF_8)));
    }

    private static long appendUntilRefused(Journal journal) {
        long accepted = 0;
        try {
            while (true) {
                append(journal, accepted + 1);
                accepted++;
            }
        } catch (JournalException e) {
            assertThat(e)
                    .hasMessageContaining("No space left on device")
                    .hasMessageContaining("The change was refused, forwarding goes on; make room");
        }
        return accepted;
    }

    private void holds(long revisions) throws JournalException {
        Journal journal = Journal.open(disk);
        assertThat(journal.latest().orElseThrow().revision()).isEqualTo(revisions);
        try (History history = journal.history().orElseThrow()) {
            for (long revision = 1; revision <= revisions; revision++) {
                assertThat(history.state(revision).orElseThrow().configYaml()).isEqualTo(noise(revision));
            }
        }
    }

    @Test
    void a_full_disk_refuses_the_change_and_takes_it_once_there_is_room() throws Exception {
        Files.write(disk.resolve("filler"), new byte[128 << 10]);
        Journal journal = Journal.open(disk);
        long accepted = appendUntilRefused(journal);
        assertThat(accepted).isGreaterThan(5);
        assertThat(journal.status().failure()).contains("No space left on device");
        holds(accepted); // half of the refused one was written and is cut off

        Files.delete(disk.resolve("filler"));
        append(journal, accepted + 1);

        assertThat(journal.status().failure()).isEmpty();
        holds(accepted + 1);
    }

    @Test
    void a_disk_that_is_full_from_the_beginning_leaves_nothing_behind() throws Exception {
        assertThatThrownBy(() -> Files.write(disk.resolve("filler"), new byte[512 << 10]))
                .isInstanceOf(IOException.class);
        Journal journal = Journal.open(disk);
        assertThat(appendUntilRefused(journal)).isZero();
        assertThat(Journal.open(disk).latest()).isEmpty();
        Files.delete(disk.resolve("filler"));
        append(journal, 1);
        holds(1);
    }

    @Test
    void a_disk_that_became_read_only_refuses_the_change_and_takes_it_once_it_can_be_written() throws Exception {
        Journal journal = Journal.open(disk);
        append(journal, 1);
        run("mount", "-o", "remount,ro", disk.toString());
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> append(journal, 2))
                    .isInstanceOf(JournalException.class)
                    .hasMessageContaining("Read-only file system")
                    .hasMessageContaining("make " + disk + " writable");
        }
        holds(1);
        run("mount", "-o", "remount,rw", disk.toString());
        append(journal, 2);
        holds(2);
    }

    @Test
    void a_torn_tail_on_a_read_only_disk_does_not_keep_the_daemon_from_starting() throws Exception {
        Journal first = Journal.open(disk);
        append(first, 1);
        append(first, 2);
        byte[] whole = Files.readAllBytes(disk.resolve("journal"));
        Files.write(disk.resolve("journal"), Arrays.copyOf(whole, whole.length - 10));
        run("mount", "-o", "remount,ro", disk.toString());

        Journal journal = Journal.open(disk);

        assertThat(journal.latest().orElseThrow().revision()).isEqualTo(1);
        assertThatThrownBy(() -> append(journal, 2)).hasMessageContaining("Read-only file system");
        run("mount", "-o", "remount,rw", disk.toString());
        append(journal, 2);
        holds(2);
    }
}
