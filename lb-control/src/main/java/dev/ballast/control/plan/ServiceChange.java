package dev.ballast.control.plan;

import dev.ballast.control.model.Address;
import dev.ballast.control.model.Vip;
import java.util.List;

/**
 * What one configuration changes of a service of another.
 *
 * @param service its name
 * @param membersAdded in the order of their addresses, as the other lists of members
 * @param membersRemoved whose flows stay with them until they end
 * @param drained that take no new flows from now on
 * @param undrained that do so again
 * @param weighted that have another weight
 * @param settings what else is another, {@code hash: source, was 5-tuple}
 * @param lines all of it, a line each, for people
 */
public record ServiceChange(
        String service,
        Kind kind,
        List<Address> membersAdded,
        List<Address> membersRemoved,
        List<Address> drained,
        List<Address> undrained,
        List<Address> weighted,
        List<Vip> vipsAdded,
        List<Vip> vipsRemoved,
        List<String> settings,
        List<String> lines) {
    /** What becomes of a service. */
    public enum Kind {
        /** It is new. */
        ADDED,
        /** It goes, with its VIPs. */
        REMOVED,
        /** It stays, and something of it is another. */
        CHANGED,
        /** It stays as it is. */
        UNCHANGED
    }

    /** Copies the lists. */
    public ServiceChange {
        membersAdded = List.copyOf(membersAdded);
        membersRemoved = List.copyOf(membersRemoved);
        drained = List.copyOf(drained);
        undrained = List.copyOf(undrained);
        weighted = List.copyOf(weighted);
        vipsAdded = List.copyOf(vipsAdded);
        vipsRemoved = List.copyOf(vipsRemoved);
        settings = List.copyOf(settings);
        lines = List.copyOf(lines);
    }

    /** A service that stays as it is. */
    public static ServiceChange none(String service) {
        return new ServiceChange(
                service,
                Kind.UNCHANGED,
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                List.of());
    }
}
