package dev.ballast.control.loop;

import dev.ballast.control.loop.Control.Swap;
import dev.ballast.control.loop.EventLog.Kind;
import dev.ballast.control.loop.EventLog.Severity;
import dev.ballast.control.reconcile.Attachment;
import dev.ballast.health.Health;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells what happens, twice: as a line of the daemon's log, and as an event, which {@code ballast events} shows. Loop thread only.
 *
 * <p>What happens to thousands at once, when a switch dies, say, is told of the first {@value #MOST_AT_ONCE} and counted for the
 * rest, so that it does not push everything else out of the events that are kept.
 */
final class Chronicle {
    private static final Logger LOG = LoggerFactory.getLogger(Chronicle.class);
    static final int MOST_AT_ONCE = 1_000;

    private final EventLog events;
    private final LoopStatistics statistics;
    private long revision;
    private Map<String, String> attachedModes = Map.of();

    Chronicle(EventLog events, LoopStatistics statistics) {
        this.events = events;
        this.statistics = statistics;
    }

    /** The revision that is in force from now on. */
    void inForce(long newRevision) {
        revision = newRevision;
    }

    private void add(Severity severity, Kind kind, String message) {
        events.add(severity, kind, "", "", revision, message);
    }

    // --- the configuration ---------------------------------------------------------------------------------------

    void restored(long restoredRevision) {
        inForce(restoredRevision);
        LOG.atInfo().addKeyValue("revision", revision).log("restored the last accepted configuration");
        add(Severity.INFO, Kind.DAEMON, "started; restored revision " + revision + ", the last accepted");
    }

    void accepted(Event.ChangeRequest request, List<String> effects, long newRevision) {
        inForce(newRevision);
        LOG.atInfo()
                .addKeyValue("revision", revision)
                .addKeyValue("operation", request.operation())
                .addKeyValue("object", request.object())
                .addKeyValue("by", request.options().origin().author())
                .addKeyValue("effects", effects.size())
                .log("configuration changed");
        effects.forEach(effect -> LOG.atInfo()
                .addKeyValue("revision", revision)
                .addKeyValue("what", effect)
                .log("change"));
        add(Severity.INFO, Kind.CONFIGURATION, words(request) + ": " + String.join("; ", effects));
    }

    /** Of what only asks there is no event: nothing has happened. */
    void refused(Event.Request<?> request, ChangeRefusedException why) {
        LOG.atWarn()
                .addKeyValue("request", request.getClass().getSimpleName())
                .addKeyValue("reason", why.getMessage())
                .log("refused");
        String what = switch (request) {
            case Event.ChangeRequest change -> change.options().dryRun() ? "" : words(change);
            case Event.SwapProgram swap -> swap.options().dryRun() ? "" : "swap";
            case Event.Teardown _ -> "teardown";
            default -> "";
        };
        if (!what.isEmpty()) {
            add(Severity.WARNING, Kind.CONFIGURATION, what + " was refused: " + why.getMessage());
        }
    }

    private static String words(Event.ChangeRequest request) {
        return "%s %s by %s"
                .formatted(
                        request.operation(),
                        request.object(),
                        request.options().origin().author());
    }

    // --- members -------------------------------------------------------------------------------------------------

    void healthChanged(List<HealthChecks.Change> changes) {
        for (HealthChecks.Change change : changes) {
            statistics.healthChanged(change.now().health());
            (change.now().health() == Health.DOWN ? LOG.atWarn() : LOG.atInfo())
                    .addKeyValue("member", change.member())
                    .addKeyValue("health", change.now().health())
                    .addKeyValue("was", change.was())
                    .addKeyValue("reason", change.now().reason())
                    .log("health changed");
        }
        changes.stream()
                .limit(MOST_AT_ONCE)
                .forEach(change -> events.add(
                        change.now().health() == Health.DOWN ? Severity.WARNING : Severity.INFO,
                        Kind.HEALTH,
                        change.member().service(),
                        change.member().toString(),
                        revision,
                        "%s, was %s: %s"
                                .formatted(
                                        change.now().health(),
                                        change.was(),
                                        change.now().reason())));
        andMore(changes.size(), Kind.HEALTH, "members changed their health");
    }

    /** The log has these from where they are found. */
    void nextHopsChanged(List<NextHops.Change> changes) {
        changes.stream()
                .limit(MOST_AT_ONCE)
                .forEach(change -> add(
                        change.lost() ? Severity.WARNING : Severity.INFO,
                        Kind.NETWORK,
                        "backend " + change.address() + ": " + change.words()));
        andMore(changes.size(), Kind.NETWORK, "backends have other next hops, or none");
    }

    private void andMore(int count, Kind kind, String what) {
        if (count > MOST_AT_ONCE) {
            add(Severity.WARNING, kind, "and %d more %s".formatted(count - MOST_AT_ONCE, what));
        }
    }

    // --- the datapath --------------------------------------------------------------------------------------------

    void swapped(Swap swap) {
        statistics.swapped();
        LOG.atInfo()
                .addKeyValue("old_tag", swap.oldTag())
                .addKeyValue("new_tag", swap.newTag())
                .addKeyValue("interfaces", String.join(",", swap.interfaces()))
                .log("program swapped");
        add(
                Severity.INFO,
                Kind.DATAPATH,
                "program %s was replaced by %s on %s"
                        .formatted(swap.oldTag(), swap.newTag(), String.join(", ", swap.interfaces())));
    }

    void repaired(String what) {
        statistics.repaired();
        LOG.atWarn().addKeyValue("what", what).log("was changed behind this daemon's back; repaired");
        add(Severity.WARNING, Kind.DATAPATH, "was changed behind this daemon's back; repaired: " + what);
    }

    void reconcileFailed(String reason) {
        LOG.atError()
                .addKeyValue("revision", revision)
                .addKeyValue("reason", reason)
                .log("the kernel does not hold the configuration; it is tried again each second");
        add(
                Severity.ERROR,
                Kind.DATAPATH,
                "the kernel does not hold the configuration; it is tried again each second: " + reason);
    }

    void reconciledAgain() {
        LOG.atInfo().addKeyValue("revision", revision).log("the kernel holds the configuration again");
        add(Severity.INFO, Kind.DATAPATH, "the kernel holds the configuration again");
    }

    /** Notes which interfaces carry the program now; the log has it from where they are attached. */
    void attached(List<Attachment> attached) {
        Map<String, String> modes = new LinkedHashMap<>();
        attached.forEach(each -> modes.put(each.name(), each.mode()));
        if (modes.equals(attachedModes)) {
            return;
        }
        modes.forEach((name, mode) -> {
            if (!mode.equals(attachedModes.get(name))) {
                add(
                        mode.equals("native") ? Severity.INFO : Severity.WARNING,
                        Kind.DATAPATH,
                        "interface %s carries the program, in %s mode".formatted(name, mode));
            }
        });
        attachedModes.keySet().stream()
                .filter(name -> !modes.containsKey(name))
                .forEach(name -> add(
                        Severity.WARNING, Kind.DATAPATH, "interface " + name + " does not carry the program any more"));
        attachedModes = modes;
    }

    void tornDown(List<String> removed) {
        removed.forEach(what -> LOG.atInfo().addKeyValue("what", what).log("removed"));
        add(Severity.WARNING, Kind.DATAPATH, "torn down: " + String.join("; ", removed));
    }
}
