package dev.ballast.cli;

import dev.ballast.cli.Table.Column;
import dev.ballast.cli.Text.Style;
import dev.ballast.v1.CheckHealth;
import dev.ballast.v1.HealthReply;
import dev.ballast.v1.MemberHealth;
import java.util.ArrayList;
import java.util.List;

/** Health as lines for people: a row for each member, and below it one for each of its checks. */
record HealthView(int width, boolean colour) {
    List<String> render(HealthReply health, long nowUnixMs) {
        if (health.getMembersCount() == 0) {
            return List.of("no members");
        }
        Table table = new Table(
                "",
                List.of(
                        Column.left("MEMBER", 9),
                        Column.left("HEALTH", 8),
                        Column.right("SINCE", 5),
                        Column.left("ADMIN", 6),
                        Column.right("WEIGHT", 5)));
        for (MemberHealth member : health.getMembersList()) {
            table.add(
                    List.of(
                            Text.plain(member.getMember()),
                            new Text(member.getHealth(), style(member.getHealth())),
                            Text.plain(
                                    member.getSinceUnixMs() == 0
                                            ? "-"
                                            : Quantity.age(nowUnixMs - member.getSinceUnixMs())),
                            new Text(member.getAdmin(), member.getAdmin().equals("in") ? Style.PLAIN : Style.YELLOW),
                            new Text(
                                    Integer.toUnsignedString(member.getWeight()),
                                    member.getInRing() ? Style.PLAIN : Style.YELLOW)),
                    notes(member, nowUnixMs));
        }
        return table.render(width, colour);
    }

    /** Each of its checks; where there are none, what that means. */
    private static List<Text> notes(MemberHealth member, long nowUnixMs) {
        return member.getChecksCount() == 0
                ? List.of(Text.plain(member.getReason()))
                : member.getChecksList().stream()
                        .map(check -> check(check, nowUnixMs))
                        .toList();
    }

    /** {@code tcp 10.0.1.11:443 each 2s: up, connected in 0.41 ms, 1s ago, 12 in a row}. */
    private static Text check(CheckHealth check, long nowUnixMs) {
        List<String> parts = new ArrayList<>();
        parts.add(check.getHealth());
        if (!check.getReason().isEmpty()) {
            parts.add(check.getReason());
        }
        if (check.getProbedUnixMs() == 0) {
            parts.add("not probed yet");
        } else {
            parts.add("took " + Quantity.milliseconds(check.getTookUs()));
            parts.add(Quantity.age(nowUnixMs - check.getProbedUnixMs()) + " ago");
            parts.add(check.getInARow() + " in a row");
        }
        boolean bad = check.getHealth().equals("down") || check.getHealth().equals("suspect");
        return new Text(
                check.getCheck() + ": " + String.join(", ", parts), bad ? style(check.getHealth()) : Style.PLAIN);
    }

    private static Style style(String health) {
        return switch (health) {
            case "up" -> Style.GREEN;
            case "down" -> Style.RED;
            default -> Style.YELLOW;
        };
    }
}
