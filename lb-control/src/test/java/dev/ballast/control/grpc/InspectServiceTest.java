package dev.ballast.control.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import com.google.protobuf.ByteString;
import dev.ballast.control.loop.Snapshot;
import dev.ballast.v1.ExplainReply;
import dev.ballast.v1.ExplainRequest;
import dev.ballast.v1.FlowCount;
import dev.ballast.v1.FlowsReply;
import dev.ballast.v1.FlowsRequest;
import dev.ballast.v1.InspectGrpc;
import dev.ballast.v1.ReplayPacket;
import dev.ballast.v1.ReplayReply;
import dev.ballast.v1.ReplayRequest;
import dev.ballast.v1.ReplayVerdict;
import dev.ballast.v1.TopRequest;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.BlockingClientCall;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class InspectServiceTest extends AgainstServedApi {
    @Test
    void each_packet_has_its_verdict_in_order_with_the_tag_of_what_was_copied() throws Exception {
        start(Duration.ofSeconds(30));
        var call = InspectGrpc.newBlockingV2Stub(channel).replay();

        ReplayReply reply = ask(call, packet(FakeInspector.FORWARDED, 7, 100), packet(FakeInspector.PASSED, 8, 0));

        assertThat(reply.getProgramTag()).isEqualTo(FakeInspector.TAG);
        assertThat(reply.getVerdictsList()).extracting(ReplayVerdict::getClass_).containsExactly("forwarded", "passed");
        assertThat(reply.getVerdicts(0).getSent().size()).isEqualTo(100 + FakeInspector.GROWTH);
        assertThat(inspector.packets).as("without a length a packet is whole").containsExactly("7 60 100", "8 60 60");
    }

    @Test
    void a_replay_ends_with_its_call_however_that_ends() throws Exception {
        start(Duration.ofSeconds(30));
        var completed = InspectGrpc.newBlockingV2Stub(channel).replay();
        ask(completed, packet(FakeInspector.PASSED, 0, 0));
        assertThat(inspector.open).hasValue(1);
        completed.halfClose();
        assertThat(completed.read()).isNull();
        awaitNone();

        var cancelled = InspectGrpc.newBlockingV2Stub(channel).replay();
        ask(cancelled, packet(FakeInspector.PASSED, 0, 0));
        cancelled.cancel("gone", null);
        awaitNone();

        var failed = InspectGrpc.newBlockingV2Stub(channel).replay();
        ReplayReply before = ask(failed, packet(FakeInspector.PASSED, 0, 0), packet(FakeInspector.REFUSED, 0, 0));
        assertThat(before.getVerdictsCount()).isOne();
        assertStatus(failed, Status.Code.INVALID_ARGUMENT, "packet of 9014 bytes: too long");
        awaitNone();
    }

    @Test
    void a_caller_that_sends_nothing_is_given_up() throws Exception {
        start(Duration.ofMillis(300));
        var silent = InspectGrpc.newBlockingV2Stub(channel).replay();
        assertStatus(silent, Status.Code.DEADLINE_EXCEEDED, "nothing came for 0 s; the replay was given up");
        awaitNone();
    }

    @Test
    void explain_answers_with_each_step() throws Exception {
        start(Duration.ofSeconds(30));
        ExplainReply reply =
                InspectGrpc.newBlockingStub(channel).explain(question().build());

        assertThat(reply.getClass_()).isEqualTo("forwarded");
        assertThat(reply.getReason()).isEqualTo("forwarded_flow");
        assertThat(reply.getProgramTag()).isEqualTo(FakeInspector.TAG);
        assertThat(reply.getVip()).isEqualTo("[2001:db8:1::10]:443/tcp");
        assertThat(reply.getFlow().getUsed()).isTrue();
        assertThat(reply.getFlow().getMember()).isEqualTo("web/10.0.1.11");
        assertThat(reply.getRing().getMember()).isEqualTo("web/10.0.1.12");
        assertThat(reply.getMember().getChosenBy()).isEqualTo("flow");
        assertThat(reply.getMember().getAdmin()).isEqualTo("drain");
        assertThat(reply.getStepsList())
                .contains("packet: TCP SYN ACK, 78 bytes, from [2001:db8:9::7]:40000 to [2001:db8:1::10]:443");
    }

    private static ExplainRequest.Builder question() {
        return ExplainRequest.newBuilder()
                .setProtocol("tcp")
                .setSource("[2001:db8:9::7]:40000")
                .setDestination("[2001:db8:1::10]:443")
                .addTcpFlags("ack")
                .addTcpFlags("SYN")
                .setLength(78);
    }

    @Test
    void explain_refuses_what_is_no_packet_and_names_what_is_wrong() throws Exception {
        start(Duration.ofSeconds(30));
        requireRefused(question().setProtocol("sctp"), "protocol is \"sctp\": give one of tcp, udp");
        requireRefused(question().setSource("[2001:db8::7]"), "source \"[2001:db8::7]\" is not an address and a port");
        requireRefused(question().setSource("300.1.1.1:80"), "source \"300.1.1.1:80\" is not an address and a port");
        requireRefused(question().setDestination("web:443"), "destination \"web:443\" is not an address and a port");
        requireRefused(question().setDestination("[::1]:65536"), "\"[::1]:65536\" is not an address and a port");
        requireRefused(question().setSource("192.0.2.7:1"), "are not of one family");
        requireRefused(question().addTcpFlags("psh"), "tcp_flags is \"psh\": give one of syn, ack, fin, rst");
        requireRefused(question().setProtocol("udp"), "UDP has no flags");
        requireRefused(question().setLength(-1), "a frame of 4294967295 bytes: give 64 to 9216 bytes");
    }

    private void requireRefused(ExplainRequest.Builder request, String message) {
        assertThatThrownBy(() -> InspectGrpc.newBlockingStub(channel).explain(request.build()))
                .isInstanceOfSatisfying(
                        StatusRuntimeException.class,
                        failure -> assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT))
                .hasMessageContaining(message);
    }

    @Test
    void flows_are_answered_by_member_and_state_also_of_members_that_left() throws Exception {
        start(Duration.ofSeconds(30));
        FlowsReply reply = InspectGrpc.newBlockingStub(channel)
                .flows(FlowsRequest.newBuilder().setService("web").build());

        assertThat(reply.getFlowsList())
                .extracting(
                        FlowCount::getMember,
                        FlowCount::getAdmin,
                        FlowCount::getEstablished,
                        FlowCount::getUnconfirmed,
                        FlowCount::getClosing,
                        FlowCount::getHalfOpen)
                .containsExactly(
                        tuple("web/10.0.1.11", "in", 7L, 2L, 1L, 3L),
                        tuple("web/10.0.1.99", "leaving", 1L, 0L, 0L, 0L));
        assertThat(reply.getTookUs()).isEqualTo(1_500);
        assertThatThrownBy(() -> InspectGrpc.newBlockingStub(channel)
                        .flows(FlowsRequest.newBuilder().setService("wbe").build()))
                .hasMessageContaining("did you mean web?");
    }

    @Test
    void top_sends_a_reply_when_a_period_is_over() throws Exception {
        start(Duration.ofSeconds(30));
        var replies = InspectGrpc.newBlockingStub(channel)
                .top(TopRequest.newBuilder().setService("web").build());
        Snapshot second = Snapshots.at(7, 1, Snapshots.sampleMembers());
        while (control.watchers.isEmpty()) {
            Thread.sleep(5); // until the call is there
        }
        control.publish(second);

        assertThat(replies.next().getTotal().getPacketsPerS()).isEqualTo(2_000);
    }

    @ParameterizedTest
    @CsvSource({
        "999, web, INVALID_ARGUMENT",
        "-1, web, INVALID_ARGUMENT",
        "3600001, '', INVALID_ARGUMENT",
        "0, wbe, NOT_FOUND"
    })
    void top_of_what_cannot_be_is_refused(int periodMs, String service, Status.Code code) throws Exception {
        start(Duration.ofSeconds(30));
        var replies = InspectGrpc.newBlockingStub(channel)
                .top(TopRequest.newBuilder()
                        .setPeriodMs(periodMs)
                        .setService(service)
                        .build());

        assertThatThrownBy(replies::next)
                .isInstanceOfSatisfying(
                        StatusRuntimeException.class,
                        failure -> assertThat(failure.getStatus().getCode()).isEqualTo(code));
        assertThat(control.watchers).isEmpty();
    }

    @Test
    void there_is_one_replay_at_a_time() throws Exception {
        start(Duration.ofSeconds(30));
        var first = InspectGrpc.newBlockingV2Stub(channel).replay();
        ask(first, packet(FakeInspector.PASSED, 0, 0));
        var second = InspectGrpc.newBlockingV2Stub(channel).replay();
        assertStatus(second, Status.Code.UNAVAILABLE, "another replay runs; try again when it has ended");
        ask(first, packet(FakeInspector.PASSED, 0, 0));
    }

    @Test
    void the_end_of_the_daemon_ends_a_replay() throws Exception {
        start(Duration.ofSeconds(30));
        var call = InspectGrpc.newBlockingV2Stub(channel).replay();
        ask(call, packet(FakeInspector.PASSED, 0, 0));
        api.server().close();
        awaitNone();
        assertThatThrownBy(call::read).isInstanceOf(StatusException.class);
    }

    private static ReplayReply ask(BlockingClientCall<ReplayRequest, ReplayReply> call, ReplayPacket... packets)
            throws Exception {
        ReplayRequest.Builder request = ReplayRequest.newBuilder();
        for (ReplayPacket packet : packets) {
            request.addPackets(packet);
        }
        call.write(request.build());
        ReplayReply reply = call.read();
        assertThat(reply).isNotNull();
        return reply;
    }

    private static void assertStatus(
            BlockingClientCall<ReplayRequest, ReplayReply> call, Status.Code code, String description) {
        assertThatThrownBy(call::read).isInstanceOfSatisfying(StatusException.class, failure -> {
            assertThat(failure.getStatus().getCode()).isEqualTo(code);
            assertThat(failure.getStatus().getDescription()).contains(description);
        });
    }

    /** The daemon hears of a call's end a moment after the caller. */
    private void awaitNone() throws InterruptedException {
        while (inspector.open.get() != 0) {
            Thread.sleep(5);
        }
    }

    private static ReplayPacket packet(int becomes, long timeNs, int length) {
        byte[] frame = new byte[60];
        frame[5] = (byte) becomes;
        return ReplayPacket.newBuilder()
                .setTimeUnixNs(timeNs)
                .setHead(ByteString.copyFrom(frame))
                .setLength(length)
                .build();
    }
}
