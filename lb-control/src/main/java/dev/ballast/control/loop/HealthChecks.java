package dev.ballast.control.loop;

import dev.ballast.control.model.Backend;
import dev.ballast.control.model.Check;
import dev.ballast.control.model.Service;
import dev.ballast.control.model.Units;
import dev.ballast.control.plan.MemberKey;
import dev.ballast.health.Health;
import dev.ballast.health.ProbeResult;
import dev.ballast.health.Thresholds;
import dev.ballast.health.probe.ProbeSpec;
import dev.ballast.health.schedule.CheckKey;
import dev.ballast.health.schedule.CheckTiming;
import dev.ballast.health.schedule.LastProbe;
import dev.ballast.health.schedule.ProbeScheduler;
import dev.ballast.health.schedule.Subscription;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * The health of every member, from the checks of its service.
 *
 * <p>Transitions arrive on the probing thread and wait in a queue, which holds at most a few per check because a check
 * takes {@code fall} intervals to change; everything else is for the loop thread.
 */
final class HealthChecks implements AutoCloseable {
    private static final Result NOT_CHECKED = new Result(Health.UNKNOWN, "not checked: counts as healthy");

    /** What is known of a member. */
    record Status(Health health, String reason, long sinceUnixMs) {}

    /** A member's health is another now. */
    record Change(MemberKey member, Health was, Status now) {}

    private record Transition(MemberKey member, CheckKey check, Health to, String reason) {}

    /** What one check of a member last said. */
    private record Result(Health health, String reason) {
        /** From the one that speaks most against the member to the one that speaks for it. */
        private static final Comparator<Result> WORST_FIRST =
                Comparator.comparingInt(result -> switch (result.health()) {
                    case DOWN -> 0;
                    case UNKNOWN -> 1;
                    case SUSPECT -> 2;
                    case UP -> 3;
                });
    }

    private static final class Member {
        final Map<CheckKey, Subscription> checks = new HashMap<>();
        final Map<CheckKey, Result> results = new HashMap<>();
        boolean usableWhileUnknown;
        Optional<Integer> checkPort = Optional.empty();
        Status status;

        Member(Status status) {
            this.status = status;
        }

        /** Whether its health lets it take flows. */
        boolean isUsable() {
            return status.health().serves(usableWhileUnknown);
        }

        /** All checks have to be good: the worst of them is the member's health. */
        void combine(long nowUnixMs) {
            Result worst = results.values().stream().min(Result.WORST_FIRST).orElse(NOT_CHECKED);
            status = new Status(
                    worst.health(),
                    worst.reason(),
                    worst.health() == status.health() ? status.sinceUnixMs() : nowUnixMs);
        }
    }

    private final ProbeScheduler scheduler;
    private final Runnable signal;
    private final LongSupplier unixMs;
    private final Queue<Transition> transitions = new ConcurrentLinkedQueue<>();
    private final Map<MemberKey, Member> members = new HashMap<>();
    private long version;
    private List<Change> changes = new ArrayList<>();

    /**
     * Checks over {@code scheduler}, which it owns.
     *
     * @param signal called on the probing thread when a transition waits
     */
    HealthChecks(ProbeScheduler scheduler, Runnable signal, LongSupplier unixMs) {
        this.scheduler = scheduler;
        this.signal = signal;
        this.unixMs = unixMs;
    }

    /**
     * What a member is to be checked by.
     *
     * @param backend the member in the configuration; empty when it left, and then it is probed where it was before
     * @param seed its health if it was not known before
     */
    record Wanted(Service service, Optional<Backend> backend, Health seed) {}

    /** Makes the set of members and their checks what is wanted; members that stay keep their health. */
    void want(Map<MemberKey, Wanted> wanted) {
        version++;
        members.entrySet().removeIf(entry -> {
            if (wanted.containsKey(entry.getKey())) {
                return false;
            }
            entry.getValue().checks.values().forEach(Subscription::close);
            return true;
        });
        wanted.forEach(this::want);
    }

