package dev.ballast.perf.control;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class ControlBenchCommandTest {
    @Test
    void unless_told_otherwise_it_measures_ten_thousand_services() {
        assertThat(deployment("dist")).isEqualTo(new Deployment(10_000, 100_000, 20_000, 4_093));
    }

    @Test
    void quick_is_smaller_and_what_is_given_counts_all_the_same() {
        assertThat(deployment("--quick", "--members", "2000", "dist"))
                .isEqualTo(new Deployment(500, 2_000, 1_000, 4_093));
    }

    @Test
    void too_few_addresses_for_one_service_are_a_usage_error() {
        StringWriter errors = new StringWriter();
        CommandLine command = ControlBenchCommand.commandLine().setErr(new PrintWriter(errors));

        int exit = command.execute("--quick", "--addresses", "3", "dist");

        assertThat(exit).isEqualTo(2);
        assertThat(errors.toString()).contains("an address for each member");
    }

    private static Deployment deployment(String... arguments) {
        CommandLine command = ControlBenchCommand.commandLine();
        command.parseArgs(arguments);
        return command.<ControlBenchCommand>getCommand().deployment();
    }
}
