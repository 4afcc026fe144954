package dev.ballast.control.model;

import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The services of a configuration, by name and in the order of names. An array, since ten thousand of them are gone through several times
 * with each change to find the few that are other objects than before: that takes microseconds as long as only references are looked at.
 * Immutable.
 */
final class Services extends AbstractMap<String, Service> {
    private final Service[] inOrder;

    private Services(Service[] inOrder) {
        this.inOrder = inOrder;
    }

    static Services copyOf(Map<String, Service> services) {
        return services instanceof Services known
                ? known
                : new Services(new TreeMap<>(services).values().toArray(Service[]::new));
    }

    /** The same with these in place of those of their names. */
    Services with(Map<String, Service> some) {
        Service[] all = inOrder.clone();
        for (Map.Entry<String, Service> each : some.entrySet()) {
            int at = find(each.getKey());
            if (at < 0) {
                Map<String, Service> more = new TreeMap<>(this);
                more.putAll(some);
                return copyOf(more);
            }
            all[at] = each.getValue();
        }
        return new Services(all);
    }

    /** The names of those that {@code other} has as another object, or that only one of both has. */
    @SuppressWarnings("ReferenceEquality")
    Set<String> otherwiseIn(Services other) {
        Set<String> otherwise = new TreeSet<>();
        int i = 0;
        int j = 0;
        while (i < inOrder.length && j < other.inOrder.length) {
            Service one = inOrder[i];
            Service two = other.inOrder[j];
            if (one == two) {
                i++;
                j++;
                continue;
            }
            int order = one.name().compareTo(two.name());
            otherwise.add(order <= 0 ? one.name() : two.name());
            i += order <= 0 ? 1 : 0;
            j += order >= 0 ? 1 : 0;
        }
        for (; i < inOrder.length; i++) {
            otherwise.add(inOrder[i].name());
        }
        for (; j < other.inOrder.length; j++) {
            otherwise.add(other.inOrder[j].name());
        }
        return otherwise;
    }

    /** In the order of names. */
    List<Service> list() {
        return Collections.unmodifiableList(Arrays.asList(inOrder));
    }

    private int find(Object name) {
        int low = 0;
        int high = inOrder.length - 1;
        while (name instanceof String wanted && low <= high) {
            int middle = (low + high) >>> 1;
            int order = inOrder[middle].name().compareTo(wanted);
            if (order == 0) {
                return middle;
            }
            low = order < 0 ? middle + 1 : low;
            high = order < 0 ? high : middle - 1;
        }
        return -1;
    }

    @Override
    public @Nullable Service get(@Nullable Object name) {
        int at = name == null ? -1 : find(name);
        return at < 0 ? null : inOrder[at];
    }

    @Override
    public boolean containsKey(@Nullable Object name) {
        return name != null && find(name) >= 0;
    }

    @Override
    public int size() {
        return inOrder.length;
    }

    @Override
    public void clear() {
        throw new UnsupportedOperationException("services are a value");
    }

    @Override
    public Collection<Service> values() {
        return list();
    }

    @Override
    public void forEach(BiConsumer<? super String, ? super Service> action) {
        for (Service service : inOrder) {
            action.accept(service.name(), service);
        }
    }

    @Override
    public Set<Entry<String, Service>> entrySet() {
        return new AbstractSet<>() {
            @Override
            public Iterator<Entry<String, Service>> iterator() {
                return list().stream()
                        .map(service -> Map.entry(service.name(), service))
                        .iterator();
            }

            @Override
            public int size() {
                return inOrder.length;
            }
        };
    }
}
