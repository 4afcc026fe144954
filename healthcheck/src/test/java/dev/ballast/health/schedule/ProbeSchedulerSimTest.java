package dev.ballast.health.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.health.Health;
import dev.ballast.health.ProbeResult;
import dev.ballast.health.ProbeResult.Failure;
import dev.ballast.health.ProbeResult.FailureKind;
import dev.ballast.health.ProbeResult.NotSent;
import dev.ballast.health.ProbeResult.Success;
import dev.ballast.health.Thresholds;
import dev.ballast.health.probe.Probe;
import dev.ballast.health.probe.ProbeSpec;
import dev.ballast.health.probe.Timers;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Subscribers come and go, backends answer, refuse, hang and come back, for hours of virtual time; invariants after every event. The
 * seed is the test's parameter; {@code -Dballast.sim.seed=N} runs one.
 */
class ProbeSchedulerSimTest {
    private static final int STEPS = 2_000;
    private static final int KEYS = 40;
    private static final long MS = 1_000_000;

    static LongStream seeds() {
        Long seed = Long.getLong("ballast.sim.seed");
        return seed != null ? LongStream.of(seed) : LongStream.concat(LongStream.range(0, 20), new Random().longs(2));
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void invariantsHoldWhateverHappens(long seed) {
        World world = new World(seed);
        for (int step = 0; step < STEPS; step++) {
            world.step();
        }
        world.finish();
    }

    private enum Behaviour {
        ANSWERS,
        ANSWERS_AT_ONCE,
        REFUSES,
        HANGS,
        ANSWERS_NEAR_THE_TIMEOUT,
        CANNOT_BE_SENT
    }

    /** What the health of one check has to be, by counting results in a row; written without the machine. */
    private static final class Expected {
        final Thresholds thresholds;
        Health health;
        boolean lastGood;
        int inARow;

        Expected(Thresholds thresholds, Health seed) {
            this.thresholds = thresholds;
            seed(seed);
        }

        void seed(Health seed) {
            health = seed;
            inARow = 0;
            if (seed == Health.SUSPECT) {
                if (thresholds.fall() == 1) {
                    health = Health.UP;
                } else {
                    lastGood = false;
                    inARow = 1;
                }
            }
        }

        void count(boolean good) {
            inARow = good == lastGood ? inARow + 1 : 1;
            lastGood = good;
            if (good && (health == Health.SUSPECT || inARow >= thresholds.rise())) {
                health = Health.UP;
            } else if (!good && inARow >= thresholds.fall()) {
                health = Health.DOWN;
            } else if (!good && health == Health.UP) {
                health = Health.SUSPECT;
            }
        }
    }

    private static final class Backend {
        final CheckKey key;
        final List<Listening> listening = new ArrayList<>();
        Behaviour behaviour = Behaviour.ANSWERS;
        Expected expected;
        boolean underWay;
        boolean probed;
        long lastBeginNs;

        Backend(CheckKey key) {
            this.key = key;
        }
    }

    /** A subscription and what it was told. */
    private static final class Listening {
        Subscription subscription;
        Health told;
    }

    private static final class World implements Probe {
        final Random random;
        final VirtualTimers timers = new VirtualTimers();
        final int budget;
        final ProbeScheduler scheduler;
        final Map<Integer, Backend> backends = new HashMap<>();
        int underWay;
        long started;
        long succeeded;
        long failed;
        long notSent;
        long discarded;

        /** True while time passes: then a cancelled probe has timed out; otherwise its check was removed. */
        boolean advancing;

        World(long seed) {
            random = new Random(seed);
            budget = 1 + random.nextInt(2 * KEYS);
            scheduler = new ProbeScheduler(timers, this, new Random(seed + 1), budget);
            for (int port = 1; port <= KEYS; port++) {
                backends.put(port, new Backend(randomKey(port)));
            }
        }

        private CheckKey randomKey(int port) {
            long intervalNs = (100 + random.nextInt(3_000)) * MS;
            long timeoutNs = (50 + random.nextInt(2_000)) * MS;
            return new CheckKey(
                    InetAddress.ofLiteral("10.0.0.1"),
                    port,
                    new ProbeSpec.TcpConnect(null),
                    new CheckTiming(intervalNs, timeoutNs, random.nextInt(4) * 0.1),
                    new Thresholds(1 + random.nextInt(4), 1 + random.nextInt(4)));
        }

        void step() {
            Backend backend = backends.get(1 + random.nextInt(KEYS));
            switch (random.nextInt(10)) {
                case 0 -> subscribe(backend, Health.values()[random.nextInt(4)]);
                case 1 -> {
                    if (!backend.listening.isEmpty()) {
                        close(backend, backend.listening.get(random.nextInt(backend.listening.size())));
                    }
                }
                case 2 -> replace(backend, backends.get(1 + random.nextInt(KEYS)));
                case 3, 4 -> backend.behaviour = Behaviour.values()[random.nextInt(Behaviour.values().length)];
                default -> {
                    advancing = true;
                    timers.advance(random.nextInt(2_000) * MS + random.nextInt(1_000));
                    advancing = false;
                }
            }
            timers.runReady();
            check();
        }

        private void subscribe(Backend backend, Health seed) {
            Listening listening = new Listening();
            expectSubscriber(backend, listening, seed);
            listening.subscription = scheduler.subscribe(backend.key, seed, listener(backend, listening));
        }

        private void expectSubscriber(Backend backend, Listening listening, Health seed) {
            listening.told = seed;
            if (backend.listening.isEmpty()) {
                backend.expected = new Expected(backend.key.thresholds(), seed);
                backend.probed = false;
            } else if (backend.expected.health == Health.UNKNOWN && seed != Health.UNKNOWN) {
                backend.expected.seed(seed);
            }
            backend.listening.add(listening);
        }

        private HealthListener listener(Backend backend, Listening listening) {
            return (check, from, to, reason, nowNs) -> {
                assertThat(check.thresholds()).isNotNull();
                assertThat(from).isEqualTo(listening.told).isNotEqualTo(to);
                assertThat(reason).isNotBlank();
                assertThat(nowNs).isEqualTo(timers.nowNs());
                listening.told = to;
            };
        }

        private void close(Backend backend, Listening listening) {
            backend.listening.remove(listening);
            listening.subscription.close();
        }

        /** The first subscription of one backend moves to another. */
        private void replace(Backend from, Backend to) {
            if (from == to || from.listening.isEmpty()) {
                return;
            }
            Listening listening = from.listening.removeFirst();
            expectSubscriber(to, listening, listening.told);
            listening.subscription = listening.subscription.replaceBy(to.key);
        }

        private void check() {
            for (Backend backend : backends.values()) {
                for (Listening listening : backend.listening) {
                    assertThat(listening.told).as(backend.key.toString()).isEqualTo(backend.expected.health);
                    assertThat(listening.subscription.health()).isEqualTo(listening.told);
                    assertThat(listening.subscription.key()).isEqualTo(backend.key);
                }
                assertThat(backend.underWay && backend.listening.isEmpty()).isFalse();
            }
            ProbeCounters counters = scheduler.counters();
            assertThat(counters.started()).isEqualTo(started);
            assertThat(counters.succeeded()).isEqualTo(succeeded);
            assertThat(counters.failed()).isEqualTo(failed);
            assertThat(counters.notSent()).isEqualTo(notSent);
            assertThat(counters.discarded()).isEqualTo(discarded);
            assertThat(started).isEqualTo(succeeded + failed + notSent + discarded + underWay);
        }

        @Override
        public Attempt start(InetSocketAddress target, ProbeSpec spec, Consumer<ProbeResult> done) {
            Backend backend = backends.get(target.getPort());
            assertThat(backend.listening).as("a probe that nobody wants").isNotEmpty();
            assertThat(backend.underWay).as("a second probe of one check").isFalse();
            assertThat(underWay).as("probes under way").isLessThan(budget);
            checkGap(backend);
            started++;
            underWay++;
            backend.underWay = true;
            return new SimAttempt(backend, done);
        }

        private void checkGap(Backend backend) {
            long nowNs = timers.nowNs();
            if (backend.probed) {
                CheckTiming timing = backend.key.timing();
                double jitterNs = timing.jitter() * timing.intervalNs() + 1;
                long gapNs = nowNs - backend.lastBeginNs;
                assertThat((double) gapNs).isGreaterThanOrEqualTo(timing.intervalNs() - jitterNs);
                if (budget >= KEYS) {
                    assertThat((double) gapNs)
                            .isLessThanOrEqualTo(Math.max(timing.timeoutNs(), timing.intervalNs() + jitterNs));
                }
            }
            backend.probed = true;
            backend.lastBeginNs = nowNs;
        }

        void finish() {
            backends.values().forEach(backend -> {
                for (Listening listening : List.copyOf(backend.listening)) {
                    close(backend, listening);
                    timers.runReady();
                }
            });
            check();
            assertThat(underWay).isZero();
            assertThat(timers.pending()).as("tasks left behind").isZero();
            long startedBefore = started;
            timers.advance(100_000 * MS);
            assertThat(started).isEqualTo(startedBefore).isPositive();
            scheduler.close();
        }

        private final class SimAttempt implements Attempt {
            final Backend backend;
            final Consumer<ProbeResult> done;
            Timers.Pending answer;
            boolean ended;

            SimAttempt(Backend backend, Consumer<ProbeResult> done) {
                this.backend = backend;
                this.done = done;
                long timeoutNs = backend.key.timing().timeoutNs();
                long someNs = random.nextLong(timeoutNs);
                switch (backend.behaviour) {
                    case ANSWERS -> answerAfter(someNs, new Success(someNs));
                    case ANSWERS_AT_ONCE -> answer(new Success(0));
                    case REFUSES -> answerAfter(someNs, new Failure(FailureKind.REFUSED, "connection refused"));
                    case HANGS -> {}
                    case ANSWERS_NEAR_THE_TIMEOUT ->
                        answerAfter(timeoutNs - 1 + random.nextInt(3), new Success(timeoutNs));
                    case CANNOT_BE_SENT -> answer(new NotSent("too many open files"));
                }
            }

            private void answerAfter(long delayNs, ProbeResult result) {
                answer = timers.schedule(delayNs, () -> answer(result));
            }

            private void answer(ProbeResult result) {
                leave();
                switch (result) {
                    case Success _ -> {
                        succeeded++;
                        backend.expected.count(true);
                    }
                    case Failure _ -> {
                        failed++;
                        backend.expected.count(false);
                    }
                    case NotSent _ -> notSent++;
                }
                done.accept(result);
            }

            @Override
            public void cancel() {
                assertThat(ended).as("cancelled after its end").isFalse();
                leave();
                if (answer != null) {
                    answer.cancel();
                }
                if (advancing) {
                    failed++;
                    backend.expected.count(false);
                } else {
                    discarded++;
                }
            }

            private void leave() {
                ended = true;
                backend.underWay = false;
                underWay--;
            }
        }
    }
}
