package dev.ballast.cli;

import dev.ballast.cli.Table.Column;
import dev.ballast.cli.Text.Style;
import dev.ballast.v1.FlowTableStatus;
import dev.ballast.v1.Interface;
import dev.ballast.v1.MemberStatus;
import dev.ballast.v1.Progress;
import dev.ballast.v1.ServiceStatus;
import dev.ballast.v1.StatusReply;
import dev.ballast.v1.Traffic;
import dev.ballast.v1.TransmitLoss;
import dev.ballast.v1.Verdict;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The status as lines for people: the node, what needs an operator, each service with its members, the verdicts, the
 * flow table. ASCII, because the names and addresses in it are. Packet rates are there when an earlier state is given.
 *
 * @param width in characters, which no line exceeds that can be broken
 */
record StatusView(int width, boolean colour) {
    List<String> render(StatusReply now, @Nullable StatusReply before) {
        Rates rates = Rates.between(before, now);
        List<String> lines = new ArrayList<>();
        node(lines, now);
        for (String warning : now.getWarningsList()) {
            lines.addAll(Text.wrap(new Text(warning, Style.YELLOW), "! ", "  ", width, colour));
        }
        for (ServiceStatus service : now.getServicesList()) {
            lines.add("");
            service(lines, service, now.getTimeUnixMs(), rates);
        }
        verdicts(lines, now, rates);
        txFailed(lines, now);
        lines.add("");
        flows(lines, now);
        return lines;
    }

    private void node(List<String> lines, StatusReply status) {
        List<Text> pieces = new ArrayList<>();
        pieces.add(new Text(status.getNode(), Style.BOLD));
        pieces.add(Text.plain("revision " + status.getRevision()));
        pieces.add(progress(status.getProgress()));
        pieces.add(Text.plain("program " + (status.getProgramTag().isEmpty() ? "none" : status.getProgramTag())));
        pieces.add(Text.plain("instance " + status.getInstance()));
        pieces.add(Text.plain("ballastd " + status.getVersion() + " pid " + status.getPid() + " up "
                + Quantity.age(status.getTimeUnixMs() - status.getStartedUnixMs())));
        lines.addAll(Text.flow(pieces, 2, width, colour));
        reason(lines, status.getProgress(), status.getReason());
        String builtIn = status.getProgramBuiltInTag();
        boolean loaded = !status.getProgramTag().isEmpty(); // else the first apply loads it
        if (loaded && !builtIn.isEmpty() && !builtIn.equals(status.getProgramTag())) {
            lines.addAll(Text.wrap(
                    Text.plain("this build's program is " + builtIn + "; `ballast swap` loads it"),
                    "  ",
                    "  ",
                    width,
                    colour));
        }
        if (status.getProgramFeaturesCount() > 0) {
            lines.addAll(Text.wrap(
                    Text.plain("program features " + String.join(", ", status.getProgramFeaturesList())),
                    "  ",
                    "  ",
                    width,
                    colour));
        }
        List<Text> interfaces = new ArrayList<>();
        interfaces.add(Text.plain("interfaces"));
        for (Interface each : status.getInterfacesList()) {
            interfaces.add(new Text(
                    each.getName() + " " + each.getMode(),
                    each.getMode().equals("native") ? Style.PLAIN : Style.YELLOW));
        }
        if (status.getInterfacesCount() == 0) {
            interfaces.add(new Text("none attached", Style.YELLOW));
        }
        lines.addAll(Text.flow(interfaces, 2, width, colour));
        configuration(lines, status);
    }

    /** Where it comes from, and what to compare it with another balancer's by. */
    private void configuration(List<String> lines, StatusReply status) {
        if (status.getConfiguredDigest().isEmpty()) {
            return;
        }
        lines.addAll(Text.flow(
                List.of(
                        Text.plain("configuration from " + status.getSource()),
                        Text.plain("digest " + status.getConfiguredDigest()),
                        Text.plain("effective " + status.getEffectiveDigest()),
                        Text.plain("journal " + status.getJournal().getRevisions() + " revisions in "
                                + Quantity.bytes(status.getJournal().getBytes()) + " bytes")),
                2,
                width,
                colour));
    }

