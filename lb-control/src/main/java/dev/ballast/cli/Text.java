package dev.ballast.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** A piece of a line and how it looks; its length is that of what one sees. */
record Text(String content, Style style) {
    /** SGR parameters of ECMA-48. */
    enum Style {
        PLAIN(""),
        BOLD("1"),
        DIM("2"),
        RED("31"),
        GREEN("32"),
        YELLOW("33");

        private final String parameter;

        Style(String parameter) {
            this.parameter = parameter;
        }
    }

    static Text plain(String content) {
        return new Text(content, Style.PLAIN);
    }

    int length() {
        return content.codePointCount(0, content.length());
    }

    String render(boolean colour) {
        return colour && style != Style.PLAIN ? "\033[" + style.parameter + "m" + content + "\033[0m" : content;
    }

    /** As much of a line as fits, for where a second one would do harm. */
    static String cut(String line, int width) {
        return line.length() <= width ? line : line.substring(0, width);
    }

    /** Pieces two spaces apart, as many on a line as fit; the lines after the first are indented. */
    static List<String> flow(List<Text> pieces, int indent, int width, boolean colour) {
        return fill(pieces, "  ", " ".repeat(indent), width, colour);
    }

    /** Words of a sentence, as many on a line as fit; {@code firstIndent} is as long as {@code indent}. */
    static List<String> wrap(Text sentence, String firstIndent, String indent, int width, boolean colour) {
        List<Text> words =
                Stream.of(sentence.content.split(" ", -1)).map(Text::plain).toList();
        List<String> lines = new ArrayList<>();
        for (String line : fill(words, " ", "", width - indent.length(), colour)) {
            lines.add((lines.isEmpty() ? firstIndent : indent) + new Text(line, sentence.style).render(colour));
        }
        return lines;
    }

    private static List<String> fill(List<Text> pieces, String gap, String indent, int width, boolean colour) {
        List<String> lines = new ArrayList<>();
        StringBuilder line = new StringBuilder();
        int column = 0;
        boolean empty = true;
        for (Text piece : pieces) {
            if (!empty && column + gap.length() + piece.length() > width) {
                lines.add(line.toString());
                line = new StringBuilder(indent);
                column = indent.length();
                empty = true;
            }
            if (!empty) {
                line.append(gap);
                column += gap.length();
            }
            line.append(piece.render(colour));
            column += piece.length();
            empty = false;
        }
        lines.add(line.toString());
        return lines;
    }
}
