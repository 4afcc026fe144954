package dev.ballast.control.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import dev.ballast.control.loop.ChangeRefusedException;
import dev.ballast.control.loop.ChangeRefusedException.Kind;
import dev.ballast.control.loop.ChangeRefusedException.Problem;
import dev.ballast.v1.ApplyRequest;
import dev.ballast.v1.ChangeOptions;
import dev.ballast.v1.ChangeReply;
import dev.ballast.v1.DiffReply;
import dev.ballast.v1.DiffRequest;
import dev.ballast.v1.DisruptionReport;
import dev.ballast.v1.DrainRequest;
import dev.ballast.v1.Edit;
import dev.ballast.v1.EditRequest;
import dev.ballast.v1.GetConfigRequest;
import dev.ballast.v1.HistoryReply;
import dev.ballast.v1.HistoryRequest;
import dev.ballast.v1.LiveFlows;
import dev.ballast.v1.MemberFlows;
import dev.ballast.v1.PlanReply;
import dev.ballast.v1.PlanRequest;
import dev.ballast.v1.Progress;
import dev.ballast.v1.Refusal;
import dev.ballast.v1.Revision;
import dev.ballast.v1.RollbackRequest;
import dev.ballast.v1.ServiceDisruption;
import dev.ballast.v1.SlotMoves;
import dev.ballast.v1.Stake;
import dev.ballast.v1.StatusReply;
import dev.ballast.v1.StatusRequest;
import dev.ballast.v1.SwapRequest;
import dev.ballast.v1.TeardownRequest;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.reflection.v1.ServiceResponse;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class GrpcServerTest extends AgainstServedApi {
    private static final Metadata.Key<Refusal> REFUSAL =
            Metadata.Key.of("ballast.v1.refusal-bin", ProtoUtils.metadataMarshaller(Refusal.getDefaultInstance()));

    @BeforeEach
    void start() throws IOException {
        start(Duration.ofMillis(500));
    }

    @Test
    void apply_hands_the_bytes_and_options_over_and_answers_what_became_of_them() {
        ChangeReply reply = config().apply(ApplyRequest.newBuilder()
                .setYaml(ByteString.copyFromUtf8("version: 1"))
                .setFileName("a.yaml")
                .setOptions(ChangeOptions.newBuilder()
                        .setExpectedRevision(7)
                        .setDryRun(true)
                        .setNoWait(true)
                        .setAllowDelete(true))
                .build());

        assertThat(control.calls).containsExactly("apply a.yaml revision=7 dryRun noWait allowDelete: version: 1");
        assertThat(reply.getRevision()).isEqualTo(8);
        assertThat(reply.getChanged()).isTrue();
        assertThat(reply.getProgress()).isEqualTo(Progress.DONE);
        assertThat(reply.getEffectsList()).containsExactly("web: 1 member leaves the ring");
    }

    @Test
    void edit_hands_places_and_values_over_in_their_order() {
        ChangeReply reply = config().edit(EditRequest.newBuilder()
                .addEdits(Edit.newBuilder().setPath("services.web.hash").setValue("source"))
                .addEdits(Edit.newBuilder().setPath("services.dns").setRemove(true))
                .setOptions(ChangeOptions.newBuilder().setExpectedRevision(7))
                .build());

        assertThat(control.calls)
                .containsExactly("edit revision=7: [ConfigEdit[path=services.web.hash, value=Optional[source]],"
                        + " ConfigEdit[path=services.dns, value=Optional.empty]]");
        assertThat(reply.getRevision()).isEqualTo(8);
    }

    @Test
    void an_edit_that_says_nothing_is_refused_before_it_reaches_the_loop() {
        for (EditRequest request : List.of(
                EditRequest.getDefaultInstance(),
                EditRequest.newBuilder()
                        .addEdits(Edit.newBuilder().setPath("services.web.hash"))
                        .build(),
                EditRequest.newBuilder()
                        .addEdits(Edit.newBuilder().setPath("services.web").setRemove(false))
                        .build(),
                EditRequest.newBuilder()
                        .addAllEdits(Collections.nCopies(
                                1001,
                                Edit.newBuilder().setPath("x").setValue("1").build()))
                        .build())) {
            StatusRuntimeException refusal =
                    catchThrowableOfType(StatusRuntimeException.class, () -> config().edit(request));
            assertThat(refusal.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
            assertThat(refusal.getTrailers().get(REFUSAL).getProblemsList()).hasSize(1);
        }
        assertThat(control.calls).isEmpty();
    }

    @Test
    void history_diff_and_rollback_are_handed_over_and_answered_field_by_field() {
        HistoryReply history = config().history(
                        HistoryRequest.newBuilder().setBeforeRevision(9).build());
        assertThat(history.getOldestRevision()).isEqualTo(3);
        Revision revision = history.getRevisions(0);
        assertThat(revision.getAllFields())
                .hasSize(Revision.getDescriptor().getFields().size());
        assertThat(revision.getAuthor()).isEqualTo("uid:1000");
        config().diff(DiffRequest.newBuilder()
                .setFromRevision(2)
                .setToRevision(5)
                .build());
        DiffReply diff = config().diff(DiffRequest.newBuilder()
                .setYaml(ByteString.copyFromUtf8("version: 1"))
                .setFileName("a.yaml")
                .build());
        assertThat(diff.getDifferences(0).getPath()).isEqualTo("services.web.backends[10.0.1.11].weight");
        assertThat(diff.getDifferences(0).getBefore()).isEqualTo("100");
        assertThat(diff.getDifferences(0).getAfter()).isEqualTo("50");
        config().rollback(RollbackRequest.newBuilder()
                .setRevision(3)
                .setOptions(ChangeOptions.newBuilder().setRequestId("3f2a"))
                .build());

        assertThat(control.calls)
                .containsExactly(
                        "history before=9 limit=100",
                        "diff 2 5",
                        "diff 0 a.yaml: version: 1",
                        "rollback 3 revision=0 requestId=3f2a");
    }

    @Test
    void what_cannot_be_asked_of_the_past_is_refused_at_the_edge() {
        assertThatThrownBy(() -> config().history(
                                HistoryRequest.newBuilder().setLimit(1_001).build()))
                .hasMessageContaining("INVALID_ARGUMENT: limit: 1001; allowed: 1 to 1000");
        assertThatThrownBy(() -> config().rollback(RollbackRequest.getDefaultInstance()))
                .hasMessageContaining("INVALID_ARGUMENT: revision: name the one to go back to");
        ChangeOptions umlaut = ChangeOptions.newBuilder().setRequestId("Zürich").build();
        assertThatThrownBy(() -> config().apply(
                                ApplyRequest.newBuilder().setOptions(umlaut).build()))
                .hasMessageContaining("INVALID_ARGUMENT: options.request_id");
        assertThat(control.calls).isEmpty();
    }

    @Test
    void plan_hands_the_bytes_and_options_over_and_answers_what_would_be_disturbed() {
        control.preview(Previews.sample());

        PlanReply reply = config().plan(PlanRequest.newBuilder()
                .setYaml(ByteString.copyFromUtf8("version: 1"))
                .setFileName("a.yaml")
                .setOptions(ChangeOptions.newBuilder().setExpectedRevision(7).setMaxDisruptionBasisPoints(50))
                .build());

        assertThat(control.calls).containsExactly("plan a.yaml revision=7 maxDisruption=0.5%: version: 1");
        assertThat(reply.getRevision()).isEqualTo(7);
        assertThat(reply.getEffectsList()).containsExactly("member web/10.0.1.12: removed");
        assertThat(reply.getWarningsList()).containsExactly("service dns has no backend");
        assertThat(reply.getObstacles(0).getMessage()).contains("--max-disruption 3.01%");
        DisruptionReport report = reply.getDisruption();
        assertThat(report.getManner()).isEqualTo("swap");
        assertThat(report.getServicesUnchanged()).isEqualTo(12);
        assertThat(report.getGeneralList()).containsExactly("node.log.level: debug, was info");
        assertThat(report.getLiveFlows()).isEqualTo(80_312);
        assertThat(report.getDisturbedFlows()).isEqualTo(1_204);
        ServiceDisruption web = report.getServices(0);
        assertThat(web.getService()).isEqualTo("web");
        assertThat(web.getChange()).isEqualTo("changed");
        assertThat(web.getManner()).isEqualTo("hot");
        assertThat(web.getMembersRemovedList()).containsExactly("10.0.1.12");
        assertThat(web.getWeightedList()).containsExactly("10.0.1.11", "10.0.1.13");
        assertThat(web.getSlots())
                .isEqualTo(SlotMoves.newBuilder()
                        .setSlots(65_537)
                        .setMoved(3_361)
                        .setMinimum(3_211)
                        .setCertainty("exact")
                        .build());
        assertThat(web.getFlows())
                .isEqualTo(LiveFlows.newBuilder()
                        .setTracked(true)
                        .setLive(40_112)
                        .addLeaving(
                                MemberFlows.newBuilder().setAddress("10.0.1.12").setFlows(1_204))
                        .setCertainty("exact")
                        .build());
        assertThat(web.getStake())
                .isEqualTo(Stake.newBuilder()
                        .setMeasure("flows")
                        .setDisturbed(1_204)
                        .setOf(40_112)
                        .setCertainty("exact")
                        .build());
        assertThat(report.getServices(1).hasSlots()).isFalse();
    }

    @Test
    void a_budget_of_more_than_everything_is_refused_before_it_reaches_the_loop() {
        StatusRuntimeException refused = catchThrowableOfType(
                StatusRuntimeException.class,
                () -> config().apply(ApplyRequest.newBuilder()
                        .setOptions(ChangeOptions.newBuilder().setMaxDisruptionBasisPoints(10_001))
                        .build()));

        assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(refused.getTrailers().get(REFUSAL).getProblems(0).getMessage())
                .isEqualTo(
                        "options.max_disruption_basis_points: 10001 is no share; allowed: 0 to 10000 hundredths of a percent");
        assertThat(control.calls).isEmpty();
    }

    @Test
    void every_operation_reaches_the_loop() {
        operation().drain(DrainRequest.newBuilder().setMember("web/10.0.1.11").build());
        operation().undrain(DrainRequest.newBuilder().setMember("web").build());
        operation().swap(SwapRequest.getDefaultInstance());
        operation()
                .swap(SwapRequest.newBuilder()
                        .setObject(ByteString.copyFrom(new byte[100]))
                        .setFileName("x.o")
                        .build());
        operation().teardown(TeardownRequest.newBuilder().setForce(true).build());

        assertThat(control.calls)
                .containsExactly(
                        "drain web/10.0.1.11 revision=0",
                        "undrain web revision=0",
                        "swap built-in revision=0",
                        "swap x.o of 100 bytes revision=0",
                        "teardown force=true");
    }

    @Test
    void a_swap_with_a_request_id_is_refused_because_no_repetition_of_it_is_known() {
        StatusRuntimeException failure = failureOf(() -> operation()
                .swap(SwapRequest.newBuilder()
                        .setOptions(ChangeOptions.newBuilder().setRequestId("once"))
                        .build()));

        assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(problems(failure))
                .extracting("message")
                .containsExactly(
                        "options.request_id: a swap is no revision, and the ids of swaps are not known; leave it"
                                + " empty, and compare new_program_id with the status");
        assertThat(control.calls).isEmpty();
    }

    @Test
    void a_member_where_a_service_is_asked_for_is_named_as_one() {
        StatusRuntimeException failure = failureOf(() -> status().get(
                        StatusRequest.newBuilder().setService("web/10.0.1.11").build()));

        assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.NOT_FOUND);
        assertThat(problems(failure))
                .extracting("message")
                .containsExactly("web/10.0.1.11 is a member, and this is of whole services; ask for web");
    }

    @Test
    void get_answers_the_configuration_as_yaml_and_json() {
        var reply = config().get(GetConfigRequest.getDefaultInstance());

        assertThat(reply.getRevision()).isEqualTo(7);
        assertThat(reply.getYaml().toStringUtf8()).isEqualTo(Snapshots.CONFIG_YAML);
        assertThat(reply.getJson()).startsWith("{\"version\":1");
    }

    @Test
    void get_is_refused_where_nothing_is_configured() {
        control.state(Snapshots.at(0, 0, List.of()));

        StatusRuntimeException failure = failureOf(() -> config().get(GetConfigRequest.getDefaultInstance()));

        assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.FAILED_PRECONDITION);
        assertThat(problems(failure))
                .extracting("message")
                .containsExactly("nothing is configured yet; `ballast apply -f FILE` does that");
    }

    @Test
    void status_has_every_field_of_the_snapshot() {
        StatusReply reply = status().get(StatusRequest.getDefaultInstance());

        // No field of any message may be left at its default but those that are 0 or "" in the sample.
        assertThat(reply.getAllFields().keySet().stream().map(field -> field.getName()))
                .containsExactlyInAnyOrder(
                        "node",
                        "instance",
                        "version",
                        "pid",
                        "started_unix_ms",
                        "time_unix_ms",
                        "revision",
                        "progress",
                        "program_tag",
                        "program_built_in_tag",
                        "interfaces",
                        "services",
                        "verdicts",
                        "flows",
                        "warnings",
                        "tx_failed",
                        "program_features",
                        "configured_digest",
                        "effective_digest",
                        "source",
                        "journal");
        assertThat(reply.getServices(0).getAllFields().keySet().stream().map(field -> field.getName()))
                .contains("vips", "encap", "hash", "sources");
        assertThat(reply.getServices(0).getMembers(1).getAllFields().keySet().stream()
                        .map(field -> field.getName()))
                .containsExactlyInAnyOrder(
                        "name",
                        "address",
                        "weight",
                        "admin",
                        "health",
                        "health_reason",
                        "health_since_unix_ms",
                        "next_hop",
                        "forwarded",
                        "flows");
        assertThat(reply.getServices(0).getMembers(0).getRingShare()).isEqualTo(0.6667);
        assertThat(reply.getServices(1).getReason()).isEqualTo("waiting for the neighbour 10.0.1.21");
        assertThat(reply.getFlows().getCapacity()).isEqualTo(4_194_304);
    }

    @Test
    void status_of_one_service_leaves_the_others_out() {
        StatusReply reply =
                status().get(StatusRequest.newBuilder().setService("dns").build());

        assertThat(reply.getServicesList()).extracting("name").containsExactly("dns");
    }

    @Test
    void a_misspelt_service_is_answered_with_the_nearest_name() {
        StatusRequest request = StatusRequest.newBuilder().setService("wbe").build();

        StatusRuntimeException failure = failureOf(() -> status().get(request));
        StatusRuntimeException watchFailure =
                failureOf(() -> status().watch(request).next());

        assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.NOT_FOUND);
        assertThat(problems(failure)).extracting("message").containsExactly("no service wbe; did you mean web?");
        assertThat(problems(watchFailure)).isEqualTo(problems(failure));
    }

    @Test
    void a_refusal_has_the_code_of_its_kind_and_its_problems_in_the_trailers() {
        assertThat(List.of(Kind.values()).stream().map(kind -> {
                    control.refuse(kind, "because");
                    StatusRuntimeException failure =
                            failureOf(() -> operation().drain(DrainRequest.getDefaultInstance()));
                    assertThat(problems(failure)).extracting("message").containsExactly("because");
                    return kind + " " + failure.getStatus().getCode();
                }))
                .containsExactly(
                        "INVALID INVALID_ARGUMENT",
                        "STATE FAILED_PRECONDITION",
                        "CONFLICT ABORTED",
                        "NOT_FOUND NOT_FOUND",
                        "UNAVAILABLE UNAVAILABLE",
                        "FAILED FAILED_PRECONDITION");
    }

    @Test
    void a_problem_keeps_its_place_and_cure() {
        control.fail(new ChangeRefusedException(
                Kind.INVALID,
                List.of(new Problem("services.web.backends[3].weight", 12, 9, "0x", "1 to 10000", "a number", "all"))));

        assertThat(problems(failureOf(() -> config().apply(ApplyRequest.getDefaultInstance()))))
                .containsExactly(dev.ballast.v1.Problem.newBuilder()
                        .setPath("services.web.backends[3].weight")
                        .setLine(12)
                        .setColumn(9)
                        .setGiven("0x")
                        .setAllowed("1 to 10000")
                        .setCure("a number")
                        .setMessage("all")
                        .build());
    }

    @Test
    void more_problems_than_the_trailers_hold_are_counted_instead() {
        control.fail(new ChangeRefusedException(
                Kind.INVALID,
                IntStream.range(0, 5_000)
                        .mapToObj(i -> Problem.of("problem " + i + " " + "x".repeat(200)))
                        .toList()));

        List<dev.ballast.v1.Problem> problems =
                problems(failureOf(() -> config().apply(ApplyRequest.getDefaultInstance())));

        assertThat(problems).hasSizeBetween(300, 500);
        assertThat(problems.getLast().getMessage())
                .isEqualTo(5_001 - problems.size() + " more problems are left out; correct these first");
    }

    @Test
    void a_problem_longer_than_the_trailers_keeps_what_is_wrong_and_the_cure() {
        control.fail(new ChangeRefusedException(
                Kind.STATE, List.of(Problem.of("this would take away: " + "x".repeat(200_000) + ". Repeat it"))));

        List<dev.ballast.v1.Problem> problems =
                problems(failureOf(() -> config().apply(ApplyRequest.getDefaultInstance())));

        assertThat(problems).hasSize(1);
        assertThat(problems.getFirst().getMessage())
                .startsWith("this would take away: x")
                .endsWith("x. Repeat it")
                .hasSizeLessThan(10_000);
    }

    @Test
    void an_unexpected_failure_is_an_internal_error_with_an_id_that_tells_nothing_else() {
        RuntimeException cause = new IllegalStateException("secret detail");
        control.fail(cause);
        StatusRuntimeException later = failureOf(() -> operation().drain(DrainRequest.getDefaultInstance()));
        control.throwAtOnce(cause);
        StatusRuntimeException atOnce = failureOf(() -> operation().drain(DrainRequest.getDefaultInstance()));

        assertThat(List.of(later, atOnce)).allSatisfy(failure -> {
            assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.INTERNAL);
            assertThat(failure.getStatus().getDescription())
                    .matches("internal error ([0-9a-f]{8}); the daemon's log has the cause under id=\\1");
            assertThat(failure.getTrailers().containsKey(REFUSAL)).isFalse();
        });
    }

    @Test
    void a_change_that_is_never_answered_ends_with_deadline_exceeded_although_the_caller_set_none() {
        control.stall();

        StatusRuntimeException failure = failureOf(() -> operation().drain(DrainRequest.getDefaultInstance()));

        assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
        assertThat(failure.getStatus().getDescription()).contains("the change may still happen: `ballast status`");
    }

    @Test
    void a_message_over_the_limit_is_refused_and_the_next_call_served() {
        ByteString tooLarge = ByteString.copyFrom(new byte[17 * 1024 * 1024]);

        StatusRuntimeException failure = failureOf(
                () -> config().apply(ApplyRequest.newBuilder().setYaml(tooLarge).build()));

        assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
        assertThat(control.calls).isEmpty();
        assertThat(status().get(StatusRequest.getDefaultInstance()).getRevision())
                .isEqualTo(7);
    }

    @Test
    void a_configuration_just_under_16_mib_goes_through() {
        ByteString large = ByteString.copyFrom(new byte[16 * 1024 * 1024 - 1]);

        assertThat(config().apply(ApplyRequest.newBuilder().setYaml(large).build())
                        .getChanged())
                .isTrue();
    }

    @Test
    void the_caller_of_a_change_is_known_by_its_uid() throws Exception {
        long uid = ((Number) java.nio.file.Files.getAttribute(directory, "unix:uid")).longValue();
        List<String> callers = Collections.synchronizedList(new ArrayList<>());
        control.onCall(() -> callers.add(Caller.current()));

        operation().drain(DrainRequest.newBuilder().setMember("web").build());

        assertThat(callers).containsExactly("uid:" + uid);
    }

    @Test
    void health_and_reflection_are_served() {
        assertThat(HealthGrpc.newBlockingStub(channel)
                        .check(HealthCheckRequest.newBuilder()
                                .setService("ballast.v1.Config")
                                .build())
                        .getStatus())
                .isEqualTo(ServingStatus.SERVING);

        CompletableFuture<ServerReflectionResponse> response = new CompletableFuture<>();
        StreamObserver<ServerReflectionRequest> request = ServerReflectionGrpc.newStub(channel)
                .serverReflectionInfo(new StreamObserver<>() {
                    @Override
                    public void onNext(ServerReflectionResponse value) {
                        response.complete(value);
                    }

                    @Override
                    public void onError(Throwable failure) {
                        response.completeExceptionally(failure);
                    }

                    @Override
                    public void onCompleted() {}
                });
        request.onNext(ServerReflectionRequest.newBuilder().setListServices("").build());
        assertThat(response.join().getListServicesResponse().getServiceList().stream()
                        .map(ServiceResponse::getName))
                .contains("ballast.v1.Config", "ballast.v1.Operation", "ballast.v1.Status", "grpc.health.v1.Health");
        request.onCompleted();
    }

    private static List<dev.ballast.v1.Problem> problems(StatusRuntimeException failure) {
        Refusal refusal = failure.getTrailers().get(REFUSAL);
        assertThat(refusal).as("refusal in the trailers of " + failure).isNotNull();
        return refusal.getProblemsList();
    }
}
