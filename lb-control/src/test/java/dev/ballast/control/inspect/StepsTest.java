package dev.ballast.control.inspect;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.control.model.Address;
import dev.ballast.datapath.FlowTuple;
import dev.ballast.datapath.Probe;
import dev.ballast.datapath.Protocol;
import dev.ballast.datapath.VerdictReason;
import dev.ballast.datapath.VipKey;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class StepsTest {
    private static final FlowTuple FLOW = new FlowTuple(
            Address.parse("198.51.100.7").toInetAddress(),
            40_000,
            Address.parse("203.0.113.10").toInetAddress(),
            443,
            Protocol.TCP);
    private static final Probe ACK = new Probe(FLOW, Probe.ACK, 64);
    private static final Probe SYN = new Probe(FLOW, Probe.SYN, 64);

    @Test
    void a_known_flow_is_told_step_by_step() {
        assertThat(Steps.of(ACK, Explanations.known(ACK)))
                .containsExactly(
                        "packet: TCP ACK, 64 bytes, from 198.51.100.7:40000 to 203.0.113.10:443",
                        "VIP: 203.0.113.10:443/tcp of service web",
                        "flow: established, with web/10.0.1.11, expires in 800 s; followed",
                        "ring: slot 17 of 251, generation 4: web/10.0.1.12",
                        "ring before: web/10.0.1.11; kept for TCP connections of before the change",
                        "member: web/10.0.1.11: up, drains: keeps the flows it has, chosen by the flow",
                        "encap: ipip from 192.0.2.2 to 10.0.1.11",
                        "next hop: 02:aa:bb:cc:dd:01 by lo",
                        "verdict: forwarded_flow: its flow is known and stays with its member");
    }

    @Test
    void it_ends_where_the_packet_does() {
        assertThat(Steps.of(SYN, Explanations.passed()))
                .containsExactly(
                        "packet: TCP SYN, 64 bytes, from 198.51.100.7:40000 to 203.0.113.10:443",
                        "VIP: none",
                        "verdict: passed_not_vip: no VIP has its address, port and protocol: the kernel gets it");
        assertThat(Steps.of(SYN, Explanations.denied(SYN)))
                .hasSize(3)
                .last()
                .isEqualTo("verdict: dropped_source_denied: the service's filter does not let its source in");
    }

    @Test
    void a_flood_is_told() {
        assertThat(Steps.of(SYN, Explanations.flooded(SYN)))
                .contains(
                        "flow: not known",
                        "SYN flood: 2 CPUs are over their number of SYNs: on them SYNs go by the ring without a look at"
                                + " the flows");
    }

    @Test
    void a_vip_is_spelled_as_the_configuration_does() {
        VipKey prefix = new VipKey(Address.parse("2001:db8::").toInetAddress(), 64, VipKey.ANY_PORT, Protocol.UDP);
        assertThat(Steps.vip(prefix)).isEqualTo("[2001:db8::/64]:any/udp");
    }

    @ParameterizedTest
    @EnumSource
    void each_reason_has_words(VerdictReason reason) {
        assertThat(Steps.words(reason)).isNotBlank().doesNotEndWith(".");
    }
}
