package dev.ballast.control.journal;

import java.util.Collections;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * The last accepted state.
 *
 * @param revision from 1, one more with each change
 * @param timeUnixMs when it was accepted
 * @param drains members, as {@code service/address}, that an operator took out of their rings
 * @param configYaml the configuration, as the writer prints it
 */
public record Accepted(long revision, long timeUnixMs, SortedSet<String> drains, String configYaml) {
    /** Copies the drains. */
    public Accepted {
        drains = Collections.unmodifiableSortedSet(new TreeSet<>(drains));
    }
}
