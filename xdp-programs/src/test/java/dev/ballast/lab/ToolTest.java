package dev.ballast.lab;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ToolTest {
    @Test
    void whatIsMissingIsNamedWithThePackagesThatBringIt(@TempDir Path empty) {
        assertThatThrownBy(() -> Tool.require(List.of(Tool.IP, Tool.BRIDGE, Tool.ETHTOOL), empty.toString()))
                .isInstanceOf(LabException.class)
                .hasMessage(
                        "a lab needs ip, bridge, ethtool, not found in %s; install: apt-get install iproute2 ethtool"
                                .formatted(empty));
    }
}
