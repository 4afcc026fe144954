package dev.ballast.packaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ballast.lab.ExecResult;
import dev.ballast.lab.Signal;
import dev.ballast.lab.Subnet;
import dev.ballast.lab.Topology;
import dev.ballast.v1.ServiceStatus;
import dev.ballast.v1.StatusReply;
import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Changes that need another program: each under live connections, which have to go on where they are while the program is
 * swapped for one with the features of the new configuration.
 */
class FeaturesLabTest {
    private static final int CONNECTIONS = 20;
    private static final String DENIED = "dropped_source_denied";

    /** In {@link #PREFIX}. */
    private static final InetAddress IN_PREFIX = InetAddress.ofLiteral("203.0.113.70");

    private static final String PREFIX = "{address: 203.0.113.64/28, port: 80, protocol: tcp}";

    private static ProductLab product;

    @BeforeAll
    static void start() {
        product = ProductLab.start(Topology.builder()
                .balancers(1)
                .backends(4)
                .vips("203.0.113.10", "2001:db8:1::10", Subnet.text(IN_PREFIX))
                .build());
    }

    @AfterAll
    static void close() {
        if (product != null) {
            product.close();
        }
    }

    /** Service {@code web} on the IPv4 VIP. */
    private static ConfigText web(String... keys) {
        return web(List.of(), keys);
    }

    private static ConfigText web(List<String> moreVips, String... keys) {
        List<String> vips = new ArrayList<>(List.of(ConfigText.tcp(product.vip4(), ProductLab.HTTP)));
        vips.addAll(moreVips);
        return ConfigText.empty().with("web", vips, ConfigText.backends(product.backends(1, 2, 3, 4)), keys);
    }

    private static Map<HttpConnection, String> connect() throws Exception {
        return ProductLab.backendsOf(
                HttpConnection.open(product.client(), product.vip4(), ProductLab.HTTP, CONNECTIONS));
    }

    private static void close(Map<HttpConnection, String> connections) throws IOException {
        ProductLab.close(List.copyOf(connections.keySet()));
    }

    /** Applies it; the program is swapped, and the answer says how. */
    private static void swapBy(ConfigText config, String words, String... features) {
        String program = ProductLab.xdpOf(product.lab().balancer(1));
        ExecResult applied = product.apply(config, "--allow-delete").checked();
        assertThat(applied.stdout()).contains("program: swap" + words + "; connections stay");
        assertThat(ProductLab.xdpOf(product.lab().balancer(1))).isNotEmpty().isNotEqualTo(program);
        assertThat(product.status().getProgramFeaturesList()).containsExactly(features);
    }

    private static ServiceStatus webStatus() {
        return ProductLab.service(product.status(), "web");
    }

    @Test
    void encapsulations_follow_each_other() throws Exception {
        product.reset(web());
        Map<HttpConnection, String> connections = connect();
        assertThat(product.status().getProgramFeaturesList()).isEmpty();

        swapBy(web("encap: {type: gue}"), " with gue", "gue");
        product.assertUnbroken(connections, "in GUE");
        assertThat(product.spread(20)).hasSizeGreaterThan(1);
        assertThat(webStatus().getEncap()).isEqualTo("gue port 6080");

        swapBy(web("encap: {type: l2}"), " with l2 without gue", "l2");
        product.assertUnbroken(connections, "by layer 2");
        assertThat(product.spread(20)).hasSizeGreaterThan(1);

        swapBy(web("encap: {type: ipip, sourcePrefix: 100.64.0.0/16}"), " with entropy without l2", "entropy");
        product.assertUnbroken(connections, "in IPIP from many sources");
        assertThat(product.spread(20)).hasSizeGreaterThan(1);

        swapBy(web(), " without entropy");
        product.assertUnbroken(connections, "in IPIP again");
        close(connections);
    }

    @Test
    void another_hash_is_for_new_connections() throws Exception {
        product.reset(web());
        Map<HttpConnection, String> connections = connect();

        swapBy(web("hash: source"), " with hash", "hash");
        product.assertUnbroken(connections, "with hash: source");
        assertThat(product.spread(20)).as("backends of one client").hasSize(1);
        assertThat(webStatus().getHash()).isEqualTo("source");

        swapBy(web(), " without hash");
        product.assertUnbroken(connections, "with hash: 5-tuple again");
        assertThat(product.spread(40)).hasSizeGreaterThan(1);
        close(connections);
    }

