package dev.ballast.perf.fleet;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.DoubleStream;

/**
 * Results as an SVG picture: above, what each event breaks by algorithm; below, what keeping the previous ring gains by the time of the
 * re-hash. It brings its own background, and follows the reader's preference of light or dark. Pure.
 */
final class Plot {
    private static final int WIDTH = 1000;
    private static final int LABELS = 270;
    private static final int ROW = 44;
    private static final int TOP = 96;
    private static final int RIGHT = 30;

    /** Left of the logarithmic scale: nothing at all was broken. */
    private static final int ZERO_X = LABELS + 12;

    private static final int SCALE_X = LABELS + 60;
    private static final double LEAST_PERCENT = 0.1;
    private static final double MOST_PERCENT = 100;
    private static final int LEAST_S = 5;
    private static final int CURVES_HEIGHT = 300;
    private static final int CURVES_GAP = 28;

    private static final String STYLE = """
            <style>
            .ground { fill: #ffffff } .ink { fill: #1f2328 } .soft { fill: #59636e } .grid { stroke: #d1d9e0 } .stripe { fill: #f6f8fa }
            .even { stroke: #59636e } text { font-family: 'DejaVu Sans', Verdana, sans-serif; font-size: 12px }
            .c1 { fill: #b35900; stroke: #b35900 } .c2 { fill: #0969da; stroke: #0969da } .c3 { fill: #1a7f37; stroke: #1a7f37 }
            .c4 { fill: #8250df; stroke: #8250df } .c5 { fill: #bf3989; stroke: #bf3989 } .c6 { fill: #6e7781; stroke: #6e7781 }
            .line { fill: none; stroke-width: 2 } .title { font-size: 15px; font-weight: bold }
            @media (prefers-color-scheme: dark) {
            .ground { fill: #0d1117 } .ink { fill: #e6edf3 } .soft { fill: #9198a1 } .grid { stroke: #30363d } .stripe { fill: #151b23 }
            .even { stroke: #9198a1 }
            .c1 { fill: #f0883e; stroke: #f0883e } .c2 { fill: #58a6ff; stroke: #58a6ff } .c3 { fill: #3fb950; stroke: #3fb950 }
            .c4 { fill: #bc8cff; stroke: #bc8cff } .c5 { fill: #f778ba; stroke: #f778ba } .c6 { fill: #9198a1; stroke: #9198a1 }
            .line { fill: none } }
            </style>
            """;

    private final StringBuilder svg = new StringBuilder();

    private Plot() {}

    /** The picture as a document of its own. */
    static String svg(Results results) {
        return new Plot().draw(results.events(), results.generations());
    }

    private String draw(Study events, List<Results.Generations> generations) {
        int curvesTop = TOP + events.rows().size() * ROW + 120;
        int height = curvesTop + CURVES_HEIGHT + 70;
        svg.append("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" role=\"img\">\n"
                .formatted(WIDTH, height));
        svg.append("<title>What an event breaks in a fleet of balancers</title>\n")
                .append(STYLE);
        svg.append("<rect class=\"ground\" width=\"%d\" height=\"%d\"/>\n".formatted(WIDTH, height));
        text(16, 26, "ink title", "start", "Connections broken by one event, per cent of the live ones");
        events(events);
        text(
                16,
                curvesTop - 64,
                "ink title",
                "start",
                "A backend is drained and the routers re-hash some time later (modulo): is the previous ring to be asked?");
        text(82, curvesTop - 36, "ink", "start", "not asked (tracking alone)");
        stroke("c2", 60, curvesTop - 40);
        text(302, curvesTop - 36, "ink", "start", "asked");
        stroke("c4", 280, curvesTop - 40);
        text(
                382,
                curvesTop - 36,
                "ink",
                "start",
                "asked until more flows are of after the change, or an hour has passed");
        stroke("c3", 360, curvesTop - 40);
        double mostPercent = mostPercent(generations);
        int width = (WIDTH - 60 - RIGHT - CURVES_GAP * (generations.size() - 1)) / generations.size();
        for (int i = 0; i < generations.size(); i++) {
            curves(generations.get(i), 60 + i * (width + CURVES_GAP), curvesTop, width, mostPercent);
        }
        return svg.append("</svg>\n").toString();
    }

