package dev.ballast.control.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigEditorTest {
    private static final Config CONFIG = Configs.read(Configs.service(
            "vips: [{address: 203.0.113.10, port: 443, protocol: tcp}]",
            "backends: [{address: 10.0.1.11}, {address: \"2001:db8::12\", weight: 50}]"));

    private static Config edited(String... words) throws ConfigException {
        return ConfigEditor.edit(CONFIG, edits(words));
    }

    /** {@code path=value} sets, {@code path} alone removes. */
    private static List<ConfigEdit> edits(String... words) {
        List<ConfigEdit> edits = new ArrayList<>();
        for (String word : words) {
            int equals = word.indexOf('=');
            edits.add(
                    equals < 0
                            ? new ConfigEdit(word, Optional.empty())
                            : new ConfigEdit(word.substring(0, equals), Optional.of(word.substring(equals + 1))));
        }
        return edits;
    }

    private static Service web(String... words) throws ConfigException {
        return edited(words).services().get("web");
    }

    @Test
    void a_scalar_is_replaced_and_all_else_stays() throws Exception {
        Config edited = edited("services.web.hash=source");

        assertThat(edited.services().get("web").hash()).isEqualTo(Service.Hash.SOURCE);
        assertThat(ConfigEditor.edit(edited, edits("services.web.hash=5-tuple")))
                .isEqualTo(CONFIG);
    }

    @Test
    void a_backend_is_found_by_its_address_in_any_spelling_and_by_its_number() throws Exception {
        assertThat(web("services.web.backends[10.0.1.11].weight=7")
                        .backends()
                        .get(0)
                        .weight())
                .isEqualTo(7);
        assertThat(web("services.web.backends[2001:DB8:0::12].weight=8")
                        .backends()
                        .get(1)
                        .weight())
                .isEqualTo(8);
        assertThat(web("services.web.backends[1].weight=9").backends().get(1).weight())
                .isEqualTo(9);
    }

    @Test
    void a_backend_is_added_and_removed() throws Exception {
        assertThat(web("services.web.backends[10.0.1.13]={weight: 5}").backends())
                .hasSize(3)
                .last()
                .isEqualTo(new Backend(Address.parse("10.0.1.13"), 5, false, Optional.empty(), Optional.empty()));
        assertThat(web("services.web.backends[2]={address: 10.0.1.13}").backends())
                .hasSize(3);
        assertThat(web("services.web.backends[10.0.1.11]").backends()).hasSize(1);
    }

    @Test
    void what_is_removed_has_its_default_again() throws Exception {
        assertThat(edited("services.web.hash=source", "services.web.hash")).isEqualTo(CONFIG);
        assertThat(web("services.web.backends[1].weight").backends().get(1).weight())
                .isEqualTo(Backend.DEFAULT_WEIGHT);
        assertThat(edited("services.web.ring")).as("it was left out before").isEqualTo(CONFIG);
    }

    @Test
    void a_section_that_was_left_out_is_made() throws Exception {
        assertThat(web("services.web.flows.tcpIdle=90s").flows().tcpIdle()).hasSeconds(90);
        assertThat(edited("fleet.maxDisruption=1%").fleet().maxDisruption()).isPresent();
    }

    @Test
    void a_later_default_reaches_a_service_that_says_nothing() throws Exception {
        assertThat(web("defaults.ring.size=509").ring().size()).isEqualTo(509);
    }

    @Test
    void a_service_is_added_whole_and_removed() throws Exception {
        Config both = edited("services.dns={vips: [{address: 203.0.113.11, port: 53, protocol: tcp}], backends: []}");

        assertThat(both.services()).containsOnlyKeys("dns", "web");
        assertThat(ConfigEditor.edit(both, edits("services.dns"))).isEqualTo(CONFIG);
    }

    @Test
    void services_that_no_edit_names_stay_the_same_objects() throws Exception {
        Config two = ConfigEditor.edit(
                CONFIG,
                edits(
                        "services.dns={vips: [{address: 203.0.113.20, port: 53, protocol: tcp}], backends: [{address: 10.0.2.1}]}"));

        Config edited = ConfigEditor.edit(two, edits("services.dns.backends[0].weight=7"));

        assertThat(edited.services().get("web")).isSameAs(two.services().get("web"));
        assertThat(edited.services().get("dns").backends().getFirst().weight()).isEqualTo(7);
    }

    @Test
    void rules_between_services_hold_for_an_edit_within_one() throws Exception {
        Config two = ConfigEditor.edit(
                CONFIG,
                edits(
                        "services.dns={vips: [{address: 203.0.113.20, port: 53, protocol: tcp}], backends: [{address: 10.0.2.1}]}"));

        assertThatThrownBy(() -> ConfigEditor.edit(
                        two, edits("services.dns.vips[0]={address: 203.0.113.10, port: 443, protocol: tcp}")))
                .hasMessageContaining("is a VIP of both");
        assertThatThrownBy(() -> ConfigEditor.edit(two, edits("services.dns.backends[10.0.2.1].address=203.0.113.10")))
                .hasMessageContaining("is also the backend");
    }

    @Test
    void edits_are_made_in_their_order() throws Exception {
        assertThat(web("services.web.backends=[]", "services.web.backends[0]={address: 10.0.1.30}")
                        .backends())
                .hasSize(1);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    services.wbe.hash=source | services.wbe: there is no wbe; allowed: web; did you mean web?
                    services.wbe | services.wbe: there is no wbe; allowed: web; did you mean web?
                    services.web.hsah=source | services.web.hsah: unknown key
                    servces.web.hash=source | servces: unknown key
                    services.web.hash=sauce | services.web.hash: sauce
                    services.web.backends[10.0.1.12].weight=1 | services.web.backends[10.0.1.12]: there is no backend 10.0.1.12; allowed: 10.0.1.11, 2001:db8::12; did you mean 10.0.1.11?
                    services.web.backends[0].weight=10001 | services.web.backends[0].weight: 10001
                    services.web.backends[5].weight=1 | services.web.backends[5]: the list has 2 elements; allowed: 0 to 1, and 2 adds one
                    services.web.backends[2].weight=1 | services.web.backends[2]: the list has 2 elements; allowed: 0 to 1
                    services.web.vips[x].port=1 | services.web.vips[x]: is no number; allowed: 0 to 0
                    services.web.vips.port=1 | services.web.vips.port: there is no key in a list; name an element: services.web.vips[0]
                    services.web.hash.x=1 | services.web.hash.x: there is no key in text; set services.web.hash
                    services.web.checks[0].rise=1 | services.web.checks: is left out, and has no elements; set services.web.checks to the whole list
                    services.web.hash= | services.web.hash: no value is given; write one, or remove the place
                    services.web.backends={a: [} | services.web.backends: not YAML
                    services..web=1 | services..web: is no path
                    services.web[=1 | "services.web[": is no path
                    version=2 | version: 2 is an unknown version
                    services.web.vips | services.web.vips: missing
                    """)
    void a_place_that_is_not_there_and_a_value_that_cannot_be_are_refused_with_path_and_cure(
            String word, String message) {
        assertThatThrownBy(() -> edited(word)).isInstanceOfSatisfying(ConfigException.class, refusal -> {
            assertThat(refusal.errors().getFirst().toString()).startsWith(message);
            assertThat(refusal.errors()).allMatch(error -> error.line() == 0);
        });
    }

    @Property(tries = 300)
    void an_edit_of_nothing_leaves_every_configuration_as_it_is(@ForAll long seed) throws Exception {
        Config config = RandomConfigs.config(seed);

        assertThat(ConfigEditor.edit(config, List.of())).isEqualTo(config);
    }
}
