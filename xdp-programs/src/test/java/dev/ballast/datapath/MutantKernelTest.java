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

/** The scenarios find mistakes: each kept mutant of the datapath fails the scenario that is named for it. */
final class MutantKernelTest {
    private static final Scenarios SCENARIOS = Scenarios.read();
    private static final Rigs RIGHT = new Rigs(DatapathObjects.balancer());

    @AfterAll
    static void close() {
        RIGHT.close();
    }

    static List<Mutant> mutants() {
        return Mutant.all();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("mutants")
    void the_scenario_named_for_a_mutant_fails_with_it_and_passes_without(Mutant mutant, @TempDir Path scratch) {
        Scenario scenario = SCENARIOS.titled(mutant.fails());
        play(scenario, RIGHT);
        try (Rigs wrong = new Rigs(mutant.compile(scratch))) {
            wrong.take(scenario.loads(), Rig.Engine.KERNEL); // loads: it is a scenario that fails, not the verifier

            Throwable found = catchThrowable(() -> play(scenario, wrong));

            assertThat(found)
                    .as("'%s' with the mutant '%s'", scenario.title(), mutant.title())
                    .isInstanceOf(AssertionError.class);
        }
        if (Boolean.getBoolean("ballast.mutants.print")) {
            System.out.printf("found: %s, by: %s%n", mutant.title(), scenario.title());
        }
    }

    private static void play(Scenario scenario, Rigs rigs) {
        ScenarioRun.play(scenario, rigs, Rig.Engine.KERNEL, (reason, frame) -> {});
    }

    @Test
    void there_are_at_least_thirty() {
        assertThat(mutants()).hasSizeGreaterThanOrEqualTo(30);
    }
}
