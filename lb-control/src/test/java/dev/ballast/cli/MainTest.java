package dev.ballast.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.util.JsonFormat;
import dev.ballast.control.grpc.FakeControl;
import dev.ballast.control.grpc.FakeInspector;
import dev.ballast.control.grpc.GrpcServer;
import dev.ballast.control.grpc.Previews;
import dev.ballast.control.grpc.Snapshots;
import dev.ballast.control.loop.ChangeRefusedException;
import dev.ballast.control.loop.ChangeRefusedException.Kind;
import dev.ballast.control.loop.ChangeRefusedException.Problem;
import dev.ballast.control.loop.Control;
import dev.ballast.control.loop.Snapshot.Progress;
import dev.ballast.control.plan.DisruptionReport;
import dev.ballast.v1.ChangeReply;
import dev.ballast.v1.PlanReply;
import dev.ballast.v1.Refusal;
import dev.ballast.v1.StatusReply;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import picocli.CommandLine;

@Timeout(60)
class MainTest {
    @TempDir
    Path directory;

    private final FakeControl control = new FakeControl();
    private final RunCommand command = new RunCommand();
    private Path socket;
    private GrpcServer server;

    @BeforeEach
    void start() throws Exception {
        socket = directory.resolve("x.sock");
        server = GrpcServer.start(socket, "no-such-group", control, new FakeInspector(), List::of);
    }

    @AfterEach
    void stop() throws Exception {
        server.close();
    }

    // What each verb asks for and prints.

    @Test
    void apply_sends_the_file_and_prints_what_changed() throws Exception {
        Path file = Files.writeString(directory.resolve("lb.yaml"), "version: 1\n");

        var result = ballast("apply", "-f", file.toString());

        assertThat(result).isEqualTo(new RunCommand.Result(0, "web: 1 member leaves the ring\nrevision 8: done\n", ""));
        assertThat(control.calls).containsExactly("apply " + file + " revision=0 requestId=request-1: version: 1\n");
    }

    @Test
    void apply_reads_standard_input_for_a_hyphen_and_passes_its_options_on() {
        command.input("version: 1");

        var result =
                ballast("apply", "-f", "-", "--dry-run", "--no-wait", "--allow-delete", "--expected-revision", "7");

        assertThat(control.calls)
                .containsExactly("apply <stdin> revision=7 dryRun noWait allowDelete requestId=request-1: version: 1");
        assertThat(result.out()).isEqualTo("web: 1 member leaves the ring\ndry run: nothing was changed\n");
        assertThat(result.status()).isZero();
    }

    @Test
    void the_same_content_is_no_change() {
        control.answer(new Control.Change(
                7, false, Progress.DONE, "", List.of(), List.of("eth1 is generic"), DisruptionReport.NONE));

        assertThat(ballast("apply", "-f", "-"))
                .isEqualTo(new RunCommand.Result(
                        0, "revision 7: no change, it says the same\n", "warning: eth1 is generic\n"));
    }

    @Test
    void plan_says_service_by_service_what_moves_within_80_columns() throws Exception {
        Path file = Files.writeString(directory.resolve("lb.yaml"), "version: 1\n");
        control.preview(Previews.sample());

        assertThat(ballast("plan", "-f", file.toString(), "--max-disruption", "2%", "--expected-revision", "7"))
                .isEqualTo(new RunCommand.Result(0, """
                        ! apply would refuse this: service web: 1204 of 40112 live flows (3.01%) are
                          disturbed, and the budget is 2%: repeat it with --max-disruption 3.01%
                        ! service dns has no backend
                        node.log.level: debug, was info
                        web  changed  hot
                          1 member removed (10.0.1.12), 2 weights changed (10.0.1.11, 10.0.1.13)
                          3,361 of 65,537 slots move (5.1%, at least 4.9%)
                          1,204 of 40,112 live flows are disturbed (3.0%): 1,204 on members that leave
                          (10.0.1.12: 1,204)
                        shop  added  swap
                          4 members added (10.0.2.11, 10.0.2.12, 10.0.2.13 and 1 more), 1 VIP added
                          (203.0.113.11:443/tcp)
                        dns  changed  hot
                          hash: source, was 5-tuple
                          about 3,075 of 4,099 slots move (75.0%, at least 0.0%)
                          not tracked: flows go with their slots
                        against revision 7: 3 of 15 services, 1,204 of 80,312 live flows (1.5%), swap;
                        nothing was changed
                        """, ""));
        assertThat(control.calls).containsExactly("plan " + file + " revision=7 maxDisruption=2%: version: 1\n");
    }

