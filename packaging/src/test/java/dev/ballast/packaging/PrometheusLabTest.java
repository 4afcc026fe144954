package dev.ballast.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.lab.ExecResult;
import dev.ballast.lab.Host;
import dev.ballast.lab.LabProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A Prometheus beside the daemon, with nothing but an address in its configuration. */
@Timeout(120)
class PrometheusLabTest {
    private static final long POLL_NS = TimeUnit.MILLISECONDS.toNanos(200);
    private static final String SERVER = "127.0.0.1:9090";
    private static final int TRIES = 300;

    @Test
    void it_scrapes_the_daemon_and_answers_for_the_traffic_of_a_service() throws Exception {
        try (ProductLab product = ProductLab.start(2)) {
            product.reset(product.web(1, 2));
            assertThat(product.spread(20)).isNotEmpty();
            Host host = product.lab().balancer(1);
            Path directory = host.stateDirectory();
            Path config = Files.writeString(directory.resolve("prometheus.yml"), """
                    global: {scrape_interval: 1s}
                    scrape_configs:
                      - job_name: ballast
                        static_configs: [{targets: ["127.0.0.1:9590"]}]
                    """);
            LabProcess prometheus = host.spawn(
                    "prometheus",
                    "--config.file=" + config,
                    "--storage.tsdb.path=" + directory.resolve("prometheus"),
                    "--web.listen-address=" + SERVER,
                    "--log.level=warn");

            await(host, prometheus, "ballast_service_packets_total{service=\"web\",outcome=\"forwarded\"} > 0");
            await(host, prometheus, "ballast_reconciled == 1");
            await(host, prometheus, "count(ballast_member_health{health=\"up\"} == 1) == 2");
            await(host, prometheus, "up{job=\"ballast\"} == 1");
        }
    }

    /** Until the query has an answer. */
    private static void await(Host host, LabProcess prometheus, String query) {
        ExecResult answer = ask(host, query);
        for (int i = 0; answer.stdout().isBlank() && prometheus.isAlive() && i < TRIES; i++) {
            LockSupport.parkNanos(POLL_NS);
            answer = ask(host, query);
        }
        assertThat(answer.stdout())
                .as("%s; promtool says: %s; prometheus says: %s", query, answer.stderr(), prometheus.output())
                .isNotBlank();
    }

    private static ExecResult ask(Host host, String query) {
        return host.exec("promtool", "query", "instant", "http://" + SERVER, query);
    }
}
