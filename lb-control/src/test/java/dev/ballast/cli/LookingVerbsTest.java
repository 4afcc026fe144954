package dev.ballast.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.util.JsonFormat;
import dev.ballast.v1.CheckHealth;
import dev.ballast.v1.DoctorReply;
import dev.ballast.v1.DoctorRequest;
import dev.ballast.v1.Event;
import dev.ballast.v1.EventsReply;
import dev.ballast.v1.EventsRequest;
import dev.ballast.v1.ExplainReply;
import dev.ballast.v1.ExplainRequest;
import dev.ballast.v1.Finding;
import dev.ballast.v1.FlowCount;
import dev.ballast.v1.FlowsReply;
import dev.ballast.v1.FlowsRequest;
import dev.ballast.v1.HealthReply;
import dev.ballast.v1.HealthRequest;
import dev.ballast.v1.MemberHealth;
import dev.ballast.v1.Rate;
import dev.ballast.v1.StatusReply;
import dev.ballast.v1.StatusRequest;
import dev.ballast.v1.TopReply;
import dev.ballast.v1.TopRequest;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What shows how things are, against a daemon that answers as it is told. */
class LookingVerbsTest extends AgainstFakeDaemon {
    private static final long TIME_MS = 1_795_348_800_000L;

    // explain

    @Test
    void explain_shows_a_line_a_step() {
        daemon.answer(
                ExplainRequest.class,
                ExplainReply.newBuilder()
                        .setClass_("dropped")
                        .addSteps("VIP: 203.0.113.10:443/tcp of service web")
                        .addSteps("verdict: dropped_no_member: no member of the service takes flows")
                        .build());

        assertThat(ballast("explain", "--src", "198.51.100.7:40000", "--dst", "203.0.113.10:443", "--flag", "syn,ack"))
                .isEqualTo(new RunCommand.Result(0, """
                        VIP          203.0.113.10:443/tcp of service web
                        verdict      dropped_no_member: no member of the service takes flows
                        """, ""));
        ExplainRequest request = daemon.request(ExplainRequest.class);
        assertThat(request.getProtocol()).isEqualTo("tcp");
        assertThat(request.getDestination()).isEqualTo("203.0.113.10:443");
        assertThat(request.getTcpFlagsList()).containsExactly("syn", "ack");
    }

    @Test
    void explain_wants_both_ends() {
        assertThat(ballast("explain", "--src", "198.51.100.7:40000").status()).isEqualTo(2);
    }

    // status

    @Test
    void a_swap_is_advised_only_where_a_program_is_loaded() {
        StatusReply nothingLoaded = StatusReply.newBuilder()
                .setProgramBuiltInTag("90e31b5af1c0d2ee")
                .build();
        daemon.answer(StatusRequest.class, nothingLoaded);
        assertThat(ballast("status").out()).contains("program none").doesNotContain("ballast swap");

        daemon.answer(
                StatusRequest.class,
                nothingLoaded.toBuilder().setProgramTag("3b185187f1855c4c").build());
        assertThat(ballast("status").out())
                .contains("this build's program is 90e31b5af1c0d2ee; `ballast swap` loads it");
    }

    // misuse

    @ParameterizedTest
    @ValueSource(strings = {"events --limit -1", "top --period 0", "history --limit 0", "diff 0", "rollback 0"})
    void a_fault_that_a_verb_finds_itself_points_to_the_help_of_the_verb(String line) {
        RunCommand.Result result = ballast(line.split(" "));

        assertThat(result.status()).isEqualTo(2);
        assertThat(result.err()).endsWith("See `ballast " + line.split(" ")[0] + " --help`.\n");
    }

    @Test
    void a_member_as_two_words_is_told_how_to_write_it() {
        assertThat(ballast("drain", "web", "10.0.1.11").err()).contains("a member is one word, as web/10.0.1.11");
    }

    // flows

