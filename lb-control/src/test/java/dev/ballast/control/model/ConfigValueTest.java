package dev.ballast.control.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** A configuration is a value: nothing of it changes, and the same content is the same whatever its order. */
class ConfigValueTest {
    /** What is immutable by itself. */
    private static final Set<Class<?>> LEAVES =
            Set.of(Integer.class, Long.class, Boolean.class, String.class, Duration.class);

    @Property(tries = 100)
    void nothing_of_a_configuration_can_be_changed(@ForAll long seed) throws Exception {
        walk(RandomConfigs.config(seed), new HashSet<>());
    }

    @Test
    void the_walk_reaches_every_record_of_the_model() throws Exception {
        Set<Class<?>> seen = new HashSet<>();
        for (int seed = 0; seed < 200; seed++) {
            walk(RandomConfigs.config(seed), seen);
        }
        assertThat(seen)
                .contains(
                        Config.class,
                        Node.class,
                        Node.Interface.class,
                        Node.Limits.class,
                        Fleet.class,
                        Percent.class,
                        Defaults.class,
                        Encap.Ipip.class,
                        Encap.Gue.class,
                        Encap.L2.class,
                        Ring.class,
                        Flows.class,
                        Check.class,
                        Service.class,
                        Vip.class,
                        Prefix.class,
                        Address.class,
                        Sources.class,
                        Service.Health.class,
                        Backend.class,
                        ServerId.class);
    }

    @Property(tries = 500)
    void the_same_lines_in_another_order_say_the_same(@ForAll long seed) {
        Config config = RandomConfigs.config(seed);
        Config shuffled = shuffled(config, new Random(seed));
        assertThat(shuffled.saysTheSameAs(config)).isTrue();
        assertThat(config.saysTheSameAs(shuffled)).isTrue();
    }

    @Property(tries = 500)
    void two_configurations_say_the_same_only_if_they_are_equal_but_for_order(@ForAll long seed, @ForAll long other) {
        Config one = RandomConfigs.config(seed);
        Config two = RandomConfigs.config(other);
        assertThat(one.saysTheSameAs(two)).isEqualTo(one.equals(two));
    }

    @Test
    void one_weight_is_another_content() {
        String yaml = Configs.service(
                "vips: [{address: 203.0.113.10, port: 443, protocol: tcp}]",
                "backends: [{address: 10.0.0.1, weight: 1}, {address: 10.0.0.2, weight: 2}]");
        Config config = Configs.read(yaml);
        Config swapped = Configs.read(yaml.replace("weight: 1", "weight: 3")
                .replace("weight: 2", "weight: 1")
                .replace("weight: 3", "weight: 2"));
        assertThat(swapped.saysTheSameAs(config)).isFalse();
    }

    /** Goes through all that a record holds, and tries to change it where it is held in a collection. */
    private static void walk(Object value, Set<Class<?>> seen) throws ReflectiveOperationException {
        Class<?> type = value.getClass();
        switch (value) {
            case Optional<?> optional when optional.isPresent() -> walk(optional.get(), seen);
            case Optional<?> _ -> {}
            case Enum<?> _ -> {}
            case Collection<?> collection -> {
                assertThatThrownBy(collection::clear).isInstanceOf(UnsupportedOperationException.class);
                for (Object item : collection) {
                    walk(item, seen);
                }
            }
            case Map<?, ?> map -> {
                assertThatThrownBy(map::clear).isInstanceOf(UnsupportedOperationException.class);
                for (Map.Entry<?, ?> entry : map.entrySet()) {
                    walk(entry.getKey(), seen);
                    walk(entry.getValue(), seen);
                }
            }
            case Record held -> {
                seen.add(type);
                isItsOwn(held);
                for (RecordComponent component : type.getRecordComponents()) {
                    walk(component.getAccessor().invoke(held), seen);
                }
            }
            default -> assertThat(LEAVES).as("%s is immutable", type).contains(type);
        }
    }

    /** What a record was made of can change without the record, and the record equals another made of the same. */
    private static void isItsOwn(Record held) throws ReflectiveOperationException {
        RecordComponent[] components = held.getClass().getRecordComponents();
        List<Runnable> changes = new ArrayList<>();
        Object[] arguments = new Object[components.length];
        for (int i = 0; i < components.length; i++) {
            arguments[i] = copy(components[i].getAccessor().invoke(held), changes);
        }
        Record made = make(held.getClass(), arguments);
        changes.forEach(Runnable::run);
        assertThat(made).isEqualTo(held).hasSameHashCodeAs(held);
    }

    private static Object copy(Object value, List<Runnable> changes) {
        return switch (value) {
            case List<?> list -> {
                List<Object> copy = new ArrayList<>(list);
                changes.add(copy::clear);
                yield copy;
            }
            case SortedSet<?> set -> {
                TreeSet<?> copy = new TreeSet<>(set);
                changes.add(copy::clear);
                yield copy;
            }
            case Map<?, ?> map -> {
                Map<?, ?> copy = new TreeMap<>(map);
                changes.add(copy::clear);
                yield copy;
            }
            default -> value;
        };
    }

    private static <R extends Record> R make(Class<R> type, Object[] arguments) throws ReflectiveOperationException {
        Class<?>[] types = Arrays.stream(type.getRecordComponents())
                .map(RecordComponent::getType)
                .toArray(Class<?>[]::new);
        Constructor<R> constructor = type.getDeclaredConstructor(types);
        try {
            return constructor.newInstance(arguments);
        } catch (InvocationTargetException e) {
            throw new AssertionError(type + " of " + Arrays.toString(arguments), e);
        }
    }

    private static Config shuffled(Config config, Random random) {
        Map<String, Service> services = new TreeMap<>();
        config.services()
                .forEach((name, service) -> services.put(
                        name,
                        new Service(
                                name,
                                shuffled(service.vips(), random),
                                service.encap(),
                                service.ring(),
                                service.flows(),
                                service.hash(),
                                service.whenEmpty(),
                                shuffled(service.checks(), random),
                                service.combine(),
                                service.health(),
                                service.sources(),
                                shuffled(service.backends(), random))));
        Node node = config.node();
        return new Config(
                config.version(),
                new Node(
                        node.name(),
                        node.source(),
                        shuffled(node.interfaces(), random),
                        node.limits(),
                        node.api(),
                        node.http(),
                        node.log()),
                config.fleet(),
                config.defaults(),
                services);
    }

    private static <T> List<T> shuffled(List<T> list, Random random) {
        List<T> shuffled = new ArrayList<>(list);
        Collections.shuffle(shuffled, random);
        return shuffled;
    }
}
