package dev.ballast.control.loop;

import dev.ballast.control.model.Address;
import dev.ballast.control.model.Encap;
import dev.ballast.control.plan.Hop;
import dev.ballast.netlink.Link;
import dev.ballast.netlink.Neighbour;
import dev.ballast.netlink.NeighbourKey;
import dev.ballast.netlink.NetlinkEvent;
import dev.ballast.netlink.NetworkView;
import dev.ballast.netlink.NextHop;
import dev.ballast.netlink.NextHopAnswer;
import dev.ballast.netlink.NextHopResolver;
import dev.ballast.netlink.NoNextHop;
import dev.ballast.netlink.Route;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * How each backend is reached, by the kernel's routes and neighbours. A next hop that was known once stays in use while
 * the kernel has lost it: whether the backend still answers is for the probes to say, and a neighbour table that is emptied
 * must not take a service down. Where a route has several next hops, backends spread over those that answer, and those of one that
 * dies move to the others at once.
 *
 * <p>The kernel is asked to keep every neighbour resolved that an answer depends on, and to keep it no longer when none does.
 *
 * <p>An event about a neighbour concerns the backends behind it, and only these are looked up again. Any other event may concern
 * all of them; all are looked up at most once a second, so that a machine with flapping routes still has time for its changes. Though
 * nothing was heard, some are looked up again with each tick, in turn ({@link #lookAround}).
 *
 * <p>{@link #heard} and {@link #heardLoss} from any thread, all else on the loop's.
 */
final class NextHops {
    private static final Logger LOG = LoggerFactory.getLogger(NextHops.class);
    private static final long FULL_LOOK_NS = TimeUnit.SECONDS.toNanos(1);
    /** Within so many calls of {@link #lookAround} all have had their turn. */
    private static final int LOOK_AROUND_CALLS = 10;
    /** A few milliseconds. */
    private static final int LOOK_AROUND_MAX = 512;
    /** So many next hops of one look have a line each in the log; of more it has their number alone, and the lines at debug. */
    private static final int LINES_MAX = 64;

    private final NetworkView view;
    private final Consumer<NeighbourKey> keep;
    private final Consumer<NeighbourKey> release;
    private final LongSupplier nowNs;

    private final Set<NeighbourKey> changedNeighbours = ConcurrentHashMap.newKeySet();
    private volatile boolean anythingChanged;
    private long lastFullLookNs;

    private final Set<Address> wanted = new HashSet<>();
    private final Map<Address, Hop> hops = new HashMap<>();
    private final Map<Address, String> words = new HashMap<>();
    private final Map<Address, Change> changes = new LinkedHashMap<>();
    /** The neighbours that the answer for an address depends on. */
    private final Map<Address, Set<NeighbourKey>> neighbours = new HashMap<>();

    /** Those whose loss was told. */
    private final Set<Address> lost = new HashSet<>();
    /** Those that are asked for the first time: neither was there a way to them, nor did the kernel ask in vain. */
    private final Set<Address> awaited = new HashSet<>();

    private final Set<NeighbourKey> kept = new HashSet<>();
    private long version;
    /** Whether a hop is another one and nobody was told: a look that fails half-way has changed some of them. */
    private boolean untold;
    /** How many next hops the look under way has resolved, to another one or for the first time. */
    private int resolved;
    /** Who is looked up again in turn. */
    private Iterator<Address> round = Collections.emptyIterator();

    /**
     * Resolves over {@code view}.
     *
     * @param keep asks the kernel to resolve a neighbour and to keep it resolved
     * @param release ends that
     * @param nowNs a monotonic clock
     */
    NextHops(NetworkView view, Consumer<NeighbourKey> keep, Consumer<NeighbourKey> release, LongSupplier nowNs) {
        this.view = view;
        this.keep = keep;
        this.release = release;
        this.nowNs = nowNs;
        this.lastFullLookNs = nowNs.getAsLong() - FULL_LOOK_NS;
    }

    /** The way to a backend is another now, or lost; a first one is no change. */
    record Change(Address address, boolean lost, String words) {}

    /** The latest change of each address since this was asked last. */
    List<Change> takeChanges() {
        List<Change> taken = List.copyOf(changes.values());
        changes.clear();
        return taken;
    }

    /** Notes what an event may have changed, for the next {@link #look}. */
    void heard(NetlinkEvent event) {
        switch (event) {
            case NetlinkEvent.NeighbourSet set ->
                changedNeighbours.add(set.neighbour().key());
            case NetlinkEvent.NeighbourRemoved removed ->
                changedNeighbours.add(removed.neighbour().key());
            case NetlinkEvent.LinkSet _,
                    NetlinkEvent.LinkRemoved _,
                    NetlinkEvent.AddressSet _,
                    NetlinkEvent.AddressRemoved _,
                    NetlinkEvent.RouteSet _,
                    NetlinkEvent.RouteRemoved _,
                    NetlinkEvent.PathsChanged _ -> anythingChanged = true;
        }
    }

    /** Events were lost, or may have been: everything is looked at with the next {@link #look}. */
    void heardLoss() {
        anythingChanged = true;
    }

    /** A neighbour that an earlier daemon had the kernel keep resolved: it is released once it turns out that nobody needs it. */
    void rememberKept(NeighbourKey key) {
        kept.add(key);
    }

    /** A next hop from before the start, in use until the kernel knows another. */
    void remember(Address address, Hop hop) {
        if (hops.putIfAbsent(address, hop) == null) {
            changed();
        }
    }

    /** Makes these the addresses to know the way to: looks up new ones, forgets others. Says whether any hop is another now. */
    boolean want(Set<Address> addresses) {
        version++;
        List<Address> come =
                addresses.stream().filter(address -> !wanted.contains(address)).toList();
        wanted.retainAll(addresses);
        wanted.addAll(addresses);
        words.keySet().retainAll(addresses);
        lost.retainAll(addresses);
        awaited.retainAll(addresses);
        come.stream().filter(address -> !hops.containsKey(address)).forEach(awaited::add);
        neighbours.keySet().retainAll(addresses);
        if (hops.keySet().retainAll(addresses)) {
            changed();
        }
        changes.keySet().retainAll(addresses);
        guarded(() -> lookUp(come));
        releaseUnused();
        return tell();
    }

    private void changed() {
        version++;
        untold = true;
    }

    private boolean tell() {
        boolean changed = untold;
        untold = false;
        return changed;
    }

    private void releaseUnused() {
        Set<NeighbourKey> unused = new HashSet<>(kept);
        neighbours.values().forEach(unused::removeAll);
        unused.forEach(release);
        kept.removeAll(unused);
    }

    /**
     * Looks up some again of which nothing was heard: all of them within ten calls, but of many only so many at a time, so that the loop has
     * time for changes in between.
     */
    void lookAround() {
        if (!round.hasNext()) {
            round = List.copyOf(wanted).iterator();
        }
        List<Address> some = new ArrayList<>();
        int count = Math.min(LOOK_AROUND_MAX, (wanted.size() + LOOK_AROUND_CALLS - 1) / LOOK_AROUND_CALLS);
        while (some.size() < count && round.hasNext()) {
            Address next = round.next();
            if (wanted.contains(next)) {
                some.add(next);
            }
        }
        guarded(() -> lookUp(some));
        if (!round.hasNext()) {
            releaseUnused(); // routes may lead elsewhere now
        }
    }

    /** What a look that fails has not seen, the next one looks at. */
    private void guarded(Runnable look) {
        try {
            look.run();
        } catch (RuntimeException e) {
            anythingChanged = true;
            throw e;
        }
    }

    /**
     * Looks up again what may have changed since the last look; says whether any hop is another since somebody was told last.
     *
     * @throws dev.ballast.netlink.NetlinkException if the network cannot be looked at; the next look is one at all of it then
     */
    boolean look() {
        guarded(this::lookAgain);
        return tell();
    }

    private void lookAgain() {
        long now = nowNs.getAsLong();
        if (anythingChanged && now - lastFullLookNs >= FULL_LOOK_NS) {
            // Both marks go first: what is heard during the look is for the next one.
            anythingChanged = false;
            changedNeighbours.clear();
            lastFullLookNs = now;
            lookUp(wanted);
            releaseUnused(); // routes may lead elsewhere now
            return;
        }
        Set<NeighbourKey> changed = new HashSet<>(changedNeighbours);
        changedNeighbours.removeAll(changed);
        List<Address> concerned = new ArrayList<>();
        neighbours.forEach((address, keys) -> {
            if (!Collections.disjoint(keys, changed)) {
                concerned.add(address);
            }
        });
        lookUp(concerned);
    }

    private void lookUp(Iterable<Address> addresses) {
        OneLook look = new OneLook();
        NextHopResolver resolver = new NextHopResolver(look);
        resolved = 0;
        try {
            for (Address address : addresses) {
                NextHopAnswer answer = resolver.resolve(address.toInetAddress());
                neighbours.put(address, answer.neighbours());
                answer.neighbours().forEach(key -> keepResolved(key, look));
                take(address, answer);
            }
        } finally {
            tellOfMany();
        }
    }

    private void tellOfMany() {
        if (resolved > LINES_MAX) {
            LOG.atInfo()
                    .addKeyValue("backends", resolved)
                    .addKeyValue("not_listed", resolved - LINES_MAX)
                    .log("next hops resolved; `node.log.level: debug` has a line for each of them");
        }
    }

    /** Somebody may have emptied the table, or set the entry anew: the kernel keeps only what it is keeping at present. */
    private void keepResolved(NeighbourKey key, OneLook look) {
        boolean keeping = look.neighbour(key)
                .filter(present -> present.managed() || present.fixed())
                .isPresent();
        kept.add(key);
        if (!keeping && look.asked.add(key)) {
            keep.accept(key);
        }
    }

    private void take(Address address, NextHopAnswer answer) {
        if (!(answer instanceof NoNextHop none) || none.reason() != NoNextHop.Reason.NEIGHBOUR_UNRESOLVED) {
            awaited.remove(address);
        }
        switch (answer) {
            case NextHop found -> {
                InetAddress source = found.preferredSource();
                if (source == null) {
                    words.put(
                            address,
                            "no source address of the family of " + address + "; give the interface towards it one");
                    if (hops.remove(address) != null) {
                        changed();
                        lose(address, words(address));
                    }
                    return;
                }
                words.put(address, describe(found));
                boolean known = hops.containsKey(address);
                boolean another = take(address, found, source);
                if (lost.remove(address) || (known && another)) {
                    changes.put(address, new Change(address, false, "next hop " + describe(found)));
                }
            }
            case NoNextHop none -> {
                boolean known = hops.containsKey(address);
                String why = known ? none.words() + " (the last known one stays in use)" : none.words();
                if (!why.equals(words.put(address, why))) {
                    LOG.atWarn()
                            .addKeyValue("backend", address)
                            .addKeyValue("in_use", known)
                            .log(none.words());
                    if (known) {
                        lose(address, why);
                    }
                }
            }
        }
    }

    private void lose(Address address, String why) {
        lost.add(address);
        changes.put(address, new Change(address, true, why));
    }

    private static String describe(NextHop found) {
        return "via %s ifindex %d".formatted(found.destinationMac(), found.ifindex())
                + (found.vlanTag() == 0 ? "" : " vlan " + found.vlanTag())
                + (found.alternatives().isEmpty()
                        ? ""
                        : ", one of " + (found.alternatives().size() + 1) + " next hops");
    }

    private boolean take(Address address, NextHop found, InetAddress source) {
        Hop hop = new Hop(
                found.ifindex(),
                found.destinationMac().bits(),
                found.sourceMac().bits(),
                found.vlanTag(),
                found.mtu(),
                Address.of(source),
                Address.of(found.neighbour().address()).equals(address));
        if (hop.equals(hops.put(address, hop))) {
            return false;
        }
        changed();
        resolved++;
        LOG.atLevel(resolved <= LINES_MAX ? Level.INFO : Level.DEBUG)
                .addKeyValue("backend", address)
                .addKeyValue("mac", found.destinationMac())
                .addKeyValue("ifindex", found.ifindex())
                .addKeyValue("mtu", found.mtu())
                .log("next hop resolved");
        return true;
    }

    /** Another one after each call that changed a next hop, or what {@link #watches} says. */
    long version() {
        return version;
    }

    /** Whether the way to it is asked for, and told as soon as it is known. */
    boolean watches(Address address) {
        return wanted.contains(address);
    }

    /** To whom the way is asked for the first time, in words; "": to nobody. */
    String awaited() {
        return switch (awaited.size()) {
            case 0 -> "";
            case 1 -> words(awaited.iterator().next());
            default -> words(Collections.min(awaited)) + ", and of " + (awaited.size() - 1) + " more backends";
        };
    }

    /** The next hop of an address; empty while it was never known. */
    Optional<Hop> hop(Address address) {
        return Optional.ofNullable(hops.get(address));
    }

    /** The next hop of an address for packets in an encapsulation; empty while none is known that they get by to it. */
    Optional<Hop> hop(Address address, Encap encap) {
        return hop(address).filter(hop -> hop.carries(encap));
    }

    /** How an address is reached, or why it is not, for people. */
    String words(Address address) {
        return words.getOrDefault(address, "not looked up yet");
    }

    /** The same for packets in an encapsulation. */
    String words(Address address, Encap encap) {
        if (hop(address).isPresent() && hop(address, encap).isEmpty()) {
            String routers = neighbours.getOrDefault(address, Set.of()).stream()
                    .map(router -> Address.of(router.address()).toString())
                    .sorted()
                    .collect(Collectors.joining(", "));
            return "%s is reached by way of %s, and l2 needs a neighbour on the same segment; choose encap ipip or gue"
                    .formatted(address, routers.isEmpty() ? "a router" : routers);
        }
        return words(address);
    }

    /** The network during one look: backends share links and gateways, and each of these is asked for once. */
    private final class OneLook implements NetworkView {
        private final Map<Integer, Optional<Link>> links = new HashMap<>();
        private final Map<NeighbourKey, Optional<Neighbour>> found = new HashMap<>();
        private final Set<NeighbourKey> asked = new HashSet<>();

        @Override
        public Optional<Route> route(InetAddress destination) {
            return view.route(destination);
        }

        @Override
        public Optional<Route> route(InetAddress destination, int outInterface) {
            return view.route(destination, outInterface);
        }

        @Override
        public Optional<Link> link(int index) {
            return links.computeIfAbsent(index, view::link);
        }

        @Override
        public Optional<Neighbour> neighbour(NeighbourKey key) {
            return found.computeIfAbsent(key, view::neighbour);
        }
    }
}
