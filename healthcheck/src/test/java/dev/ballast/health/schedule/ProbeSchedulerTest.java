package dev.ballast.health.schedule;

import static dev.ballast.health.schedule.ManualProbe.BAD;
import static dev.ballast.health.schedule.ManualProbe.GOOD;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ballast.health.Health;
import dev.ballast.health.ProbeResult;
import dev.ballast.health.ProbeResult.FailureKind;
import dev.ballast.health.Thresholds;
import dev.ballast.health.probe.ProbeSpec;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The scheduler on a virtual clock, one rule a test. */
class ProbeSchedulerTest {
    private static final long MS = 1_000_000;
    private static final long INTERVAL_NS = 2_000 * MS;
    private static final CheckTiming STEADY = CheckTiming.of(Duration.ofSeconds(2), Duration.ofSeconds(1), 0);

    private final VirtualTimers timers = new VirtualTimers();
    private final ManualProbe probe = new ManualProbe();
    private final ProbeScheduler scheduler = new ProbeScheduler(timers, probe, new Random(1), 1_000);
    private final List<String> heard = new ArrayList<>();

    private final HealthListener listener =
            (check, from, to, reason, nowNs) -> heard.add("%s -> %s: %s".formatted(from, to, reason));

    private static CheckKey key(int port) {
        return key(port, STEADY);
    }

    private static CheckKey key(int port, CheckTiming timing) {
        return new CheckKey(
                InetAddress.ofLiteral("10.0.1.11"), port, new ProbeSpec.TcpConnect(null), timing, Thresholds.DEFAULT);
    }

    /** Ends the current probe, then lets the interval pass, so that the next one begins. */
    private void end(ProbeResult result) {
        probe.last().end(result);
        timers.advance(INTERVAL_NS);
    }

    private void startFirstProbe() {
        startOf(1);
    }

    /** Lets time pass until so many probes have begun. */
    private void startOf(int probes) {
        for (long passedNs = 0; probe.started.size() < probes; passedNs += MS) {
            assertThat(passedNs).as("time without a probe").isLessThanOrEqualTo(INTERVAL_NS);
            timers.advance(MS);
        }
    }

    @Test
    void aBackendRisesAndFallsExactlyAtItsThresholds() {
        scheduler.subscribe(key(80), Health.UNKNOWN, listener);
        startFirstProbe();
        end(GOOD);
        assertThat(heard).isEmpty();
        end(GOOD);
        assertThat(heard).containsExactly("unknown -> up: answered in 1ms");
        heard.clear();
        end(BAD);
        assertThat(heard).containsExactly("up -> suspect: connection refused (1 of 3)");
        end(BAD);
        assertThat(heard).hasSize(1);
        end(BAD);
        assertThat(heard).last().isEqualTo("suspect -> down: connection refused (3 of 3)");
        heard.clear();
        end(GOOD);
        end(BAD);
        end(GOOD);
        assertThat(heard).isEmpty();
        end(GOOD);
        assertThat(heard).containsExactly("down -> up: answered in 1ms");
    }

    @Test
    void aProbeWithoutResultTimesOutAndIsCancelled() {
        scheduler.subscribe(key(80), Health.UP, listener);
        startFirstProbe();
        ManualProbe.Started hanging = probe.last();
        timers.advance(1_000 * MS);
        assertThat(hanging.cancelled).isTrue();
        assertThat(heard).containsExactly("up -> suspect: timed out after 1s (1 of 3)");
        assertThat(scheduler.counters().failed(FailureKind.TIMED_OUT)).isEqualTo(1);
    }

    @Test
    void aResultAfterTheTimeoutIsNotHeard() {
        scheduler.subscribe(key(80), Health.UP, listener);
        startFirstProbe();
        ManualProbe.Started hanging = probe.last();
        timers.advance(1_000 * MS);
        hanging.end(GOOD);
        assertThat(heard).hasSize(1);
        assertThat(scheduler.counters().succeeded()).isZero();
    }

