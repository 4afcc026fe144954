package dev.ballast.datapath;

import static dev.ballast.datapath.Frame.ACK;
import static dev.ballast.datapath.Frame.FIN;
import static dev.ballast.datapath.Frame.SYN;
import static dev.ballast.datapath.Rig.PORT;
import static dev.ballast.datapath.Rig.VIP4;
import static dev.ballast.datapath.Rig.VIP6;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ballast.bpf.BpfException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A copy of a running datapath decides as the original does, on a clock of its own, and leaves no trace in it. */
final class TwinKernelTest {
    private static final Frame TCP = Frame.tcp("198.51.100.7", 40000, VIP4, PORT);
    private static final Frame UDP6 = Frame.udp("2001:db8:9::7", 40000, VIP6, PORT);
    private static final Frame NOT_VIP = Frame.tcp("198.51.100.7", 40000, "203.0.113.99", PORT);
    private static final long SECOND_NS = 1_000_000_000L;

    private Rig rig;
    private Twin twin;

    @BeforeEach
    void start() {
        rig = new Rig().usual();
        twin = load();
    }

    @AfterEach
    void stop() {
        twin.close();
        rig.close();
    }

    private Twin load() {
        try (TwinSource source = rig.datapath().twinSource(DatapathObjects.balancer())) {
            return Twin.load(source);
        }
    }

    @Test
    void it_decides_what_the_original_decides_and_emits_the_same_bytes() {
        Random random = new Random(20);
        for (Frame frame : traffic(random, 400)) {
            Rig.Outcome original = rig.send(frame);
            Twin.Outcome copy = twin.run(frame.bytes(), 0);

            assertThat(copy.reason()).isEqualTo(original.reason());
            assertThat(copy.service()).isEqualTo(optional(original.service()));
            if (original.reason().verdictClass() == VerdictClass.FORWARDED) {
                assertThat(copy.member()).isEqualTo(optional(original.member()));
                assertThat(copy.sent()).isEqualTo(original.frame());
            } else {
                assertThat(copy.sent()).isEmpty();
            }
        }
    }

    @Test
    void it_changes_no_byte_of_what_is_live() {
        Random random = new Random(21);
        traffic(random, 100).forEach(rig::send);
        LiveBytes before = LiveBytes.of(rig.pins());
        Verdicts counted = rig.datapath().counters().verdicts();

        for (Frame frame : traffic(random, 1000)) {
            twin.run(frame.bytes(), random.nextLong(1000 * SECOND_NS));
        }

        LiveBytes.of(rig.pins()).requireSameAs(before);
        assertThat(rig.datapath().counters().verdicts()).isEqualTo(counted);
        assertThat(rig.datapath().counters().service(0).received().packets()).isEqualTo(100 - passed(counted));
    }

    @Test
    void its_flow_tables_begin_empty_and_build_up() {
        rig.send(TCP.flags(SYN));
        rig.send(TCP.flags(ACK));
        assertThat(rig.send(TCP.flags(ACK)).reason()).isEqualTo(VerdictReason.FORWARDED_FLOW);

        assertThat(twin.run(TCP.flags(ACK).bytes(), 0).reason()).isEqualTo(VerdictReason.FORWARDED_NEW_FLOW);
        assertThat(twin.run(TCP.flags(ACK).bytes(), 0).reason()).isEqualTo(VerdictReason.FORWARDED_FLOW);
    }

    @Test
    void it_follows_what_the_daemon_changes() {
        int member = twin.run(UDP6.bytes(), 0).member().orElseThrow();
        assertThat(twin.member(member).orElseThrow().backend())
                .isEqualTo(Frame.address(member == 0 ? "10.0.1.11" : "2001:db8:2::12"));
        assertThat(twin.serviceNameHash(0)).isEqualTo(OptionalLong.of(1000));

        rig.state(member, MemberState.DOWN).ring(0, 1 - member);
        Twin.Outcome repicked = twin.run(UDP6.bytes(), 0);
        assertThat(repicked.reason()).isEqualTo(VerdictReason.FORWARDED_REPICKED);
        assertThat(repicked.member()).isEqualTo(OptionalInt.of(1 - member));

        rig.ring(0);
        assertThat(twin.run(TCP.flags(SYN).bytes(), 0).reason()).isEqualTo(VerdictReason.DROPPED_NO_MEMBER);
        rig.datapath().vips().remove(new VipKey(Frame.address(VIP4), PORT, Protocol.TCP));
        assertThat(twin.run(TCP.flags(SYN).bytes(), 0).reason()).isEqualTo(VerdictReason.PASSED_NOT_VIP);
        assertThat(twin.serviceNameHash(7)).isEqualTo(OptionalLong.empty());
    }

    @Test
    void a_flow_expires_by_the_packets_time() {
        long startNs = 1_700_000_000L * SECOND_NS;
        twin.run(UDP6.bytes(), startNs);
        twin.run(UDP6.bytes(), startNs); // confirms it
        long idleNs = Duration.ofMinutes(5).toNanos();

        assertThat(twin.run(UDP6.bytes(), startNs + idleNs - 10 * SECOND_NS).reason())
                .isEqualTo(VerdictReason.FORWARDED_FLOW);
        assertThat(twin.run(UDP6.bytes(), startNs + 2 * idleNs).reason()).isEqualTo(VerdictReason.FORWARDED_NEW_FLOW);
    }

