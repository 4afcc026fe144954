package dev.ballast.cli;

import dev.ballast.cli.Text.Style;
import dev.ballast.v1.DisruptionReport;
import dev.ballast.v1.LiveFlows;
import dev.ballast.v1.MemberFlows;
import dev.ballast.v1.PlanReply;
import dev.ballast.v1.Problem;
import dev.ballast.v1.ServiceDisruption;
import dev.ballast.v1.SlotMoves;
import dev.ballast.v1.Stake;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What a change would disturb, as lines for people: first what speaks against it, then service by service what changes, which
 * slots and flows move and how it comes into force, and the sum.
 *
 * @param width in characters, which no line exceeds that can be broken
 */
record PlanView(int width, boolean colour) {
    private static final String INDENT = "  ";
    private static final int NAMED = 3;

    List<String> render(PlanReply plan) {
        List<String> lines = new ArrayList<>();
        for (Problem obstacle : plan.getObstaclesList()) {
            wrap(lines, new Text("apply would refuse this: " + obstacle.getMessage(), Style.RED), "! ");
        }
        for (String warning : plan.getWarningsList()) {
            wrap(lines, new Text(warning, Style.YELLOW), "! ");
        }
        DisruptionReport disruption = plan.getDisruption();
        for (String change : disruption.getGeneralList()) {
            wrap(lines, Text.plain(change), "");
        }
        for (ServiceDisruption service : disruption.getServicesList()) {
            service(lines, service);
        }
        wrap(lines, Text.plain("against revision " + plan.getRevision() + ": " + sum(disruption)), "");
        return lines;
    }

    private void wrap(List<String> lines, Text sentence, String firstIndent) {
        lines.addAll(Text.wrap(sentence, firstIndent, " ".repeat(firstIndent.length()), width, colour));
    }

    private void service(List<String> lines, ServiceDisruption service) {
        lines.add(new Text(service.getService(), Style.BOLD).render(colour) + "  " + service.getChange() + "  "
                + service.getManner());
        List<String> sentences = new ArrayList<>();
        changes(service).forEach(sentences::add);
        if (service.hasSlots()) {
            sentences.add(slots(service.getSlots()));
            sentences.add(flows(service));
        }
        for (String sentence : sentences) {
            lines.addAll(Text.wrap(Text.plain(sentence), INDENT, INDENT, width, colour));
        }
    }

    private static List<String> changes(ServiceDisruption service) {
        List<String> parts = new ArrayList<>();
        counted(parts, service.getMembersAddedList(), "member", "added");
        counted(parts, service.getMembersRemovedList(), "member", "removed");
        counted(parts, service.getDrainedList(), "member", "drained");
        counted(parts, service.getUndrainedList(), "drain", "ended");
        counted(parts, service.getWeightedList(), "weight", "changed");
        counted(parts, service.getVipsAddedList(), "VIP", "added");
        counted(parts, service.getVipsRemovedList(), "VIP", "removed");
        parts.addAll(service.getSettingsList());
        return parts.isEmpty() ? List.of() : List.of(String.join(", ", parts));
    }

    /** {@code 2 members added (10.0.1.13, 10.0.1.14)}. */
    private static void counted(List<String> parts, List<String> names, String what, String done) {
        if (!names.isEmpty()) {
            String first = names.stream().limit(NAMED).collect(Collectors.joining(", "));
            parts.add("%d %s%s %s (%s%s)"
                    .formatted(
                            names.size(),
                            what,
                            names.size() == 1 ? "" : "s",
                            done,
                            first,
                            names.size() > NAMED ? " and " + (names.size() - NAMED) + " more" : ""));
        }
    }

    private static String slots(SlotMoves slots) {
        if (slots.getMoved() == 0) {
            return "none of %s slots moves".formatted(Quantity.exact(slots.getSlots()));
        }
        return "%s%s of %s slots move (%s, at least %s)"
                .formatted(
                        certainty(slots.getCertainty()),
                        Quantity.exact(slots.getMoved()),
                        Quantity.exact(slots.getSlots()),
                        share(slots.getMoved(), slots.getSlots()),
                        share(slots.getMinimum(), slots.getSlots()));
    }