    @Test
    void plan_prints_the_whole_answer_as_json() throws Exception {
        control.preview(Previews.sample());

        PlanReply.Builder read = PlanReply.newBuilder();
        JsonFormat.parser().merge(ballast("plan", "-f", "-", "-o", "json").out(), read);

        assertThat(read.getRevision()).isEqualTo(7);
        assertThat(read.getObstacles(0).getCure()).isEqualTo("repeat it with --max-disruption 3.01%");
        assertThat(read.getDisruption().getServices(0).getFlows().getLeaving(0).getFlows())
                .isEqualTo(1_204);
        assertThat(read.getDisruption().getServices(0).getSlots().getMoved()).isEqualTo(3_361);
    }

    @Test
    void a_plan_without_a_change_says_so() {
        assertThat(ballast("plan", "-f", "-").out()).isEqualTo("against revision 7: nothing would change\n");
    }

    @Test
    void a_change_that_is_made_says_in_short_what_it_moved() {
        control.answer(new Control.Change(
                8,
                true,
                Progress.DONE,
                "",
                List.of("member web/10.0.1.12: removed"),
                List.of(),
                Previews.disruption()));

        assertThat(ballast("apply", "-f", "-", "--max-disruption", "0.5%"))
                .isEqualTo(new RunCommand.Result(0, """
                        member web/10.0.1.12: removed
                        web: 3,361 of 65,537 slots move (5.1%, at least 4.9%); 1,204 of 40,112 live flows are disturbed (3.0%): 1,204 on members that leave (10.0.1.12: 1,204)
                        dns: about 3,075 of 4,099 slots move (75.0%, at least 0.0%); not tracked: flows go with their slots
                        revision 8: done
                        """, ""));
        assertThat(control.calls).containsExactly("apply <stdin> revision=0 maxDisruption=0.5% requestId=request-1: ");
    }

    @Test
    void drain_has_a_budget_too() {
        assertThat(ballast("drain", "dns", "--max-disruption", "100%").status()).isZero();
        assertThat(control.calls).containsExactly("drain dns revision=0 maxDisruption=100% requestId=request-1");
    }

    @Test
    void a_bad_file_is_refused_by_plan_with_its_place_as_apply_does() throws Exception {
        Path file = Files.writeString(directory.resolve("lb.yaml"), "version: 1\n");
        control.fail(new ChangeRefusedException(
                Kind.INVALID, List.of(new Problem("node", 1, 1, "", "", "", "node: missing"))));

        assertThat(ballast("plan", "-f", file.toString()))
                .isEqualTo(new RunCommand.Result(1, "", file + ":1:1: node: missing\n"));
    }

    @Test
    void get_prints_the_configuration_byte_for_byte() {
        assertThat(ballast("get")).isEqualTo(new RunCommand.Result(0, Snapshots.CONFIG_YAML, ""));
        assertThat(new RunCommand()
                        .run("get", "-o", "json", "--socket", socket.toString())
                        .out())
                .isEqualTo("{\"version\":1,\"node\":{\"name\":\"lb1\"}}\n");
    }

    @Test
    void drain_and_undrain_name_a_member_or_a_service() {
        assertThat(ballast("drain", "web/10.0.1.11").status()).isZero();
        assertThat(ballast("undrain", "web", "--expected-revision", "8").status())
                .isZero();
        assertThat(control.calls)
                .containsExactly(
                        "drain web/10.0.1.11 revision=0 requestId=request-1",
                        "undrain web revision=8 requestId=request-2");
    }

