package dev.ballast.control.plan;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.control.model.Address;
import dev.ballast.control.model.Config;
import dev.ballast.control.model.ConfigReader;
import dev.ballast.control.model.RandomConfigs;
import dev.ballast.control.model.Service;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class StateDigestTest {
    private static final Hop HOP = new Hop(3, 1, 2, 0, 1500, Address.parse("10.0.1.2"), true);
    private static final Hop OTHER_HOP = new Hop(7, 8, 9, 0, 9000, Address.parse("10.0.1.3"), true);
    private static final Predicate<MemberKey> ALL_UP = _ -> true;
    private static final MemberKey MEMBER = MemberKey.parse("web/10.0.1.12");

    private static final String DNS = """
              dns:
                vips: [{address: 203.0.113.64/28, port: any, protocol: udp}]
                ring: {size: 251}
                checks: []
                backends: [{address: 10.0.1.21}]
            """;
    private static final String WEB = """
              web:
                vips: [{address: 203.0.113.10, port: 443, protocol: tcp}, {address: 203.0.113.10, port: 80, protocol: tcp}]
                ring: {size: 251}
                checks: [{port: 443}]
                backends: [{address: 10.0.1.11}, {address: 10.0.1.12, weight: 50}]
            """;
    private static final String WEB_IN_ANOTHER_ORDER = """
              web:
                backends: [{weight: 50, address: 10.0.1.12}, {address: 10.0.1.11}]
                checks: [{port: 443}]
                ring: {size: 251}
                vips: [{address: 203.0.113.10, port: 80, protocol: tcp}, {address: 203.0.113.10, port: 443, protocol: tcp}]
            """;

    private static Config config(String node, String... services) throws Exception {
        String yaml = "version: 1\nnode: {name: %s, interfaces: [{name: eth0}]}\nservices:\n".formatted(node)
                + String.join("", services);
        return ConfigReader.read("test.yaml", yaml.getBytes(UTF_8));
    }

    private static Plan plan(Config config, Plan before, Hop hop, Predicate<MemberKey> usable) throws PlanException {
        return Planner.plan(
                Intents.of(config, Set.of(), usable, _ -> Optional.of(hop)),
                before,
                (_, row) -> row,
                config.node().limits());
    }

    @Test
    void the_same_services_have_one_digest_whatever_the_machine_and_the_order_of_the_file() throws Exception {
        Config one = config("lb1", DNS, WEB);
        Config other = config("lb2", WEB_IN_ANOTHER_ORDER, DNS);

        assertThat(StateDigest.configured(one, Set.of()))
                .matches("[0-9a-f]{16}")
                .isEqualTo(StateDigest.configured(other, Set.of()));
    }

    /** Edits keep the objects of all services but one: what is kept of those must not be what they came to before. */
    @Property(tries = 300)
    void what_is_kept_from_one_configuration_to_the_next_changes_no_digest(@ForAll Random random) {
        StateDigest.Configured kept = new StateDigest.Configured();
        Config config = RandomConfigs.config(random.nextLong());
        Set<MemberKey> drains = Set.of();
        for (int i = 0; i < 10; i++) {
            Config other = RandomConfigs.config(random.nextLong());
            Map<String, Service> services = new TreeMap<>(config.services());
            switch (random.nextInt(5)) {
                case 0 -> services.keySet().removeIf(_ -> random.nextInt(3) == 0);
                case 1 -> services.putAll(other.services());
                case 2 -> config = new Config(Config.VERSION, other.node(), other.fleet(), config.defaults(), services);
                case 3 ->
                    config = new Config(Config.VERSION, config.node(), config.fleet(), other.defaults(), services);
                default -> drains = drains.isEmpty() ? Set.of(MEMBER) : Set.of();
            }
            config = new Config(Config.VERSION, config.node(), config.fleet(), config.defaults(), services);

            assertThat(kept.of(config, drains)).isEqualTo(StateDigest.configured(config, drains));
        }
    }

    @Test
    void each_thing_that_is_configured_counts() throws Exception {
        String digest = StateDigest.configured(config("lb1", DNS, WEB), Set.of());

        assertThat(StateDigest.configured(config("lb1", DNS, WEB), Set.of(MEMBER)))
                .isNotEqualTo(digest);
        for (String[] change : new String[][] {
            {"weight: 50", "weight: 51"}, {"port: 80", "port: 81"}, {"size: 251", "size: 509"}, {"web:", "wob:"},
        }) {
            assertThat(StateDigest.configured(config("lb1", DNS, WEB.replace(change[0], change[1])), Set.of()))
                    .as(change[1])
                    .isNotEqualTo(digest);
        }
    }

    @Test
    void ids_and_next_hops_of_another_history_leave_the_effective_digest_as_it_is() throws Exception {
        Config end = config("lb1", DNS, WEB);
        Plan straight = plan(end, Plan.EMPTY, HOP, ALL_UP);
        Plan before = plan(
                config("lb2", WEB.replace("10.0.1.11", "10.0.1.99").replace("weight: 50", "weight: 7")),
                Plan.EMPTY,
                OTHER_HOP,
                ALL_UP);
        Plan detour = plan(config("lb2", WEB_IN_ANOTHER_ORDER, DNS), before, OTHER_HOP, ALL_UP);

        assertThat(detour.allocation()).isNotEqualTo(straight.allocation());
        assertThat(StateDigest.effective(detour)).isEqualTo(StateDigest.effective(straight));
    }

    @Test
    void a_backend_that_one_balancer_finds_down_tells_the_effective_states_apart() throws Exception {
        Config config = config("lb1", DNS, WEB);
        Plan up = plan(config, Plan.EMPTY, HOP, ALL_UP);
        Plan down = plan(config, Plan.EMPTY, HOP, member -> !member.equals(MEMBER));

        assertThat(StateDigest.effective(down)).isNotEqualTo(StateDigest.effective(up));
        assertThat(StateDigest.effective(plan(config, down, HOP, ALL_UP))).isEqualTo(StateDigest.effective(up));
    }
}
