package dev.ballast.cli;

import dev.ballast.v1.HealthReply;
import dev.ballast.v1.HealthRequest;
import dev.ballast.v1.MemberHealth;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "health",
        header = "Shows why members are healthy or not.",
        description = "Shows why members are healthy or not: each check of each member, and what its last probe saw.")
final class HealthCommand extends Verb<HealthRequest> {
    private static final long PERIOD_MS = 1_000;

    @Parameters(arity = "0..1", paramLabel = "SERVICE", description = "Only this service.")
    private String service = "";

    @Option(
            names = {"-w", "--watch"},
            description =
                    "Goes on until Ctrl-C: redraws a terminal each second; otherwise prints the state whenever health"
                            + " changed (-o json: one line each second).")
    private boolean watch;

    @Override
    HealthRequest request() {
        return HealthRequest.newBuilder().setService(service).build();
    }

    @Override
    int ask(Daemon daemon, HealthRequest request) {
        if (!watch) {
            main().print(daemon.health(request), this::printTable);
            return ExitStatus.DONE;
        }
        return new LiveView<>(
                        main(),
                        HealthCommand::lines,
                        _ -> System.currentTimeMillis(),
                        HealthCommand::essence,
                        "a larger window or `ballast health SERVICE` shows them")
                .run(reader -> poll(daemon, request, reader));
    }

    private static void poll(Daemon daemon, HealthRequest request, Predicate<HealthReply> reader) {
        try {
            while (reader.test(daemon.health(request))) {
                TimeUnit.MILLISECONDS.sleep(PERIOD_MS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void printTable(HealthReply health) {
        Terminal terminal = main().shell().terminal();
        lines(health, null, terminal.size().get().columns(), terminal.colour())
                .forEach(main().shell().out()::println);
    }

    private static List<String> lines(HealthReply now, @Nullable HealthReply before, int width, boolean colour) {
        return new HealthView(width, colour).render(now, System.currentTimeMillis());
    }

    /** Without what each probe changes. */
    private static HealthReply essence(HealthReply health) {
        HealthReply.Builder essence = health.toBuilder();
        for (MemberHealth.Builder member : essence.getMembersBuilderList()) {
            member.getChecksBuilderList()
                    .forEach(check -> check.clearProbedUnixMs().clearTookUs().clearInARow());
        }
        return essence.build();
    }
}
