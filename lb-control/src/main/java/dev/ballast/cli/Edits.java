package dev.ballast.cli;

import dev.ballast.v1.Edit;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Edits as somebody types them, turned into paths of the configuration. A word without {@code =} says whom the assignments
 * behind it are about, until the next such word:
 *
 * <pre>
 *   services.web.hash=source                  services.web.hash
 *   web hash=source                           services.web.hash
 *   web/10.0.1.11 weight=50                   services.web.backends[10.0.1.11].weight
 * </pre>
 *
 * Whether a path exists and what may stand there is the daemon's to say.
 */
final class Edits {
    /** The keys of the whole configuration: a path that begins with one is complete. */
    private static final Set<String> SECTIONS = Set.of("version", "node", "fleet", "defaults", "services");

    private Edits() {}

    /** The edits of {@code words}, then the removals, in their order. */
    static List<Edit> parse(List<String> words, List<String> removed, Main main) {
        List<Edit> edits = new ArrayList<>();
        String target = "";
        boolean used = true;
        for (String word : words) {
            int equals = word.indexOf('=');
            if (equals < 0) {
                requireUse(target, used, main);
                target = place(word);
                used = false;
                continue;
            }
            String key = word.substring(0, equals);
            if (key.isEmpty()) {
                throw main.misuse(word + ": there is no key before the =; write weight=50 or services.web.hash=source");
            }
            boolean whole = SECTIONS.contains(firstKey(key));
            if (!whole && target.isEmpty()) {
                throw main.misuse(
                        word + ": of what? Write a service or member before it, as in `web/10.0.1.11 weight=50`,"
                                + " or a whole path, as in services.web.hash=source");
            }
            used |= !whole;
            edits.add(Edit.newBuilder()
                    .setPath(whole ? key : target + "." + key)
                    .setValue(word.substring(equals + 1))
                    .build());
        }
        requireUse(target, used, main);
        for (String path : removed) {
            edits.add(Edit.newBuilder().setPath(place(path)).setRemove(true).build());
        }
        if (edits.isEmpty()) {
            throw main.misuse(
                    "nothing to set; write web/10.0.1.11 weight=50, or services.web.hash=source, or --remove PATH");
        }
        return edits;
    }

    private static void requireUse(String target, boolean used, Main main) {
        if (!used) {
            throw main.misuse(
                    "nothing is set of " + target + "; write KEY=VALUE behind it, as in `web/10.0.1.11 weight=50`");
        }
    }

    /** The path of a service ({@code web}), a member ({@code web/10.0.1.11}), or what is a path already. */
    private static String place(String word) {
        if (SECTIONS.contains(firstKey(word))) {
            return word;
        }
        int slash = word.indexOf('/');
        return slash < 0
                ? "services." + word
                : "services." + word.substring(0, slash) + ".backends[" + word.substring(slash + 1) + "]";
    }

    private static String firstKey(String path) {
        int end = 0;
        while (end < path.length() && path.charAt(end) != '.' && path.charAt(end) != '[') {
            end++;
        }
        return path.substring(0, end);
    }
}
