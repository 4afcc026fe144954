package dev.ballast.control.model;

import java.util.Collection;
import java.util.Collections;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Whose packets a service takes.
 *
 * @param rule what the prefixes mean
 * @param prefixes of source addresses, of both families; with {@link Rule#ALLOW} at least one
 */
public record Sources(Rule rule, SortedSet<Prefix> prefixes) {
    /** Everybody's. */
    public static final Sources ALL = new Sources(Rule.DENY, new TreeSet<>());

    /** How many prefixes one service can have. */
    public static final int MAX_PREFIXES = 1024;

    /** How many stand in a line for people. */
    private static final int SHOWN = 8;

    /** What the prefixes mean. */
    public enum Rule {
        /** Packets from them are dropped. */
        DENY,
        /** Packets from elsewhere are dropped. */
        ALLOW
    }

    /** Copies the prefixes. */
    public Sources {
        prefixes = Collections.unmodifiableSortedSet(new TreeSet<>(prefixes));
    }

    /** The same from prefixes in any order. */
    public static Sources of(Rule rule, Collection<Prefix> prefixes) {
        return new Sources(rule, new TreeSet<>(prefixes));
    }

    /** Whether it takes everybody's packets. */
    public boolean isEverybody() {
        return rule == Rule.DENY && prefixes.isEmpty();
    }

    /** For people: {@code everybody}, {@code deny 198.51.100.0/24}; the first few of many. */
    @Override
    public String toString() {
        return isEverybody() ? "everybody" : Words.of(rule) + " " + words(prefixes);
    }

    /** The first few, because there can be a thousand. */
    public static String words(SortedSet<Prefix> prefixes) {
        String first = prefixes.stream().limit(SHOWN).map(Prefix::toString).collect(Collectors.joining(", "));
        int more = prefixes.size() - SHOWN;
        return more > 0 ? first + " and " + more + " more" : first;
    }
}
