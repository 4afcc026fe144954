package dev.ballast.cli;

import dev.ballast.v1.ReplayVerdict;
import java.io.PrintStream;

/**
 * One line a packet, as they come. In JSON and YAML what a packet has none of is null; the names of services, reasons and
 * addresses need no escapes.
 */
final class ReplayLines {
    private static final String COLUMNS = "%9s  %-9s  %-29s  %-20s  %s%n";

    private final Output form;
    private final PrintStream out;
    private boolean begun;

    ReplayLines(Output form, PrintStream out) {
        this.form = form;
        this.out = out;
    }

    void print(long index, ReplayVerdict verdict) {
        switch (form) {
            case TABLE -> row(index, verdict);
            case JSON -> out.println(json(index, verdict));
            case YAML -> out.println("- " + json(index, verdict)); // JSON is YAML 1.2
        }
    }

    private void row(long index, ReplayVerdict verdict) {
        if (!begun) {
            begun = true;
            out.printf(COLUMNS, "INDEX", "VERDICT", "REASON", "SERVICE", "BACKEND");
        }
        out.printf(
                COLUMNS,
                index,
                verdict.getClass_(),
                verdict.getReason(),
                dashed(verdict.getService()),
                dashed(verdict.getBackend()));
    }

    private static String json(long index, ReplayVerdict verdict) {
        return "{\"index\":" + index + ",\"verdict\":\"" + verdict.getClass_() + "\",\"reason\":\""
                + verdict.getReason() + "\",\"service\":" + quoted(verdict.getService()) + ",\"backend\":"
                + quoted(verdict.getBackend()) + "}";
    }

    private static String quoted(String text) {
        return text.isEmpty() ? "null" : "\"" + text + "\"";
    }

    private static String dashed(String text) {
        return text.isEmpty() ? "-" : text;
    }
}
