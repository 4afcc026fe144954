package dev.ballast.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.lab.Host;
import dev.ballast.lab.Signal;
import dev.ballast.lab.Topology;
import dev.ballast.perf.demo.Balancer;
import dev.ballast.v1.MemberStatus;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** More than one balancer: behind one router, and in labs that share nothing but the machine. */
class SeveralBalancersLabTest {
    private static final int CONNECTIONS_EACH = 30;

    @Test
    void one_of_two_balancers_can_be_taken_away_under_open_connections() throws Exception {
        try (ProductLab product =
                ProductLab.start(Topology.builder().balancers(2).backends(4).build())) {
            product.startDaemon(product.web(1, 2, 3, 4));
            product.awaitRing(1, 2, 3, 4);
            Host second = product.lab().balancer(2);
            try (Balancer other = new Balancer(second, Distribution.home())) {
                // One secret: both then hash alike and build the same rings.
                Files.createDirectories(other.stateDirectory());
                Path secret = Path.of("secret");
                Files.copy(
                        product.balancer().stateDirectory().resolve(secret),
                        other.stateDirectory().resolve(secret));
                other.start(other.write("running.yaml", product.web(4, 3, 2, 1).toString()));
                other.await(
                        status -> ProductLab.service(status, "web").getMembersList().stream()
                                .allMatch(MemberStatus::getInRing),
                        "has every member in the ring");

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