    @Test
    void flows_are_counted_by_member_and_state_with_their_sum() {
        daemon.answer(
                FlowsRequest.class,
                FlowsReply.newBuilder()
                        .setCapacity(4_194_304)
                        .setTookUs(8_250)
                        .addFlows(FlowCount.newBuilder()
                                .setMember("web/10.0.1.11")
                                .setAdmin("in")
                                .setEstablished(1_234)
                                .setHalfOpen(5))
                        .addFlows(FlowCount.newBuilder()
                                .setMember("web/10.0.1.12")
                                .setAdmin("drain")
                                .setEstablished(3)
                                .setUnconfirmed(2)
                                .setClosing(1))
                        .build());

        assertThat(ballast("flows", "web").out()).isEqualTo("""
                        MEMBER         ADMIN  ESTABLISHED  UNCONFIRMED  CLOSING  HALF-OPEN
                        web/10.0.1.11  in            1234            0        0          5
                        web/10.0.1.12  drain            3            2        1          0
                        total                        1237            2        1          5
                        room for 4.19M flows; counted in 8.3 ms
                        """);
        assertThat(daemon.request(FlowsRequest.class).getService()).isEqualTo("web");
    }

    // health, events, doctor

    @Test
    void health_shows_each_check_with_what_it_saw() {
        long now = System.currentTimeMillis();
        daemon.answer(
                HealthRequest.class,
                HealthReply.newBuilder()
                        .addMembers(MemberHealth.newBuilder()
                                .setMember("web/10.0.1.11")
                                .setHealth("down")
                                .setAdmin("in")
                                .setSinceUnixMs(now - 65_000)
                                .setWeight(0)
                                .addChecks(CheckHealth.newBuilder()
                                        .setCheck("tcp 10.0.1.11:443 each 2s")
                                        .setHealth("down")
                                        .setReason("connection refused")
                                        .setProbedUnixMs(now - 1_000)
                                        .setTookUs(410)
                                        .setInARow(12)))
                        .build());

        assertThat(ballast("health", "web").out()).matches("""
                        MEMBER         HEALTH  SINCE  ADMIN  WEIGHT
                        web/10\\.0\\.1\\.11  down    1m0\\ds  in          0
                          tcp 10\\.0\\.1\\.11:443 each 2s: down, connection refused, took 0\\.41 ms, \\ds ago, 12
                          in a row
                        """);
        assertThat(daemon.request(HealthRequest.class).getService()).isEqualTo("web");
    }

    @Test
    void health_says_of_a_member_without_checks_what_that_means() {
        daemon.answer(
                HealthRequest.class,
                HealthReply.newBuilder()
                        .addMembers(MemberHealth.newBuilder()
                                .setMember("web/10.0.1.11")
                                .setHealth("unknown")
                                .setReason("not checked: counts as healthy")
                                .setAdmin("in")
                                .setInRing(true)
                                .setWeight(100))
                        .build());

        assertThat(ballast("health").out()).isEqualTo("""
                        MEMBER         HEALTH   SINCE  ADMIN  WEIGHT
                        web/10.0.1.11  unknown      -  in        100
                          not checked: counts as healthy
                        """);
    }

    @Test
    void what_a_daemon_of_another_version_does_not_know_is_named_by_its_verb() {
        for (String verb : List.of("health", "doctor", "events", "history")) {
            RunCommand.Result result = ballast(verb);
            assertThat(result.status()).isEqualTo(1);
            assertThat(result.err())
                    .endsWith(
                            "ballast: the daemon does not know what `ballast " + verb
                                    + "` asks: it is of another version; `ballast status` and `ballast --version` tell which\n");
        }
    }

    @Test
    void events_are_lines_with_their_time_and_what_they_are_about() {
        daemon.answer(
                EventsRequest.class,
                EventsReply.newBuilder()
                        .setMissed(3)
                        .addEvents(event(1).setSeverity("info").setMessage("revision 7 is in force"))
                        .addEvents(event(2).setSeverity("warning")
                                .setKind("health")
                                .setMember("web/10.0.1.11")
                                .setMessage("down: connection refused, and more words than fit a line of eighty"))
                        .build());

        assertThat(ballast("events", "--follow", "--service", "web"))
                .isEqualTo(new RunCommand.Result(0, """
                        2026-11-22T12:00:01Z  configuration  revision 7 is in force
                        2026-11-22T12:00:02Z  health  warning: web/10.0.1.11: down: connection refused,
                                                      and more words than fit a line of eighty
                        """, "warning: 3 events were gone before they could be shown\n"));
        EventsRequest request = daemon.request(EventsRequest.class);
        assertThat(request.getFollow()).isTrue();
        assertThat(request.getService()).isEqualTo("web");
        assertThat(request.getLimit()).isEqualTo(50);
    }