    private void events(Study study) {
        List<Variant> shown = study.variants().subList(1, study.variants().size());
        for (int i = 0; i < shown.size(); i++) {
            int x = 24 + i * 158;
            marker(i, x, 50);
            text(x + 12, 54, "ink", "start", legend(shown.get(i)));
        }
        int bottom = TOP + study.rows().size() * ROW;
        for (int i = 0; i < study.rows().size(); i++) {
            if (i % 2 == 0) {
                svg.append("<rect class=\"stripe\" x=\"0\" y=\"%d\" width=\"%d\" height=\"%d\"/>\n"
                        .formatted(TOP + i * ROW, WIDTH, ROW));
            }
        }
        for (double percent = LEAST_PERCENT; percent <= MOST_PERCENT; percent *= 10) {
            double x = eventX(percent);
            vertical("grid", x, TOP, bottom, "");
            text(x, TOP - 8, "soft", "middle", number(percent) + " %");
        }
        vertical("grid", ZERO_X, TOP, bottom, "");
        text(ZERO_X, TOP - 8, "soft", "middle", "none");
        for (int i = 0; i < study.rows().size(); i++) {
            row(study, study.rows().get(i), shown, TOP + i * ROW);
        }
    }

    private void row(Study study, Study.Row row, List<Variant> shown, int top) {
        String modulo = row.scenario().ecmp() == Ecmp.MODULO ? ", modulo" : "";
        text(LABELS - 14, top + ROW / 2.0 + 4, "ink", "end", row.scenario().name() + modulo);
        for (int i = 0; i < shown.size(); i++) {
            double y = top + 7 + i * (ROW - 14.0) / (shown.size() - 1);
            marker(i, eventX(study.percent(row, shown.get(i))), y);
        }
    }

    private static String legend(Variant variant) {
        return switch (variant.tracking()) {
            case NONE -> variant.name();
            case LOCAL, FLEET -> "Maglev, " + variant.name();
        };
    }

    private static double eventX(double percent) {
        if (percent == 0) {
            return ZERO_X;
        }
        double place =
                Math.log(Math.max(percent, LEAST_PERCENT) / LEAST_PERCENT) / Math.log(MOST_PERCENT / LEAST_PERCENT);
        return SCALE_X + place * (WIDTH - RIGHT - SCALE_X);
    }

    /** Shapes differ as well as colours. */
    private void marker(int series, double x, double y) {
        String shape = switch (series) {
            case 0 -> "M-4 -4H4V4H-4Z";
            case 1 -> "M0 -5L5 0L0 5L-5 0Z";
            case 2 -> "M-4 0A4 4 0 1 0 4 0A4 4 0 1 0 -4 0Z";
            case 3 -> "M0 -5L5 4H-5Z";
            case 4 -> "M0 5L5 -4H-5Z";
            default -> "M-5 -1H-1V-5H1V-1H5V1H1V5H-1V1H-5Z";
        };
        svg.append(String.format(
                Locale.ROOT,
                "<path class=\"c%d\" transform=\"translate(%.1f %.1f)\" d=\"%s\"/>\n",
                series + 1,
                x,
                y,
                shape));
    }

    /** A little more than the highest point of all curves, so that these have one scale. */
    private static double mostPercent(List<Results.Generations> generations) {
        double most = generations.stream()
                .map(Results.Generations::sweep)
                .flatMapToDouble(sweep -> sweep.rows().stream()
                        .flatMapToDouble(row ->
                                DoubleStream.of(sweep.percent(row, Study.OFF), sweep.percent(row, Study.ALWAYS))))
                .max()
                .orElseThrow();
        return Math.max(LEAST_PERCENT, most * 1.1);
    }

