package dev.ballast.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.bpf.XdpLink;
import dev.ballast.datapath.Candidate;
import dev.ballast.datapath.Datapath;
import dev.ballast.datapath.DatapathObjects;
import dev.ballast.lab.ExecResult;
import dev.ballast.lab.Signal;
import dev.ballast.v1.Progress;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A daemon that dies in the middle of a change. */
class CrashLabTest {
    private static final int ROUNDS = 4;
    private static final int CONNECTIONS_EACH = 10;
    private static final int LATEST_KILL_MS = 800;
    private static final int STREAM_KILLS = 10;
    private static final int STREAM_BACKENDS = 8;
    /** The first answers of a daemon that was just started take so long. */
    private static final int EARLIEST_STREAM_KILL_MS = 100;

    private static ProductLab product;

    @BeforeAll
    static void start() {
        product = ProductLab.start(12);
    }

    @AfterAll
    static void close() {
        if (product != null) {
            product.close();
        }
    }

    @Test
    void a_change_that_a_crash_cut_short_is_there_as_a_whole_or_not_at_all() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        ConfigText few = product.web(1, 2, 3, 4);
        ConfigText many = product.web(12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1);
        product.reset(few);
        List<HttpConnection> connections = product.connect(CONNECTIONS_EACH);
        Map<HttpConnection, String> backends = ProductLab.backendsOf(connections);
        try (ExecutorService background = Executors.newSingleThreadExecutor()) {
            for (int round = 0; round < ROUNDS; round++) {
                String when = "seed %d, round %d".formatted(seed, round);
                boolean growing = round % 2 == 0;
                long revision = product.status().getRevision();
                Future<ExecResult> change =
                        background.submit(() -> product.apply(growing ? many : few, "--allow-delete"));
                TimeUnit.MILLISECONDS.sleep(random.nextInt(LATEST_KILL_MS));
                product.stopDaemon(Signal.KILL);
                ExecResult answer = change.get();
                product.assertUnbroken(backends, "without a daemon, " + when);

                product.startDaemon(few);
                product.assertUnbroken(backends, "after the restart, " + when);
                long now = product.status().getRevision();
                // 0: accepted. 3: nobody was asked. 4: asked, and nobody knows.
                assertThat(answer.exit()).as("%s: %s", when, answer.stderr()).isIn(0, 3, 4);
                assertThat(now).as(when).isBetween(revision + (answer.exit() == 0 ? 1 : 0), revision + 1);
                product.balancer().await(status -> status.getProgress() == Progress.DONE, "has done what it restored");
                product.apply(growing ? many : few, "--allow-delete").checked();
            }
        }
        ProductLab.close(connections);
    }

    /** The acknowledged ones of a stream of changes by file, edit and drain, each of them asked for with an id of its own. */
    @Test
    void no_acknowledged_change_is_lost_by_kills_under_a_stream_of_changes() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        product.reset(product.web(1, 2, 3, 4));
        List<HttpConnection> connections = product.connect(CONNECTIONS_EACH);
        Map<HttpConnection, String> backends = ProductLab.backendsOf(connections);
        String program = ProductLab.xdpOf(product.lab().balancer(1));
        ChangeStream stream = new ChangeStream(product, STREAM_BACKENDS, random);
        int acknowledged = 0;
        try (ExecutorService background = Executors.newSingleThreadExecutor()) {
            for (int kill = 0; kill < STREAM_KILLS; kill++) {
                String when = "seed %d, kill %d".formatted(seed, kill);
                Future<Integer> changes = background.submit(stream::run);
                TimeUnit.MILLISECONDS.sleep(EARLIEST_STREAM_KILL_MS + random.nextInt(LATEST_KILL_MS));
                product.stopDaemon(Signal.KILL);
                acknowledged += changes.get();

                product.startDaemon(product.web(1));
                stream.assertNothingLost(when);
                assertThat(ProductLab.xdpOf(product.lab().balancer(1)))
                        .as("adopted, %s", when)
                        .isEqualTo(program);
                product.assertUnbroken(backends, when);
            }
        }
        assertThat(acknowledged).as("changes under which the daemon was killed").isGreaterThan(STREAM_KILLS);
        ProductLab.close(connections);
    }

    /** The moment between the exchange on the interface and the new program's pin is too short for a signal to hit. */
    @Test
    void a_swap_that_a_crash_cut_short_is_finished_by_the_next_start() throws Exception {
        product.reset(product.web(1, 2, 3, 4));
        List<HttpConnection> connections = product.connect(CONNECTIONS_EACH);
        Map<HttpConnection, String> backends = ProductLab.backendsOf(connections);
        product.stopDaemon(Signal.KILL);
        int programId;
        try (Datapath tables = product.tables();
                Candidate next = tables.prepare(DatapathObjects.balancer(), tables.variant());
                XdpLink link = XdpLink.openPinned(
                        product.balancer().pins().resolve("links").resolve("eth0"))) {
            tables.announce(next);
            link.update(next.program(), tables.program());
            programId = next.program().id();
        }

        product.startDaemon(product.web(1, 2, 3, 4));
        product.assertUnbroken(backends, "after a start that finished a swap");
        try (Datapath tables = product.tables()) {
            assertThat(tables.program().id()).isEqualTo(programId);
            assertThat(tables.unfinished()).isEmpty();
        }
        product.ballast("swap").checked();
        product.assertUnbroken(backends, "after another swap");
        ProductLab.close(connections);
    }

    @Test
    void a_swap_that_a_crash_cut_short_before_the_first_interface_is_made_by_the_next_start() throws Exception {
        product.reset(product.web(1, 2, 3, 4));
        product.stopDaemon(Signal.KILL);
        int programId;
        try (Datapath tables = product.tables();
                Candidate next = tables.prepare(DatapathObjects.balancer(), tables.variant())) {
            tables.announce(next);
            programId = next.program().id();
        }

        product.startDaemon(product.web(1, 2, 3, 4));
        assertThat(ProductLab.xdpOf(product.lab().balancer(1))).contains("id " + programId + " ");
        assertThat(product.spread(10)).isNotEmpty();
    }
}