    @Test
    void events_after_a_number_are_all_that_came_since() {
        daemon.answer(EventsRequest.class, EventsReply.getDefaultInstance());

        ballast("events", "--after", "17");

        assertThat(daemon.request(EventsRequest.class).getAfterSequence()).isEqualTo(17);
        assertThat(daemon.request(EventsRequest.class).getLimit()).isZero();
    }

    @Test
    void an_event_is_one_line_of_json() throws Exception {
        daemon.answer(
                EventsRequest.class,
                EventsReply.newBuilder().addEvents(event(1)).addEvents(event(2)).build());

        List<String> lines = ballast("events", "-o", "json").out().lines().toList();

        Event.Builder second = Event.newBuilder();
        JsonFormat.parser().merge(lines.get(1), second);
        assertThat(second.getSequence()).isEqualTo(2);
        assertThat(lines).hasSize(2);
    }

    @Test
    void top_is_a_table_a_period_with_the_total_first() {
        Rate web = Rate.newBuilder()
                .setName("web")
                .setPacketsPerS(2_000_000)
                .setBitsPerS(1.5e9)
                .setDroppedPerS(0.25)
                .setFlowsPerS(40)
                .setLiveFlows(7)
                .build();
        daemon.answer(
                TopRequest.class,
                TopReply.newBuilder()
                        .setTimeUnixMs(TIME_MS)
                        .addRates(web)
                        .setTotal(web.toBuilder().clearName())
                        .build());

        assertThat(ballast("top", "--period", "5", "web")).isEqualTo(new RunCommand.Result(0, """
                        2026-11-22T12:00:00Z
                        NAME   PACKETS/S  BITS/S  DROPPED/S  NEW FLOWS/S  LIVE FLOWS
                        total      2.00M   1.50G         <1           40           7
                        web        2.00M   1.50G         <1           40           7
                        """, ""));
        assertThat(daemon.request(TopRequest.class))
                .isEqualTo(TopRequest.newBuilder()
                        .setService("web")
                        .setPeriodMs(5_000)
                        .build());
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-1", "3601"})
    void top_has_a_period_of_a_second_to_an_hour(String period) {
        var result = ballast("top", "--period", period);

        assertThat(result.status()).isEqualTo(2);
        assertThat(result.err()).contains("--period " + period + ": it is 1 to 3600 seconds");
        assertThat(daemon.requests).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"warning, 0", "problem, 1"})
    void doctor_fails_for_problems_only(String outcome, int status) {
        daemon.answer(
                DoctorRequest.class,
                DoctorReply.newBuilder()
                        .addFindings(Finding.newBuilder()
                                .setCheck("bpffs")
                                .setOutcome("ok")
                                .setDetail("mounted at /sys/fs/bpf"))
                        .addFindings(Finding.newBuilder()
                                .setCheck("eth0 MTU")
                                .setOutcome(outcome)
                                .setDetail("1500")
                                .setCure("ip link set eth0 mtu 1600"))
                        .build());

        var result = ballast("doctor");

        assertThat(result.status()).isEqualTo(status);
        assertThat(result.out())
                .startsWith("ok       bpffs: mounted at /sys/fs/bpf\n" + outcome
                        + "  eth0 MTU: 1500\n         ip link set eth0 mtu 1600\n2 looked at: ");
    }

    private static Event.Builder event(long sequence) {
        return Event.newBuilder()
                .setSequence(sequence)
                .setTimeUnixMs(TIME_MS + 1_000 * sequence)
                .setKind("configuration");
    }
}
