package dev.ballast.perf.datapath;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class DatapathBenchCommandTest {
    private static DatapathBenchCommand parsed(String... arguments) {
        CommandLine line = DatapathBenchCommand.commandLine();
        line.parseArgs(arguments);
        return line.getCommand();
    }

    @Test
    void without_options_all_scenarios_run_nine_times_on_the_tables_that_the_daemon_makes() {
        DatapathBenchCommand command = parsed();

        assertThat(command.chosen()).hasSameSizeAs(Scenarios.all());
        assertThat(command.options().runs()).isEqualTo(9);
        assertThat(command.options().tableFlows()).isEqualTo(4 << 20);
        assertThat(command.options().beside()).isEmpty();
    }

    @Test
    void options_choose_scenarios_size_time_and_seed() {
        DatapathBenchCommand command = parsed(
                "--scenario", "syn", "--scenario", "tcp4-ipip", "--flows", "2Mi", "--minutes", "1.5", "--seed", "7");

        assertThat(command.chosen()).extracting(Scenario::name).isEqualTo(List.of("tcp4-ipip", "syn"));
        assertThat(command.options().tableFlows()).isEqualTo(2 << 20);
        assertThat(command.options().atLeast()).isEqualTo(Duration.ofSeconds(90));
        assertThat(command.options().seed()).isEqualTo(7);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    --scenario nonsense | there are tcp4-ipip
                    --runs 0            | at least one run
                    --minutes -1        | 0 to 1440
                    --flows 3Mi         | a power of two from 512Ki to 128Mi
                    --flows 4194304     | such as 2Mi
                    --beside /nowhere   | cannot be read
                    --output xml        | --output
                    """)
    void wrong_options_are_refused_with_status_2_before_anything_is_loaded(String arguments, String message) {
        StringWriter err = new StringWriter();
        CommandLine line = DatapathBenchCommand.commandLine().setErr(new PrintWriter(err));

        assertThat(line.execute(arguments.split(" "))).isEqualTo(2);
        assertThat(err.toString()).contains(message);
    }

    @Test
    void help_says_when_the_ratio_means_something() {
        StringWriter out = new StringWriter();

        assertThat(DatapathBenchCommand.commandLine()
                        .setOut(new PrintWriter(out))
                        .execute("--help"))
                .isZero();
        assertThat(out.toString().replaceAll("\\s+", " ")).contains("`empty` costs about 6 ns");
    }
}
