package dev.ballast.control.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Pins that somebody removes while the daemon runs are back with the next tick, so that the next start finds the datapath. */
final class LostPinsKernelTest extends WriterOverKernel {
    private static final String WARNING =
            "somebody removed this pin, without which the next start finds no datapath; it was pinned again";

    @Test
    void a_pin_of_a_map_a_program_and_a_link_that_were_removed_are_back_with_the_next_tick() throws Exception {
        apply(one(web(11)));
        List<Path> removed = Stream.of("maps/flows", "programs/balancer", "links/one")
                .map(network.pins()::resolve)
                .toList();
        for (Path pin : removed) {
            Files.delete(pin);
        }

        ticks(1);

        assertThat(removed).allMatch(Files::exists);
        assertThat(warnings(WARNING))
                .containsExactlyInAnyOrderElementsOf(
                        removed.stream().map(Path::toString).toList());
        assertAdoptedByTheNextDaemon();
    }

    @Test
    void a_datapath_whose_pins_were_all_removed_forwards_on_and_is_found_by_the_next_start() throws Exception {
        apply(one(web(11)));
        int program = network.netlink().link("one").orElseThrow().xdp().programId();
        removeTree(network.pins().resolve("maps"));
        removeTree(network.pins().resolve("programs"));
        removeTree(network.pins().resolve("links"));

        ticks(1);

        assertAdoptedByTheNextDaemon();
        assertThat(network.netlink().link("one").orElseThrow().xdp().programId())
                .isEqualTo(program);
    }

    @Test
    void a_tick_with_all_pins_in_place_warns_of_nothing() {
        apply(one(web(11)));

        ticks(AUDIT_TICKS);

        assertThat(warnings(WARNING)).isEmpty();
    }

    private void assertAdoptedByTheNextDaemon() throws Exception {
        int service = serviceOfVip().orElseThrow();
        int generation = ring(service).generation();
        restart();
        assertThat(carries("one")).isTrue();
        assertThat(serviceOfVip()).hasValue(service);
        assertThat(ring(service).generation()).isEqualTo(generation);
    }

    private static void removeTree(Path directory) throws IOException {
        try (Stream<Path> entries = Files.walk(directory)) {
            for (Path each : entries.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(each);
            }
        }
    }
}
