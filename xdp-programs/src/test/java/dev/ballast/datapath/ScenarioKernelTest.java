package dev.ballast.datapath;

import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every scenario under {@code src/test/resources/scenarios}, in the kernel and in the native build with sanitizers: verdict,
 * service, member and every byte that leaves are as the scenario says, so both are alike.
 */
final class ScenarioKernelTest {
    private static final Rigs RIGS = new Rigs(DatapathObjects.balancer());

    @AfterAll
    static void close() {
        RIGS.close();
    }

    static Stream<Arguments> scenarios() {
        return Scenarios.read().all().stream()
                .flatMap(scenario -> Stream.of(Rig.Engine.values()).map(engine -> Arguments.of(scenario, engine)));
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("scenarios")
    void a_scenario_goes_as_it_is_written(Scenario scenario, Rig.Engine engine) {
        ScenarioRun.play(scenario, RIGS, engine, (reason, frame) -> {});
    }
}
