package dev.ballast.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.v1.ServiceStatus;
import dev.ballast.v1.StatusReply;
import org.junit.jupiter.api.Test;

class DocumentsTest {
    @Test
    void the_largest_state_can_be_written_as_yaml() {
        StatusReply.Builder status = StatusReply.newBuilder();
        for (int i = 0; i < 10_000; i++) {
            status.addServices(ServiceStatus.newBuilder().setName("service-" + i));
        }
        StatusReply large = status.build();
        assertThat(Documents.json(large)).hasSizeGreaterThan(3 << 20); // what the YAML reader takes of a stranger

        assertThat(Documents.yaml(large)).startsWith("---").contains("name: service-0\n", "name: service-9999\n");
    }
}