    private void want(MemberKey key, Wanted wanted) {
        Service service = wanted.service();
        long nowUnixMs = unixMs.getAsLong();
        Member known = members.get(key);
        Member member =
                known == null ? new Member(new Status(wanted.seed(), seedReason(wanted.seed()), nowUnixMs)) : known;
        members.put(key, member);
        // An edit is no reason to lose a backend: a new check begins with what the member's health is, and one that was
        // not
        // checked at all was trusted.
        Result seed = known != null && known.checks.isEmpty() && known.isUsable()
                ? new Result(Health.UP, "not probed yet; it served unchecked before")
                : new Result(member.status.health(), member.status.reason());
        member.usableWhileUnknown =
                service.checks().isEmpty() || service.health().initial() == Service.Health.Initial.UP;
        wanted.backend().ifPresent(backend -> member.checkPort = backend.checkPort());
        Set<CheckKey> keys = new HashSet<>();
        for (Check check : service.checks()) {
            CheckKey checkKey = checkKey(key, check, member.checkPort);
            keys.add(checkKey);
            member.checks.computeIfAbsent(checkKey, _ -> {
                member.results.put(checkKey, seed);
                return scheduler.subscribe(checkKey, seed.health(), (changed, _, to, reason, _) -> {
                    transitions.add(new Transition(key, changed, to, reason));
                    signal.run();
                });
            });
        }
        member.checks.entrySet().removeIf(entry -> {
            if (keys.contains(entry.getKey())) {
                return false;
            }
            entry.getValue().close();
            member.results.remove(entry.getKey());
            return true;
        });
        member.combine(nowUnixMs);
    }

    private static CheckKey checkKey(MemberKey member, Check check, Optional<Integer> checkPort) {
        return new CheckKey(
                member.address().toInetAddress(),
                checkPort.orElse(check.port()),
                new ProbeSpec.TcpConnect(null),
                CheckTiming.of(check.interval(), check.timeout(), check.jitter().fraction()),
                new Thresholds(check.rise(), check.fall()));
    }

    private static String seedReason(Health seed) {
        return seed == Health.UNKNOWN ? "not probed yet" : "as last known; not probed since";
    }

    /** Takes the transitions that wait; says whether a member's usability is another now. */
    boolean takeTransitions() {
        boolean changed = false;
        for (Transition next = transitions.poll(); next != null; next = transitions.poll()) {
            Member member = members.get(next.member());
            Result result = new Result(next.to(), next.check() + ": " + next.reason());
            if (member == null || member.results.replace(next.check(), result) == null) {
                continue; // the member or its check was removed while this was under way
            }
            Status before = member.status;
            boolean wasUsable = member.isUsable();
            member.combine(unixMs.getAsLong());
            if (member.status.health() == before.health()) {
                continue;
            }
            changed |= member.isUsable() != wasUsable;
            version++;
            changes.add(new Change(next.member(), before.health(), member.status));
        }
        return changed;
    }

    /** Another one after each call that may have changed what {@link #usable} and {@link #knows} say. */
    long version() {
        return version;
    }

    /** What {@link #takeTransitions} changed since this was asked last. */
    List<Change> takeChanges() {
        List<Change> taken = changes;
        changes = new ArrayList<>();
        return taken;
    }

    /** Whether its health lets a member take flows. */
    boolean usable(MemberKey key) {
        Member member = members.get(key);
        return member != null && member.isUsable();
    }

    /** The checks of each member of a service ("": of all), by the member's name. */
    Map<String, List<Control.CheckStatus>> checks(String service) {
        Map<String, List<Control.CheckStatus>> checks = new HashMap<>();
        members.forEach((key, member) -> {
            if (service.isEmpty() || service.equals(key.service())) {
                checks.put(key.toString(), checks(member));
            }
        });
        return checks;
    }

    private List<Control.CheckStatus> checks(Member member) {
        return member.checks.entrySet().stream()
                .map(check -> status(
                        check.getKey(),
                        member.results.getOrDefault(check.getKey(), NOT_CHECKED),
                        check.getValue().lastProbe()))
                .sorted(Comparator.comparing(Control.CheckStatus::check))
                .toList();
    }

    private Control.CheckStatus status(CheckKey key, Result result, Optional<LastProbe> probe) {
        return new Control.CheckStatus(
                "%s each %s"
                        .formatted(
                                key,
                                Units.printDuration(
                                        Duration.ofNanos(key.timing().intervalNs()))),
                result.health().toString(),
                probe.map(last -> words(last.result())).orElse(result.reason()),
                probe.map(last -> unixMs.getAsLong() - TimeUnit.NANOSECONDS.toMillis(last.agoNs()))
                        .orElse(0L),
                probe.map(last -> TimeUnit.NANOSECONDS.toMicros(last.tookNs())).orElse(0L),
                probe.map(LastProbe::inARow).orElse(0));
    }

    private static String words(ProbeResult result) {
        return switch (result) {
            case ProbeResult.Success _ -> "answered";
            case ProbeResult.Failure failure -> failure.reason();
            case ProbeResult.NotSent notSent -> "not sent: " + notSent.reason();
        };
    }

    /** Whether the member is checked, or would be if its service had checks. */
    boolean knows(MemberKey key) {
        return members.containsKey(key);
    }

    /** What is known of a member. */
    Status status(MemberKey key) {
        Member member = members.get(key);
        return member == null
                ? new Status(NOT_CHECKED.health(), NOT_CHECKED.reason(), unixMs.getAsLong())
                : member.status;
    }

    @Override
    public void close() {
        scheduler.close();
    }
}