    @Test
    void firstProbesAreSpreadOverTheInterval() {
        probe.immediate = GOOD;
        for (int port = 1; port <= 1_000; port++) {
            scheduler.subscribe(key(port), Health.UNKNOWN, listener);
        }
        for (int tenth = 1; tenth <= 10; tenth++) {
            int before = probe.started.size();
            timers.advance(INTERVAL_NS / 10);
            assertThat(probe.started.size() - before).isBetween(60, 140);
        }
        assertThat(probe.started).hasSize(1_000);
    }

    @Test
    void jitterMakesIntervalsLongerAndShorterButNotOnAverage() {
        List<Long> beginsNs = new ArrayList<>();
        ProbeScheduler jittery = new ProbeScheduler(
                timers,
                (_, _, done) -> {
                    beginsNs.add(timers.nowNs());
                    done.accept(GOOD);
                    return () -> {};
                },
                new Random(7),
                10);
        jittery.subscribe(
                key(80, CheckTiming.of(Duration.ofSeconds(2), Duration.ofSeconds(1), 0.1)), Health.UP, listener);
        timers.advance(1_000 * INTERVAL_NS);
        List<Long> gapsNs = new ArrayList<>();
        for (int i = 1; i < beginsNs.size(); i++) {
            gapsNs.add(beginsNs.get(i) - beginsNs.get(i - 1));
        }
        assertThat(gapsNs).allMatch(gapNs -> gapNs >= 1_800 * MS && gapNs <= 2_200 * MS);
        assertThat(gapsNs).anyMatch(gapNs -> gapNs < 1_850 * MS).anyMatch(gapNs -> gapNs > 2_150 * MS);
        assertThat(gapsNs.stream().mapToLong(Long::longValue).average().orElseThrow())
                .isBetween(1_980.0 * MS, 2_020.0 * MS);
    }

    @Test
    void aProbeLongerThanItsIntervalDelaysTheNextOne() {
        scheduler.subscribe(
                key(80, CheckTiming.of(Duration.ofSeconds(2), Duration.ofSeconds(5), 0)), Health.UP, listener);
        startFirstProbe();
        timers.advance(4_000 * MS);
        assertThat(probe.started).hasSize(1);
        probe.last().end(GOOD);
        timers.advance(0);
        assertThat(probe.started).hasSize(2);
    }

    @Test
    void equalChecksAreProbedOnceAndBothSubscribersHear() {
        List<String> other = new ArrayList<>();
        Subscription first = scheduler.subscribe(key(80), Health.UP, listener);
        scheduler.subscribe(key(80), Health.UP, (_, from, to, _, _) -> other.add(from + " -> " + to));
        startFirstProbe();
        assertThat(probe.started).hasSize(1);
        end(BAD);
        assertThat(heard).hasSize(1);
        assertThat(other).containsExactly("up -> suspect");

        first.close();
        end(GOOD);
        assertThat(heard).hasSize(1);
        assertThat(other).containsExactly("up -> suspect", "suspect -> up");
        assertThat(first.health()).isEqualTo(Health.SUSPECT);
    }

    @Test
    void aSecondSubscriberIsToldAtOnceWhatIsKnown() {
        scheduler.subscribe(key(80), Health.UP, (_, _, _, _, _) -> {});
        startFirstProbe();
        end(BAD);
        Subscription second = scheduler.subscribe(key(80), Health.UNKNOWN, listener);
        timers.runReady();
        assertThat(heard).containsExactly("unknown -> suspect: connection refused (1 of 3)");
        assertThat(second.health()).isEqualTo(Health.SUSPECT);
    }

    @Test
    void aCheckThatKnowsNothingTakesTheSeedOfAnotherSubscriber() {
        scheduler.subscribe(key(80), Health.UNKNOWN, listener);
        scheduler.subscribe(key(80), Health.UP, listener);
        timers.runReady();
        assertThat(heard).containsExactly("unknown -> up: taken over from before");
    }

    @Test
    void anInheritedHealthIsKeptUntilProbesSayOtherwise() {
        Subscription subscription = scheduler.subscribe(key(80), Health.UP, listener);
        startFirstProbe();
        end(GOOD);
        assertThat(heard).isEmpty();
        assertThat(subscription.health()).isEqualTo(Health.UP);
    }

