package dev.ballast.control.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.ballast.control.doctor.Finding;
import dev.ballast.v1.ConfigGrpc;
import dev.ballast.v1.DiffRequest;
import dev.ballast.v1.DoctorRequest;
import dev.ballast.v1.DrainRequest;
import dev.ballast.v1.HealthReply;
import dev.ballast.v1.HealthRequest;
import dev.ballast.v1.HistoryRequest;
import dev.ballast.v1.MemberHealth;
import dev.ballast.v1.OperationGrpc;
import dev.ballast.v1.PlanRequest;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class StatusServiceTest extends AgainstServedApi {
    @BeforeEach
    void start() throws IOException {
        start(Duration.ofMillis(500));
    }

    @Test
    void health_has_each_member_with_its_checks_and_the_weight_in_the_ring() {
        HealthReply reply = status().health(HealthRequest.getDefaultInstance());

        assertThat(reply.getMembersList())
                .extracting(MemberHealth::getMember, MemberHealth::getWeight, MemberHealth::getChecksCount)
                .containsExactly(
                        tuple("web/10.0.1.11", 100, 0),
                        tuple("web/10.0.1.12", 0, 1),
                        tuple("web/2001:db8:2::13", 0, 0));
        assertThat(reply.getMembers(1).getChecks(0).getReason()).isEqualTo("connection refused");
        assertThatThrownBy(() -> status().health(
                                HealthRequest.newBuilder().setService("wbe").build()))
                .isInstanceOf(StatusRuntimeException.class)
                .hasMessageContaining("did you mean web?");
    }

    @Test
    void doctor_has_each_finding_in_its_order() {
        findings = List.of(
                new Finding("kernel", Finding.Outcome.OK, "Linux 6.12", ""),
                new Finding("interface eth0", Finding.Outcome.PROBLEM, "it is set down", "`ip link set dev eth0 up`"));

        assertThat(status().doctor(DoctorRequest.getDefaultInstance()).getFindingsList())
                .extracting(found -> tuple(found.getCheck(), found.getOutcome(), found.getDetail(), found.getCure()))
                .containsExactly(
                        tuple("kernel", "ok", "Linux 6.12", ""),
                        tuple("interface eth0", "problem", "it is set down", "`ip link set dev eth0 up`"));
    }

    @Test
    void a_doctor_that_fails_says_where_to_look() {
        findings = null;

        assertThatThrownBy(() -> status().doctor(DoctorRequest.getDefaultInstance()))
                .isInstanceOf(StatusRuntimeException.class)
                .hasMessageContaining("INTERNAL");
    }

    @Test
    void changes_are_in_the_log_with_their_caller_and_questions_are_not() {
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        log.start();
        Logger answers = (Logger) LoggerFactory.getLogger(Answers.class);
        answers.addAppender(log);
        try {
            OperationGrpc.newBlockingStub(channel)
                    .drain(DrainRequest.newBuilder().setMember("web").build());
            ConfigGrpc.newBlockingStub(channel).history(HistoryRequest.getDefaultInstance());
            ConfigGrpc.newBlockingStub(channel)
                    .diff(DiffRequest.newBuilder().setFromRevision(3).build());
            ConfigGrpc.newBlockingStub(channel).plan(PlanRequest.getDefaultInstance());
            status().health(HealthRequest.getDefaultInstance());
        } finally {
            answers.detachAppender(log);
        }

        assertThat(log.list)
                .singleElement()
                .satisfies(line -> assertThat(line.getKeyValuePairs())
                        .extracting(pair -> pair.key + "=" + pair.value)
                        .contains("verb=drain", "object=web"));
    }
}
