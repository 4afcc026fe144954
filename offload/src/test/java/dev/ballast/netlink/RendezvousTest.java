package dev.ballast.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Shares, and who moves. */
class RendezvousTest {
    private static final List<InetAddress> ADDRESSES = IntStream.range(0, 20_000)
            .mapToObj(i -> InetAddress.ofLiteral("10.%d.%d.%d".formatted(i >> 12, i >> 6 & 0x3f, i & 0x3f)))
            .toList();

    private static RoutePath path(String gateway, int link, int weight) {
        return new RoutePath(InetAddress.ofLiteral(gateway), link, weight, false);
    }

    private static double share(List<RoutePath> paths, Predicate<RoutePath> which) {
        return (double) ADDRESSES.stream()
                        .filter(address -> which.test(Rendezvous.choose(address, paths)))
                        .count()
                / ADDRESSES.size();
    }

    @Test
    void each_path_has_the_share_of_its_weight() {
        List<RoutePath> paths = List.of(path("192.0.2.1", 2, 1), path("192.0.2.2", 2, 3), path("2001:db8::3", 2, 4));

        assertThat(share(paths, paths.get(0)::equals)).isCloseTo(1 / 8.0, within(0.01));
        assertThat(share(paths, paths.get(1)::equals)).isCloseTo(3 / 8.0, within(0.015));
        assertThat(share(paths, paths.get(2)::equals)).isCloseTo(4 / 8.0, within(0.015));
    }

    @Test
    void paths_that_differ_in_their_link_alone_are_two() {
        List<RoutePath> paths = List.of(path("192.0.2.1", 2, 1), path("192.0.2.1", 3, 1));
        List<RoutePath> onLink = List.of(new RoutePath(null, 2, 1, false), new RoutePath(null, 3, 1, false));

        assertThat(share(paths, paths.getFirst()::equals)).isCloseTo(0.5, within(0.015));
        assertThat(share(onLink, onLink.getFirst()::equals)).isCloseTo(0.5, within(0.015));
    }

    @Test
    void only_those_of_a_lost_path_move() {
        List<RoutePath> all =
                IntStream.range(1, 9).mapToObj(i -> path("192.0.2." + i, 2, i)).toList();
        RoutePath lost = all.get(4);
        List<RoutePath> rest = new ArrayList<>(all);
        rest.remove(lost);

        for (InetAddress address : ADDRESSES) {
            RoutePath before = Rendezvous.choose(address, all);
            RoutePath after = Rendezvous.choose(address, rest);
            assertThat(after).isNotEqualTo(lost);
            if (!before.equals(lost)) {
                assertThat(after).isEqualTo(before);
            }
        }
    }

    @Test
    void the_order_of_the_paths_does_not_matter() {
        List<RoutePath> paths = List.of(path("192.0.2.1", 2, 1), path("192.0.2.2", 2, 3), path("192.0.2.3", 3, 2));

        for (InetAddress address : ADDRESSES) {
            assertThat(Rendezvous.choose(address, paths.reversed())).isEqualTo(Rendezvous.choose(address, paths));
        }
    }
}
