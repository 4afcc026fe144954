package dev.ballast.control.systemd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.control.systemd.Notices.State;
import org.junit.jupiter.api.Test;

class NoticesTest {
    private static final State IN_FORCE = new State(7, true, "", 2);
    private static final State FAILED = new State(7, false, "eth0 is down\nset it up", 2);

    private final Notices notices = new Notices(0);

    @Test
    void ready_is_said_once_when_the_kernel_holds_the_configuration() {
        assertThat(notices.saw(FAILED, 0)).hasValue("STATUS=revision 7 is not in force: eth0 is down set it up");
        assertThat(notices.saw(IN_FORCE, 1)).hasValue("READY=1\nSTATUS=forwarding for 2 services; revision 7");
        assertThat(notices.saw(IN_FORCE, 2)).isEmpty();
    }

    @Test
    void a_later_failure_is_a_status_and_readiness_is_not_said_again() {
        notices.saw(IN_FORCE, 0);

        assertThat(notices.saw(FAILED, 1)).get().asString().startsWith("STATUS=revision 7 is not");
        assertThat(notices.saw(new State(8, true, "", 1), 2)).hasValue("STATUS=forwarding for 1 service; revision 8");
    }

    @Test
    void a_daemon_without_a_configuration_is_ready_for_one() {
        assertThat(notices.saw(new State(0, true, "", 0), 0))
                .hasValue("READY=1\nSTATUS=nothing is configured; waiting for `ballast apply`");
    }

    @Test
    void the_watchdog_hears_of_the_loop_four_times_in_the_time_that_it_waits() {
        Notices watched = new Notices(40);

        assertThat(watched.saw(IN_FORCE, 100)).get().asString().endsWith("\nWATCHDOG=1");
        assertThat(watched.saw(IN_FORCE, 109)).isEmpty();
        assertThat(watched.saw(IN_FORCE, 110)).hasValue("WATCHDOG=1");
    }
}
