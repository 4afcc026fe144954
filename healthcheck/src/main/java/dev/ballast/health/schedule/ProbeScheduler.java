package dev.ballast.health.schedule;

import dev.ballast.health.Health;
import dev.ballast.health.HealthMachine;
import dev.ballast.health.HealthMachine.Step;
import dev.ballast.health.HealthState;
import dev.ballast.health.ProbeResult;
import dev.ballast.health.probe.Probe;
import dev.ballast.health.probe.Timers;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Probes many backends, each at its interval, and tells subscribers of changes of health.
 *
 * <p>A check is in one of three places: it waits for its moment, it waits for the budget because too many probes are under way
 * (first come, first served), or its probe is under way. The first probe of a check begins at a random moment within one interval, so
 * that checks that were added together do not probe together; each further one begins an interval, more or less the jitter, after the
 * begin of the one before, but not before that has ended.
 *
 * <p>Everything but the public methods runs on the thread of {@link Timers}.
 */
public final class ProbeScheduler implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ProbeScheduler.class);

    /** A probe that begins later than this part of its interval is counted as late. */
    private static final int LATE_DIVISOR = 10;

    /** When probes cannot be sent, all of them cannot: one line in the log stands for all. */
    private static final long NOT_SENT_LOG_INTERVAL_NS = TimeUnit.SECONDS.toNanos(10);

    private final Timers timers;
    private final Probe probe;
    private final RandomGenerator random;
    private final int budget;
    private final ProbeCounters counters = new ProbeCounters();
    private final AtomicBoolean closed = new AtomicBoolean();

    private final Map<CheckKey, Check> checks = new HashMap<>();
    private final Queue<Check> waitingForBudget = new ArrayDeque<>();
    private int underWay;
    private boolean spendingBudget;
    private long notSentLoggedNs;
    private long notSentSinceLog;

    /**
     * A scheduler without checks.
     *
     * @param timers thread and clock; this scheduler owns and closes them
     * @param probe makes the attempts, on the thread of {@code timers}
     * @param random for jitter
     * @param budget how many probes may be under way at once; each holds a descriptor
     */
    public ProbeScheduler(Timers timers, Probe probe, RandomGenerator random, int budget) {
        if (budget < 1) {
            throw new IllegalArgumentException(
                    "probe budget %d: nothing would ever be probed; allow 1 or more at once".formatted(budget));
        }
        this.timers = timers;
        this.probe = probe;
        this.random = random;
        this.budget = budget;
        this.notSentLoggedNs = timers.nowNs() - NOT_SENT_LOG_INTERVAL_NS;
    }

    /** What became of all probes. */
    public ProbeCounters counters() {
        return counters;
    }

    /**
     * Wants a backend checked. If nobody wanted this check before, it begins with {@code seed} as its health. If it exists, the
     * listener is told at once where its health is another than {@code seed}; an existing check that knows nothing yet takes the seed
     * over. Any thread.
     *
     * @param seed the health that the subscriber assumes: {@link Health#UNKNOWN}, or the last one known before a restart
     * @throws IllegalStateException if the scheduler is closed
     */
    public Subscription subscribe(CheckKey key, Health seed, HealthListener listener) {
        if (closed.get()) {
            throw new IllegalStateException("check %s: the scheduler is closed; subscribe to a new one".formatted(key));
        }
        Subscriber subscriber = new Subscriber(key, seed, listener);
        timers.execute(() -> add(subscriber));
        return subscriber;
    }

    /** Ends all checks and the thread; no listener is called after the return. Any thread but that of the listeners. */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            timers.execute(this::removeAll);
            timers.close();
        }
    }

    private void add(Subscriber subscriber) {
        if (subscriber.ended) {
            return;
        }
        CheckKey key = subscriber.key;
        Check check = checks.get(key);
        if (check == null) {
            check = new Check(key, HealthState.startingAs(subscriber.health, key.thresholds()));
            checks.put(key, check);
            check.subscribers.add(subscriber);
            check.waitForTurn((long) (random.nextDouble() * key.timing().intervalNs()));
        } else {
            check.subscribers.add(subscriber);
            if (check.state.health() == Health.UNKNOWN && subscriber.health != Health.UNKNOWN) {
                check.state = HealthState.startingAs(subscriber.health, key.thresholds());
                check.reason = "taken over from before";
            }
        }
        subscriber.check = check;
        check.tellSubscribers(timers.nowNs());
    }

    private void remove(Subscriber subscriber) {
        Check check = checks.get(subscriber.key);
        if (check != null && check.subscribers.remove(subscriber) && check.subscribers.isEmpty()) {
            checks.remove(subscriber.key);
            check.end();
            spendBudget();
        }
    }

    private void removeAll() {
        waitingForBudget.clear();
        checks.values().forEach(Check::end);
        checks.clear();
    }

    /** Starts what waits for the budget. Not re-entrant, since a probe may end while it is being started. */
    private void spendBudget() {
        if (spendingBudget) {
            return;
        }
        spendingBudget = true;
        while (underWay < budget && !waitingForBudget.isEmpty()) {
            waitingForBudget.remove().startProbe();
        }
        spendingBudget = false;
    }

    private void logNotSent(CheckKey key, String reason, long nowNs) {
        notSentSinceLog++;
        if (nowNs - notSentLoggedNs >= NOT_SENT_LOG_INTERVAL_NS) {
            log.warn(
                    "probes not sent: {} since the last such line; the last one was {}, and its health stays as it is: {}",
                    notSentSinceLog,
                    key,
                    reason);
            notSentLoggedNs = nowNs;
            notSentSinceLog = 0;
        }
    }

    /** A probe under way, and its timeout. Its result counts only while it is its check's current one. */
    private static final class Running {
        Probe.@Nullable Attempt attempt;
        Timers.@Nullable Pending timeout;
    }

    /** How a probe ended, when, and how many before it ended the same way. */
    private record Ended(ProbeResult result, long atNs, long tookNs, int inARow) {}

    /** One key, its health and its place: {@code timer} set: waits for its moment; {@code running} set: its probe is under way. */
    private final class Check {
        final CheckKey key;
        final InetSocketAddress target;
        final List<Subscriber> subscribers = new ArrayList<>();
        HealthState state;
        String reason = "taken over from before";
        Timers.@Nullable Pending timer;

        @Nullable
        Running running;

        /** Of the latest probe; written on the thread, read by any. */
        volatile @Nullable Ended latest;

        long dueNs;
        long startedNs;

        Check(CheckKey key, HealthState state) {
            this.key = key;
            this.target = new InetSocketAddress(key.address(), key.port());
            this.state = state;
        }

        void waitForTurn(long delayNs) {
            dueNs = timers.nowNs() + delayNs;
            timer = timers.schedule(delayNs, this::due);
        }

        private void due() {
            timer = null;
            waitingForBudget.add(this);
            spendBudget();
        }

        void startProbe() {
            startedNs = timers.nowNs();
            if (startedNs - dueNs > key.timing().intervalNs() / LATE_DIVISOR) {
                counters.countLate();
            }
            counters.countStarted();
            underWay++;
            Running started = new Running();
            running = started;
            started.timeout = timers.schedule(key.timing().timeoutNs(), () -> timedOut(started));
            Probe.Attempt attempt = probe.start(target, key.probe(), result -> ended(started, result));
            started.attempt = attempt;
        }

        private void timedOut(Running expired) {
            if (running == expired) {
                cancelAttempt(expired);
                ended(expired, ProbeResult.Failure.timedOut(key.timing().timeoutNs()));
            }
        }

        private void ended(Running ended, ProbeResult result) {
            if (running != ended) {
                return;
            }
            release(ended);
            counters.countResult(result);
            note(result);
            waitForNext();
            apply(result);
            spendBudget();
        }

        private void note(ProbeResult result) {
            long nowNs = timers.nowNs();
            Ended before = latest;
            int sameBefore = 0;
            if (before != null && before.result().getClass() == result.getClass()) {
                sameBefore = before.inARow();
            }
            latest = new Ended(result, nowNs, nowNs - startedNs, sameBefore + 1);
        }

        private void waitForNext() {
            CheckTiming timing = key.timing();
            double stretch = 1 + timing.jitter() * (2 * random.nextDouble() - 1);
            long nextNs = startedNs + (long) (timing.intervalNs() * stretch);
            waitForTurn(Math.max(0, nextNs - timers.nowNs()));
        }

        private void apply(ProbeResult result) {
            long nowNs = timers.nowNs();
            if (result instanceof ProbeResult.NotSent notSent) {
                logNotSent(key, notSent.reason(), nowNs);
            }
            Step step = HealthMachine.step(state, result, key.thresholds(), nowNs);
            state = step.state();
            step.transition().ifPresent(transition -> {
                reason = transition.reason();
                tellSubscribers(nowNs);
            });
        }

        void tellSubscribers(long nowNs) {
            for (Subscriber subscriber : subscribers) {
                subscriber.tell(state.health(), reason, nowNs);
            }
        }

        /** Leaves whatever place it is in. */
        void end() {
            if (timer != null) {
                timer.cancel();
                timer = null;
            } else if (running != null) {
                counters.countDiscarded();
                cancelAttempt(running);
                release(running);
            } else {
                waitingForBudget.remove(this);
            }
        }

        private void cancelAttempt(Running cancelled) {
            if (cancelled.attempt != null) {
                cancelled.attempt.cancel();
            }
        }

        private void release(Running ended) {
            running = null;
            underWay--;
            if (ended.timeout != null) {
                ended.timeout.cancel();
            }
        }
    }

    /** One hold on a check. {@code health} is written on the thread only. */
    private final class Subscriber implements Subscription {
        private final CheckKey key;
        private final HealthListener listener;
        private volatile Health health;
        private volatile boolean ended;
        private volatile @Nullable Check check;

        Subscriber(CheckKey key, Health seed, HealthListener listener) {
            this.key = key;
            this.health = seed;
            this.listener = listener;
        }

        void tell(Health to, String reason, long nowNs) {
            Health from = health;
            if (ended || from == to) {
                return;
            }
            health = to;
            try {
                listener.onTransition(key, from, to, reason, nowNs);
            } catch (RuntimeException e) {
                log.error(
                        "check {}: the listener failed on {} -> {}; probing goes on, the listener missed it",
                        key,
                        from,
                        to,
                        e);
            }
        }

        @Override
        public CheckKey key() {
            return key;
        }

        @Override
        public Health health() {
            return health;
        }

        @Override
        public Optional<LastProbe> lastProbe() {
            Check mine = check;
            Ended latest = mine == null ? null : mine.latest;
            return latest == null
                    ? Optional.empty()
                    : Optional.of(new LastProbe(
                            latest.result(), timers.nowNs() - latest.atNs(), latest.tookNs(), latest.inARow()));
        }

        @Override
        public Subscription replaceBy(CheckKey newKey) {
            Subscription next = subscribe(newKey, health, listener);
            close();
            return next;
        }

        @Override
        public void close() {
            ended = true;
            timers.execute(() -> remove(this));
        }
    }
}