    private void service(List<String> lines, ServiceStatus service, long nowUnixMs, Rates rates) {
        List<Text> pieces = new ArrayList<>();
        pieces.add(new Text(service.getName(), Style.BOLD));
        service.getVipsList().forEach(vip -> pieces.add(Text.plain(vip)));
        pieces.add(progress(service.getProgress()));
        pieces.add(Text.plain(service.getEncap()));
        pieces.add(Text.plain("hash " + service.getHash()));
        if (!service.getSources().equals("everybody")) {
            pieces.add(Text.plain("sources: " + service.getSources()));
        }
        pieces.add(new Text("ring " + service.getRingSize() + " generation " + service.getRingGeneration(), Style.DIM));
        if (service.getPreviousRingUntilUnixMs() > nowUnixMs) {
            String left = Quantity.age(service.getPreviousRingUntilUnixMs() - nowUnixMs);
            pieces.add(new Text("previous ring kept for " + left, Style.DIM));
        }
        lines.addAll(Text.flow(pieces, 2, width, colour));
        reason(lines, service.getProgress(), service.getReason());
        members(lines, service, nowUnixMs, rates);
        List<Text> traffic = new ArrayList<>();
        count(traffic, "dropped", service.getDropped().getPackets(), Style.YELLOW);
        count(traffic, "answered", service.getAnswered().getPackets(), Style.PLAIN);
        count(traffic, "passed", service.getPassed().getPackets(), Style.PLAIN);
        count(traffic, "flows created", service.getFlowsCreated(), Style.PLAIN);
        count(traffic, "untracked", service.getFlowsUntracked(), Style.YELLOW);
        count(traffic, "re-picked", service.getFlowsRepicked(), Style.PLAIN);
        if (!traffic.isEmpty()) {
            lines.addAll(Text.flow(traffic, 0, width - 2, colour).stream()
                    .map(line -> "  " + line)
                    .toList());
        }
    }

    private void members(List<String> lines, ServiceStatus service, long nowUnixMs, Rates rates) {
        if (service.getMembersCount() == 0) {
            lines.add("  " + new Text("no members", Style.YELLOW).render(colour));
            return;
        }
        List<Column> columns = new ArrayList<>(List.of(
                Column.left("MEMBER", 9),
                Column.right("WEIGHT", 1),
                Column.right("SHARE", 3),
                Column.left("ADMIN", 7),
                Column.left("HEALTH", 8),
                Column.right("SINCE", 4),
                Column.right("FLOWS", 5),
                Column.right("PACKETS", 2)));
        if (rates.known()) {
            columns.add(Column.right("PPS", 6));
        }
        Table table = new Table("  ", columns);
        for (MemberStatus member : service.getMembersList()) {
            boolean in = member.getAdmin().equals("in");
            List<Text> cells = new ArrayList<>(List.of(
                    Text.plain(member.getAddress()),
                    Text.plain(Integer.toUnsignedString(member.getWeight())),
                    Text.plain(Quantity.percent(member.getRingShare())),
                    new Text(member.getAdmin(), in ? Style.PLAIN : Style.YELLOW),
                    new Text(member.getHealth(), healthStyle(member.getHealth())),
                    Text.plain(
                            member.getHealthSinceUnixMs() == 0
                                    ? "-"
                                    : Quantity.age(nowUnixMs - member.getHealthSinceUnixMs())),
                    Text.plain(Quantity.count(member.getFlows())),
                    Text.plain(Quantity.count(member.getForwarded().getPackets()))));
            if (rates.known()) {
                cells.add(Text.plain(rates.perSecond(member.getName(), member.getForwarded())));
            }
            List<Text> notes = new ArrayList<>();
            boolean up = member.getHealth().equals("up");
            if (!up && !member.getHealthReason().isEmpty()) {
                notes.add(Text.plain(member.getHealthReason()));
            }
            if (up && in && !member.getInRing()) {
                notes.add(new Text("not in the ring: next hop " + member.getNextHop(), Style.YELLOW));
            }
            table.add(cells, notes);
        }
        lines.addAll(table.render(width, colour));
    }

    private void verdicts(List<String> lines, StatusReply status, Rates rates) {
        List<Column> columns = new ArrayList<>(List.of(
                Column.left("VERDICT", 9),
                Column.left("REASON", 8),
                Column.right("PACKETS", 7),
                Column.right("BYTES", 1)));
        if (rates.known()) {
            columns.add(Column.right("PPS", 6));
        }
        Table table = new Table("", columns);
        for (Verdict verdict : status.getVerdictsList()) {
            Traffic traffic = verdict.getTraffic();
            if (traffic.getPackets() == 0) {
                continue;
            }
            Style style = verdict.getClass_().equals("dropped") ? Style.YELLOW : Style.PLAIN;
            List<Text> cells = new ArrayList<>(List.of(
                    new Text(verdict.getClass_(), style),
                    new Text(verdict.getReason(), style),
                    Text.plain(Long.toUnsignedString(traffic.getPackets())),
                    Text.plain(Quantity.bytes(traffic.getBytes()))));
            if (rates.known()) {
                cells.add(Text.plain(rates.perSecond(Rates.key(verdict), traffic)));
            }
            table.add(cells, List.of());
        }
        if (!table.isEmpty()) {
            lines.add("");
            lines.addAll(table.render(width, colour));
        }
    }

