package dev.ballast.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.lab.Host;
import dev.ballast.lab.Signal;
import dev.ballast.lab.Topology;
import dev.ballast.perf.demo.Balancer;
import dev.ballast.v1.MemberStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** More than one balancer: behind one router, and in labs that share nothing but the machine. */
class SeveralBalancersLabTest {
    private static final int CONNECTIONS_EACH = 30;
    private static final long SETTLED_MS = 11_000;

    @Test
    void one_of_two_balancers_can_be_taken_away_under_open_connections() throws Exception {
        try (ProductLab product =
                ProductLab.start(Topology.builder().balancers(2).backends(4).build())) {
            product.startDaemon(product.web(1, 2, 3, 4));
            product.awaitRing(1, 2, 3, 4);
            Host second = product.lab().balancer(2);
            try (Balancer other = startBeside(product, second, product.web(4, 3, 2, 1))) {
                List<HttpConnection> connections = product.connect(CONNECTIONS_EACH);
                Map<HttpConnection, String> backends = ProductLab.backendsOf(connections);
                for (Balancer each : List.of(product.balancer(), other)) {
                    // Of 60 fair coins none shows heads once in 10^18 runs.
                    each.await(
                            status -> ProductLab.service(status, "web").getFlowsCreated() > 0,
                            "has its part of the connections");
                }

                product.lab().router().route(product.lab().topology().vips(), List.of(second));
                product.assertUnbroken(backends, "after their balancer was taken away");
                product.lab()
                        .router()
                        .route(product.lab().topology().vips(), product.lab().balancers());
                product.assertUnbroken(backends, "after it came back");
                ProductLab.close(connections);
            }
        }
    }

    /** With the secret of the first: both then hash alike and build the same rings. */
    private static Balancer startBeside(ProductLab product, Host host, ConfigText config) throws Exception {
        Balancer other = new Balancer(host, Distribution.home());
        try {
            Files.createDirectories(other.stateDirectory());
            Path secret = Path.of("secret");
            Files.copy(
                    product.balancer().stateDirectory().resolve(secret),
                    other.stateDirectory().resolve(secret));
            other.start(other.write("running.yaml", config.toString()));
            other.await(
                    status -> ProductLab.service(status, "web").getMembersList().stream()
                            .allMatch(MemberStatus::getInRing),
                    "has every member in the ring");
            return other;
        } catch (Exception | Error e) {
            other.close();
            throw e;
        }
    }

    /** A fourth backend comes, and then one of two balancers goes: what it had arrives where none of it is known. */
    @Test
    void connections_that_change_their_balancer_after_the_ring_go_on_while_the_ring_before_is_kept() throws Exception {
        try (ProductLab product =
                ProductLab.start(Topology.builder().balancers(2).backends(4).build())) {
            product.startDaemon(keeping("5m", product, 1, 2, 3));
            product.awaitRing(1, 2, 3);
            try (Balancer other = startBeside(product, product.lab().balancer(2), keeping("5m", product, 1, 2, 3))) {
                awaitSettled(product.balancer(), other);
                Map<HttpConnection, String> kept = openByBoth(product);
                apply(product, other, keeping("5m", product, 1, 2, 3, 4));
                routeBy(product, 2);
                product.assertUnbroken(kept, "after the fourth backend came and their balancer went");
                // Of the 60 or so that came from the other balancer, a fourth has slots that moved.
                other.await(
                        status -> ProductLab.packets(status, "forwarded_previous_ring") > 0,
                        "has asked the ring before");
                ProductLab.close(List.copyOf(kept.keySet()));

                apply(product, other, keeping("0s", product, 1, 2, 3));
                Map<HttpConnection, String> lost = openByBoth(product);
                apply(product, other, keeping("0s", product, 1, 2, 3, 4));
                routeBy(product, 2);
                assertThat(lost.keySet().stream().filter(SeveralBalancersLabTest::isBroken))
                        .as("connections that break where no ring is kept")
                        .isNotEmpty();
                ProductLab.close(List.copyOf(lost.keySet()));
            }
        }
    }

    /** A ring that was in force for less than ten seconds is not kept. */
    private static void awaitSettled(Balancer... balancers) {
        for (Balancer each : balancers) {
            each.await(
                    status -> ProductLab.service(status, "web").getMembersList().stream()
                            .allMatch(
                                    member -> System.currentTimeMillis() - member.getHealthSinceUnixMs() > SETTLED_MS),
                    "has its ring for ten seconds");
        }
    }

    private static ConfigText keeping(String time, ProductLab product, int... backends) {
        return ConfigText.empty()
                .with(
                        "web",
                        product.webVips(),
                        ConfigText.backends(product.backends(backends)),
                        "ring: {keepPrevious: " + time + "}");
    }

    private static Map<HttpConnection, String> openByBoth(ProductLab product) throws Exception {
        routeBy(product, 1, 2);
        return ProductLab.backendsOf(product.connect(2 * CONNECTIONS_EACH));
    }

    private static void routeBy(ProductLab product, int... balancers) {
        product.lab()
                .router()
                .route(
                        product.lab().topology().vips(),
                        Arrays.stream(balancers)
                                .mapToObj(product.lab()::balancer)
                                .toList());
    }

    /** On both balancers, and in the rings of both when this returns. */
    private static void apply(ProductLab product, Balancer other, ConfigText config) {
        for (Balancer each : List.of(product.balancer(), other)) {
            each.ballast(
                            "apply",
                            "-f",
                            each.write("next.yaml", config.toString()).toString())
                    .checked();
            each.await(
                    status -> ProductLab.service(status, "web").getMembersList().stream()
                            .allMatch(member ->
                                    member.getInRing() || member.getAdmin().equals("leaving")),
                    "has every member in the ring");
        }
    }

    private static boolean isBroken(HttpConnection connection) {
        try {
            connection.backend();
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    @Test
    void two_labs_with_the_same_addresses_live_side_by_side() throws Exception {
        try (ProductLab left = ProductLab.start(2);
                ProductLab right = ProductLab.start(2)) {
            left.startDaemon(left.web(1, 2));
            right.startDaemon(right.web(1, 2));
            left.awaitRing(1, 2);
            right.awaitRing(1, 2);
            List<HttpConnection> connections = right.connect(5);
            Map<HttpConnection, String> backends = ProductLab.backendsOf(connections);

            left.lab().backend(1).stopHttp(Signal.KILL);
            left.awaitRing(2);
            assertThat(left.spread(10)).containsOnlyKeys("backend2");
            left.ballast("teardown", "--force").checked();
            assertThat(left.balancer().awaitEnd()).isZero();

            right.awaitRing(1, 2);
            right.assertUnbroken(backends, "after the other lab's balancer was torn down");
            ProductLab.close(connections);
        }
    }
}
