package dev.ballast.control.model;

import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/** Values by prefix, and which of them meets another: without comparing each with each, because a file can have 100,000. */
final class PrefixMap<V> {
    private final NavigableMap<Prefix, V> values = new TreeMap<>();

    /** Keeps the first value of a prefix. */
    void putIfAbsent(Prefix prefix, V value) {
        values.putIfAbsent(prefix, value);
    }

    /** One whose prefix covers the given one or is covered by it. */
    Optional<V> overlapping(Prefix prefix) {
        for (int length = 0; length < prefix.length(); length++) {
            V covering = values.get(Prefix.around(prefix.address(), length));
            if (covering != null) {
                return Optional.of(covering);
            }
        }
        Map.Entry<Prefix, V> next = values.ceilingEntry(prefix);
        return next != null && prefix.covers(next.getKey()) ? Optional.of(next.getValue()) : Optional.empty();
    }
}
