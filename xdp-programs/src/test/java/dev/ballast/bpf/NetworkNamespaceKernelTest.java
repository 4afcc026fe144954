package dev.ballast.bpf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class NetworkNamespaceKernelTest {
    private static final Path OWN = Path.of("/proc/thread-self/ns/net");

    @Test
    void an_action_runs_inside_and_the_caller_stays_outside() throws Exception {
        try (TestNetwork network = new TestNetwork()) {
            Path outside = Files.readSymbolicLink(OWN);
            Path inside = network.namespace.call(() -> Files.readSymbolicLink(OWN));

            assertThat(inside).isNotEqualTo(outside);
            assertThat(Files.readSymbolicLink(OWN)).isEqualTo(outside);
            assertThat(new NetworkNamespace(Path.of("/proc/self/ns/net")).call(() -> Files.readSymbolicLink(OWN)))
                    .isEqualTo(outside);
        }
    }

    @Test
    void what_an_action_throws_is_thrown_to_the_caller_unchanged() {
        try (TestNetwork network = new TestNetwork()) {
            IOException thrown = new IOException("of the action");
            assertThatThrownBy(() -> network.namespace.call(() -> {
                        throw thrown;
                    }))
                    .isSameAs(thrown);
            assertThatThrownBy(() -> network.namespace.run(() -> {
                        throw new AssertionError("an error too");
                    }))
                    .isInstanceOf(AssertionError.class)
                    .hasMessage("an error too");
        }
    }

    @Test
    void an_interrupt_of_the_caller_reaches_the_action_and_stays_set() throws Exception {
        try (TestNetwork network = new TestNetwork()) {
            CountDownLatch inside = new CountDownLatch(1);
            AtomicReference<String> seen = new AtomicReference<>("nothing");
            Thread caller = Thread.ofPlatform().start(() -> {
                network.namespace.run(() -> {
                    inside.countDown();
                    try {
                        Thread.sleep(60_000);
                    } catch (InterruptedException e) {
                        seen.set("the action was interrupted");
                    }
                });
                if (Thread.currentThread().isInterrupted()) {
                    seen.accumulateAndGet(", so is its caller", String::concat);
                }
            });
            inside.await();
            caller.interrupt();
            caller.join();

            assertThat(seen).hasValue("the action was interrupted, so is its caller");
        }
    }

    @Test
    void a_namespace_that_is_none_is_refused() {
        assertThatThrownBy(() -> NetworkNamespace.named("no-such-namespace").run(() -> {}))
                .isInstanceOf(BpfException.class)
                .hasMessageContaining("open network namespace /run/netns/no-such-namespace: ENOENT")
                .hasMessageContaining("ip netns list");
        assertThatThrownBy(() -> new NetworkNamespace(Path.of("/proc/self/ns/mnt")).run(() -> {}))
                .isInstanceOf(BpfException.class)
                .hasMessageContaining("it is not a network namespace");
    }
}