    private static String flows(ServiceDisruption service) {
        LiveFlows flows = service.getFlows();
        if (!flows.getTracked()) {
            return "not tracked: flows go with their slots" + beyondSlots(service);
        }
        if (flows.getLive() == 0) {
            return "no live flows";
        }
        List<String> parts = new ArrayList<>();
        long onLeaving =
                flows.getLeavingList().stream().mapToLong(MemberFlows::getFlows).sum();
        if (onLeaving > 0) {
            parts.add("%s on members that leave (%s)".formatted(Quantity.exact(onLeaving), names(flows)));
        }
        if (flows.getMoving() > 0) {
            parts.add(certainty(flows.getCertainty()) + Quantity.exact(flows.getMoving()) + " that lose their member");
        }
        if (parts.isEmpty()) {
            return "none of %s live flows is disturbed".formatted(Quantity.exact(flows.getLive()))
                    + beyondSlots(service);
        }
        long disturbed = onLeaving + flows.getMoving();
        return "%s%s of %s live flows are disturbed (%s): %s"
                .formatted(
                        certainty(flows.getCertainty()),
                        Quantity.exact(disturbed),
                        Quantity.exact(flows.getLive()),
                        share(disturbed, flows.getLive()),
                        String.join(", ", parts));
    }

    /** What of the stake the moving slots or the flow table do not show. */
    private static String beyondSlots(ServiceDisruption service) {
        Stake stake = service.getStake();
        return stake.getMeasure().equals("slots")
                        && stake.getDisturbed() > service.getSlots().getMoved()
                ? "; %s%s of %s slots' worth of flows are disturbed (%s)"
                        .formatted(
                                certainty(stake.getCertainty()),
                                Quantity.exact(stake.getDisturbed()),
                                Quantity.exact(stake.getOf()),
                                share(stake.getDisturbed(), stake.getOf()))
                : "";
    }

    private static String names(LiveFlows flows) {
        List<MemberFlows> leaving = flows.getLeavingList().stream()
                .filter(member -> member.getFlows() > 0)
                .toList();
        String first = leaving.stream()
                .limit(NAMED)
                .map(member -> member.getAddress() + ": " + Quantity.exact(member.getFlows()))
                .collect(Collectors.joining(", "));
        return leaving.size() > NAMED ? first + " and " + (leaving.size() - NAMED) + " more" : first;
    }

    private static String certainty(String certainty) {
        return switch (certainty) {
            case "about" -> "about ";
            case "at-most" -> "up to ";
            default -> "";
        };
    }

    private static String share(long part, long whole) {
        return Quantity.percent(whole == 0 ? 0 : (double) part / whole);
    }

    private static String sum(DisruptionReport disruption) {
        int changed = disruption.getServicesCount();
        if (changed == 0 && disruption.getGeneralCount() == 0) {
            return "nothing would change";
        }
        return "%d of %d services, %s of %s live flows (%s), %s; nothing was changed"
                .formatted(
                        changed,
                        changed + disruption.getServicesUnchanged(),
                        Quantity.exact(disruption.getDisturbedFlows()),
                        Quantity.exact(disruption.getLiveFlows()),
                        share(disruption.getDisturbedFlows(), disruption.getLiveFlows()),
                        disruption.getManner());
    }

    /** A line for each service of which something moves, for who has made the change. */
    static List<String> summary(DisruptionReport disruption) {
        return disruption.getServicesList().stream()
                .filter(ServiceDisruption::hasSlots)
                .filter(service ->
                        service.getSlots().getMoved() > 0 || service.getStake().getDisturbed() > 0)
                .map(service -> service.getService() + ": " + slots(service.getSlots()) + "; " + flows(service))
                .toList();
    }
}