    @Test
    void time_never_goes_back() {
        twin.run(UDP6.bytes(), 1000 * SECOND_NS);
        twin.run(UDP6.bytes(), 1100 * SECOND_NS);
        assertThat(twin.run(UDP6.bytes(), 0).reason()).isEqualTo(VerdictReason.FORWARDED_FLOW);
        assertThat(twin.run(UDP6.bytes(), Long.MIN_VALUE).reason()).isEqualTo(VerdictReason.FORWARDED_FLOW);
        assertThat(twin.run(UDP6.bytes(), Long.MAX_VALUE).reason()).isEqualTo(VerdictReason.FORWARDED_NEW_FLOW);
        assertThat(twin.run(UDP6.bytes(), 0).reason()).isEqualTo(VerdictReason.FORWARDED_FLOW);
    }

    /** Expiries are told modulo 4096 ticks, about four and a half hours. */
    @Test
    void what_has_expired_stays_so_however_long_nothing_comes() {
        long minuteNs = 60 * SECOND_NS;
        for (long gapMinutes : new long[] {16, 100, 136, 137, 140, 200, 273, 280, 290, 400, 600, 100_000}) {
            try (Twin fresh = load()) {
                fresh.run(TCP.flags(SYN).bytes(), 0);
                fresh.run(TCP.flags(ACK).bytes(), 0);
                fresh.run(TCP.flags(ACK).bytes(), 0);
                // Another flow's packets in between, or none: neither brings it back.
                assertThat(fresh.run(TCP.flags(ACK).bytes(), gapMinutes * minuteNs)
                                .reason())
                        .as("%d minutes", gapMinutes)
                        .isEqualTo(VerdictReason.FORWARDED_NEW_FLOW);
            }
        }
        twin.run(TCP.flags(SYN).bytes(), 0);
        twin.run(TCP.flags(ACK).bytes(), 0);
        for (long minute = 1; minute <= 290; minute++) {
            twin.run(UDP6.bytes(), minute * minuteNs);
        }
        assertThat(twin.run(TCP.flags(ACK).bytes(), 290 * minuteNs).reason())
                .isEqualTo(VerdictReason.FORWARDED_NEW_FLOW);
    }

    @Test
    void two_copies_know_nothing_of_each_other() {
        try (Twin other = load()) {
            twin.run(UDP6.bytes(), 0);
            assertThat(other.run(UDP6.bytes(), 0).reason()).isEqualTo(VerdictReason.FORWARDED_NEW_FLOW);
            assertThat(twin.run(UDP6.bytes(), 0).reason()).isEqualTo(VerdictReason.FORWARDED_FLOW);
        }
    }

    @Test
    void a_frame_that_the_kernel_cannot_run_says_so_and_the_next_one_runs() {
        for (int length : new int[] {0, 13}) {
            assertThatThrownBy(() -> twin.run(new byte[length], 0)).isInstanceOf(BpfException.class);
        }
        assertThatThrownBy(() -> twin.run(new byte[3521], 0))
                .isInstanceOf(DatapathException.class)
                .hasMessageContaining("it takes frames of one buffer, 3520 bytes");
        assertThat(twin.run(new byte[3520], 0).reason()).isEqualTo(VerdictReason.PASSED_NOT_IP);
        assertThat(twin.run(new byte[14], 0).reason()).isEqualTo(VerdictReason.PASSED_NOT_IP);
        assertThat(twin.run(NOT_VIP.bytes(), 0).reason()).isEqualTo(VerdictReason.PASSED_NOT_VIP);
    }

    @Test
    void it_needs_the_object_of_the_running_program() {
        byte[] other = DatapathObjects.balancer();
        other[other.length - 1] ^= 1;
        assertThatThrownBy(() -> rig.datapath().twinSource(other))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(
                        "is not that of the running program, " + rig.datapath().tag());
    }

    @Test
    void it_frees_what_it_held_when_it_is_closed() {
        int loaded = programs();
        for (int i = 0; i < 3; i++) {
            try (Twin copy = load()) {
                copy.run(UDP6.bytes(), 0);
            }
        }
        // The kernel frees a program and its maps a grace period after their last user.
        long deadlineNs = System.nanoTime() + 20 * SECOND_NS;
        while (programs() > loaded && System.nanoTime() < deadlineNs) {
            Thread.onSpinWait();
        }
        assertThat(programs()).isLessThanOrEqualTo(loaded);
    }

    /** Descriptors of BPF objects that this process holds. */
    private static int programs() {
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
            return (int) descriptors
                    .filter(each -> {
                        try {
                            return Files.readSymbolicLink(each).toString().contains("bpf-");
                        } catch (IOException e) {
                            return false; // the one that lists
                        }
                    })
                    .count();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static List<Frame> traffic(Random random, int packets) {
        List<Frame> frames = new ArrayList<>();
        for (int i = 0; i < packets; i++) {
            int port = 40_000 + random.nextInt(30);
            frames.add(
                    switch (random.nextInt(6)) {
                        case 0 -> Frame.tcp("198.51.100.7", port, VIP4, PORT).flags(SYN);
                        case 1, 2 -> Frame.tcp("198.51.100.7", port, VIP4, PORT).flags(ACK);
                        case 3 -> Frame.tcp("2001:db8:9::7", port, VIP6, PORT).flags(FIN | ACK);
                        case 4 -> Frame.udp("2001:db8:9::7", port, VIP6, PORT);
                        default -> NOT_VIP;
                    });
        }
        return frames;
    }

    private static long passed(Verdicts verdicts) {
        return verdicts.of(VerdictReason.PASSED_NOT_VIP).packets();
    }

    private static OptionalInt optional(Optional<Integer> value) {
        return value.map(OptionalInt::of).orElseGet(OptionalInt::empty);
    }
}
