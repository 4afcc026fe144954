package dev.ballast.cli;

import dev.ballast.cli.Text.Style;
import dev.ballast.v1.DiffReply;
import dev.ballast.v1.Difference;
import java.util.ArrayList;
import java.util.List;

/**
 * What differs between two configurations, as lines for people: each place with what it was and what it is, marked as diff
 * does, and the count. Values are never broken, so that they can be copied.
 */
record DiffView(boolean colour) {
    /** {@code other} is what stands for revision 0 of {@code to}: the file that was handed in. */
    List<String> render(DiffReply diff, String other) {
        List<String> lines = new ArrayList<>();
        for (Difference difference : diff.getDifferencesList()) {
            lines.add(new Text(difference.getPath(), Style.BOLD).render(colour));
            side(lines, "- ", difference.getBefore(), Style.RED);
            side(lines, "+ ", difference.getAfter(), Style.GREEN);
        }
        int places = diff.getDifferencesCount();
        String sides = "from revision " + diff.getFromRevision() + " to "
                + (diff.getToRevision() == 0 ? other : "revision " + diff.getToRevision());
        lines.add(sides + ": "
                + switch (places) {
                    case 0 -> "nothing differs";
                    case 1 -> "1 place differs";
                    default -> places + " places differ";
                });
        return lines;
    }

    private void side(List<String> lines, String mark, String yaml, Style style) {
        yaml.lines().forEach(line -> lines.add(new Text(mark + line, style).render(colour)));
    }
}
