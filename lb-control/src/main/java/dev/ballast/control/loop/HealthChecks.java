package dev.ballast.control.loop;

import dev.ballast.control.model.Check;
import dev.ballast.control.model.Service;
import dev.ballast.control.plan.MemberKey;
import dev.ballast.health.Health;
import dev.ballast.health.Thresholds;
import dev.ballast.health.probe.ProbeSpec;
import dev.ballast.health.schedule.CheckKey;
import dev.ballast.health.schedule.CheckTiming;
import dev.ballast.health.schedule.ProbeScheduler;
import dev.ballast.health.schedule.Subscription;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The health of every member, from the checks of its service.
 *
 * <p>Transitions arrive on the probing thread and wait in a queue, which holds at most a few per check because a check
 * takes {@code fall} intervals to change; everything else is for the loop thread.
 */
final class HealthChecks implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(HealthChecks.class);

    /** What is known of a member. */
    record Status(Health health, String reason, long sinceUnixMs) {}

    private record Transition(MemberKey member, CheckKey check, Health to, String reason) {}

    private static final class Member {
        final Map<CheckKey, Subscription> checks = new HashMap<>();
        final Map<CheckKey, Health> results = new HashMap<>();
        boolean usableWhileUnknown;
        Status status;

        Member(Status status) {
            this.status = status;
        }
    }

    private final ProbeScheduler scheduler;
    private final Runnable signal;
    private final LongSupplier unixMs;
    private final Queue<Transition> transitions = new ConcurrentLinkedQueue<>();
    private final Map<MemberKey, Member> members = new HashMap<>();

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

    /** What a member is to be checked by, and its health if it was not known before. */
    record Wanted(Service service, Health seed) {}

    /** Makes the set of members and their checks what is wanted; members that stay keep their health. */
    void want(Map<MemberKey, Wanted> wanted) {
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
        Member member = members.computeIfAbsent(
                key, _ -> new Member(new Status(wanted.seed(), seedReason(wanted.seed()), unixMs.getAsLong())));
        member.usableWhileUnknown =
                service.checks().isEmpty() || service.health().initial() == Service.Health.Initial.UP;
        Set<CheckKey> keys = new HashSet<>();
        for (Check check : service.checks()) {
            CheckKey checkKey = new CheckKey(
                    key.address().toInetAddress(),
                    check.port(),
                    new ProbeSpec.TcpConnect(null),
                    CheckTiming.of(
                            check.interval(), check.timeout(), check.jitter().fraction()),
                    new Thresholds(check.rise(), check.fall()));
            keys.add(checkKey);
            member.checks.computeIfAbsent(checkKey, _ -> {
                // A check that changed begins with what the member's health was: an edit is no reason to lose a
                // backend.
                Health seed = member.status.health();
                member.results.put(checkKey, seed);
                return scheduler.subscribe(checkKey, seed, (check1, _, to, reason, _) -> {
                    transitions.add(new Transition(key, check1, to, reason));
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
        if (keys.isEmpty()) {
            member.status = new Status(Health.UNKNOWN, "not checked", member.status.sinceUnixMs());
        }
    }

    private static String seedReason(Health seed) {
        return seed == Health.UNKNOWN ? "not probed yet" : "as before the restart";
    }

    /** Takes the transitions that wait; says whether a member's usability is another now. */
    boolean takeTransitions() {
        boolean changed = false;
        for (Transition next = transitions.poll(); next != null; next = transitions.poll()) {
            Member member = members.get(next.member());
            if (member == null || member.results.replace(next.check(), next.to()) == null) {
                continue; // it was removed while its last result was under way
            }
            boolean before = usable(next.member());
            Health health = worst(member.results.values());
            if (health == member.status.health()) {
                continue;
            }
            member.status = new Status(health, next.check() + ": " + next.reason(), unixMs.getAsLong());
            changed |= usable(next.member()) != before;
            (health == Health.DOWN ? LOG.atWarn() : LOG.atInfo())
                    .addKeyValue("member", next.member())
                    .addKeyValue("health", health)
                    .addKeyValue("check", next.check())
                    .addKeyValue("reason", next.reason())
                    .log("health changed");
        }
        return changed;
    }

    /** All checks have to be good: the worst of them is the member's health. */
    private static Health worst(Iterable<Health> results) {
        List<Health> order = List.of(Health.DOWN, Health.UNKNOWN, Health.SUSPECT, Health.UP);
        List<Health> all = new ArrayList<>();
        results.forEach(all::add);
        return order.stream().filter(all::contains).findFirst().orElse(Health.UNKNOWN);
    }

    /** Whether its health lets a member take flows. */
    boolean usable(MemberKey key) {
        Member member = members.get(key);
        return member != null && member.status.health().serves(member.usableWhileUnknown);
    }

    /** What is known of a member. */
    Status status(MemberKey key) {
        Member member = members.get(key);
        return member == null ? new Status(Health.UNKNOWN, "not checked", unixMs.getAsLong()) : member.status;
    }

    @Override
    public void close() {
        scheduler.close();
    }
}
