package dev.ballast.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.util.JsonFormat;
import dev.ballast.v1.ApplyRequest;
import dev.ballast.v1.ChangeReply;
import dev.ballast.v1.DiffReply;
import dev.ballast.v1.DiffRequest;
import dev.ballast.v1.Difference;
import dev.ballast.v1.Edit;
import dev.ballast.v1.EditRequest;
import dev.ballast.v1.HistoryReply;
import dev.ballast.v1.HistoryRequest;
import dev.ballast.v1.PlanReply;
import dev.ballast.v1.PlanRequest;
import dev.ballast.v1.Problem;
import dev.ballast.v1.Progress;
import dev.ballast.v1.Refusal;
import dev.ballast.v1.Revision;
import dev.ballast.v1.RollbackRequest;
import dev.ballast.v1.WatchConfigRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the verbs ask for, and what they make of the answers. */
class VerbsTest extends AgainstFakeDaemon {
    private static final long TIME_MS = 1_795_348_800_000L;
    private static final ChangeReply DONE = ChangeReply.newBuilder()
            .setRevision(8)
            .setChanged(true)
            .setProgress(Progress.DONE)
            .addEffects("web/10.0.1.11: weight 50, was 100")
            .build();
    private static final DiffReply DIFFERENCES = DiffReply.newBuilder()
            .setFromRevision(7)
            .addDifferences(difference("services.web.hash", "5-tuple", "source"))
            .addDifferences(difference("services.web.backends[10.0.1.12]", "", "address: 10.0.1.12\nweight: 50\n"))
            .build();

    // diff

    @Test
    void diff_shows_both_sides_of_each_place_and_is_done_although_they_differ() {
        daemon.answer(DiffRequest.class, DIFFERENCES);

        assertThat(ballast("diff", "-f", file.toString())).isEqualTo(new RunCommand.Result(0, """
                        services.web.hash
                        - 5-tuple
                        + source
                        services.web.backends[10.0.1.12]
                        + address: 10.0.1.12
                        + weight: 50
                        from revision 7 to %s: 2 places differ
                        """.formatted(file), ""));
        DiffRequest request = daemon.request(DiffRequest.class);
        assertThat(request.getYaml().toStringUtf8()).isEqualTo("version: 1\n");
        assertThat(request.getFileName()).isEqualTo(file.toString());
    }

    @Test
    void diff_is_coloured_on_a_terminal() {
        daemon.answer(DiffRequest.class, DIFFERENCES);
        command.terminal(new Terminal(true, false, true, () -> Terminal.Size.COMMON));

        assertThat(ballast("diff", "7").out())
                .contains("\033[31m- 5-tuple\033[0m\n", "\033[32m+ source\033[0m\n", "\033[1mservices.web.hash\033[0m");
    }

    @ParameterizedTest
    @CsvSource({"41,41,0", "41 43,41,43"})
    void diff_compares_revisions(String words, long from, long to) {
        daemon.answer(
                DiffRequest.class,
                DiffReply.newBuilder().setFromRevision(from).setToRevision(43).build());

        assertThat(ballast(Stream.concat(Stream.of("diff"), Stream.of(words.split(" ", -1)))
                                .toArray(String[]::new))
                        .out())
                .isEqualTo("from revision " + from + " to revision 43: nothing differs\n");
        DiffRequest request = daemon.request(DiffRequest.class);
        assertThat(List.of(request.getFromRevision(), request.getToRevision())).containsExactly(from, to);
        assertThat(request.getYaml().isEmpty()).isTrue();
    }

    @Test
    void diff_with_exit_code_tells_scripts_by_the_status() {
        daemon.answer(DiffRequest.class, DIFFERENCES);
        assertThat(ballast("diff", "-f", file.toString(), "--exit-code").status())
                .isEqualTo(6);

        daemon.answer(DiffRequest.class, DiffReply.getDefaultInstance());
        assertThat(ballast("diff", "-f", file.toString(), "--exit-code").status())
                .isZero();
    }

    @Test
    void diff_without_a_side_compares_with_the_file_of_the_instance() {
        assertThat(ballast("diff", "--instance", "no-such-instance"))
                .isEqualTo(new RunCommand.Result(
                        2, "", "ballast: /etc/ballast/no-such-instance.yaml: there is no such file\n"));
    }

    // history

