package dev.ballast.control.loop;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ballast.control.journal.Revision;
import dev.ballast.control.loop.ChangeRefusedException.Kind;
import dev.ballast.control.loop.Control.Change;
import dev.ballast.control.loop.Control.ChangeOptions;
import dev.ballast.control.loop.Control.Comparison;
import dev.ballast.control.loop.Control.Origin;
import dev.ballast.control.loop.Control.Page;
import dev.ballast.control.model.ConfigEdit;
import dev.ballast.control.model.Difference;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** History, differences, the way back, and requests that come twice. */
@Timeout(120)
class HistoryKernelTest extends WriterOverKernel {
    private static ChangeOptions options(long expectedRevision, String requestId) {
        return new ChangeOptions(
                expectedRevision, false, false, true, Optional.empty(), new Origin("uid:1000", requestId));
    }

    private Change drain(String member, String requestId) {
        return ask(reply -> new Event.Drain(member, true, options(0, requestId), reply));
    }

    private Change rollback(long revision) {
        return ask(reply -> new Event.Rollback(revision, options(0, ""), reply));
    }

    private Page history() {
        return ask(reply -> new Event.LookBack<>(past -> past.page(0, 100), reply));
    }

    private Comparison diff(long from, long to) {
        return ask(reply -> new Event.LookBack<>(past -> past.diff(from, to), reply));
    }

    @Test
    void history_says_who_did_what_when_and_upon_what_over_a_restart() throws Exception {
        apply(one(web(11)));
        apply(one(web(11, 12)), options(1, "a"));
        drain("web/10.0.1.12", "b");
        Page before = history();
        restart();

        assertThat(history()).isEqualTo(before);
        assertThat(before.oldest()).isEqualTo(1);
        assertThat(before.revisions()).extracting(Revision::revision).containsExactly(3L, 2L, 1L);
        Revision drain = before.revisions().getFirst();
        assertThat(drain.fromRevision()).isEqualTo(2);
        assertThat(drain.timeUnixMs()).isEqualTo(1_000);
        assertThat(drain.author()).isEqualTo("uid:1000");
        assertThat(drain.operation()).isEqualTo("drain");
        assertThat(drain.object()).isEqualTo("web/10.0.1.12");
        assertThat(drain.requestId()).isEqualTo("b");
        assertThat(drain.effects()).hasSize(1).first().asString().contains("10.0.1.12");
        assertThat(before.revisions().getLast().author()).isEqualTo("daemon");
        assertThat(writer.snapshot().journal().latest()).contains(drain);
    }

    @Test
    void the_configured_digest_follows_services_and_drains_and_not_the_node() {
        apply(one(web(11)));
        apply(one(web(11)).replace("name: lb1", "name: lb2"));
        apply(one(web(11, 12)));
        drain("web/10.0.1.12", true);
        drain("web/10.0.1.12", false);
        List<String> digests = history().revisions().reversed().stream()
                .map(Revision::configDigest)
                .toList();
        assertThat(digests.get(0)).matches("[0-9a-f]{16}").isEqualTo(digests.get(1));
        assertThat(digests.get(2)).isNotEqualTo(digests.get(1)).isEqualTo(digests.get(4));
        assertThat(digests.get(3)).isNotIn(digests.get(1), digests.get(2));
    }

    @Test
    void a_rollback_is_a_new_revision_with_the_former_configuration_and_todays_drains() throws Exception {
        apply(one(web(11, 12)));
        apply(one(web(11, 12) + service("dns", "203.0.113.11", 12)));
        drain("web/10.0.1.12", true);

        Change back = rollback(1);

        assertThat(back.revision()).isEqualTo(4);
        assertThat(back.changed()).isTrue();
        assertThat(diff(1, 4).differences()).containsExactly(new Difference("drained", "", "web/10.0.1.12"));
        assertThat(writer.snapshot().services())
                .extracting(Snapshot.Service::name)
                .containsExactly("web");
        assertThat(history().revisions().getFirst().operation()).isEqualTo("rollback");
        assertThat(history().revisions().getFirst().object()).isEqualTo("revision 1");
        restart();
        assertThat(writer.snapshot().revision()).isEqualTo(4);
        assertThat(diff(1, 0).differences()).containsExactly(new Difference("drained", "", "web/10.0.1.12"));
        assertThat(rollback(1).changed()).isFalse();
    }

    @Test
    void a_rollback_that_takes_most_members_away_needs_to_be_meant() {
        apply(one(web(11)));
        apply(one(web(11, 12, 13)));
        assertThat(refusal(() -> this.<Change>ask(reply -> new Event.Rollback(1, ChangeOptions.NONE, reply))))
                .isEqualTo(Kind.STATE);
        assertThat(rollback(1).changed()).isTrue();
    }

