package dev.ballast.control.reconcile;

import dev.ballast.datapath.SourcePrefix;
import dev.ballast.datapath.SourceTable;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Which source prefixes each service has in the table. What was read and written is remembered, and read again for an audit
 * only: a table can have a million of them, at a system call each.
 */
final class SourceBook {
    private final SourceTable table;
    private final Map<Integer, Set<SourcePrefix>> held = new HashMap<>();

    SourceBook(SourceTable table) {
        this.table = table;
        read();
    }

    /** Forgets what is remembered, and looks. */
    void read() {
        held.clear();
        held.putAll(table.list());
    }

    /** The services that have prefixes. */
    Set<Integer> services() {
        return Set.copyOf(held.keySet());
    }

    /**
     * Makes these the prefixes of a service: what is new comes before what is not wanted goes.
     *
     * @return whether anything was written
     */
    boolean hold(int service, Set<SourcePrefix> wanted) {
        Set<SourcePrefix> present = held.getOrDefault(service, Set.of());
        if (present.equals(wanted)) {
            return false;
        }
        Set<SourcePrefix> missing = new HashSet<>(wanted);
        missing.removeAll(present);
        Set<SourcePrefix> unwanted = new HashSet<>(present);
        unwanted.removeAll(wanted);
        try {
            table.add(service, missing);
            table.remove(service, unwanted);
        } catch (RuntimeException e) {
            read(); // some of it may be there
            throw e;
        }
        if (wanted.isEmpty()) {
            held.remove(service);
        } else {
            held.put(service, Set.copyOf(wanted));
        }
        return true;
    }
}