    @Test
    void history_shows_who_made_each_revision_and_what_it_changed() {
        daemon.answer(
                HistoryRequest.class,
                HistoryReply.newBuilder()
                        .setOldestRevision(1)
                        .addRevisions(revision(9, 7)
                                .setAuthor("uid:1000")
                                .setOperation("rollback")
                                .setObject("6"))
                        .addRevisions(revision(7, 6)
                                .setAuthor("uid:0")
                                .setOperation("drain")
                                .setObject("web/10.0.1.11")
                                .addEffects("web/10.0.1.11: drained"))
                        .build());

        assertThat(ballast("history", "-n", "2")).isEqualTo(new RunCommand.Result(0, """
                        9  2026-11-22T12:00:09Z  uid:1000  rollback 6  upon 7
                        7  2026-11-22T12:00:07Z  uid:0  drain web/10.0.1.11
                          web/10.0.1.11: drained
                        older ones: ballast history --before 7
                        """, ""));
        assertThat(daemon.request(HistoryRequest.class).getLimit()).isEqualTo(2);
    }

    @Test
    void history_of_nothing_says_how_to_begin() {
        daemon.answer(HistoryRequest.class, HistoryReply.getDefaultInstance());

        assertThat(ballast("history").out())
                .isEqualTo("nothing was ever accepted; `ballast apply -f FILE` makes revision 1\n");
    }

    @Test
    void a_watch_of_the_history_is_a_line_for_each_revision_as_json() throws Exception {
        daemon.answer(
                WatchConfigRequest.class, revision(7, 6).build(), revision(8, 7).build());

        List<String> lines =
                ballast("history", "--watch", "-o", "json").out().lines().toList();

        assertThat(lines).hasSize(2);
        Revision.Builder last = Revision.newBuilder();
        JsonFormat.parser().merge(lines.getLast(), last);
        assertThat(last.getRevision()).isEqualTo(8);
    }

    // rollback

    @Test
    void rollback_names_the_revision_and_has_the_conditions_of_a_change() {
        daemon.answer(RollbackRequest.class, DONE);

        var result = ballast("rollback", "6", "--allow-delete", "--expected-revision", "7", "--max-disruption", "2%");

        assertThat(result).isEqualTo(new RunCommand.Result(0, """
                        web/10.0.1.11: weight 50, was 100
                        revision 8: done
                        """, ""));
        RollbackRequest request = daemon.request(RollbackRequest.class);
        assertThat(request.getRevision()).isEqualTo(6);
        assertThat(request.getOptions().getAllowDelete()).isTrue();
        assertThat(request.getOptions().getExpectedRevision()).isEqualTo(7);
        assertThat(request.getOptions().getMaxDisruptionBasisPoints()).isEqualTo(200);
    }

    // set

    static Stream<Arguments> edits() {
        return Stream.of(
                Arguments.of("web/10.0.1.11 weight=50", "services.web.backends[10.0.1.11].weight: 50"),
                Arguments.of("web/2001:db8::1 weight=0", "services.web.backends[2001:db8::1].weight: 0"),
                Arguments.of("web hash=source", "services.web.hash: source"),
                Arguments.of("services.web.hash=source", "services.web.hash: source"),
                Arguments.of(
                        "web/10.0.1.11 weight=50 web/10.0.1.12 weight=150",
                        "services.web.backends[10.0.1.11].weight: 50, services.web.backends[10.0.1.12].weight: 150"),
                Arguments.of(
                        "web hash=source fleet.maxDisruption=2% flows.track=false",
                        "services.web.hash: source, fleet.maxDisruption: 2%, services.web.flows.track: false"),
                Arguments.of("services.web.get=/a=b", "services.web.get: /a=b"),
                Arguments.of(
                        "--remove web/10.0.1.12 --remove services.web.vips[1] web hash=source",
                        "services.web.hash: source, -services.web.backends[10.0.1.12], -services.web.vips[1]"));
    }