    @Test
    void a_prefix_of_vips_comes_beside_an_address() throws Exception {
        product.reset(web());
        Map<HttpConnection, String> connections = connect();

        swapBy(web(List.of(PREFIX)), " with prefix", "prefix");
        product.assertUnbroken(connections, "with a prefix beside it");
        assertThat(webStatus().getVipsList()).contains("203.0.113.64/28:80/tcp");
        Map<HttpConnection, String> toPrefix =
                ProductLab.backendsOf(HttpConnection.open(product.client(), IN_PREFIX, ProductLab.HTTP, CONNECTIONS));
        product.assertUnbroken(toPrefix, "to an address of the prefix");
        close(toPrefix);

        swapBy(web(), " without prefix");
        product.assertUnbroken(connections, "without the prefix");
        close(connections);
    }

    @Test
    void a_denied_source_is_dropped_by_name_and_others_are_not() throws Exception {
        product.reset(web());
        Map<HttpConnection, String> connections = connect();
        String client = Subnet.text(product.client().address4());

        swapBy(web("sources: {deny: [198.51.100.0/24, \"2001:db8:bad::/48\"]}"), " with filter", "filter");
        product.assertUnbroken(connections, "with others denied");
        assertThat(webStatus().getSources()).isEqualTo("deny 198.51.100.0/24, 2001:db8:bad::/48");
        assertThat(product.spread(4)).isNotEmpty();

        StatusReply before = product.status();
        product.apply(web("sources: {deny: [%s/32]}".formatted(client))).checked();
        assertThatThrownBy(() -> HttpConnection.openBriefly(product.client(), product.vip4(), ProductLab.HTTP))
                .isInstanceOf(IOException.class);
        product.balancer()
                .await(
                        status -> ProductLab.packets(status, DENIED) > ProductLab.packets(before, DENIED),
                        "counts what it drops as " + DENIED);

        product.apply(web("sources: {allow: [%s/32]}".formatted(client))).checked();
        product.assertUnbroken(connections, "with this client allowed");

        swapBy(web(), " without filter");
        product.assertUnbroken(connections, "without a filter");
        close(connections);
    }

    @Test
    void ipv6_comes_to_a_running_ipv4_service() throws Exception {
        product.reset(web());
        Map<HttpConnection, String> connections = connect();

        swapBy(web(List.of(ConfigText.tcp(product.vip6(), ProductLab.HTTP))), " with ipv6", "ipv6");
        product.assertUnbroken(connections, "with IPv6 beside it");
        Map<HttpConnection, String> overIpv6 = ProductLab.backendsOf(
                HttpConnection.open(product.client(), product.vip6(), ProductLab.HTTP, CONNECTIONS));
        product.assertUnbroken(overIpv6, "over IPv6");
        close(overIpv6);
        close(connections);
    }

    @Test
    void a_daemon_that_was_killed_takes_over_every_feature() throws Exception {
        ConfigText all = web(
                List.of(PREFIX, ConfigText.tcp(product.vip6(), ProductLab.HTTP)),
                "encap: {type: gue}",
                "hash: source-destination",
                "sources: {deny: [198.51.100.0/24]}");
        product.reset(all);
        Map<HttpConnection, String> connections = connect();
        List<String> features = product.status().getProgramFeaturesList();
        assertThat(features).containsExactly("ipv6", "gue", "prefix", "filter", "hash");
        String program = ProductLab.xdpOf(product.lab().balancer(1));
        int generation = webStatus().getRingGeneration();

        product.stopDaemon(Signal.KILL);
        product.assertUnbroken(connections, "without a daemon");
        product.startDaemon(all);

        product.assertUnbroken(connections, "after the restart");
        assertThat(ProductLab.xdpOf(product.lab().balancer(1))).isEqualTo(program);
        assertThat(product.status().getProgramFeaturesList()).isEqualTo(features);
        assertThat(webStatus().getRingGeneration()).isEqualTo(generation);
        close(connections);
    }

    @Test
    void a_dry_run_says_that_it_would_swap() {
        product.reset(web());
        String program = ProductLab.xdpOf(product.lab().balancer(1));
        assertThat(product.apply(web("encap: {type: gue}"), "--dry-run")
                        .checked()
                        .stdout())
                .contains("service web: encap: gue port 6080, was ipip", "program: swap with gue; connections stay");
        assertThat(ProductLab.xdpOf(product.lab().balancer(1))).isEqualTo(program);
        assertThat(product.status().getProgramFeaturesList()).isEmpty();
    }
}
