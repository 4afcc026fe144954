package dev.ballast.datapath;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every scenario under {@code src/test/resources/scenarios}, in the kernel and in the native build with sanitizers: verdict,
 * service, member and every byte that leaves are as the scenario says, so both are alike. What left is then judged by scapy.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class ScenarioKernelTest {
    private static final Rigs RIGS = new Rigs();

    /** Debian's, which has python3-scapy; another one first on the path may not. */
    private static final String PYTHON = "/usr/bin/python3";

    /** Lines for {@code judge.py}. */
    private static final List<String> LEFT = new ArrayList<>();

    @AfterAll
    static void close() {
        RIGS.close();
    }

    static Stream<Arguments> scenarios() {
        return Scenarios.read().all().stream()
                .flatMap(scenario -> Stream.of(Rig.Engine.values()).map(engine -> Arguments.of(scenario, engine)));
    }

    @Order(1)
    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("scenarios")
    void a_scenario_goes_as_it_is_written(Scenario scenario, Rig.Engine engine) {
        // A checksum that a scenario spells is most likely wrong, and then so is the one of the echo.
        boolean judged = engine == Rig.Engine.KERNEL
                && scenario.steps().stream()
                        .noneMatch(step ->
                                step.verb().equals("packet") && step.text().contains("checksum"));
        ScenarioRun.play(scenario, RIGS, engine, (outcome, tunnelled) -> {
            boolean answered = outcome.reason().verdictClass() == VerdictClass.ANSWERED;
            if (judged && (answered || tunnelled)) {
                LEFT.add((answered ? "answer " : "tunnel ") + HexFormat.of().formatHex(outcome.frame()));
            }
        });
    }

    /** Needs the frames of the scenarios, which come before. */
    @Order(2)
    @Test
    void scapy_finds_every_length_and_checksum_of_what_left_right(@TempDir Path scratch) throws IOException {
        Path frames = scratch.resolve("frames");
        Files.write(frames, LEFT, UTF_8);

        String judged = HostCommand.run(
                "sh",
                "-c",
                PYTHON + " src/test/scapy/judge.py < " + frames + " || { status=$?; " + PYTHON
                        + " -c 'import scapy' || echo 'install it: apt-get install python3-scapy'; exit $status; }");

        assertThat(judged.strip()).isEqualTo(Integer.toString(LEFT.size()));
        assertThat(LEFT).as("frames of all scenarios").hasSizeGreaterThan(200);
    }
}
