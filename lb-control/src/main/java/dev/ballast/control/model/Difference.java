package dev.ballast.control.model;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One place at which two configurations differ. Elements of a list go by what names them, wherever they stand: a backend by its
 * address, a VIP by its key, an interface by its name; checks, which have no name, by their number.
 *
 * @param path {@code services.web.backends[10.0.1.11].weight}
 * @param before YAML, on one line; "": absent
 * @param after as {@code before}
 */
public record Difference(String path, String before, String after) {
    /** All of them, in the order of the schema; none if the configurations mean the same. Pure. */
    public static List<Difference> between(Config before, Config after) {
        List<Difference> differences = new ArrayList<>();
        compare("", ConfigTree.of(before), ConfigTree.of(after), differences);
        return differences;
    }

    private static void compare(
            String path, @Nullable Object before, @Nullable Object after, List<Difference> differences) {
        if (Objects.equals(before, after)) {
            return;
        }
        if (before instanceof Map<?, ?> a && after instanceof Map<?, ?> b) {
            for (Object key : union(a, b)) {
                compare(path.isEmpty() ? key.toString() : path + "." + key, a.get(key), b.get(key), differences);
            }
        } else if (before instanceof List<?> a && after instanceof List<?> b) {
            compareLists(path, a, b, differences);
        } else {
            differences.add(new Difference(path, text(before), text(after)));
        }
    }

    private static void compareLists(String path, List<?> before, List<?> after, List<Difference> differences) {
        Map<String, Object> a = byName(before);
        Map<String, Object> b = byName(after);
        int known = differences.size();
        for (Object key : union(a, b)) {
            compare("%s[%s]".formatted(path, key), a.get(key), b.get(key), differences);
        }
        if (differences.size() == known) { // the same elements in another order
            differences.add(new Difference(path, text(List.copyOf(a.keySet())), text(List.copyOf(b.keySet()))));
        }
    }

    private static Set<Object> union(Map<?, ?> a, Map<?, ?> b) {
        Set<Object> keys = new LinkedHashSet<>(a.keySet());
        keys.addAll(b.keySet());
        return keys;
    }

    private static Map<String, Object> byName(List<?> elements) {
        Map<String, Object> byName = new LinkedHashMap<>();
        for (int i = 0; i < elements.size(); i++) {
            Object element = elements.get(i);
            String name = name(element);
            byName.put(name.isEmpty() || byName.containsKey(name) ? Integer.toString(i) : name, element);
        }
        return byName;
    }

    private static String name(Object element) {
        if (!(element instanceof Map<?, ?> map)) {
            return element.toString();
        }
        if (map.containsKey("name")) {
            return String.valueOf(map.get("name"));
        }
        if (map.containsKey("address")) {
            return map.containsKey("protocol")
                    ? "%s %s/%s".formatted(map.get("address"), map.get("port"), map.get("protocol"))
                    : String.valueOf(map.get("address"));
        }
        return "";
    }

    private static String text(@Nullable Object value) {
        return value == null ? "" : ConfigWriter.inline(value);
    }
}
