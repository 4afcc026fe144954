package dev.ballast.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.bpf.BpfObject;
import dev.ballast.bpf.BpfProgram;
import dev.ballast.bpf.XdpLink;
import dev.ballast.lab.ExecResult;
import dev.ballast.v1.StatusReply;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The exchange of the program under traffic, and what must not be exchanged. */
class SwapLabTest {
    private static final int SWAPS = 6;
    private static final int CONNECTIONS_EACH = 10;

    private static ProductLab product;

    @BeforeAll
    static void start() {
        product = ProductLab.start(2);
        product.startDaemon(product.web(1, 2));
        product.awaitRing(1, 2);
    }

    @AfterAll
    static void close() {
        if (product != null) {
            product.close();
        }
    }

    @Test
    void swaps_under_traffic_break_no_connection_and_lose_no_count() throws Exception {
        List<HttpConnection> connections = product.connect(CONNECTIONS_EACH);
        Map<HttpConnection, String> backends = ProductLab.backendsOf(connections);
        StatusReply before = product.status();
        String program = ProductLab.xdpOf(product.lab().balancer(1));

        for (int swap = 1; swap <= SWAPS; swap++) {
            assertThat(product.ballast("swap").checked().stdout()).contains("swapped, all maps kept");
            String next = ProductLab.xdpOf(product.lab().balancer(1));
            assertThat(next).as("the program after swap " + swap).isNotEmpty().isNotEqualTo(program);
            program = next;
            product.assertUnbroken(backends, "after swap " + swap);
            assertThat(product.spread(4)).isNotEmpty();
        }

        StatusReply after = product.balancer()
                .await(
                        status ->
                                ProductLab.service(status, "web").getForwarded().getPackets()
                                        > ProductLab.service(before, "web")
                                                .getForwarded()
                                                .getPackets(),
                        "goes on counting from where it was");
        assertThat(after.getProgramTag()).isEqualTo(before.getProgramTag());
        ProductLab.close(connections);
    }

    @Test
    void a_dry_run_loads_the_program_and_attaches_nothing() {
        String program = ProductLab.xdpOf(product.lab().balancer(1));
        assertThat(product.ballast("swap", "--dry-run").checked().stdout()).contains("dry run: nothing was changed");
        assertThat(ProductLab.xdpOf(product.lab().balancer(1))).isEqualTo(program);
    }

    @Test
    void a_file_that_is_no_object_is_refused() {
        Path file = product.balancer().write("garbage.o", "this is no ELF object");
        assertRefused(product.ballast("swap", "--object", file.toString()), "ELF");
    }

    @Test
    void an_object_of_another_make_is_refused() throws Exception {
        Path file = product.balancer().write("decap.o", "");
        Files.write(file, resource("/dev/ballast/datapath/decap.bpf.o"));
        assertRefused(product.ballast("swap", "--object", file.toString()), "it is not of this build's layout");
    }

    @Test
    void a_program_that_somebody_else_put_in_place_of_ours_is_not_replaced() throws Exception {
        Path pin = product.balancer().pins().resolve("links").resolve("eth0");
        try (BpfObject foreign = BpfObject.open("pass", resource("/bpf/pass.bpf.o"));
                BpfProgram ours = BpfProgram.openPinned(
                        product.balancer().pins().resolve("programs").resolve("balancer"));
                XdpLink link = XdpLink.openPinned(pin)) {
            foreign.load();
            BpfProgram pass = foreign.programs().iterator().next();
            link.update(pass, ours);
            try {
                assertRefused(product.ballast("swap"), "eth0");
                assertThat(product.balancer().pins().resolve("programs").resolve("next"))
                        .doesNotExist();
            } finally {
                link.update(ours, pass);
            }
        }
        assertThat(product.spread(4)).isNotEmpty();
    }

    /** Refused with the reason, and nothing has changed. */
    private static void assertRefused(ExecResult swap, String reason) {
        assertThat(swap.exit()).as(swap.stderr()).isEqualTo(1);
        assertThat(swap.stdout()).isEmpty();
        assertThat(swap.stderr()).contains(reason);
    }

    private static byte[] resource(String name) throws IOException {
        try (InputStream in = SwapLabTest.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IOException(name + " is not on the class path: build xdp-programs");
            }
            return in.readAllBytes();
        }
    }
}
