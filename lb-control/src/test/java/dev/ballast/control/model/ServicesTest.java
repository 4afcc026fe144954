package dev.ballast.control.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

class ServicesTest {
    private static Map<String, Service> some(long seed) {
        return new TreeMap<>(RandomConfigs.config(seed).services());
    }

    @Property(tries = 300)
    void they_are_what_a_sorted_map_of_them_is(@ForAll long seed) {
        Map<String, Service> map = some(seed);
        Services services = Services.copyOf(map);
        assertThat(services).isEqualTo(map);
        assertThat(map).isEqualTo(services).hasSameHashCodeAs(services);
        assertThat(List.copyOf(services.keySet())).isEqualTo(List.copyOf(map.keySet()));
        assertThat(List.copyOf(services.values())).isEqualTo(List.copyOf(map.values()));
        map.forEach((name, service) -> assertThat(services.get(name)).isSameAs(service));
        assertThat(services.get("no-such-service")).isNull();
        List<String> walked = new ArrayList<>();
        services.forEach((name, service) -> walked.add(service.name()));
        assertThat(walked).isEqualTo(List.copyOf(map.keySet()));
    }

    @Property(tries = 300)
    void with_others_they_are_what_the_map_is_with_them(@ForAll long seed) {
        Map<String, Service> map = some(seed);
        Services before = Services.copyOf(map);
        Map<String, Service> others = some(seed + 1);
        Services after = before.with(others);
        assertThat(before).isEqualTo(map);
        map.putAll(others);
        assertThat(after).isEqualTo(map);
    }

    /** By the object: that is what others rely on who keep what they have worked out. */
    @Property(tries = 300)
    void otherwise_are_those_that_are_not_the_same_object_in_both(@ForAll long seed) {
        Map<String, Service> one = some(seed);
        Map<String, Service> two = new TreeMap<>(one);
        two.keySet().removeIf(name -> (name.hashCode() & 3) == 0);
        two.putAll(some(seed + 1));
        Set<String> expected = new TreeSet<>(one.keySet());
        expected.addAll(two.keySet());
        expected.removeIf(name -> one.get(name) == two.get(name));
        assertThat(Services.copyOf(one).otherwiseIn(Services.copyOf(two))).isEqualTo(expected);
        assertThat(Services.copyOf(two).otherwiseIn(Services.copyOf(one))).isEqualTo(expected);
        assertThat(Services.copyOf(one).otherwiseIn(Services.copyOf(one))).isEmpty();
    }
}