    @Test
    void theLastSubscriberTakesTheProbeUnderWayWithIt() {
        Subscription subscription = scheduler.subscribe(key(80), Health.UP, listener);
        startFirstProbe();
        subscription.close();
        timers.runReady();
        assertThat(probe.last().cancelled).isTrue();
        assertThat(timers.pending()).isZero();
        probe.last().end(BAD);
        timers.advance(10 * INTERVAL_NS);
        assertThat(heard).isEmpty();
        assertThat(probe.started).hasSize(1);
        assertThat(scheduler.counters().discarded()).isEqualTo(1);
        assertThat(scheduler.counters().failed()).isZero();
    }

    @Test
    void aCheckRemovedBeforeItBeganIsNeverProbed() {
        scheduler.subscribe(key(80), Health.UP, listener).close();
        timers.advance(10 * INTERVAL_NS);
        assertThat(probe.started).isEmpty();
        assertThat(timers.pending()).isZero();
    }

    @Test
    void aReplacedCheckKeepsItsHealthAndNotItsProbe() {
        Subscription before = scheduler.subscribe(key(80), Health.UP, listener);
        startFirstProbe();
        end(BAD);
        ManualProbe.Started old = probe.last();
        Subscription after = before.replaceBy(key(81));
        startOf(3);
        assertThat(old.cancelled).isTrue();
        assertThat(probe.last().target.getPort()).isEqualTo(81);
        assertThat(after.health()).isEqualTo(Health.SUSPECT);
        end(GOOD);
        assertThat(heard).last().isEqualTo("suspect -> up: answered in 1ms");
    }

    @Test
    void noMoreProbesAreUnderWayThanTheBudgetAllows() {
        ProbeScheduler tight = new ProbeScheduler(timers, probe, new Random(1), 2);
        for (int port = 1; port <= 5; port++) {
            tight.subscribe(key(port), Health.UP, listener);
        }
        timers.advance(INTERVAL_NS);
        // Each of the first ones timed out after a second, and its place was taken at once.
        assertThat(probe.underWay()).isEqualTo(2);
        for (int i = 0; i < 20; i++) {
            timers.advance(200 * MS);
            assertThat(probe.underWay()).isEqualTo(2);
        }
        assertThat(probe.started)
                .extracting(attempt -> attempt.target.getPort())
                .contains(1, 2, 3, 4, 5);
        assertThat(tight.counters().late()).isPositive();
    }

    @Test
    void aCheckThatWaitsForTheBudgetCanBeRemoved() {
        ProbeScheduler tight = new ProbeScheduler(timers, probe, new Random(1), 1);
        CheckTiming patient = CheckTiming.of(Duration.ofSeconds(2), Duration.ofSeconds(60), 0);
        Subscription[] subscriptions = {
            tight.subscribe(key(1, patient), Health.UP, listener), tight.subscribe(key(2, patient), Health.UP, listener)
        };
        timers.advance(INTERVAL_NS);
        int busy = probe.last().target.getPort();
        subscriptions[busy == 1 ? 1 : 0].close();
        timers.runReady();
        probe.last().end(GOOD);
        timers.advance(10 * INTERVAL_NS);
        assertThat(probe.started)
                .extracting(attempt -> attempt.target.getPort())
                .containsOnly(busy);
    }

    @Test
    void probesThatEndWhileTheyAreStartedDoNotNest() {
        probe.immediate = GOOD;
        ProbeScheduler tight = new ProbeScheduler(timers, probe, new Random(1), 1);
        for (int port = 1; port <= 5_000; port++) {
            tight.subscribe(key(port), Health.UP, listener);
        }
        timers.runReady();
        timers.stall(INTERVAL_NS);
        timers.advance(INTERVAL_NS);
        assertThat(tight.counters().succeeded()).isGreaterThanOrEqualTo(5_000);
    }

    @Test
    void aThreadThatWasHeldUpShowsAsLateProbes() {
        probe.immediate = GOOD;
        scheduler.subscribe(key(80), Health.UP, listener);
        timers.advance(INTERVAL_NS);
        assertThat(scheduler.counters().late()).isZero();
        timers.stall(INTERVAL_NS + INTERVAL_NS / 2);
        timers.advance(0);
        assertThat(scheduler.counters().late()).isEqualTo(1);
    }

