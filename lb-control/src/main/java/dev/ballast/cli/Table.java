package dev.ballast.cli;

import java.util.ArrayList;
import java.util.List;

/**
 * Rows under headers, as wide as the terminal at most. A key (first column) that is too long for it stands on a line of
 * its own; if even that does not help, columns are left out, the least needed first. Nothing is cut off.
 */
final class Table {
    private static final String GAP = "  ";

    /** The room that keys get before columns are left out for them: an IPv4 address. */
    private static final int KEY_MIN = 15;

    /** {@code need}: the column with the least is left out first. */
    record Column(String header, boolean right, int need) {
        static Column left(String header, int need) {
            return new Column(header, false, need);
        }

        static Column right(String header, int need) {
            return new Column(header, true, need);
        }
    }

    /** Notes are sentences below their row, wrapped. */
    private record Row(List<Text> cells, List<Text> notes) {}

    private final String indent;
    private final List<Column> columns;
    private final List<Row> rows = new ArrayList<>();

    Table(String indent, List<Column> columns) {
        this.indent = indent;
        this.columns = columns;
    }

    /** One cell for each column. */
    void add(List<Text> cells, List<Text> notes) {
        rows.add(new Row(cells, notes));
    }

    boolean isEmpty() {
        return rows.isEmpty();
    }

    List<String> render(int width, boolean colour) {
        List<Integer> shown = new ArrayList<>();
        for (int i = 0; i < columns.size(); i++) {
            shown.add(i);
        }
        while (shown.size() > 2 && keyRoom(shown, width) < Math.min(KEY_MIN, widthOf(0))) {
            int least = leastNeeded(shown);
            shown.removeIf(i -> i == least);
        }
        int keyWidth = Math.min(
                widthOf(0),
                Math.max(keyRoom(shown, width), columns.getFirst().header.length()));
        List<String> lines = new ArrayList<>();
        List<Text> headers = columns.stream()
                .map(column -> new Text(column.header, Text.Style.DIM))
                .toList();
        lines.add(line(headers, shown, keyWidth, colour));
        for (Row row : rows) {
            Text key = row.cells.getFirst();
            if (key.length() > keyWidth) {
                lines.add(indent + key.render(colour));
                List<Text> rest = new ArrayList<>(row.cells);
                rest.set(0, Text.plain(""));
                lines.add(line(rest, shown, keyWidth, colour));
            } else {
                lines.add(line(row.cells, shown, keyWidth, colour));
            }
            for (Text note : row.notes) {
                String noteIndent = indent + GAP;
                lines.addAll(Text.wrap(note, noteIndent, noteIndent, width, colour));
            }
        }
        return lines;
    }

    private int keyRoom(List<Integer> shown, int width) {
        int others = indent.length();
        for (int i : shown.subList(1, shown.size())) {
            others += GAP.length() + widthOf(i);
        }
        return width - others;
    }

    private int leastNeeded(List<Integer> shown) {
        int least = shown.get(1);
        for (int i : shown.subList(1, shown.size())) {
            if (columns.get(i).need < columns.get(least).need) {
                least = i;
            }
        }
        return least;
    }

    private int widthOf(int column) {
        int width = columns.get(column).header.length();
        for (Row row : rows) {
            width = Math.max(width, row.cells.get(column).length());
        }
        return width;
    }

    private String line(List<Text> cells, List<Integer> shown, int keyWidth, boolean colour) {
        StringBuilder line = new StringBuilder(indent);
        for (int i : shown) {
            Text cell = cells.get(i);
            String padding = " ".repeat(Math.max(0, (i == 0 ? keyWidth : widthOf(i)) - cell.length()));
            line.append(i == 0 ? "" : GAP)
                    .append(columns.get(i).right ? padding : "")
                    .append(cell.render(colour))
                    .append(columns.get(i).right ? "" : padding);
        }
        return line.toString().stripTrailing();
    }
}
