package dev.ballast.control.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.ballast.v1.Rate;
import dev.ballast.v1.TopReply;
import java.util.List;
import org.junit.jupiter.api.Test;

class TopRatesTest {
    private final TopRates services = new TopRates("", 1_000, Snapshots.at(7, 0, Snapshots.sampleMembers()));

    @Test
    void services_are_in_the_order_of_their_packets_with_their_sum() {
        TopReply reply = services.next(Snapshots.at(7, 4, Snapshots.sampleMembers()))
                .findFirst()
                .orElseThrow();

        assertThat(reply.getPeriodMs()).isEqualTo(4_000);
        assertThat(reply.getRatesList()).extracting(Rate::getName).containsExactly("web", "dns");
        assertThat(reply.getRates(0))
                .isEqualTo(Rate.newBuilder()
                        .setName("web")
                        .setPacketsPerS(2_000)
                        .setBitsPerS(8 * 120_000)
                        .setLiveFlows(3 * 1_999)
                        .build());
        assertThat(reply.getTotal())
                .isEqualTo(reply.getRates(0).toBuilder().clearName().build());
    }

    @Test
    void a_service_is_told_by_its_members_and_a_new_one_is_not_there_yet() {
        TopRates members = new TopRates(
                "web", 1_000, Snapshots.at(7, 0, Snapshots.sampleMembers().subList(0, 2)));

        TopReply reply = members.next(Snapshots.at(8, 1, Snapshots.sampleMembers()))
                .findFirst()
                .orElseThrow();

        assertThat(reply.getRatesList())
                .extracting(Rate::getName, Rate::getPacketsPerS)
                .containsExactly(tuple("web/10.0.1.11", 1_000.0), tuple("web/10.0.1.12", 1_000.0));
        assertThat(reply.getTotal().getPacketsPerS()).as("of the service").isEqualTo(2_000);
    }

    @Test
    void a_state_between_two_readings_of_the_counters_ends_no_period() {
        assertThat(services.next(Snapshots.at(8, 0, List.of()))).isEmpty();
    }

    @Test
    void a_clock_that_was_set_back_begins_a_period() {
        services.next(Snapshots.at(7, 9, Snapshots.sampleMembers()));
        assertThat(services.next(Snapshots.at(7, 3, Snapshots.sampleMembers()))).isEmpty();

        TopReply reply = services.next(Snapshots.at(7, 4, Snapshots.sampleMembers()))
                .findFirst()
                .orElseThrow();

        assertThat(reply.getTotal().getPacketsPerS()).isEqualTo(2_000);
    }
}
