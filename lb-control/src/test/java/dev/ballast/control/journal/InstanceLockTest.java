package dev.ballast.control.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Between processes: the owner is a JVM of its own. */
@Timeout(60)
class InstanceLockTest {
    @TempDir
    Path directory;

    /** Takes the lock, says what came of it, and holds it until its input ends. */
    static final class Owner {
        private Owner() {}

        public static void main(String[] arguments) throws IOException {
            long pid = ProcessHandle.current().pid();
            try (InstanceLock lock = InstanceLock.take(Path.of(arguments[0]), pid)) {
                System.out.println("taken " + (lock != null));
                System.out.println("ended " + System.in.read());
            } catch (JournalException e) {
                System.out.println(e.getMessage());
            }
        }
    }

    private Process start() throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Owner.class.getName(),
                        directory.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    private static String firstLine(Process process) throws IOException {
        return new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8)).readLine();
    }

    @Test
    void another_process_is_refused_and_told_whose_it_is() throws Exception {
        try (InstanceLock _ = InstanceLock.take(directory, 4711)) {
            Process second = start();
            try {
                assertThat(firstLine(second))
                        .startsWith("another ballastd (pid 4711) runs this instance")
                        .endsWith("start this one with another --instance");
            } finally {
                second.destroyForcibly();
            }
        }
    }

    @Test
    void the_lock_of_a_process_that_was_killed_is_free_at_once() throws Exception {
        Process owner = start();
        try {
            assertThat(firstLine(owner)).isEqualTo("taken true");
            assertThatThrownBy(() -> InstanceLock.take(directory, 1))
                    .isInstanceOf(JournalException.class)
                    .hasMessageContaining("(pid " + owner.pid() + ")");
        } finally {
            owner.destroyForcibly().waitFor();
        }
        InstanceLock.take(directory, 1).close();
    }

    @Test
    void the_lock_of_the_pins_is_held_by_one_and_leaves_nothing_behind() throws Exception {
        Path pins = Path.of("/sys/fs/bpf/ballast/blue");
        try (InstanceLock _ = InstanceLock.takePins(directory, pins, 4711)) {
            assertThat(directory.resolve("pins_sys_fs_bpf_ballast_blue.lock"))
                    .content()
                    .startsWith("4711\n");
            assertThatThrownBy(() -> InstanceLock.takePins(directory, pins, 4712))
                    .isInstanceOf(JournalException.class)
                    .hasMessageContaining("another ballastd (pid 4711) runs the datapath pinned in " + pins);
        }
        assertThat(directory).isEmptyDirectory();
        InstanceLock.takePins(directory, pins, 4712).close();
    }

    /** A file that is removed after another has opened it and before that one locks it is nobody's lock. */
    @Test
    void the_lock_of_the_pins_has_one_holder_however_often_it_changes_hands() throws Exception {
        Path pins = Path.of("/sys/fs/bpf/ballast/blue");
        AtomicInteger holders = new AtomicInteger();
        Callable<Integer> daemon = () -> {
            int taken = 0;
            while (taken < 500) {
                try (InstanceLock _ = InstanceLock.takePins(directory, pins, 4711)) {
                    assertThat(holders.incrementAndGet()).isOne();
                    taken++;
                    holders.decrementAndGet();
                } catch (JournalException heldByAnother) {
                    Thread.onSpinWait();
                }
            }
            return taken;
        };
        try (ExecutorService daemons = Executors.newFixedThreadPool(4)) {
            for (Future<Integer> each : daemons.invokeAll(Collections.nCopies(4, daemon))) {
                assertThat(each.get()).isEqualTo(500);
            }
        }
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void a_lock_of_the_pins_that_a_killed_process_left_is_taken_over() throws Exception {
        Path left = Files.writeString(directory.resolve("pins_sys_fs_bpf_ballast_blue.lock"), "4711\n");

        InstanceLock.takePins(directory, Path.of("/sys/fs/bpf/ballast/blue"), 4712)
                .close();

        assertThat(left).doesNotExist();
    }

    @Test
    void a_directory_that_is_not_there_is_named() {
        Path missing = directory.resolve("missing");
        assertThatThrownBy(() -> InstanceLock.take(missing, 1))
                .isInstanceOf(JournalException.class)
                .hasMessageContaining(missing.toString())
                .hasMessageContaining("has to exist and be writable");
    }
}
