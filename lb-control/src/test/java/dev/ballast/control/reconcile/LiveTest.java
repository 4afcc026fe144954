package dev.ballast.control.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.control.model.Address;
import dev.ballast.control.plan.Allocation;
import dev.ballast.control.plan.Allocation.Holder;
import dev.ballast.datapath.Census;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class LiveTest {
    private static final long WEB = 7;
    private static final long DNS = 8;

    private static final Allocation ALLOCATION = new Allocation(
            new TreeMap<>(),
            new TreeMap<>(Map.of(
                    0, new Holder(WEB, Address.parse("10.0.1.11")),
                    1, new Holder(WEB, Address.parse("10.0.1.12")),
                    2, new Holder(DNS, Address.parse("10.0.1.11")))));

    private static final Live LIVE =
            new Live(Optional.of(new Census(new int[] {5, 1, 2}, new int[] {3, 1, 0}, 8, 0, 0, 0, 0)), 1024, 1_000);

    @Test
    void flows_of_a_service_are_those_of_its_members_and_closing_ones_are_told_apart() {
        assertThat(LIVE.flows(ALLOCATION, each -> each == WEB)).hasToString("4 live flows and 2 that close");
        assertThat(LIVE.flows(ALLOCATION, each -> each == DNS)).isEqualTo(new Live.Flows(0, 2));
        assertThat(LIVE.flows(ALLOCATION, each -> each == DNS).isAny()).isTrue();
        assertThat(LIVE.flows(ALLOCATION, _ -> true)).isEqualTo(new Live.Flows(4, 4));
    }

    @Test
    void no_flows_are_none() {
        assertThat(LIVE.flows(ALLOCATION, each -> each == 9).isAny()).isFalse();
        assertThat(Live.NONE.flows(ALLOCATION, _ -> true)).hasToString("0 live flows");
    }
}
