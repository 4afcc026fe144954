package dev.ballast.control.loop;

import dev.ballast.control.model.Address;
import dev.ballast.control.plan.Hop;
import dev.ballast.netlink.NeighbourKey;
import dev.ballast.netlink.NetworkView;
import dev.ballast.netlink.NextHop;
import dev.ballast.netlink.NextHopAnswer;
import dev.ballast.netlink.NextHopResolver;
import dev.ballast.netlink.NoNextHop;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How each backend is reached, by the kernel's routes and neighbours. A next hop that was known once stays in use while
 * the kernel has lost it: whether the backend still answers is for the probes to say, and a neighbour table that is emptied
 * must not take a service down. Loop thread only.
 */
final class NextHops {
    private static final Logger LOG = LoggerFactory.getLogger(NextHops.class);

    private final NextHopResolver resolver;
    private final Consumer<NeighbourKey> keep;
    private final Map<Address, Hop> hops = new HashMap<>();
    private final Map<Address, String> words = new HashMap<>();
    private final Set<NeighbourKey> kept = new HashSet<>();

    /**
     * Resolves over {@code view}.
     *
     * @param keep asks the kernel to resolve a neighbour and to keep it resolved
     */
    NextHops(NetworkView view, Consumer<NeighbourKey> keep) {
        this.resolver = new NextHopResolver(view);
        this.keep = keep;
    }

    /** Looks at the network again for these addresses, forgets all others; says whether anything is another now. */
    boolean refresh(Set<Address> wanted) {
        boolean changed = hops.keySet().retainAll(wanted);
        words.keySet().retainAll(wanted);
        for (Address address : wanted) {
            changed |= take(address, resolver.resolve(address.toInetAddress()));
        }
        return changed;
    }

    private boolean take(Address address, NextHopAnswer answer) {
        return switch (answer) {
            case NextHop found -> {
                hold(found.neighbour());
                words.put(
                        address,
                        "via %s ifindex %d".formatted(found.destinationMac(), found.ifindex())
                                + (found.vlanTag() == 0 ? "" : " vlan " + found.vlanTag()));
                if (found.preferredSource() == null) {
                    words.put(
                            address,
                            "no source address of the family of " + address + "; give the interface towards it one");
                    yield hops.remove(address) != null;
                }
                Hop hop = new Hop(
                        found.ifindex(),
                        found.destinationMac().bits(),
                        found.sourceMac().bits(),
                        found.vlanTag(),
                        found.mtu(),
                        Address.of(found.preferredSource()));
                Hop before = hops.put(address, hop);
                if (!hop.equals(before)) {
                    LOG.atInfo()
                            .addKeyValue("backend", address)
                            .addKeyValue("mac", found.destinationMac())
                            .addKeyValue("ifindex", found.ifindex())
                            .addKeyValue("mtu", found.mtu())
                            .log("next hop resolved");
                }
                yield !hop.equals(before);
            }
            case NoNextHop none -> {
                if (none.awaited() != null) {
                    hold(none.awaited());
                }
                boolean known = hops.containsKey(address);
                String why = known ? none.words() + " (the last known one stays in use)" : none.words();
                if (!why.equals(words.put(address, why))) {
                    LOG.atWarn()
                            .addKeyValue("backend", address)
                            .addKeyValue("in_use", known)
                            .log(none.words());
                }
                yield false;
            }
        };
    }

    private void hold(NeighbourKey key) {
        if (kept.add(key)) {
            keep.accept(key);
        }
    }

    /** The next hop of an address; empty while it was never known. */
    Optional<Hop> hop(Address address) {
        return Optional.ofNullable(hops.get(address));
    }

    /** The same, or why there is none, for people. */
    String words(Address address) {
        return words.getOrDefault(address, "not looked up yet");
    }
}
