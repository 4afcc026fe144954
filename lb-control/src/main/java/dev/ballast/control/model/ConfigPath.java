package dev.ballast.control.model;

import java.util.ArrayList;
import java.util.List;

/** Where a place stands, as messages write it: {@code services.web.backends[10.0.1.11].weight}. */
final class ConfigPath {
    /** One step down. */
    sealed interface Step {}

    /** Into a mapping. */
    record Key(String name) implements Step {}

    /** Into a list: a number, or the address of a backend. */
    record Element(String text) implements Step {}

    private ConfigPath() {}

    /** The steps of a path, at least one. */
    static List<Step> parse(String path) throws ConfigEditor.NoSuchPlace {
        List<Step> steps = new ArrayList<>();
        int at = 0;
        while (at < path.length() || steps.isEmpty()) {
            int end;
            if (at < path.length() && path.charAt(at) == '[') {
                end = path.indexOf(']', at);
                if (steps.isEmpty() || end < at + 2) {
                    throw malformed(path);
                }
                steps.add(new Element(path.substring(at + 1, end)));
                end++;
            } else {
                end = at;
                while (end < path.length() && ".[]".indexOf(path.charAt(end)) < 0) {
                    end++;
                }
                if (end == at) {
                    throw malformed(path);
                }
                steps.add(new Key(path.substring(at, end)));
            }
            at = end;
            if (at < path.length() && path.charAt(at) == '.') {
                at++;
                if (at == path.length() || path.charAt(at) == '[') {
                    throw malformed(path);
                }
            } else if (at < path.length() && path.charAt(at) != '[') {
                throw malformed(path);
            }
        }
        if (steps.size() > YamlParser.MAX_DEPTH) {
            throw malformed(path);
        }
        return steps;
    }

    private static ConfigEditor.NoSuchPlace malformed(String path) {
        return ConfigEditor.refuse(
                Findings.show(path), "is no path", "", "write one as services.web.backends[10.0.1.11].weight");
    }
}
