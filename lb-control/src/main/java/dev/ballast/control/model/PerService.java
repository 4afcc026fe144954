package dev.ballast.control.model;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * What is worked out of each service, kept for as long as the service is the same object: of ten thousand services, a change concerns
 * a few. A pure function of service and defaults, remembered. One thread.
 */
public final class PerService<T> {
    /** The object itself is compared: to compare what it says would take as long as to work it out. */
    private record Known<T>(Service service, T value) {}

    private final BiFunction<Service, Defaults, T> work;
    private Map<String, Known<T>> known = new HashMap<>();
    private @Nullable Defaults defaults;

    /** Of nothing yet. */
    public PerService(BiFunction<Service, Defaults, T> work) {
        this.work = work;
    }

    /** By name, in the order of names; forgets what another configuration had. */
    public List<T> of(Config config) {
        if (!config.defaults().equals(defaults)) {
            known = new HashMap<>();
            defaults = config.defaults();
        }
        Map<String, Known<T>> now = new HashMap<>();
        List<T> values = new ArrayList<>(config.services().size());
        config.services().forEach((name, service) -> {
            Known<T> before = known.get(name);
            Known<T> each = before != null && isSame(before.service(), service)
                    ? before
                    : new Known<>(service, work.apply(service, config.defaults()));
            now.put(name, each);
            values.add(each.value());
        });
        known = now;
        return values;
    }

    @SuppressWarnings("ReferenceEquality")
    private static boolean isSame(Service one, Service other) {
        return one == other;
    }
}
