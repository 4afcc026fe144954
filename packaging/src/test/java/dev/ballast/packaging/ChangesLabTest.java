package dev.ballast.packaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ballast.lab.ExecResult;
import dev.ballast.lab.Host;
import dev.ballast.lab.Subnet;
import dev.ballast.v1.MemberStatus;
import dev.ballast.v1.StatusReply;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What an operator changes while connections are open. */
class ChangesLabTest {
    private static final int BACKENDS = 20;
    private static final int CONNECTIONS_EACH = 20;
    private static final String NO_MEMBER = "dropped_no_member";

    private static ProductLab product;

    @BeforeAll
    static void start() {
        product = ProductLab.start(BACKENDS);
    }

    @AfterAll
    static void close() {
        if (product != null) {
            product.close();
        }
    }

    @Test
    void backends_that_leave_the_configuration_keep_their_connections() throws Exception {
        product.reset(product.web(1, 2, 3, 4));
        List<HttpConnection> connections = product.connect(CONNECTIONS_EACH);
        Map<HttpConnection, String> backends = ProductLab.backendsOf(connections);
        long revision = product.status().getRevision();

        ExecResult refused = product.apply(product.web(4));
        assertThat(refused.exit()).isEqualTo(1);
        assertThat(refused.stderr())
                .contains("3 of 4 members of service web", product.member(1), "live flows", "--allow-delete");
        assertThat(product.status().getRevision()).isEqualTo(revision);

        product.apply(product.web(4), "--allow-delete").checked();
        product.assertUnbroken(backends, "after their backends were removed");
        assertThat(product.spread(10)).containsOnlyKeys("backend4");
        assertThat(ProductLab.member(product.status(), product.member(1)).getAdmin())
                .isEqualTo("leaving");
        ProductLab.close(connections);
    }

    @Test
    void a_service_that_outgrows_its_rows_keeps_its_connections() throws Exception {
        product.reset(product.web(1, 2, 3, 4, 5, 6, 7, 8));
        List<HttpConnection> connections = product.connect(CONNECTIONS_EACH);
        Map<HttpConnection, String> backends = ProductLab.backendsOf(connections);
        int[] all = IntStream.rangeClosed(1, BACKENDS).toArray();

        product.apply(product.web(all)).checked();
        product.assertUnbroken(backends, "while the new backends were not up yet");
        product.awaitRing(all);
        product.assertUnbroken(backends, "with all backends in the ring");
        // 400 throws miss one of 20 equal shares once in 10^8 runs; Maglev's shares differ by little.
        assertThat(product.spread(400)).hasSize(BACKENDS);

        product.apply(product.web(1, 2, 3, 4, 5, 6, 7, 8), "--allow-delete").checked();
        product.assertUnbroken(backends, "after the way back");
        ProductLab.close(connections);
    }

    @Test
    void an_apply_ends_when_packets_reach_a_backend_whose_ethernet_address_nobody_knew() throws Exception {
        product.reset(product.web(1, 2));
        Host balancer = product.lab().balancer(1);
        String address = Subnet.text(product.lab().backend(15).address4());
        balancer.exec("ip", "neigh", "del", address, "dev", "eth0");
        ConfigText unchecked = ConfigText.empty()
                .with("web", product.webVips(), ConfigText.backends(product.backends(15)), "checks: []");

        product.apply(unchecked, "--allow-delete").checked();

        assertThat(ProductLab.member(product.status(), product.member(15)).getInRing())
                .isTrue();
        assertThat(product.spread(5)).containsOnlyKeys("backend15");
    }

    @Test
    void an_apply_waits_for_no_backend_that_does_not_exist() {
        product.reset(product.web(1, 2));
        ConfigText nobody =
                ConfigText.empty().with("web", product.webVips(), List.of("address: 10.2.0.250"), "checks: []");

        product.apply(nobody, "--allow-delete").checked();

        assertThat(ProductLab.member(product.status(), "web/10.2.0.250").getNextHop())
                .contains("does not answer to neighbour discovery");
    }

    @Test
    void a_vip_that_moves_to_another_service_leads_to_its_backends() throws Exception {
        ConfigText before = ConfigText.empty()
                .with("web", product.webVips(), ConfigText.backends(product.backends(1, 2)))
                .with(
                        "shop",
                        List.of(ConfigText.tcp(product.vip4(), 81)),
                        ConfigText.backends(product.backends(3, 4)),
                        "checks: [{type: tcp, port: 80, interval: 200ms, timeout: 200ms}]");
        ConfigText after = ConfigText.empty()
                .with(
                        "web",
                        List.of(ConfigText.tcp(product.vip6(), ProductLab.HTTP)),
                        ConfigText.backends(product.backends(1, 2)))
                .with(
                        "shop",
                        List.of(ConfigText.tcp(product.vip4(), 81), ConfigText.tcp(product.vip4(), ProductLab.HTTP)),
                        ConfigText.backends(product.backends(3, 4)),
                        "checks: [{type: tcp, port: 80, interval: 200ms, timeout: 200ms}]");
        product.reset(before);
        List<HttpConnection> staying =
                HttpConnection.open(product.client(), product.vip6(), ProductLab.HTTP, CONNECTIONS_EACH);
        Map<HttpConnection, String> backends = ProductLab.backendsOf(staying);
        assertThat(product.spread(10)).containsOnlyKeys("backend1", "backend2");

        ExecResult refused = product.apply(after);
        assertThat(refused.exit()).isEqualTo(1);
        assertThat(refused.stderr()).contains("VIP 203.0.113.10:80/tcp", "--allow-delete");

        product.apply(after, "--allow-delete").checked();
        assertThat(product.spread(10)).containsOnlyKeys("backend3", "backend4");
        product.assertUnbroken(backends, "after another VIP of its service moved");
        ProductLab.close(staying);
    }

