package dev.ballast.control.loop;

import dev.ballast.control.loop.ChangeRefusedException.Problem;
import dev.ballast.control.loop.Control.ChangeOptions;
import dev.ballast.control.model.Config;
import dev.ballast.control.model.Percent;
import dev.ballast.control.plan.Certainty;
import dev.ballast.control.plan.DisruptionReport;
import dev.ballast.control.plan.LiveFlows.OfMember;
import dev.ballast.control.plan.ServiceDisruption;
import dev.ballast.control.plan.Stake;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What an operator's change may disturb of each service. The one that runs counts, not the one that is proposed: a file cannot lift
 * its own limit. Pure.
 *
 * @param max the share
 * @param source who says so, for people
 */
record Budget(Percent max, String source) {
    private static final int NAMED_MEMBERS = 3;

    /** The one that a change has to keep to; empty: none. */
    static Optional<Budget> inForce(ChangeOptions options, @Nullable Config running, long revision) {
        return options.maxDisruption()
                .map(max -> new Budget(max, "--max-disruption"))
                .or(() -> Optional.ofNullable(running)
                        .flatMap(config -> config.fleet().maxDisruption())
                        .map(max -> new Budget(max, "fleet.maxDisruption of revision " + revision)));
    }

    /** A problem for each service of which more would be disturbed. */
    List<Problem> problems(DisruptionReport report) {
        return report.over(max).stream().map(this::problem).toList();
    }

    private Problem problem(ServiceDisruption service) {
        Percent needed = service.stake().budgetNeeded();
        String cure = String.join(", or ", cures(service, needed));
        return new Problem(
                "services." + service.service(),
                0,
                0,
                needed.toString(),
                "at most " + max,
                cure,
                "service %s: %s, and the budget is %s (%s): %s; nothing was changed"
                        .formatted(service.service(), words(service, needed), max, source, cure));
    }

    private static String words(ServiceDisruption service, Percent needed) {
        Stake stake = service.stake();
        String certainty = switch (stake.certainty()) {
            case EXACT -> "";
            case ABOUT -> "about ";
            case AT_MOST -> "up to ";
        };
        String what = switch (stake.measure()) {
            case SLOTS ->
                "%s%d of %d slots (%s) change member, and its flows with them"
                        .formatted(certainty, stake.disturbed(), stake.of(), needed);
            case FLOWS ->
                "%s%d of %d live flows (%s) are disturbed".formatted(certainty, stake.disturbed(), stake.of(), needed);
        };
        List<String> parts = new ArrayList<>();
        if (stake.measure() == Stake.Measure.FLOWS && service.flows().onLeaving() > 0) {
            parts.add("%d are on members that leave (%s)"
                    .formatted(service.flows().onLeaving(), names(service)));
        }
        if (stake.measure() == Stake.Measure.FLOWS && service.flows().moving() > 0) {
            parts.add("%s%d lose theirs".formatted(certainty, service.flows().moving()));
        }
        return parts.isEmpty() ? what : what + ": " + String.join(", ", parts);
    }

    private static List<OfMember> leaving(ServiceDisruption service) {
        return service.flows().leaving().stream()
                .filter(member -> member.flows() > 0)
                .toList();
    }

    private static String names(ServiceDisruption service) {
        List<OfMember> leaving = leaving(service);
        String first = leaving.stream()
                .limit(NAMED_MEMBERS)
                .map(member -> member.address() + ": " + member.flows())
                .collect(Collectors.joining(", "));
        return leaving.size() > NAMED_MEMBERS ? first + " and " + (leaving.size() - NAMED_MEMBERS) + " more" : first;
    }

    private static List<String> cures(ServiceDisruption service, Percent needed) {
        List<String> cures = new ArrayList<>();
        List<OfMember> leaving = leaving(service);
        if (service.stake().measure() == Stake.Measure.FLOWS && !leaving.isEmpty()) {
            cures.add(
                    "drain first (`ballast drain %s/%s`%s) and repeat this when `ballast status %s` shows no flows there"
                            .formatted(
                                    service.service(),
                                    leaving.getFirst().address(),
                                    leaving.size() > 1 ? " and the others" : "",
                                    service.service()));
        } else if (service.stake().certainty() == Certainty.AT_MOST) {
            cures.add("move the traffic away first");
        }
        cures.add((service.stake().measure() == Stake.Measure.SLOTS
                                && !service.flows().tracked()
                        ? "change it with flows.track on, or "
                        : "")
                + "repeat it with --max-disruption " + needed + " if that is meant");
        return cures;
    }
}
