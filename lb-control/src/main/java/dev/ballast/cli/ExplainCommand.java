package dev.ballast.cli;

import dev.ballast.cli.Text.Style;
import dev.ballast.v1.ExplainReply;
import dev.ballast.v1.ExplainRequest;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "explain",
        header = "Says what would become of a packet now, and why.",
        description = {
            "Asks a copy of the running program, with all that the packet can touch of the live tables: which VIP takes it,"
                    + " whether its flow is known, what the ring says, which member it goes to and how, and the verdict.",
            "Nothing live is written or counted."
        })
final class ExplainCommand extends Verb<ExplainRequest> {
    /** Of the longest name of a step, "ring before", and two spaces. */
    private static final int WORDS_AT = 13;

    private static final String SEPARATOR = ": ";

    @Option(
            names = "--proto",
            paramLabel = "PROTOCOL",
            defaultValue = "tcp",
            description = "tcp or udp (default: ${DEFAULT-VALUE}).")
    private String protocol = "";

    @Option(
            names = "--src",
            required = true,
            paramLabel = "ADDRESS:PORT",
            description = "Where the packet comes from, such as 198.51.100.7:40000 or [2001:db8::7]:40000.")
    private String source = "";

    @Option(
            names = "--dst",
            required = true,
            paramLabel = "ADDRESS:PORT",
            description = "Where it goes to: a VIP and its port.")
    private String destination = "";

    @Option(
            names = "--flag",
            split = ",",
            paramLabel = "FLAG",
            description = "Of TCP: syn, ack, fin, rst, in any mix. Without: ack, as in the middle of a connection.")
    private List<String> flags = new ArrayList<>();

    @Option(
            names = "--length",
            defaultValue = "64",
            paramLabel = "BYTES",
            description = "Of the frame, 64 to 9216 (default: ${DEFAULT-VALUE}).")
    private int length;

    @Override
    ExplainRequest request() {
        return ExplainRequest.newBuilder()
                .setProtocol(protocol)
                .setSource(source)
                .setDestination(destination)
                .addAllTcpFlags(flags)
                .setLength(length)
                .build();
    }

    @Override
    int ask(Daemon daemon, ExplainRequest request) {
        main().print(daemon.explain(request), this::printSteps);
        return ExitStatus.DONE;
    }

    private void printSteps(ExplainReply reply) {
        Terminal terminal = main().shell().terminal();
        int width = terminal.size().get().columns();
        for (int i = 0; i < reply.getStepsCount(); i++) {
            String step = reply.getSteps(i);
            int end = step.indexOf(SEPARATOR);
            String what = end < 0 ? "" : step.substring(0, end);
            Text words = new Text(
                    end < 0 ? step : step.substring(end + SEPARATOR.length()),
                    i == reply.getStepsCount() - 1 ? style(reply.getClass_()) : Style.PLAIN);
            String label = what + " ".repeat(Math.max(1, WORDS_AT - what.length()));
            Text.wrap(words, label, " ".repeat(WORDS_AT), width, terminal.colour())
                    .forEach(main().shell().out()::println);
        }
    }

    private static Style style(String verdictClass) {
        return switch (verdictClass) {
            case "forwarded" -> Style.GREEN;
            case "dropped" -> Style.RED;
            default -> Style.YELLOW;
        };
    }
}