    @Test
    void swap_shows_the_tags_on_each_interface() throws Exception {
        Path object = Files.write(directory.resolve("x.o"), new byte[100]);

        assertThat(ballast("swap", "--object", object.toString())).isEqualTo(new RunCommand.Result(0, """
                        eth0: program 811 (3b185187f1855c4c) -> 812 (90e31b5af1c0d2ee)
                        eth1: program 811 (3b185187f1855c4c) -> 812 (90e31b5af1c0d2ee)
                        swapped, all maps kept
                        """, ""));
        assertThat(control.calls).containsExactly("swap " + object + " of 100 bytes revision=0");
    }

    @Test
    void a_dry_run_of_swap_says_that_nothing_was_changed() {
        control.swapTo(new Control.Swap("a", "b", 1, 2, List.of("eth0"), false));

        assertThat(ballast("swap", "--dry-run").out())
                .isEqualTo("eth0: program 1 (a) -> 2 (b)\ndry run: nothing was changed\n");
        assertThat(control.calls).containsExactly("swap built-in revision=0 dryRun");
    }

    @Test
    void teardown_lists_what_it_removed() {
        assertThat(ballast("teardown", "--force"))
                .isEqualTo(new RunCommand.Result(0, "detached from eth0\nunpinned 9 maps\n", ""));
        assertThat(control.calls).containsExactly("teardown force=true");
    }

    @Test
    void status_shows_node_warnings_services_verdicts_losses_and_flows_within_80_columns() {
        assertThat(ballast("status")).isEqualTo(new RunCommand.Result(0, """
                        lb1  revision 7  done  program 3b185187f1855c4c  instance default
                          ballastd 0.1.0 pid 4242 up 3h12m
                          this build's program is 90e31b5af1c0d2ee; `ballast swap` loads it
                          program features ipv6, gue
                        interfaces  eth0 native  eth1 generic
                        configuration from file  digest 0123456789abcdef  effective fedcba9876543210
                          journal 5 revisions in 4.09k bytes
                        ! eth1 runs in generic mode: its driver has no native XDP; expect a tenth of the
                          packet rate

                        web  203.0.113.10:443/tcp  [2001:db8:1::10]:443/tcp  done  ipip  hash source
                          sources: deny 198.51.100.0/24  ring 65537 generation 3
                          previous ring kept for 3m05s
                          MEMBER          WEIGHT  SHARE  ADMIN  HEALTH  SINCE  FLOWS  PACKETS
                          10.0.1.11          100  66.7%  in     up        12s   1999     750k
                          10.0.1.12          100   0.0%  in     down      12s   1999     750k
                            connect: Connection refused
                          2001:db8:2::13     100   0.0%  drain  up        12s   1999     750k
                          dropped 12  flows created 4000  re-picked 2

                        dns  203.0.113.64/28:any/udp  pending  gue port 6080  hash 5-tuple
                          ring 65537 generation 0
                          waiting for the neighbour 10.0.1.21
                          no members

                        VERDICT    REASON     PACKETS  BYTES
                        forwarded  flow_hit   1500000  90.0M
                        passed     not_vip         99  9.90k
                        dropped    no_member       12    720

                        TX_FAILED  CAUSE       FRAMES
                        eth0       queue_full       7
                          the transmit queue was full

                        flow table  <0.1% full (3998 of 4194304)  12 half-open  counted 2s ago
                        """, ""));
    }

    @Test
    void status_of_one_service_shows_that_one() {
        assertThat(ballast("status", "dns").out()).contains("\ndns  ").doesNotContain("\nweb  ");
    }

    @Test
    void names_are_one_a_line_for_a_shell_to_complete() {
        assertThat(ballast("names", "services").out()).isEqualTo("web\ndns\n");
        assertThat(new RunCommand().run(withSocket("names", "members")).out())
                .isEqualTo("web\ndns\nweb/10.0.1.11\nweb/10.0.1.12\nweb/2001:db8:2::13\n");
    }

    @Test
    void a_verb_has_the_name_that_it_is_found_by() {
        assertThat(Main.describe().subcommands())
                .allSatisfy((name, verb) -> assertThat(verb.getCommand()
                                .getClass()
                                .getAnnotation(CommandLine.Command.class)
                                .name())
                        .isEqualTo(name));
    }

    // Exit status.

