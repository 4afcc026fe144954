package dev.ballast.control.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What is worked out of each service, kept for as long as the service is the same object: of ten thousand services, a change concerns
 * a few. One thread.
 */
public final class PerService<T> {
    private List<Service> services = List.of();
    private List<T> values = List.of();
    private @Nullable Defaults defaults;

    /**
     * What comes of the services of a configuration and its defaults, in the order of names; forgets what another configuration had.
     *
     * @param work a pure function, always the same
     */
    public List<T> of(Config config, BiFunction<Service, Defaults, T> work) {
        if (!config.defaults().equals(defaults)) {
            forget();
            defaults = config.defaults();
        }
        return of(config, Set.of(), service -> work.apply(service, config.defaults()));
    }

    /**
     * What comes of the services of a configuration, in the order of names; forgets what another configuration had.
     *
     * @param stale names of services for which it has to be worked out again
     */
    @SuppressWarnings("ReferenceEquality") // to compare what services say would take as long as to work it out
    public List<T> of(Config config, Set<String> stale, Function<Service, T> work) {
        List<Service> wanted = config.serviceList();
        List<T> worked = new ArrayList<>(wanted.size());
        int known = 0;
        for (Service service : wanted) {
            if (!isAt(known, service)) {
                while (known < services.size() && services.get(known).name().compareTo(service.name()) < 0) {
                    known++;
                }
            }
            boolean isSame = isAt(known, service) && (stale.isEmpty() || !stale.contains(service.name()));
            worked.add(isSame ? values.get(known) : work.apply(service));
            if (isAt(known, service)) {
                known++;
            }
        }
        services = wanted;
        values = worked;
        return worked;
    }

    @SuppressWarnings("ReferenceEquality")
    private boolean isAt(int place, Service service) {
        return place < services.size() && services.get(place) == service;
    }

    /** As if nothing had been worked out yet. */
    public void forget() {
        services = List.of();
        values = List.of();
    }
}
