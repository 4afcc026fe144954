package dev.ballast.packaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ballast.lab.Backend;
import dev.ballast.lab.Signal;
import dev.ballast.v1.MemberStatus;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What becomes of connections when a backend dies, and when it returns. */
class HealthLabTest {
    private static final int CONNECTIONS_EACH = 10;

    private static ProductLab product;

    @BeforeAll
    static void start() {
        product = ProductLab.start(4);
        product.startDaemon(product.web(1, 2, 3, 4));
    }

    @AfterAll
    static void close() {
        if (product != null) {
            product.close();
        }
    }

    @BeforeEach
    void awaitAll() {
        product.awaitRing(1, 2, 3, 4);
    }

    @Test
    void a_backend_that_refuses_connections_leaves_the_ring_and_returns_to_it() throws Exception {
        Backend dead = product.lab().backend(2);
        List<HttpConnection> connections = product.connect(CONNECTIONS_EACH);
        Map<HttpConnection, String> others = ProductLab.backendsOf(connections);
        others.values().removeIf(dead.name()::equals);

        dead.stopHttp(Signal.KILL);
        product.awaitRing(1, 3, 4);
        MemberStatus down = ProductLab.member(product.status(), product.member(2));
        assertThat(down.getHealth()).isEqualTo("down");
        assertThat(down.getHealthReason()).contains("refused");
        assertThat(product.spread(40)).containsOnlyKeys("backend1", "backend3", "backend4");
        product.assertUnbroken(others, "after another backend died");

        dead.startHttp(ProductLab.HTTP);
        product.awaitRing(1, 2, 3, 4);
        assertThat(product.spread(60)).containsKey(dead.name());
        product.assertUnbroken(others, "after the dead backend came back");
        ProductLab.close(connections);
    }

    @Test
    void a_backend_that_falls_silent_leaves_the_ring_and_its_connections_are_told_by_another() throws Exception {
        Backend silent = product.lab().backend(3);
        List<HttpConnection> connections = product.connect(CONNECTIONS_EACH);
        Map<HttpConnection, String> backends = ProductLab.backendsOf(connections);
        long repicked = ProductLab.service(product.status(), "web").getFlowsRepicked();

        silent.linkDown();
        try {
            product.awaitRing(1, 2, 4);
            assertThat(ProductLab.member(product.status(), product.member(3)).getHealthReason())
                    .containsIgnoringCase("time");
            assertThat(product.spread(40)).containsOnlyKeys("backend1", "backend2", "backend4");
            // Its packets go to a living backend now, which resets what it does not know: the client need not wait.
            for (Map.Entry<HttpConnection, String> each : backends.entrySet()) {
                if (each.getValue().equals(silent.name())) {
                    assertThatThrownBy(each.getKey()::backend)
                            .isInstanceOf(IOException.class)
                            .hasMessageContaining("reset");
                }
            }
            product.balancer()
                    .await(
                            status -> ProductLab.service(status, "web").getFlowsRepicked() > repicked,
                            "counts the flows that it picked another member for");
        } finally {
            silent.linkUp();
        }
        product.awaitRing(1, 2, 3, 4);
        assertThat(product.spread(60)).containsKey(silent.name());
        backends.values().removeIf(silent.name()::equals);
        product.assertUnbroken(backends, "after another backend came back");
        ProductLab.close(connections);
    }
}