    @Test
    void bad_configuration_is_one_line_each_with_its_place_and_status_1() throws Exception {
        Path file = Files.writeString(directory.resolve("lb.yaml"), "version: 1\n");
        control.fail(new ChangeRefusedException(
                Kind.INVALID,
                List.of(
                        new Problem(
                                "services.web.weigth", 12, 9, "weigth", "weight", "", "unknown key weigth; weight?"),
                        new Problem("node.name", 3, 5, "LB", "", "", "node.name LB: write it in lower case"),
                        Problem.of("web would lose all members; --allow-delete permits it"))));

        assertThat(ballast("apply", "-f", file.toString()))
                .isEqualTo(new RunCommand.Result(
                        1,
                        "",
                        file + ":12:9: unknown key weigth; weight?\n" + file
                                + ":3:5: node.name LB: write it in lower case\n"
                                + "ballast: web would lose all members; --allow-delete permits it\n"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"INVALID 1", "STATE 1", "CONFLICT 5", "NOT_FOUND 1", "UNAVAILABLE 1", "FAILED 1"})
    void every_kind_of_refusal_has_its_exit_status(String kindAndStatus) {
        String[] words = kindAndStatus.split(" ");
        control.refuse(Kind.valueOf(words[0]), "because of this");

        for (String[] verb :
                new String[][] {{"apply", "-f", "-"}, {"drain", "x"}, {"undrain", "x"}, {"swap"}, {"teardown"}}) {
            assertThat(new RunCommand().run(withSocket(verb)))
                    .as(verb[0])
                    .isEqualTo(new RunCommand.Result(Integer.parseInt(words[1]), "", "ballast: because of this\n"));
        }
    }

    @Test
    void a_misspelt_service_is_refused_with_the_nearest_name() {
        assertThat(ballast("status", "wbe"))
                .isEqualTo(new RunCommand.Result(1, "", "ballast: no service wbe; did you mean web?\n"));
    }

    @Test
    void accepted_but_pending_when_the_wait_ran_out_is_status_4() throws Exception {
        server.close();
        server = GrpcServer.start(
                socket, "no-such-group", control, new FakeInspector(), List::of, Duration.ofMillis(800));
        control.answer(new Control.Change(
                8, true, Progress.PENDING, "no route to 10.0.1.21", List.of(), List.of(), DisruptionReport.NONE));

        assertThat(ballast("apply", "-f", "-"))
                .isEqualTo(new RunCommand.Result(
                        4,
                        "",
                        "ballast: revision 8 is accepted but not done yet: no route to 10.0.1.21; watch it with"
                                + " `ballast status --watch`\n"));
    }

    @Test
    void accepted_but_failed_is_status_4_even_when_nobody_waits() {
        control.answer(
                new Control.Change(8, true, Progress.FAILED, "ENOMEM", List.of(), List.of(), DisruptionReport.NONE));

        assertThat(ballast("apply", "-f", "-", "--no-wait"))
                .isEqualTo(new RunCommand.Result(4, "", "ballast: revision 8 is accepted but not done: ENOMEM\n"));
    }

    @Test
    void accepted_is_done_for_those_who_do_not_wait() {
        control.answer(new Control.Change(8, true, Progress.PENDING, "", List.of(), List.of(), DisruptionReport.NONE));

        assertThat(ballast("drain", "web", "--no-wait"))
                .isEqualTo(new RunCommand.Result(0, "revision 8: accepted, not waited for\n", ""));
    }

    @Test
    void a_fault_of_the_daemon_leaves_the_outcome_of_a_change_unknown() {
        control.fail(new IllegalStateException("secret"));

        var result = ballast("drain", "web");

        assertThat(result.status()).isEqualTo(4);
        assertThat(result.err())
                .matches("ballast: the change was sent but its outcome is unknown: internal error [0-9a-f]{8}; the"
                        + " daemon's log has the cause under id=[0-9a-f]{8}; `ballast status` shows what runs now, and the"
                        + " same command with --request-id request-1 makes sure without making it twice\n");
    }

    @Test
    void a_daemon_killed_in_the_middle_of_a_change_leaves_its_outcome_unknown() throws Exception {
        Path proxied = directory.resolve("proxy.sock");
        try (SeverableProxy proxy = new SeverableProxy(proxied, socket)) {
            control.stall();
            control.onCall(proxy::sever);

            assertThat(command.run("drain", "web", "--socket", proxied.toString()))
                    .isEqualTo(new RunCommand.Result(
                            4,
                            "",
                            "ballast: the change was sent but its outcome is unknown: the connection was lost"
                                    + " (Network closed for unknown reason);"
                                    + " `ballast status` shows what runs now, and the same command with --request-id"
                                    + " request-1 makes sure without making it twice\n"));
        }
    }

    @Test
    void a_daemon_killed_in_the_middle_of_a_watch_is_unreachable() throws Exception {
        Path proxied = directory.resolve("proxy.sock");
        try (SeverableProxy proxy = new SeverableProxy(proxied, socket)) {
            var result = inBackground("status", "--watch", "--socket", proxied.toString());
            awaitWatcher();
            proxy.sever();

            assertThat(result.join().status()).isEqualTo(3);
            assertThat(result.join().err())
                    .isEqualTo(
                            "ballast: the daemon does not answer: the connection was lost (Network closed for unknown"
                                    + " reason)\n");
        }
    }

    @Test
    void without_a_socket_the_daemon_is_not_running() {
        assertThat(command.run("status", "--socket", directory + "/none.sock", "--instance", "edge"))
                .isEqualTo(new RunCommand.Result(
                        3,
                        "",
                        "ballast: cannot reach the daemon at " + directory + "/none.sock: there is no such socket, so"
                                + " the daemon is not running; start it (ballastd"
                                + " --instance edge), or name the socket of another with --socket\n"));
    }

    @Test
    void the_instance_names_the_socket() {
        assertThat(command.run("get", "--instance", "no-such-instance").err())
                .startsWith("ballast: cannot reach the daemon at /run/ballast/no-such-instance.sock: there is no such");
    }

    @Test
    void a_stale_socket_means_a_dead_daemon() throws Exception {
        Path stale = directory.resolve("stale.sock");
        ServerSocketChannel.open(StandardProtocolFamily.UNIX)
                .bind(UnixDomainSocketAddress.of(stale))
                .close();

        var result = command.run("drain", "web", "--socket", stale.toString());

        assertThat(result.status()).isEqualTo(3);
        assertThat(result.err())
                .startsWith("ballast: cannot reach the daemon at " + stale
                        + ": nobody listens on it any more, the daemon has died; start it (");
    }

    @Test
    void a_file_that_is_no_socket_is_named_as_such() throws Exception {
        Path file = Files.createFile(directory.resolve("file"));

        assertThat(command.run("get", "--socket", file.toString()))
                .isEqualTo(new RunCommand.Result(
                        3,
                        "",
                        "ballast: cannot reach the daemon at " + file
                                + ": that is no socket; name the daemon's with --socket\n"));
    }

    @Test
    void a_daemon_that_hangs_is_unreachable() throws Exception {
        Path hanging = directory.resolve("hanging.sock");
        try (var _ = ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(UnixDomainSocketAddress.of(hanging))) {
            var result = command.run("drain", "web", "--socket", hanging.toString());

            assertThat(result.status()).isEqualTo(3);
            assertThat(result.err()).contains("it takes connections but does not answer");
        }
    }

    @Test
    void a_configuration_of_16_mib_is_refused_before_it_is_sent() throws Exception {
        Path file = Files.write(directory.resolve("large.yaml"), new byte[16 * 1024 * 1024]);

        assertThat(ballast("apply", "-f", file.toString()))
                .isEqualTo(new RunCommand.Result(
                        1, "", "ballast: " + file + ": it must be below 16 MiB; nothing was sent\n"));
        assertThat(control.calls).isEmpty();
    }

    static Stream<Arguments> misuses() {
        return Stream.of(
                Arguments.of("", "a verb is missing"),
                Arguments.of("drian web", "there is no verb drian; did you mean drain?"),
                Arguments.of("pln -f x", "there is no verb pln; did you mean plan?"),
                Arguments.of("apply", "Missing required option: '--file=FILE'"),
                Arguments.of("plan", "Missing required option: '--file=FILE'"),
                Arguments.of("apply -f /nonexistent.yaml", "/nonexistent.yaml: there is no such file"),
                Arguments.of("plan -f /nonexistent.yaml", "/nonexistent.yaml: there is no such file"),
                Arguments.of(
                        "plan -f - --max-disruption 2",
                        "Invalid value for option '--max-disruption': '2' has no unit; write it as 2% or 0.5%"),
                Arguments.of(
                        "apply -f - --max-disruption -1%",
                        "Invalid value for option '--max-disruption': '-1%' is no percentage from 0% to 100% with two decimals at most; write it as 2% or 0.5%"),
                Arguments.of(
                        "apply -f - --max-disruption 100.01%",
                        "Invalid value for option '--max-disruption': '100.01%' is more than 100%, which is everything"),
                Arguments.of("drain", "Missing required parameter: 'SERVICE[/ADDRESS]'"),
                Arguments.of("status --wacth", "Unknown option: '--wacth'; did you mean --watch?"),
                Arguments.of(
                        "get -o xml",
                        "Invalid value for option '--output': expected table, json or yaml but was 'xml'"),
                Arguments.of(
                        "get --instance ../x",
                        "--instance ../x: a name has lower-case letters, digits and inner hyphens, 63 at most"),
                Arguments.of(
                        "drain web --expected-revision -1", "--expected-revision -1: a revision is a number from 1"));
    }

    @ParameterizedTest
    @MethodSource("misuses")
    void a_wrong_command_line_is_status_2_and_says_what_is_wrong(String line, String message) {
        var result = command.run(line.isEmpty() ? new String[0] : line.split(" "));

        assertThat(result.status()).isEqualTo(2);
        assertThat(result.out()).isEmpty();
        assertThat(result.err().lines()).startsWith("ballast: " + message).hasSizeLessThanOrEqualTo(2);
        assertThat(control.calls).isEmpty();
    }

    @Test
    void help_goes_to_standard_output_and_lists_the_verbs_and_exit_statuses() {
        var result = command.run("--help");

        assertThat(result.status()).isZero();
        assertThat(result.err()).isEmpty();
        assertThat(result.out()).contains("  drain     Takes a member").contains("  5   another revision");
        assertThat(result.out().lines()).allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(80));
    }