    private void stroke(String style, int x, int y) {
        svg.append("<path class=\"%s line\" d=\"M%d %dh16\"/>\n".formatted(style, x, y));
    }

    private void curves(Results.Generations mixture, int left, int top, int width, double mostPercent) {
        Axes axes = new Axes(left, top, width, LEAST_S, Scenarios.SWEEP_S.getLast(), mostPercent);
        for (double percent = 0; percent < mostPercent; percent += 0.5) {
            svg.append(String.format(
                    Locale.ROOT,
                    "<line class=\"grid\" x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\"/>\n",
                    left,
                    axes.y(percent),
                    left + width,
                    axes.y(percent)));
            if (left < 100) {
                text(left - 8, axes.y(percent) + 4, "soft", "end", number(percent) + " %");
            }
        }
        for (int timeS : List.of(10, 60, 600, 3600, 14_400)) {
            vertical("grid", axes.x(timeS), top, top + CURVES_HEIGHT, "");
            text(axes.x(timeS), top + CURVES_HEIGHT + 18, "soft", "middle", duration(timeS));
        }
        double evenS = mixture.ages().medianS();
        vertical("even", axes.x(evenS), top, top + CURVES_HEIGHT, " stroke-dasharray=\"4 4\"");
        text(
                left + width / 2.0,
                top - 8,
                "ink",
                "middle",
                "%s: break-even %s".formatted(mixture.lengths(), duration(Math.round(evenS))));
        curve(mixture.sweep(), Study.OFF, "c2", axes);
        curve(mixture.sweep(), Study.ALWAYS, "c4", axes);
        curve(mixture.sweep(), Study.HOUR, "c3", axes);
        text(left + width / 2.0, top + CURVES_HEIGHT + 40, "soft", "middle", "from ring change to re-hash");
    }

    /** The scale is logarithmic: a re-hash at the moment of the change has no place on it. */
    private void curve(Study sweep, Variant variant, String style, Axes axes) {
        List<String> points = new ArrayList<>();
        for (int i = 0; i < Scenarios.SWEEP_S.size(); i++) {
            int rehashS = Scenarios.SWEEP_S.get(i);
            if (rehashS >= LEAST_S) {
                double percent = sweep.percent(sweep.rows().get(i), variant);
                points.add(String.format(Locale.ROOT, "%.1f,%.1f", axes.x(rehashS), axes.y(percent)));
            }
        }
        svg.append("<polyline class=\"%s line\" points=\"%s\"/>\n".formatted(style, String.join(" ", points)));
    }

    private record Axes(int left, int top, int width, double leastS, double mostS, double mostPercent) {
        double x(double timeS) {
            return left + width * Math.log(timeS / leastS) / Math.log(mostS / leastS);
        }

        double y(double percent) {
            return top + CURVES_HEIGHT * (1 - percent / mostPercent);
        }
    }

    private void vertical(String style, double x, int top, int bottom, String more) {
        svg.append(String.format(
                Locale.ROOT,
                "<line class=\"%s\" x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\"%s/>\n",
                style,
                x,
                top,
                x,
                bottom,
                more));
    }

    private void text(double x, double y, String style, String anchor, String text) {
        svg.append(String.format(
                Locale.ROOT,
                "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>\n",
                style,
                x,
                y,
                anchor,
                text));
    }

    /** Without needless zeros. */
    private static String number(double value) {
        return value == Math.rint(value) ? "%.0f".formatted(value) : String.format(Locale.ROOT, "%.1f", value);
    }

    private static String duration(long seconds) {
        if (seconds < 60) {
            return seconds + " s";
        }
        return seconds < 3600 ? Math.round(seconds / 60.0) + " min" : number(Math.round(seconds / 360.0) / 10.0) + " h";
    }
}
