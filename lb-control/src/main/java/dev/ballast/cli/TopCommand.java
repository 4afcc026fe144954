package dev.ballast.cli;

import dev.ballast.cli.Table.Column;
import dev.ballast.cli.Text.Style;
import dev.ballast.v1.Rate;
import dev.ballast.v1.TopReply;
import dev.ballast.v1.TopRequest;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "top",
        header = "Shows packets and bits a second, the busiest first.",
        description = {
            "Of the services, or of the members of one, once a period until Ctrl-C: redraws a terminal, otherwise prints"
                    + " a table a period. The first comes when a period is over.",
            "With -o json or yaml, one object a period: a line or a document."
        })
final class TopCommand extends Verb<TopRequest> {
    private static final int PERIOD_MAX_S = 3_600;

    @Parameters(arity = "0..1", paramLabel = "SERVICE", description = "The members of this one.")
    private String service = "";

    @Option(
            names = "--period",
            paramLabel = "SECONDS",
            defaultValue = "1",
            description = "What is counted over, 1 to 3600 (default: ${DEFAULT-VALUE}).")
    private int periodS;

    @Override
    TopRequest request() {
        if (periodS < 1 || periodS > PERIOD_MAX_S) {
            throw main().misuse("--period " + periodS + ": it is 1 to " + PERIOD_MAX_S + " seconds");
        }
        return TopRequest.newBuilder()
                .setService(service)
                .setPeriodMs(periodS * 1_000)
                .build();
    }

    @Override
    int ask(Daemon daemon, TopRequest request) {
        return new LiveView<>(
                        main(),
                        TopCommand::lines,
                        TopReply::getTimeUnixMs,
                        reply -> reply,
                        "a larger window or `ballast top SERVICE` shows them")
                .run(reader -> daemon.top(request, reader));
    }

    private static List<String> lines(TopReply now, @Nullable TopReply before, int width, boolean colour) {
        Table table = new Table(
                "",
                List.of(
                        Column.left("NAME", 9),
                        Column.right("PACKETS/S", 8),
                        Column.right("BITS/S", 7),
                        Column.right("DROPPED/S", 6),
                        Column.right("NEW FLOWS/S", 4),
                        Column.right("LIVE FLOWS", 5)));
        table.add(row("total", now.getTotal()), List.of());
        now.getRatesList().forEach(rate -> table.add(row(rate.getName(), rate), List.of()));
        return table.render(width, colour);
    }

    private static List<Text> row(String name, Rate rate) {
        return List.of(
                Text.plain(name),
                Text.plain(count(rate.getPacketsPerS())),
                Text.plain(count(rate.getBitsPerS())),
                new Text(count(rate.getDroppedPerS()), rate.getDroppedPerS() > 0 ? Style.YELLOW : Style.PLAIN),
                Text.plain(count(rate.getFlowsPerS())),
                Text.plain(Quantity.count(rate.getLiveFlows())));
    }

    /** Something a second is never shown as nothing. */
    private static String count(double perSecond) {
        return perSecond > 0 && perSecond < 1 ? "<1" : Quantity.count(Math.round(perSecond));
    }
}