    // Documents.

    @Test
    void json_is_the_message_of_the_api() throws Exception {
        StatusReply.Builder parsed = StatusReply.newBuilder();

        JsonFormat.parser().merge(ballast("status", "-o", "json").out(), parsed);

        assertThat(parsed.getServices(0).getMembers(2).getName()).isEqualTo("web/2001:db8:2::13");
        assertThat(parsed.getVerdictsCount()).isEqualTo(4);
    }

    @Test
    void json_has_the_fields_at_their_default_too() throws Exception {
        control.answer(new Control.Change(7, false, Progress.DONE, "", List.of(), List.of(), DisruptionReport.NONE));

        String json = ballast("drain", "web", "-o", "json").out();

        assertThat(json).contains("\"changed\": false", "\"reason\": \"\"", "\"effects\": []");
        ChangeReply.Builder parsed = ChangeReply.newBuilder();
        JsonFormat.parser().merge(json, parsed);
        assertThat(parsed.getRevision()).isEqualTo(7);
    }

    @Test
    void yaml_is_the_same_document() {
        Object document = new Load(LoadSettings.builder().build())
                .loadFromString(ballast("swap", "-o", "yaml").out());

        assertThat(document)
                .isEqualTo(Map.of(
                        "oldTag",
                        "3b185187f1855c4c",
                        "newTag",
                        "90e31b5af1c0d2ee",
                        "interfaces",
                        List.of("eth0", "eth1"),
                        "changed",
                        true,
                        "oldProgramId",
                        811,
                        "newProgramId",
                        812));
    }

