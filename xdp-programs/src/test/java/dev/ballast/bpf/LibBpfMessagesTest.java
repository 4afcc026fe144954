package dev.ballast.bpf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class LibBpfMessagesTest {
    private static final byte[] NO_ELF = new byte[100];

    private static void provoke() {
        assertThatThrownBy(() -> BpfObject.open("o", NO_ELF)).isInstanceOf(BpfException.class);
    }

    @Test
    void what_libbpf_says_is_in_the_exception_formatted_and_without_its_prefix() {
        assertThatThrownBy(() -> BpfObject.open("o", NO_ELF))
                .hasMessageContaining("(libbpf: elf: ")
                .hasMessageNotContaining("%s");
    }

    @Test
    void messages_belong_to_the_thread_that_caused_them() {
        try (LibBpfMessages messages = LibBpfMessages.collect()) {
            CompletableFuture.runAsync(LibBpfMessagesTest::provoke).join();
            assertThat(messages.joined()).isEmpty();
        }
    }

    @Test
    void a_message_that_nobody_collects_is_dropped() {
        provoke();
        try (LibBpfMessages messages = LibBpfMessages.collect()) {
            assertThat(messages.joined()).isEmpty();
        }
    }
}
