package dev.ballast.bpf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** On eventfds, which need no privileges. */
class KernelHandleTest {
    private static int newFd() {
        int fd = LibC.eventfd(0, LibC.EFD_CLOEXEC);
        assertThat(fd).isPositive();
        return fd;
    }

    private static boolean isOpen(int fd) {
        return Files.exists(Path.of("/proc/self/fd/" + fd));
    }

    @Test
    void close_closes_the_descriptor_and_a_second_one_does_nothing() {
        int fd = newFd();
        KernelHandle handle = new KernelHandle(fd, "map 'm'");

        handle.close();
        assertThat(isOpen(fd)).isFalse();
        int reused = newFd();
        assertThat(reused).isEqualTo(fd);
        handle.close();

        assertThat(isOpen(reused)).isTrue();
        LibC.close(reused);
    }

    @Test
    void use_after_close_is_an_illegal_state_that_names_the_object() {
        KernelHandle handle = new KernelHandle(newFd(), "map 'm'");
        handle.close();

        assertThatThrownBy(handle::acquire)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("map 'm' is closed; open it again");
        assertThatThrownBy(handle::fd).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> handle.use(fd -> 0)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(handle::duplicate).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void close_waits_for_the_call_in_flight() {
        int fd = newFd();
        KernelHandle handle = new KernelHandle(fd, "map 'm'");

        handle.use(held -> {
            handle.close();
            assertThat(isOpen(held)).isTrue();
            assertThatThrownBy(handle::acquire).isInstanceOf(IllegalStateException.class);
            assertThat(isOpen(held)).isTrue();
            return 0;
        });

        assertThat(isOpen(fd)).isFalse();
    }

    @Test
    void a_duplicate_outlives_the_original() {
        KernelHandle handle = new KernelHandle(newFd(), "map 'm'");
        KernelHandle copy = handle.duplicate();
        handle.close();

        assertThat(isOpen(copy.fd())).isTrue();
        copy.close();
    }

    @Test
    void threads_that_race_with_a_close_never_see_a_closed_descriptor() throws InterruptedException {
        AtomicInteger violations = new AtomicInteger();
        for (int round = 0; round < 200; round++) {
            KernelHandle handle = new KernelHandle(newFd(), "map 'm'");
            CountDownLatch started = new CountDownLatch(3);
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                threads.add(Thread.ofPlatform().start(() -> {
                    started.countDown();
                    try {
                        while (true) {
                            handle.use(fd -> LibC.fcntl(fd, 1, 0) < 0 ? violations.incrementAndGet() : 0); // F_GETFD
                        }
                    } catch (IllegalStateException e) {
                        // closed: the end of this round
                    }
                }));
            }
            started.await();
            handle.close();
            for (Thread thread : threads) {
                thread.join();
            }
        }
        assertThat(violations).hasValue(0);
    }
}
