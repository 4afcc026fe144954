package dev.ballast.perf.control;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.control.model.Backend;
import dev.ballast.control.model.Config;
import dev.ballast.control.model.ConfigException;
import dev.ballast.control.model.ConfigReader;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import org.junit.jupiter.api.Test;

class DeploymentTest {
    private static final Deployment DEPLOYMENT = new Deployment(40, 400, 100, 251);

    @Test
    void the_generated_configuration_is_valid_and_has_the_sizes_that_were_asked()
            throws ConfigException, UnknownHostException {
        Config config = config();

        assertThat(config.services()).hasSize(41);
        assertThat(config.services().values().stream()
                        .filter(service -> !service.name().equals(DEPLOYMENT.last()))
                        .flatMap(service -> service.backends().stream()))
                .hasSize(400)
                .extracting(Backend::address)
                .satisfies(
                        addresses -> assertThat(addresses.stream().distinct()).hasSize(100));
        assertThat(config.services().values())
                .allMatch(service -> service.ring().size() == 251);
    }

    @Test
    void the_labs_service_is_behind_all_others() throws ConfigException, UnknownHostException {
        assertThat(List.copyOf(config().services().keySet()).getLast()).isEqualTo(DEPLOYMENT.last());
    }

    private static Config config() throws ConfigException, UnknownHostException {
        String yaml = DEPLOYMENT.yaml(
                "eth0", InetAddress.getByName("203.0.113.10"), 80, InetAddress.getByName("192.0.2.101"));
        return ConfigReader.read("generated", yaml.getBytes(UTF_8));
    }
}