    @ParameterizedTest
    @MethodSource("edits")
    void set_turns_what_is_typed_into_paths(String words, String edits) {
        daemon.answer(EditRequest.class, DONE);

        var result = ballast(Stream.concat(Stream.of("set"), Arrays.stream(words.split(" ", -1)))
                .toArray(String[]::new));

        assertThat(result.err()).isEmpty();
        assertThat(daemon.request(EditRequest.class).getEditsList().stream()
                        .map(VerbsTest::text)
                        .toList())
                .containsExactly(edits.split(", ", -1));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "weight=50 | weight=50: of what? Write a service or member before it, as in",
                "web/10.0.1.11 | nothing is set of services.web.backends[10.0.1.11]; write KEY=VALUE behind it",
                "web dns hash=source | nothing is set of services.web; write KEY=VALUE behind it",
                "=50 | =50: there is no key before the =",
                "--no-wait | nothing to set; write web/10.0.1.11 weight=50"
            })
    void set_says_what_a_line_lacks(String words, String message) {
        var result = ballast(Stream.concat(Stream.of("set"), Arrays.stream(words.split(" ", -1)))
                .toArray(String[]::new));

        assertThat(result.status()).isEqualTo(2);
        assertThat(result.err()).startsWith("ballast: " + message);
        assertThat(daemon.requests).isEmpty();
    }

    // apply --diff, --confirm

    @ParameterizedTest
    @ValueSource(strings = {"y", "Yes", " yes "})
    void apply_with_confirm_shows_difference_and_plan_and_applies_just_that(String yes) {
        daemon.answer(DiffRequest.class, DIFFERENCES)
                .answer(PlanRequest.class, PlanReply.newBuilder().setRevision(7).build())
                .answer(ApplyRequest.class, DONE);
        command.answer(yes);

        var result = ballast("apply", "-f", file.toString(), "--confirm");

        assertThat(result.out()).isEqualTo("""
                        services.web.hash
                        - 5-tuple
                        + source
                        services.web.backends[10.0.1.12]
                        + address: 10.0.1.12
                        + weight: 50
                        from revision 7 to %s: 2 places differ
                        against revision 7: nothing would change
                        apply it? [y/N] web/10.0.1.11: weight 50, was 100
                        revision 8: done
                        """.formatted(file));
        assertThat(result.status()).isZero();
        assertThat(((PlanRequest) daemon.requests.get(1)).getOptions().getExpectedRevision())
                .isEqualTo(7);
        assertThat(((ApplyRequest) daemon.requests.get(2)).getOptions().getExpectedRevision())
                .isEqualTo(7);
    }

    @ParameterizedTest
    @ValueSource(strings = {"n", "", "ye", "no"})
    void apply_that_is_not_confirmed_changes_nothing(String no) {
        daemon.answer(DiffRequest.class, DIFFERENCES).answer(PlanRequest.class, PlanReply.getDefaultInstance());
        command.answer(no);

        var result = ballast("apply", "-f", file.toString(), "--confirm");

        assertThat(result.status()).isEqualTo(1);
        assertThat(result.err()).isEqualTo("ballast: not confirmed; nothing was changed\n");
        assertThat(daemon.requests).hasSize(2);
    }

    @Test
    void apply_with_confirm_needs_somebody_to_ask_or_yes() {
        daemon.answer(DiffRequest.class, DIFFERENCES)
                .answer(PlanRequest.class, PlanReply.getDefaultInstance())
                .answer(ApplyRequest.class, DONE);

        var refused = ballast("apply", "-f", file.toString(), "--confirm");
        assertThat(refused.status()).isEqualTo(2);
        assertThat(refused.err())
                .isEqualTo(
                        "ballast: --confirm: there is no terminal to ask at; --yes answers it. Nothing was changed\n");

        assertThat(ballast("apply", "-f", file.toString(), "--confirm", "--yes").status())
                .isZero();
    }

    @Test
    void apply_does_not_ask_about_what_would_be_refused() {
        daemon.answer(DiffRequest.class, DIFFERENCES)
                .answer(
                        PlanRequest.class,
                        PlanReply.newBuilder()
                                .addObstacles(Problem.newBuilder().setMessage("it deletes web"))
                                .build());
        command.answer("y");

        var result = ballast("apply", "-f", file.toString(), "--confirm");

        assertThat(result.status()).isEqualTo(1);
        assertThat(result.out())
                .contains("! apply would refuse this: it deletes web")
                .doesNotContain("apply it?");
    }

    @Test
    void apply_with_diff_shows_it_and_goes_on() {
        daemon.answer(DiffRequest.class, DIFFERENCES).answer(ApplyRequest.class, DONE);

        assertThat(ballast("apply", "-f", file.toString(), "--diff").out())
                .startsWith("services.web.hash\n- 5-tuple\n+ source\n")
                .endsWith("revision 8: done\n");
    }

    // Without a daemon.

    @Test
    void check_names_every_problem_with_its_place_and_needs_no_daemon() throws Exception {
        Path bad = Files.writeString(directory.resolve("bad.yaml"), """
                version: 1
                node: {name: LB1, interfaces: [{name: eth0}]}
                services: {web: {vips: [{address: 203.0.113.10, port: 99999, protocol: tcp}]}}
                """);

        var result = new RunCommand().run("check", "-f", bad.toString());

        assertThat(result.status()).isEqualTo(1);
        assertThat(result.out()).isEmpty();
        assertThat(result.err().lines())
                .hasSizeGreaterThanOrEqualTo(2)
                .allSatisfy(line -> assertThat(line).matches(bad + ":[23]:\\d+: .+"));

        Refusal.Builder document = Refusal.newBuilder();
        JsonFormat.parser()
                .merge(
                        new RunCommand()
                                .run("check", "-f", bad.toString(), "-o", "json")
                                .out(),
                        document);
        assertThat(document.getProblems(0).getPath()).isEqualTo("node.name");
    }

    @Test
    void check_of_a_valid_file_says_so() {
        String valid = """
                version: 1
                node: {name: lb1, interfaces: [{name: eth0}]}
                services: {web: {vips: [{address: 203.0.113.10, port: 80, protocol: tcp}], backends: [{address: 10.0.1.11}]}}
                """;

        assertThat(new RunCommand().input(valid).run("check", "-f", "-"))
                .isEqualTo(new RunCommand.Result(0, "<stdin>: valid; services: 1, interfaces: 1\n", ""));
    }

    @ParameterizedTest
    @ValueSource(strings = {"node drain", "bgp", "offload --all eth0"})
    void a_verb_that_is_not_in_this_build_says_what_to_do_instead(String line) {
        var result = new RunCommand().run(line.split(" ", -1));

        assertThat(result.status()).isEqualTo(1);
        assertThat(result.err()).matches("ballast: " + line.split(" --", -1)[0] + ": not in this build; .+\n");
    }

    // Ids of requests.

    @Test
    void every_change_carries_an_id_and_a_script_may_choose_it() {
        daemon.answer(EditRequest.class, DONE);

        ballast("set", "web", "hash=source");
        ballast("set", "web", "hash=source", "--request-id", "deploy-4711");

        assertThat(daemon.requests)
                .extracting(request -> ((EditRequest) request).getOptions().getRequestId())
                .containsExactly("request-1", "deploy-4711");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a b", "ä"})
    void an_id_that_the_daemon_would_not_take_is_misuse(String id) {
        assertThat(ballast("set", "web", "hash=source", "--request-id", id).status())
                .isEqualTo(2);
        assertThat(ballast("set", "web", "hash=source", "--request-id", "x".repeat(65))
                        .status())
                .isEqualTo(2);
        assertThat(daemon.requests).isEmpty();
    }

    @Test
    void a_change_whose_connection_breaks_is_sent_again_with_the_same_id() throws Exception {
        daemon.answer(EditRequest.class, DONE);
        Path proxied = directory.resolve("proxy.sock");
        try (SeverableProxy proxy = new SeverableProxy(proxied, socket)) {
            daemon.onRequest(() -> {
                if (daemon.requests.size() < 3) {
                    proxy.drop();
                }
            });

            assertThat(command.run("set", "web", "hash=source", "--socket", proxied.toString())
                            .out())
                    .endsWith("revision 8: done\n");
        }
        assertThat(daemon.requests)
                .hasSize(3)
                .extracting(request -> ((EditRequest) request).getOptions().getRequestId())
                .containsOnly("request-1");
    }

    // What takes long.

    @Test
    void a_terminal_is_told_what_is_waited_for_after_a_second_and_the_line_goes_again() {
        command.terminal(new Terminal(false, true, false, () -> Terminal.Size.COMMON));
        daemon.answer(EditRequest.class, DONE);
        daemon.onRequest(() -> awaitOutput("1 s"));

        var result = ballast("set", "web", "hash=source");

        assertThat(result.err())
                .startsWith("\rwaiting until it is done, 1 s\033[K")
                .endsWith("\r\033[K");
        assertThat(result.out()).endsWith("revision 8: done\n");
    }

    @Test
    void a_change_that_is_interrupted_says_that_it_may_happen() {
        daemon.answer(EditRequest.class, DONE);
        daemon.onRequest(command::interrupt);

        assertThat(ballast("set", "web", "hash=source").err())
                .isEqualTo(
                        "ballast: interrupted: the change was sent and may happen; `ballast status` shows what runs\n");
        assertThat(command.interruptedWith()).isEqualTo(4);
    }

    private void awaitOutput(String text) {
        while (!command.err().contains(text)) {
            Thread.yield();
        }
    }

    private static Difference difference(String path, String before, String after) {
        return Difference.newBuilder()
                .setPath(path)
                .setBefore(before)
                .setAfter(after)
                .build();
    }

    private static Revision.Builder revision(long revision, long from) {
        return Revision.newBuilder()
                .setRevision(revision)
                .setFromRevision(from)
                .setTimeUnixMs(TIME_MS + 1_000 * revision);
    }

    private static String text(Edit edit) {
        return edit.getRemove() ? "-" + edit.getPath() : edit.getPath() + ": " + edit.getValue();
    }
}
