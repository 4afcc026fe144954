package dev.ballast.datapath;

import static dev.ballast.datapath.VerdictClass.FORWARDED;
import static dev.ballast.datapath.VerdictReason.DROPPED_BROKEN_TABLE;
import static dev.ballast.datapath.VerdictReason.DROPPED_NO_MEMBER;
import static dev.ballast.datapath.VerdictReason.PASSED_NOT_VIP;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Which packets are for which service. */
final class VipKernelTest {
    private Rig rig;

    @BeforeEach
    void start() {
        rig = new Rig();
        rig.service(0).member(0, "192.0.2.2", "10.0.1.11").ring(0, 0);
        rig.service(1).member(16, "192.0.2.2", "10.0.1.12").ring(1, 16);
    }

    @AfterEach
    void stop() {
        rig.close();
    }

    private Rig.Outcome udp(String address, int port) {
        String client = address.contains(":") ? "2001:db8:9::7" : "198.51.100.7";
        return rig.send(Frame.udp(client, 40000, address, port));
    }

    @Test
    void an_exact_port_comes_before_any_port() {
        for (String address : List.of("203.0.113.10", "2001:db8:1::10")) {
            rig.vip(address, VipKey.ANY_PORT, Protocol.UDP, 0).vip(address, 53, Protocol.UDP, 1);

            assertThat(udp(address, 53).memberId()).isEqualTo(16);
            assertThat(udp(address, 54).memberId()).isZero();
            assertThat(udp(address, 0).memberId()).isZero();
        }
    }

    @Test
    void any_port_is_of_one_protocol() {
        rig.vip("203.0.113.10", VipKey.ANY_PORT, Protocol.TCP, 0);

        assertThat(udp("203.0.113.10", 53).reason()).isEqualTo(PASSED_NOT_VIP);
    }

    @Test
    void a_vip_that_is_removed_passes_and_one_that_moves_goes_to_its_new_service() {
        VipKey vip = new VipKey(Frame.address("203.0.113.10"), 53, Protocol.UDP);
        rig.datapath().vips().put(vip, 0);
        assertThat(udp("203.0.113.10", 53).memberId()).isZero();

        rig.datapath().vips().put(vip, 1);
        assertThat(rig.send(Frame.udp("198.51.100.7", 41000, "203.0.113.10", 53))
                        .memberId())
                .isEqualTo(16);

        assertThat(rig.datapath().vips().remove(vip)).isTrue();
        assertThat(udp("203.0.113.10", 53).reason()).isEqualTo(PASSED_NOT_VIP);
    }

    @Test
    void hundreds_of_vips_are_all_found_and_their_neighbours_are_not() {
        VipTable vips = rig.datapath().vips();
        for (int i = 0; i < 60; i++) {
            vips.put(new VipKey(Addresses.of4(0xcb007100 + i), 80, Protocol.UDP), i % 2);
            vips.put(new VipKey(ipv6(i), 80, Protocol.UDP), i % 2);
        }
        for (int i = 0; i < 60; i++) {
            assertThat(udp(Addresses.of4(0xcb007100 + i).getHostAddress(), 80).memberId())
                    .isEqualTo(i % 2 * 16);
            assertThat(udp(ipv6(i).getHostAddress(), 80).memberId()).isEqualTo(i % 2 * 16);
            assertThat(udp(ipv6(i).getHostAddress(), 81).reason()).isEqualTo(PASSED_NOT_VIP);
        }
        assertThat(vips.list()).hasSize(120);
    }

    private static InetAddress ipv6(int i) {
        return Addresses.of6(0x20010db8_00010000L + i, i);
    }

    @Test
    void after_a_grace_period_a_removed_way_is_free_and_the_second_look_ends_with_the_last_any_port_vip() {
        Datapath datapath = rig.datapath();
        VipKey any = new VipKey(Frame.address("203.0.113.10"), VipKey.ANY_PORT, Protocol.UDP);
        datapath.vips().put(any, 0);
        datapath.vips().remove(any);

        Grace grace = datapath.grace().orElseThrow();
        grace.await();
        datapath.reclaim(grace);

        assertThat(datapath.grace()).isEmpty();
        datapath.vips().put(any, 1);
        assertThat(udp("203.0.113.10", 1).memberId()).isEqualTo(16);
    }

    @Test
    void a_vip_of_a_free_row_drops_and_one_of_no_row_is_named_as_the_daemons_fault() {
        rig.vip("203.0.113.10", 53, Protocol.UDP, 5).vip("203.0.113.11", 53, Protocol.UDP, 500);

        assertThat(udp("203.0.113.10", 53).reason()).isEqualTo(DROPPED_NO_MEMBER);
        byte[] frame = Frame.udp("198.51.100.7", 1, "203.0.113.11", 53).bytes();
        assertThat(rig.datapath().program().testRun(frame).returnValue()).isEqualTo(Rig.XdpCode.DROP);
        assertThat(rig.datapath().counters().verdicts().of(DROPPED_BROKEN_TABLE).packets())
                .isOne();
    }

    @Test
    void what_is_for_a_vip_is_forwarded_whatever_the_client_is() {
        rig.vip("203.0.113.10", 53, Protocol.UDP, 0);

        for (String client : List.of("0.0.0.0", "255.255.255.255", "127.0.0.1", "203.0.113.10")) {
            assertThat(rig.send(Frame.udp(client, 0, "203.0.113.10", 53))
                            .reason()
                            .verdictClass())
                    .isEqualTo(FORWARDED);
        }
    }
}