    /** Outside the verdicts: lost after them. */
    private void txFailed(List<String> lines, StatusReply status) {
        Table table =
                new Table("", List.of(Column.left("TX_FAILED", 9), Column.left("CAUSE", 8), Column.right("FRAMES", 7)));
        for (TransmitLoss loss : status.getTxFailedList()) {
            table.add(
                    List.of(
                            new Text(loss.getInterface(), Style.YELLOW),
                            new Text(loss.getCause(), Style.YELLOW),
                            Text.plain(Long.toUnsignedString(loss.getFrames()))),
                    List.of(Text.plain(loss.getExplanation())));
        }
        if (!table.isEmpty()) {
            lines.add("");
            lines.addAll(table.render(width, colour));
        }
    }

    private void flows(List<String> lines, StatusReply status) {
        FlowTableStatus flows = status.getFlows();
        double fill = flows.getCapacity() == 0 ? 0 : (double) flows.getLive() / flows.getCapacity();
        lines.addAll(Text.flow(
                List.of(
                        Text.plain("flow table"),
                        new Text(
                                Quantity.percent(fill) + " full (" + flows.getLive() + " of " + flows.getCapacity()
                                        + ")",
                                fill > 0.5 ? Style.YELLOW : Style.PLAIN),
                        Text.plain(flows.getHalfOpen() + " half-open"),
                        Text.plain(
                                flows.getCensusUnixMs() == 0
                                        ? "not counted yet"
                                        : "counted " + Quantity.age(status.getTimeUnixMs() - flows.getCensusUnixMs())
                                                + " ago")),
                2,
                width,
                colour));
    }

    private void reason(List<String> lines, Progress progress, String reason) {
        if (!reason.isEmpty()) {
            lines.addAll(Text.wrap(new Text(reason, progress(progress).style()), "  ", "  ", width, colour));
        }
    }

    private static void count(List<Text> pieces, String name, long value, Style style) {
        if (value != 0) {
            pieces.add(new Text(name + " " + Quantity.count(value), style));
        }
    }

    private static Text progress(Progress progress) {
        return switch (progress) {
            case DONE -> new Text("done", Style.GREEN);
            case PENDING -> new Text("pending", Style.YELLOW);
            case FAILED -> new Text("failed", Style.RED);
            case PROGRESS_UNSPECIFIED, UNRECOGNIZED -> new Text("unknown", Style.YELLOW);
        };
    }

    private static Style healthStyle(String health) {
        return switch (health) {
            case "up" -> Style.GREEN;
            case "down" -> Style.RED;
            default -> Style.YELLOW;
        };
    }

    /** Packets a second between two states, by what was counted. */
    private record Rates(Map<String, Long> earlierPackets, double seconds) {
        static Rates between(@Nullable StatusReply before, StatusReply now) {
            if (before == null || before.getTimeUnixMs() >= now.getTimeUnixMs()) {
                return new Rates(Map.of(), 0);
            }
            Map<String, Long> packets = new HashMap<>();
            for (ServiceStatus service : before.getServicesList()) {
                for (MemberStatus member : service.getMembersList()) {
                    packets.put(member.getName(), member.getForwarded().getPackets());
                }
            }
            for (Verdict verdict : before.getVerdictsList()) {
                packets.put(key(verdict), verdict.getTraffic().getPackets());
            }
            return new Rates(packets, (now.getTimeUnixMs() - before.getTimeUnixMs()) / 1e3);
        }

        static String key(Verdict verdict) {
            return verdict.getClass_() + " " + verdict.getReason();
        }

        boolean known() {
            return seconds > 0;
        }

        /** "-" for what is new, or was counted anew. */
        String perSecond(String key, Traffic traffic) {
            Long earlier = earlierPackets.get(key);
            return earlier == null || traffic.getPackets() < earlier
                    ? "-"
                    : Quantity.count(Math.round((traffic.getPackets() - earlier) / seconds));
        }
    }
}
