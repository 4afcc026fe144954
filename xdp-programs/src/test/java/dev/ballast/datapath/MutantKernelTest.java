package dev.ballast.datapath;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The scenarios find mistakes: each kept mutant of the datapath fails the scenario that is named for it. */
final class MutantKernelTest {
    private static final Scenarios SCENARIOS = Scenarios.read();

    static List<Mutant> mutants() {
        return Mutant.all();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("mutants")
    void the_scenario_named_for_a_mutant_fails_with_it_and_passes_without(Mutant mutant, @TempDir Path scratch) {
        Scenario scenario = SCENARIOS.titled(mutant.fails());
        byte[] object = mutant.compile(scratch);

        play(scenario, DatapathObjects.balancer());
        Throwable found = catchThrowable(() -> play(scenario, object));

        assertThat(found)
                .as("'%s' with the mutant '%s'", scenario.title(), mutant.title())
                .isInstanceOf(AssertionError.class);
        if (Boolean.getBoolean("ballast.mutants.print")) {
            System.out.printf("found: %s, by: %s%n", mutant.title(), scenario.title());
        }
    }

    private static void play(Scenario scenario, byte[] object) {
        ScenarioRun.play(scenario, object, Rig.Engine.KERNEL, (reason, frame) -> {});
    }

    @Test
    void there_are_at_least_twenty() {
        assertThat(mutants()).hasSizeGreaterThanOrEqualTo(20);
    }
}
