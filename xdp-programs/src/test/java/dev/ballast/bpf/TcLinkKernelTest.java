package dev.ballast.bpf;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TcLinkKernelTest {
    private TestNetwork network;
    private BpfObject object;
    private BpfProgram count;
    private BpfProgram drop;
    private int left;

    @BeforeEach
    void setUp() {
        network = new TestNetwork();
        object = TestObjects.load("xdp");
        count = object.program("tc_count");
        drop = object.program("tc_drop");
        left = network.ifindex("left");
    }

    @AfterEach
    void tearDown() {
        if (object != null) {
            object.close();
        }
        network.close();
    }

    /** passed + dropped: what any program of the object has seen. */
    private long seen() {
        return Arrays.stream(object.map(".bss").mmap(Arena.ofAuto(), false).toArray(JAVA_LONG))
                .sum();
    }

    /** Makes the kernel send a frame out of {@code device}: an ARP request for a neighbour that nobody is. */
    private void provokeFrame(String device) {
        network.ipInside("addr", "replace", "192.0.2.1/24", "dev", device);
        network.ipInside("neigh", "replace", "192.0.2.9", "dev", device, "nud", "none");
        network.namespace.run(() -> {
            try (DatagramSocket socket = new DatagramSocket()) {
                InetAddress nobody = InetAddress.getByAddress(new byte[] {(byte) 192, 0, 2, 9});
                socket.send(new DatagramPacket(new byte[1], 1, nobody, 9));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    private void awaitSeen(long more) throws InterruptedException {
        for (int i = 0; i < 500 && seen() < more; i++) {
            Thread.sleep(10);
        }
        assertThat(seen()).isGreaterThanOrEqualTo(more);
    }

    @ParameterizedTest
    @EnumSource
    void tcx_is_used_where_the_kernel_has_it_and_sees_frames_of_its_direction(TcLink.Direction direction)
            throws Exception {
        try (TcLink link = network.namespace.call(() -> TcLink.attach(count, left, direction))) {
            assertThat(link).isInstanceOf(TcxLink.class);
            assertThat(link.ifindex()).isEqualTo(left);
            assertThat(link.direction()).isEqualTo(direction);
            assertThat(link.programId()).isEqualTo(count.id());
            long before = seen();
            provokeFrame(direction == TcLink.Direction.EGRESS ? "left" : "right");
            awaitSeen(before + 1);

            link.update(drop, count);
            assertThat(link.programId()).isEqualTo(drop.id());
            assertThatThrownBy(() -> link.update(count, count)).hasMessageContaining("EPERM");
        }
    }

    @Test
    void a_pinned_tcx_link_is_found_again() throws Exception {
        try (TcxLink link = network.namespace.call(() -> TcxLink.attach(count, left, TcLink.Direction.EGRESS))) {
            link.pin(network.pin("probe"));
        }
        try (TcxLink link = TcxLink.openPinned(network.pin("probe"))) {
            assertThat(link.programId()).isEqualTo(count.id());
            assertThat(link.direction()).isEqualTo(TcLink.Direction.EGRESS);
            link.detach();
            assertThat(link.ifindex()).isZero();
            link.unpin(network.pin("probe"));
        }
    }

    @Test
    void two_tcx_links_stand_beside_each_other() throws Exception {
        network.namespace.run(() -> {
            try (TcLink first = TcLink.attach(count, left, TcLink.Direction.EGRESS);
                    TcLink second = TcLink.attach(drop, left, TcLink.Direction.EGRESS)) {
                assertThat(first.programId()).isNotEqualTo(second.programId());
            }
        });
    }

    @ParameterizedTest
    @EnumSource
    void a_clsact_filter_does_the_same_where_there_is_no_tcx(TcLink.Direction direction) throws Exception {
        long before = seen();
        network.namespace.run(() -> {
            try (ClsactFilter filter = ClsactFilter.attach(count, left, direction)) {
                assertThat(filter.programId()).isEqualTo(count.id());
                provokeFrame(direction == TcLink.Direction.EGRESS ? "left" : "right");
                filter.update(drop, count);
                assertThat(filter.programId()).isEqualTo(drop.id());
                assertThatThrownBy(() -> filter.update(count, count))
                        .hasMessageContaining("program id " + drop.id() + " is attached, not " + count.id());
            }
        });
        awaitSeen(before + 1);
        assertThat(filters(direction)).isEmpty();
    }

    private String filters(TcLink.Direction direction) throws Exception {
        Process tc = network.namespace.call(() -> new ProcessBuilder(
                        "tc", "filter", "show", "dev", "left", direction.name().toLowerCase(Locale.ROOT))
                .start());
        return new String(tc.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    }

    @Test
    void a_clsact_filter_that_was_kept_stays_and_is_found_by_handle_and_priority() {
        network.namespace.run(() -> {
            int handle;
            int priority;
            try (ClsactFilter filter = ClsactFilter.attach(count, left, TcLink.Direction.EGRESS)) {
                filter.keep();
                handle = filter.handle();
                priority = filter.priority();
            }
            ClsactFilter found = ClsactFilter.find(left, TcLink.Direction.EGRESS, handle, priority);
            assertThat(found.programId()).isEqualTo(count.id());
            found.detach();
            assertThatThrownBy(found::programId).isInstanceOf(IllegalStateException.class);
            found.close();
            assertThatThrownBy(() -> ClsactFilter.find(left, TcLink.Direction.EGRESS, handle, priority))
                    .isInstanceOf(BpfException.class)
                    .hasMessageContaining("no such filter is there");
        });
    }

    @Test
    void what_cannot_be_attached_is_refused_with_a_cure() {
        network.namespace.run(() -> {
            assertThatThrownBy(() -> TcLink.attach(object.program("pass"), left, TcLink.Direction.INGRESS))
                    .hasMessageContaining("attach one of section tc");
            assertThatThrownBy(() -> TcLink.attach(count, 99_999, TcLink.Direction.INGRESS))
                    .hasMessageContaining("ENODEV")
                    .hasMessageContaining("no such interface");
            assertThatThrownBy(() -> ClsactFilter.attach(count, 99_999, TcLink.Direction.INGRESS))
                    .isInstanceOf(BpfException.class)
                    .hasMessageContaining("interface 99999 (clsact)");
        });
    }
}
