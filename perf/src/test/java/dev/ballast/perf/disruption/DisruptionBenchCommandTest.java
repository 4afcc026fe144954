package dev.ballast.perf.disruption;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.ballast.ring.RingSize;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class DisruptionBenchCommandTest {
    private static List<Study> studies(String... arguments) {
        CommandLine line = DisruptionBenchCommand.commandLine();
        line.parseArgs(arguments);
        DisruptionBenchCommand command = line.getCommand();
        return command.studies();
    }

    private static List<String> output(String... arguments) {
        StringWriter out = new StringWriter();
        assertThat(DisruptionBenchCommand.commandLine()
                        .setOut(new PrintWriter(out))
                        .execute(arguments))
                .isZero();
        return out.toString().lines().toList();
    }

    @Test
    void without_options_both_algorithms_are_measured_at_both_sizes_from_ten_to_two_thousand_members() {
        assertThat(studies()).hasSize(28).allMatch(study -> study.seeds() == 5);
        assertThat(studies()).extracting(Study::members).contains(10, 2_000);
        assertThat(studies()).extracting(study -> study.size().slots()).containsOnly(65_537, 655_373);
    }

    @Test
    void a_quick_run_prints_a_row_for_each_algorithm_with_all_changes() {
        List<String> lines = output("--quick", "--slots", "4093", "--members", "10,40");

        assertThat(lines).hasSize(5);
        assertThat(lines.getFirst()).contains("remove", "return", "x0.5", "x2", "+1%", "replace", "remove5%");
        assertThat(lines.get(1)).containsPattern("4093 +10 +maglev");
        assertThat(lines.get(4)).containsPattern("4093 +40 +rendezvous");
    }

    @Test
    void json_has_one_object_a_line() {
        List<String> lines =
                output("--output", "json", "--slots", "251", "--members", "2", "--seeds", "1", "--weights", "mixed");

        assertThat(lines).hasSize(2);
        assertThat(lines.get(1))
                .startsWith(
                        "{\"algorithm\":\"rendezvous\",\"slots\":251,\"members\":2,\"weights\":\"mixed\",\"seeds\":1,")
                .contains("\"remove5%\":{\"minimum\":")
                .endsWith("}}");
    }

    /** A ring is a function of the set, so what comes back moves what its leaving moved. */
    @Test
    void a_removal_disturbs_less_than_with_maglev_and_its_return_the_same() {
        Study.Result maglev = new Study(Algorithm.MAGLEV, RingSize.DEFAULT, 100, false, 2).run();
        Study.Result rendezvous = new Study(Algorithm.RENDEZVOUS, RingSize.DEFAULT, 100, false, 2).run();

        assertThat(rendezvous.excess().get(Change.REMOVE).maxExcess())
                .isLessThan(maglev.excess().get(Change.REMOVE).medianExcess());
        assertThat(rendezvous.excess().get(Change.RETURN).medianExcess())
                .isCloseTo(rendezvous.excess().get(Change.REMOVE).medianExcess(), within(0.01));
        assertThat(rendezvous.excess().get(Change.REMOVE).medianMinimum()).isCloseTo(655.37, within(0.01));
        assertThat(rendezvous.imbalance()).isPositive().isLessThan(0.01);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    --slots 65536  | 65536 is not a prime
                    --members 1    | 2 to 65534
                    --seeds 0      | at least one
                    --output xml   | --output
                    """)
    void wrong_options_are_refused_with_status_2(String arguments, String message) {
        StringWriter err = new StringWriter();
        CommandLine line = DisruptionBenchCommand.commandLine().setErr(new PrintWriter(err));

        assertThat(line.execute(arguments.split(" "))).isEqualTo(2);
        assertThat(err.toString()).contains(message);
    }
}
