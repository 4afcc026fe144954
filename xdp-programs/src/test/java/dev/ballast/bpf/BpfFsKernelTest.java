package dev.ballast.bpf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BpfFsKernelTest {
    @TempDir
    Path plain;

    private TestNetwork network;
    private BpfMap map;

    @BeforeEach
    void setUp() {
        network = new TestNetwork();
        map = BpfMap.create(BpfMapType.ARRAY, "pinned_map", 4, 8, 16, 0);
    }

    @AfterEach
    void tearDown() {
        if (map != null) {
            map.close();
        }
        network.close();
    }

    @Test
    void a_bpf_file_system_is_told_from_others() {
        assertThat(BpfFs.isBpfFs(network.bpfFs())).isTrue();
        assertThat(BpfFs.isBpfFs(plain)).isFalse();
        assertThat(BpfFs.isBpfFs(plain.resolve("absent"))).isFalse();
        BpfFs.require(network.bpfFs());
        assertThatThrownBy(() -> BpfFs.require(plain))
                .hasMessage("pin in " + plain + ": " + plain
                        + " is not a bpf file system; mount it: mount -t bpf bpf /sys/fs/bpf");
    }

    @Test
    void mounting_twice_is_one_mount() {
        BpfFs.mount(network.bpfFs());
        BpfFs.unmount(network.bpfFs());
        assertThat(BpfFs.isBpfFs(network.bpfFs())).isFalse();
        assertThatThrownBy(() -> BpfFs.unmount(network.bpfFs())).isInstanceOf(BpfException.class);
    }

    @Test
    void a_pinned_map_is_found_again_with_its_content_and_types() {
        try (BpfObject object = TestObjects.load("maps")) {
            object.map("flows").pin(network.pin("flows"));
        }
        try (BpfMap flows = BpfMap.openPinned(network.pin("flows"))) {
            assertThat(flows.name()).isEqualTo("flows");
            assertThat(flows.maxEntries()).isEqualTo(64);
            assertThat(flows.valueLayout().orElseThrow().field("mac[1]").offsetBytes())
                    .isEqualTo(15);
            flows.unpin(network.pin("flows"));
        }
        assertThat(Files.exists(network.pin("flows"))).isFalse();
    }

    @Test
    void a_pin_outside_of_a_bpf_file_system_says_what_to_mount() {
        assertThatThrownBy(() -> map.pin(plain.resolve("m")))
                .isInstanceOf(BpfException.class)
                .hasMessageStartingWith("pin map 'pinned_map' at " + plain.resolve("m") + ": EPERM")
                .hasMessageEndingWith(plain + " is not a bpf file system; mount it: mount -t bpf bpf /sys/fs/bpf");
    }

    @Test
    void a_name_that_is_taken_a_directory_that_is_absent_and_a_dot_are_each_told() {
        map.pin(network.pin("m"));
        assertThatThrownBy(() -> map.pin(network.pin("m")))
                .hasMessageContaining("EEXIST")
                .hasMessageContaining("unpin it first");
        assertThatThrownBy(() -> map.pin(network.pin("a/b"))).hasMessageContaining("does not exist; create it");
        assertThatThrownBy(() -> map.pin(network.pin("eth0.100"))).hasMessageContaining("no dot in a name");
    }

    @Test
    void opening_tells_nothing_there_from_something_else_there() throws IOException {
        assertThatThrownBy(() -> BpfMap.openPinned(network.pin("nothing")))
                .hasMessageContaining("ENOENT")
                .hasMessageContaining("nothing is pinned there");
        Path file = Files.createFile(plain.resolve("file"));
        assertThatThrownBy(() -> BpfMap.openPinned(file)).hasMessageContaining("not a bpf file system");
        map.pin(network.pin("m"));
        assertThatThrownBy(() -> BpfProgram.openPinned(network.pin("m")))
                .hasMessageContaining("open pinned program")
                .hasMessageContaining("what is pinned there is a anon_inode:bpf-map, not a bpf-prog");
        assertThatThrownBy(() -> XdpLink.openPinned(network.pin("m"))).hasMessageContaining("not a bpf-link");
    }

    @Test
    void a_link_of_another_kind_is_not_taken_for_xdp() throws Exception {
        try (BpfObject object = TestObjects.load("xdp");
                TcxLink link = network.namespace.call(() -> TcxLink.attach(
                        object.program("tc_count"), network.ifindex("left"), TcLink.Direction.INGRESS))) {
            link.pin(network.pin("tcx"));
            assertThatThrownBy(() -> XdpLink.openPinned(network.pin("tcx")))
                    .hasMessageContaining("it is a link of type 11, not 6");
        }
    }

    @Test
    void unpin_removes_pins_and_never_files() throws IOException {
        Path file = Files.createFile(plain.resolve("file"));
        assertThatThrownBy(() -> BpfFs.unpin(file)).hasMessageContaining("not a bpf file system");
        assertThat(file).exists();
        assertThatThrownBy(() -> BpfFs.unpin(network.pin("nothing"))).hasMessageContaining("nothing is pinned there");
    }

    @Test
    void a_closed_handle_pins_nothing() {
        map.close();
        assertThatThrownBy(() -> map.pin(network.pin("m"))).isInstanceOf(IllegalStateException.class);
        assertThat(Files.exists(network.pin("m"))).isFalse();
    }
}
