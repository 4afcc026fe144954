package dev.ballast.perf.ring;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import picocli.CommandLine;

class RingBenchCommandTest {
    private static RingBenchCommand parsed(String... arguments) {
        CommandLine line = RingBenchCommand.commandLine();
        line.parseArgs(arguments);
        return line.getCommand();
    }

    /** JSON is YAML. */
    private static Map<?, ?> object(String line) {
        return (Map<?, ?>) new Load(LoadSettings.builder().build()).loadFromString(line);
    }

    @Test
    void without_options_each_number_of_members_is_measured_in_both_sizes_with_all_weights() {
        assertThat(parsed().settings())
                .hasSize(18)
                .contains(
                        new Row.Setting(1_000, 655_373, Weights.DIFFERENT), new Row.Setting(10, 65_537, Weights.EQUAL));
        assertThat(parsed().effort()).isEqualTo(RingBench.Effort.FULL);
    }

    @Test
    void options_choose_settings_and_rounds() {
        RingBenchCommand command =
                parsed("--members", "7", "--slots", "251", "--slots", "4093", "--weights", "mixed", "--rounds", "5");

        assertThat(command.settings())
                .containsExactly(new Row.Setting(7, 251, Weights.MIXED), new Row.Setting(7, 4_093, Weights.MIXED));
        assertThat(command.effort().rounds()).isEqualTo(5);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    --members 1     | 2 to 9900
                    --slots 65536   | nearest ones are 65521 and 65537
                    --rounds 0      | at least one round
                    --weights heavy | --weights
                    --output xml    | --output
                    """)
    void wrong_options_are_refused_with_status_2_before_anything_is_measured(String arguments, String message) {
        StringWriter err = new StringWriter();
        CommandLine line = RingBenchCommand.commandLine().setErr(new PrintWriter(err));

        assertThat(line.execute(arguments.split(" "))).isEqualTo(2);
        assertThat(err.toString()).contains(message);
    }

    @Test
    void a_quick_run_compares_with_c_and_prints_json() {
        StringWriter out = new StringWriter();

        int status = RingBenchCommand.commandLine()
                .setOut(new PrintWriter(out))
                .execute("--quick", "--output", "json", "--members", "20", "--slots", "4093", "--weights", "different");

        assertThat(status).isZero();
        List<Object> names = new ArrayList<>();
        for (String line : out.toString().lines().toList()) {
            Map<?, ?> row = object(line);
            names.add(row.get("name"));
            assertThat(row.get("unit")).isEqualTo("us");
            assertThat((Double) row.get("min")).isPositive().isLessThanOrEqualTo((Double) row.get("median"));
            assertThat((Integer) row.get("samples")).isPositive();
            assertThat(row.containsKey("ratioToC")).isEqualTo(row.get("what").equals("build"));
            assertThat(row.containsKey("ratioToCWithTurnsGiven"))
                    .isEqualTo(row.get("what").equals("build"));
        }
        assertThat(names)
                .containsExactly(
                        "build/4093/20/different",
                        "buildInC/4093/20/different",
                        "buildInCWithTurnsGiven/4093/20/different",
                        "removal/4093/20/different",
                        "publish/4093/20/different",
                        "disruption/4093/20/different");
    }
}
