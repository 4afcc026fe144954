package dev.ballast.control.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ballast.control.loop.FlowCounts.Count;
import dev.ballast.datapath.FlowTuple;
import dev.ballast.datapath.Probe;
import dev.ballast.datapath.Protocol;
import java.net.InetAddress;
import org.junit.jupiter.api.Test;

/** Packets through the loaded program, and what is counted of them. */
class FlowsKernelTest extends WriterOverKernel {
    private static final int CONNECTIONS = 40;
    private static final int CONFIRMED = 25;

    @Test
    void flows_are_counted_by_state_and_go_on_to_be_when_their_member_has_left() {
        apply(one(web(11, 12)));
        send(CONNECTIONS, Probe.SYN);
        assertThat(sum()).isEqualTo(new Count(0, 0, 0, CONNECTIONS));

        send(CONFIRMED, Probe.ACK);
        assertThat(sum().established()).isEqualTo(CONFIRMED);
        send(CONFIRMED, Probe.FIN | Probe.ACK);
        assertThat(sum().closing()).isEqualTo(CONFIRMED);
        send(CONFIRMED, Probe.ACK);
        assertThat(sum().closing()).as("and an ACK since").isEqualTo(CONFIRMED);
        assertThat(flows().members()).containsOnlyKeys("web/10.0.1.11", "web/10.0.1.12");

        apply(one(web(12)));
        assertThat(flows().members()).containsOnlyKeys("web/10.0.1.11", "web/10.0.1.12");
        assertThat(sum().closing()).isEqualTo(CONFIRMED);
    }

    @Test
    void without_a_datapath_there_is_nothing_to_count() {
        assertThatThrownBy(this::flows)
                .isInstanceOf(ChangeRefusedException.class)
                .hasMessageContaining("no datapath is loaded");
    }

    private FlowCounts flows() {
        return ask(Event.CountFlows::new);
    }

    private Count sum() {
        return flows().members().values().stream()
                .reduce(
                        new Count(0, 0, 0, 0),
                        (one, other) -> new Count(
                                one.established() + other.established(),
                                one.unconfirmed() + other.unconfirmed(),
                                one.closing() + other.closing(),
                                one.halfOpen() + other.halfOpen()));
    }

    private void send(int connections, int flags) {
        InetAddress client = InetAddress.ofLiteral("198.51.100.7");
        InetAddress vip = InetAddress.ofLiteral("203.0.113.10");
        kernel(datapath -> {
            for (int i = 0; i < connections; i++) {
                FlowTuple flow = new FlowTuple(client, 40_000 + i, vip, 80, Protocol.TCP);
                datapath.program().testRun(new Probe(flow, flags, 0).frame());
            }
            return connections;
        });
    }
}
