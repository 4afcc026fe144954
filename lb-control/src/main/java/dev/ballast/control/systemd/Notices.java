package dev.ballast.control.systemd;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What to tell the service manager next, see sd_notify(3). One thread.
 *
 * <p>Ready is said once, when the kernel holds the configuration, or when there is none yet and a first one is waited for. A
 * later failure is a status, not the end of readiness: the datapath forwards what it held before.
 */
final class Notices {
    /** A quarter of what the service manager waits: two lost datagrams do no harm. */
    private static final int WATCHDOG_PARTS = 4;

    /**
     * What is told of a state.
     *
     * @param revision 0: nothing is configured
     * @param inForce whether the kernel holds it
     * @param reason why not
     * @param services that are configured
     */
    record State(long revision, boolean inForce, String reason, int services) {
        private boolean isReady() {
            return revision == 0 || inForce;
        }

        private String words() {
            if (revision == 0) {
                return "nothing is configured; waiting for `ballast apply`";
            }
            String words = inForce
                    ? "forwarding for %d service%s; revision %d".formatted(services, services == 1 ? "" : "s", revision)
                    : "revision %d is not in force: %s".formatted(revision, reason);
            return words.replace('\n', ' '); // a line break would begin another assignment
        }
    }

    private final long watchdogNs;
    private boolean ready;
    private String status = "";
    private Optional<Long> aliveNs = Optional.empty();

    /** {@code watchdogNs}: how long silence may last; 0: for ever. */
    Notices(long watchdogNs) {
        this.watchdogNs = watchdogNs;
    }

    /** The datagram that the state asks for, if it asks for one. Times are of {@link System#nanoTime}. */
    Optional<String> saw(State state, long nowNs) {
        List<String> lines = new ArrayList<>();
        if (!ready && state.isReady()) {
            ready = true;
            lines.add("READY=1");
        }
        if (!state.words().equals(status)) {
            status = state.words();
            lines.add("STATUS=" + status);
        }
        if (watchdogNs > 0 && (aliveNs.isEmpty() || nowNs - aliveNs.get() >= watchdogNs / WATCHDOG_PARTS)) {
            aliveNs = Optional.of(nowNs);
            lines.add("WATCHDOG=1");
        }
        return lines.isEmpty() ? Optional.empty() : Optional.of(String.join("\n", lines));
    }
}