    @Test
    void a_refusal_is_a_document_too_and_the_message_stays_on_standard_error() throws Exception {
        control.refuse(Kind.STATE, "because");

        var result = ballast("swap", "-o", "json");

        Refusal.Builder parsed = Refusal.newBuilder();
        JsonFormat.parser().merge(result.out(), parsed);
        assertThat(parsed.getProblems(0).getMessage()).isEqualTo("because");
        assertThat(result.err()).isEqualTo("ballast: because\n");
    }

    // Watching.

    @Test
    void a_watch_without_a_terminal_prints_a_block_when_more_than_counters_changed() throws Exception {
        var result = inBackground("status", "--watch", "web", "--socket", socket.toString());
        awaitOutput("2026-11-22T12:00:00Z\nlb1  revision 7");

        for (int second = 1; second <= 3; second++) {
            control.publish(Snapshots.at(7, second, Snapshots.sampleMembers()));
            Thread.sleep(20);
        }
        control.publish(Snapshots.at(8, 4, Snapshots.sampleMembers()));
        awaitOutput("\n2026-11-22T12:00:04Z\nlb1  revision 8");
        server.close();

        assertThat(result.join().out().lines().filter(line -> line.startsWith("2026-")))
                .hasSize(2);
        assertThat(result.join().out()).doesNotContain("\033").containsPattern("10\\.0\\.1\\.11 .* +1000\n");
        assertThat(result.join().err())
                .isEqualTo("ballast: the daemon does not answer: the connection was lost (the daemon is stopping)\n");
        assertThat(result.join().status()).isEqualTo(3);
    }

