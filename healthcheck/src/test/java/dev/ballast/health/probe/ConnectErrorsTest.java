package dev.ballast.health.probe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.health.ProbeResult.Failure;
import dev.ballast.health.ProbeResult.FailureKind;
import dev.ballast.health.ProbeResult.NotSent;
import io.netty.channel.ChannelException;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.unix.Errors;
import java.net.BindException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.nio.channels.ClosedChannelException;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The errors that a loopback cannot provoke; the others come from real sockets in {@link ProbeLoopTest}. */
class ConnectErrorsTest {
    private final ConnectErrors errors = new ConnectErrors();

    /** Netty's own errors are made by its native library. */
    @BeforeAll
    static void loadNettysLibrary() {
        assertThat(Epoll.isAvailable())
                .as("native epoll: %s", Epoll.unavailabilityCause())
                .isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "111, REFUSED, connection refused",
        "113, UNREACHABLE, no route to host",
        "101, UNREACHABLE, network is unreachable",
        "110, TIMED_OUT, timed out in the kernel",
        "104, RESET, connection reset"
    })
    void whatTheNetworkSaysIsAFailure(int errno, FailureKind kind, String reason) {
        assertThat(errors.toResult(Errors.newIOException("connect", -errno))).isEqualTo(new Failure(kind, reason));
    }

    @ParameterizedTest
    @CsvSource({
        "24, raise LimitNOFILE",
        "23, raise LimitNOFILE",
        "99, ip_local_port_range",
        "98, ip_local_port_range",
        "105, free memory",
        "12, free memory",
        "1, filter",
        "13, filter",
        "97, enable IPv6",
        "22, family"
    })
    void whatThisMachineSaysIsNotSentAndNamesACure(int errno, String cure) {
        assertThat(errors.toResult(Errors.newIOException("connect", -errno)))
                .isInstanceOfSatisfying(
                        NotSent.class, notSent -> assertThat(notSent.reason()).contains(cure));
    }

    @Test
    void theCauseOfAChannelThatCouldNotBeMadeIsFound() {
        ChannelException error = new ChannelException(
                "Unable to create Channel", new ChannelException(Errors.newIOException("newSocketStream", -24)));
        assertThat(errors.toResult(error)).isInstanceOf(NotSent.class);
    }

    @Test
    void theJdksExceptionsMeanTheSame() {
        assertThat(errors.toResult(new ConnectException("Connection refused: /127.0.0.1:80")))
                .isEqualTo(new Failure(FailureKind.REFUSED, "connection refused"));
        assertThat(errors.toResult(new NoRouteToHostException()))
                .isEqualTo(new Failure(FailureKind.UNREACHABLE, "no route to host"));
        assertThat(errors.toResult(new BindException("Cannot assign requested address")))
                .isInstanceOf(NotSent.class);
        assertThat(errors.toResult(new ClosedChannelException()))
                .isEqualTo(new Failure(FailureKind.RESET, "closed while connecting"));
    }

    @Test
    void anUnknownErrorIsAFailureWithItsOwnWords() {
        assertThat(errors.toResult(new ConnectException("Verbindungsaufbau abgelehnt")))
                .isEqualTo(new Failure(FailureKind.OTHER, "connect failed: Verbindungsaufbau abgelehnt"));
    }
}
