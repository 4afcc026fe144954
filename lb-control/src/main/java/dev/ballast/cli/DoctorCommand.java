package dev.ballast.cli;

import dev.ballast.cli.Text.Style;
import dev.ballast.v1.DoctorReply;
import dev.ballast.v1.DoctorRequest;
import dev.ballast.v1.Finding;
import picocli.CommandLine.Command;

@Command(
        name = "doctor",
        header = "Looks for what commonly goes wrong.",
        description =
                "Looks over the machine, the datapath and the configuration for what commonly goes wrong, and says what"
                        + " to do about it. Changes nothing. Exit status 1 when there is a problem; warnings alone are 0.")
final class DoctorCommand extends Verb<DoctorRequest> {
    private static final String PROBLEM = "problem";
    private static final String WARNING = "warning";

    @Override
    DoctorRequest request() {
        return DoctorRequest.getDefaultInstance();
    }

    @Override
    int ask(Daemon daemon, DoctorRequest request) {
        DoctorReply reply = daemon.doctor(request);
        main().print(reply, this::printTable);
        return count(reply, PROBLEM) > 0 ? ExitStatus.REFUSED : ExitStatus.DONE;
    }

    private void printTable(DoctorReply reply) {
        for (Finding finding : reply.getFindingsList()) {
            Style style = switch (finding.getOutcome()) {
                case PROBLEM -> Style.RED;
                case WARNING -> Style.YELLOW;
                default -> Style.GREEN;
            };
            Shell shell = main().shell();
            boolean colour = shell.terminal().colour();
            int width = shell.terminal().size().get().columns();
            String outcome = "%-7s  ".formatted(finding.getOutcome());
            Text.wrap(
                            Text.plain(finding.getCheck()
                                    + (finding.getDetail().isEmpty() ? "" : ": " + finding.getDetail())),
                            new Text(outcome, style).render(colour),
                            " ".repeat(outcome.length()),
                            width,
                            colour)
                    .forEach(shell.out()::println);
            if (!finding.getCure().isEmpty()) {
                String indent = " ".repeat(outcome.length());
                Text.wrap(new Text(finding.getCure(), Style.BOLD), indent, indent, width, colour)
                        .forEach(shell.out()::println);
            }
        }
        main().shell()
                .out()
                .printf(
                        "%d looked at: %d problems, %d warnings%n",
                        reply.getFindingsCount(), count(reply, PROBLEM), count(reply, WARNING));
    }

    private static long count(DoctorReply reply, String outcome) {
        return reply.getFindingsList().stream()
                .filter(finding -> finding.getOutcome().equals(outcome))
                .count();
    }
}