    @Test
    void aProbeThatCouldNotBeSentChangesNoHealth() {
        probe.immediate = new ProbeResult.NotSent("too many open files; raise LimitNOFILE of the daemon");
        Subscription subscription = scheduler.subscribe(key(80), Health.UP, listener);
        timers.advance(10 * INTERVAL_NS);
        assertThat(heard).isEmpty();
        assertThat(subscription.health()).isEqualTo(Health.UP);
        assertThat(scheduler.counters().notSent()).isBetween(9L, 11L);
        assertThat(scheduler.counters().failed()).isZero();
    }

    @Test
    void aListenerThatThrowsDisturbsNobody() {
        scheduler.subscribe(key(80), Health.UP, (_, _, _, _, _) -> {
            throw new IllegalStateException("a listener's own trouble");
        });
        scheduler.subscribe(key(80), Health.UP, listener);
        startFirstProbe();
        end(BAD);
        assertThat(heard).hasSize(1);
        assertThat(probe.started).hasSize(2);
    }

    @Test
    void aListenerMaySubscribeAndClose() {
        List<Subscription> own = new ArrayList<>();
        own.add(scheduler.subscribe(key(80), Health.UP, (_, _, _, _, _) -> {
            own.getFirst().close();
            own.add(scheduler.subscribe(key(81), Health.UP, listener));
        }));
        startFirstProbe();
        probe.last().end(BAD);
        startOf(2);
        assertThat(probe.last().target.getPort()).isEqualTo(81);
        assertThat(probe.underWay()).isEqualTo(1);
    }

    @Test
    void afterTheCloseNothingRunsAndNothingCanBeAdded() {
        Subscription subscription = scheduler.subscribe(key(80), Health.UP, listener);
        startFirstProbe();
        scheduler.close();
        assertThat(probe.last().cancelled).isTrue();
        assertThat(timers.pending()).isZero();
        scheduler.close();
        subscription.close();
        assertThatThrownBy(() -> scheduler.subscribe(key(81), Health.UP, listener))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("tcp 10.0.1.11:81")
                .hasMessageContaining("closed");
        assertThat(heard).isEmpty();
    }

    @Test
    void checksThatCannotBeMeantAreRefused() {
        InetAddress v6 = InetAddress.ofLiteral("2001:db8::1");
        InetAddress v4 = InetAddress.ofLiteral("10.0.0.1");
        assertThatThrownBy(() -> key(0)).hasMessageContaining("port 0").hasMessageContaining("1 to 65535");
        assertThatThrownBy(() -> new CheckKey(v6, 80, new ProbeSpec.TcpConnect(v4), STEADY, Thresholds.DEFAULT))
                .hasMessageContaining("of the other family");
        assertThatThrownBy(() -> new CheckTiming(0, 1, 0)).hasMessageContaining("above 0");
        assertThatThrownBy(() -> new CheckTiming(1, 0, 0)).hasMessageContaining("above 0");
        assertThatThrownBy(() -> new CheckTiming(1, 1, 1.1)).hasMessageContaining("from 0 to 1");
        assertThatThrownBy(() -> new CheckTiming(1, 1, Double.NaN)).hasMessageContaining("from 0 to 1");
        assertThatThrownBy(() -> new ProbeScheduler(timers, probe, new Random(1), 0))
                .hasMessageContaining("allow 1 or more");
    }

    @Test
    void aCheckPrintsAsLogsNameIt() {
        assertThat(key(443)).hasToString("tcp 10.0.1.11:443");
        InetAddress v4 = InetAddress.ofLiteral("10.0.1.11");
        assertThat(new CheckKey(
                        v4,
                        80,
                        new ProbeSpec.TcpConnect(InetAddress.ofLiteral("192.0.2.2")),
                        STEADY,
                        Thresholds.DEFAULT))
                .hasToString("tcp from 192.0.2.2 10.0.1.11:80");
    }
}
