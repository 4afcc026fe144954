package dev.ballast.cli;

import dev.ballast.cli.Text.Style;
import dev.ballast.v1.Revision;
import java.util.ArrayList;
import java.util.List;

/** A revision as lines for people: who made it, when and by what, and below it what it changed. */
record RevisionView(int width, boolean colour) {
    private static final String INDENT = "  ";

    /** The first effects of many: `-o json` has more. */
    private static final int EFFECTS_MAX = 10;

    List<String> render(Revision revision) {
        List<Text> pieces = new ArrayList<>();
        pieces.add(new Text(Long.toUnsignedString(revision.getRevision()), Style.BOLD));
        pieces.add(Text.plain(Quantity.time(revision.getTimeUnixMs())));
        pieces.add(Text.plain(revision.getAuthor()));
        pieces.add(Text.plain((revision.getOperation() + " " + revision.getObject()).strip()));
        if (revision.getFromRevision() != 0 && revision.getFromRevision() != revision.getRevision() - 1) {
            pieces.add(new Text("upon " + revision.getFromRevision(), Style.DIM));
        }
        List<String> lines = new ArrayList<>(Text.flow(pieces, INDENT.length(), width, colour));
        List<String> effects = revision.getEffectsList();
        effects.stream()
                .limit(EFFECTS_MAX)
                .forEach(effect -> lines.addAll(Text.wrap(Text.plain(effect), INDENT, INDENT, width, colour)));
        if (effects.size() > EFFECTS_MAX) {
            lines.add(INDENT
                    + new Text("and " + (effects.size() - EFFECTS_MAX) + " more; -o json lists them", Style.DIM)
                            .render(colour));
        }
        return lines;
    }
}