    @Test
    void what_is_not_kept_cannot_be_gone_back_to_and_the_refusal_says_what_is() {
        apply(one(web(11)));
        assertThatThrownBy(() -> rollback(7))
                .isInstanceOf(ChangeRefusedException.class)
                .hasMessageContaining("revision 7 is not kept: revisions 1 to 1 are");
        assertThat(refusal(() -> rollback(7))).isEqualTo(Kind.NOT_FOUND);
    }

    @Test
    void before_anything_was_accepted_there_is_no_past() {
        assertThat(history()).isEqualTo(new Page(List.of(), 0));
        assertThat(refusal(() -> diff(0, 0))).isEqualTo(Kind.STATE);
    }

    @Test
    void a_weight_from_set_is_overwritten_by_apply_and_diff_shows_it_before() {
        String file = one(web(11, 12));
        apply(file);
        List<ConfigEdit> weight = List.of(new ConfigEdit("services.web.backends[10.0.1.11].weight", Optional.of("50")));
        Change set = ask(reply -> new Event.Edit(weight, options(0, ""), reply));
        assertThat(set.effects()).containsExactly("member web/10.0.1.11: weight: 50, was 100");

        Comparison shown =
                ask(reply -> new Event.LookBack<>(past -> past.diff(0, file.getBytes(UTF_8), "a.yaml"), reply));
        assertThat(shown.differences())
                .containsExactly(new Difference("services.web.backends[10.0.1.11].weight", "50", "100"));
        apply(file);
        assertThat(writer.snapshot().services().getFirst().members())
                .extracting(Snapshot.Member::weight)
                .containsExactly(100, 100);
    }

    @Test
    void a_difference_names_the_place_and_both_sides() {
        apply(one(web(11, 12)));
        apply(one(web(11, 12).replace("{address: 10.0.1.11}", "{address: 10.0.1.11, weight: 50}")));
        assertThat(diff(1, 2))
                .isEqualTo(new Comparison(
                        1, 2, List.of(new Difference("services.web.backends[10.0.1.11].weight", "100", "50"))));
        assertThat(diff(2, 2).differences()).isEmpty();
        Comparison handedIn = ask(reply ->
                new Event.LookBack<>(past -> past.diff(0, one(web(11, 12)).getBytes(UTF_8), "a.yaml"), reply));
        assertThat(handedIn)
                .isEqualTo(new Comparison(
                        2, 0, List.of(new Difference("services.web.backends[10.0.1.11].weight", "50", "100"))));
    }

    @Test
    void a_request_that_comes_again_changes_nothing_and_hears_what_became_of_it_over_a_restart() throws Exception {
        apply(one(web(11, 12)), options(0, "first"));
        Change drained = drain("web/10.0.1.12", "second");
        apply(one(web(11, 12, 13)), options(2, "third"));
        for (int i = 0; i < 2; i++) {
            Change again = drain("web/10.0.1.12", "second");
            assertThat(again.revision()).isEqualTo(2);
            assertThat(again.changed()).isTrue();
            assertThat(again.effects()).isEqualTo(drained.effects());
            assertThat(again.warnings()).first().asString().contains("accepted before, as revision 2");
            // Its expected revision is long past, and that is no conflict: it was right when it was accepted.
            assertThat(apply(one(web(11, 12, 13)), options(2, "third")).revision())
                    .isEqualTo(3);
            assertThat(writer.snapshot().revision()).isEqualTo(3);
            restart();
        }
    }

    @Test
    void another_request_with_the_id_of_an_accepted_one_is_refused() {
        apply(one(web(11, 12)), options(0, "same"));
        assertThatThrownBy(() -> apply(one(web(11, 12, 13)), options(0, "same")))
                .isInstanceOf(ChangeRefusedException.class)
                .hasMessageContaining(
                        "request id same was that of another change, apply test.yaml, which is revision 1");
        assertThat(refusal(() -> drain("web/10.0.1.12", "same"))).isEqualTo(Kind.STATE);
        assertThat(writer.snapshot().revision()).isEqualTo(1);
    }

    @Test
    void a_dry_run_and_a_refused_request_do_not_use_up_their_id() {
        apply(one(web(11, 12)));
        ChangeOptions dry = new ChangeOptions(0, true, false, true, Optional.empty(), new Origin("uid:1000", "id"));
        apply(one(web(11, 12, 13)), dry);
        assertThat(refusal(() -> apply(one(web(11, 12, 13)), options(9, "id")))).isEqualTo(Kind.CONFLICT);
        assertThat(apply(one(web(11, 12, 13)), options(1, "id")).revision()).isEqualTo(2);
        // Nor is a dry run answered with what was accepted.
        assertThat(apply(one(web(11)), dry).changed()).isFalse();
    }

    @Test
    void of_two_changes_upon_one_revision_exactly_one_is_made() {
        apply(one(web(11)));
        assertThat(apply(one(web(11, 12)), options(1, "")).revision()).isEqualTo(2);
        assertThat(refusal(() -> apply(one(web(11, 13)), options(1, "")))).isEqualTo(Kind.CONFLICT);
        assertThat(members().values()).extracting(row -> row.backend()).containsExactly(backend(11), backend(12));
    }
}