    @Test
    void a_watch_as_json_is_one_line_a_state() throws Exception {
        var result = inBackground("status", "--watch", "-o", "json", "--socket", socket.toString());
        awaitOutput("\n");
        control.publish(Snapshots.at(8, 1, Snapshots.sampleMembers()));
        awaitOutput("\"revision\":\"8\"");
        server.close();

        List<String> lines = result.join().out().lines().toList();
        assertThat(lines).hasSize(2);
        for (String line : lines) {
            JsonFormat.parser().merge(line, StatusReply.newBuilder());
        }
    }

    @Test
    void a_watch_on_a_terminal_redraws_in_place_and_leaves_the_cursor_visible() throws Exception {
        command.terminal(new Terminal(true, false, true, () -> new Terminal.Size(80, 12)));
        var result = inBackground("status", "--watch", "--socket", socket.toString());
        awaitOutput("more lines");
        control.publish(Snapshots.at(8, 1, Snapshots.sampleMembers()));
        awaitOutput("revision 8");

        command.interrupt();
        String atInterrupt = command.out();
        control.publish(Snapshots.at(9, 2, Snapshots.sampleMembers()));
        server.close();

        assertThat(atInterrupt).startsWith("\033[?25l\033[2J\033[H").endsWith("\033[?25h");
        String lastScreen = atInterrupt.substring(atInterrupt.lastIndexOf("\033[H"));
        assertThat(lastScreen.lines().filter(line -> line.endsWith("\033[K"))).hasSize(11);
        assertThat(lastScreen).contains("\033[32mdone\033[0m").contains("25 more lines: ");
        assertThat(result.join().out()).isEqualTo(atInterrupt);
    }

    @Test
    void colour_is_for_terminals_that_want_it() {
        RunCommand coloured = command.terminal(new Terminal(true, false, true, () -> Terminal.Size.COMMON));

        assertThat(coloured.run("status", "--socket", socket.toString()).out()).contains("\033[32mup\033[0m");
        assertThat(new RunCommand().run("status", "--socket", socket.toString()).out())
                .doesNotContain("\033");
    }

    private RunCommand.Result ballast(String... args) {
        return command.run(withSocket(args));
    }

    private String[] withSocket(String... args) {
        return Stream.concat(Stream.of(args), Stream.of("--socket", socket.toString()))
                .toArray(String[]::new);
    }

    private CompletableFuture<RunCommand.Result> inBackground(String... args) {
        return CompletableFuture.supplyAsync(() -> command.run(args));
    }

    private void awaitWatcher() throws InterruptedException {
        while (control.watchers.isEmpty()) {
            Thread.sleep(5);
        }
    }

    private void awaitOutput(String text) throws InterruptedException {
        while (!command.out().contains(text)) {
            Thread.sleep(5);
        }
    }
}
