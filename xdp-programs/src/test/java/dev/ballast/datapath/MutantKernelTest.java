package dev.ballast.datapath;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The scenarios find mistakes: each kept mutant of the datapath fails the scenario that is named for it. Natively, because a
 * verifier would refuse some mistakes before they are made, and takes its time for the others.
 */
final class MutantKernelTest {
    private static final Scenarios SCENARIOS = Scenarios.read();
    private static final Rigs RIGS = new Rigs();

    @AfterAll
    static void close() {
        RIGS.close();
    }

    static List<Mutant> mutants() {
        return Mutant.all();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("mutants")
    void the_scenario_named_for_a_mutant_fails_with_it_and_passes_without(Mutant mutant, @TempDir Path scratch) {
        Scenario scenario = SCENARIOS.titled(mutant.fails());
        RIGS.runBy(NativeBuild.program("native"));
        play(scenario);
        RIGS.runBy(mutant.compile(scratch));

        Throwable found = catchThrowable(() -> play(scenario));

        assertThat(found)
                .as("'%s' with the mutant '%s'", scenario.title(), mutant.title())
                .isInstanceOf(AssertionError.class)
                .hasMessageNotContaining("the native datapath ended");
        if (Boolean.getBoolean("ballast.mutants.print")) {
            System.out.printf("found: %s, by: %s%n", mutant.title(), scenario.title());
        }
    }

    private static void play(Scenario scenario) {
        ScenarioRun.play(scenario, RIGS, Rig.Engine.NATIVE, (outcome, tunnelled) -> {});
    }

    @Test
    void there_are_at_least_thirty() {
        assertThat(mutants()).hasSizeGreaterThanOrEqualTo(30);
    }
}
