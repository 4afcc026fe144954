package dev.ballast.datapath;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.bpf.BpfFs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class DatapathKernelTest {
    private Path bpffs;

    @BeforeEach
    void mount() throws IOException {
        bpffs = Files.createTempDirectory("ballast-datapath");
        BpfFs.mount(bpffs);
    }

    @AfterEach
    void unmount() throws IOException {
        BpfFs.unmount(bpffs);
        Files.delete(bpffs);
    }

    @Test
    void what_is_created_can_be_adopted() {
        Path pins = bpffs.resolve("ballast").resolve("default");
        DatapathOptions options = new DatapathOptions(1 << 19, 8, 64, 1 << 12, new byte[16], true);
        try (Datapath created = Datapath.create(pins, DatapathObjects.balancer(), options)) {
            assertThat(created.nowTicks()).isPositive();
        }
        try (Datapath adopted = Datapath.adopt(pins).orElseThrow()) {
            assertThat(adopted.tag()).isEqualTo(DatapathObjects.tag(DatapathObjects.balancer()));
        }
    }
}