    @Test
    void a_weight_changes_the_share_of_new_connections() throws Exception {
        product.reset(product.web(1, 2));
        List<HttpConnection> connections = product.connect(CONNECTIONS_EACH);
        Map<HttpConnection, String> backends = ProductLab.backendsOf(connections);

        product.apply(ConfigText.empty()
                        .with(
                                "web",
                                product.webVips(),
                                List.of("{address: 10.2.0.101, weight: 300}", "{address: 10.2.0.102, weight: 100}")))
                .checked();

        StatusReply status = product.status();
        double heavy = ProductLab.member(status, product.member(1)).getRingShare();
        double light = ProductLab.member(status, product.member(2)).getRingShare();
        assertThat(heavy / light).isBetween(2.8, 3.2);
        // Of 300, three quarters are 225 with a standard deviation of 7.5.
        assertThat(product.spread(300).get("backend1")).isBetween(180, 270);
        product.assertUnbroken(backends, "after weights changed");
        ProductLab.close(connections);
    }

    @Test
    void a_service_without_a_usable_member_drops_new_connections_under_a_named_reason() throws Exception {
        product.reset(product.web(1));
        List<HttpConnection> connections = product.connect(1);
        Map<HttpConnection, String> backends = ProductLab.backendsOf(connections);
        long before = ProductLab.packets(product.status(), NO_MEMBER);

        ExecResult drained = product.ballast("drain", "web").checked();
        assertThat(drained.stderr()).contains("web has no member left that takes new flows");

        assertThatThrownBy(() -> HttpConnection.openBriefly(product.client(), product.vip4(), ProductLab.HTTP))
                .isInstanceOf(IOException.class);
        product.balancer()
                .await(
                        status -> ProductLab.packets(status, NO_MEMBER) > before,
                        "counts what it drops as " + NO_MEMBER);
        product.assertUnbroken(backends, "while the only member is drained");
        ProductLab.close(connections);
    }

    @Test
    void a_change_that_expects_another_revision_is_refused() {
        product.reset(product.web(1, 2));
        long revision = product.status().getRevision();

        ExecResult conflict =
                product.ballast("drain", product.member(1), "--expected-revision", Long.toString(revision + 1));
        assertThat(conflict.exit()).isEqualTo(5);
        assertThat(conflict.stderr()).contains("revision " + revision + " is current, not " + (revision + 1));
        assertThat(product.status().getRevision()).isEqualTo(revision);
        assertThat(product.ballast("drain", product.member(1), "--expected-revision", Long.toString(revision))
                        .exit())
                .isZero();
    }

    @Test
    void a_dry_run_says_what_would_happen_and_changes_nothing() {
        product.reset(product.web(1, 2));
        StatusReply before = product.status();

        ExecResult tried = product.apply(product.web(1, 2, 3), "--dry-run").checked();
        assertThat(tried.stdout()).contains("member web/10.2.0.103: added", "dry run: nothing was changed");
        assertThat(product.status().getRevision()).isEqualTo(before.getRevision());
        assertThat(ProductLab.service(product.status(), "web").getRingGeneration())
                .isEqualTo(ProductLab.service(before, "web").getRingGeneration());
    }

    @Test
    void what_is_running_applied_again_makes_no_revision() {
        product.reset(product.web(1, 2));
        long revision = product.status().getRevision();

        String running = product.ballast("get").checked().stdout();
        String file = product.balancer().write("running-again.yaml", running).toString();
        assertThat(product.ballast("apply", "-f", file).checked().stdout()).contains("no change, it says the same");
        assertThat(product.status().getRevision()).isEqualTo(revision);
    }

    @Test
    void a_member_that_does_not_exist_is_refused_with_the_nearest_that_does() {
        product.reset(product.web(1, 2));

        ExecResult unknown = product.ballast("drain", "web/10.2.0.10");
        assertThat(unknown.exit()).isEqualTo(1);
        assertThat(unknown.stderr()).contains("service web has no member web/10.2.0.10", "did you mean web/10.2.0.10");
    }

    @Test
    void the_exit_status_tells_a_mistyped_command_from_a_daemon_that_is_away() {
        assertThat(product.ballast("aply").exit()).isEqualTo(2);
        assertThat(product.ballast("status", "--socket", "/nonexistent/ballast.sock")
                        .exit())
                .isEqualTo(3);
    }

    @Test
    void a_member_that_was_removed_is_gone_once_its_flows_are() {
        // By an address that no other test uses: it never has a flow.
        ConfigText with = ConfigText.empty()
                .with(
                        "web",
                        product.webVips(),
                        List.of("{address: 10.2.0.101}", "{address: 10.2.0.102}", "{address: \"fd00:2::103\"}"));
        product.reset(with);
        product.apply(product.web(1, 2)).checked();
        product.balancer()
                .await(
                        status -> ProductLab.service(status, "web").getMembersList().stream()
                                .map(MemberStatus::getName)
                                .noneMatch("web/fd00:2::103"::equals),
                        "lets go of a member without flows");
    }
}
