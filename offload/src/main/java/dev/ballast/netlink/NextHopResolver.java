package dev.ballast.netlink;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Joins route, link and neighbour to a next hop, so that the datapath needs no look-up per packet. Backends behind a route of several
 * paths spread over them by their addresses and the paths' weights. It changes nothing and asks for no
 * resolution; it answers for the moment, and {@link NetlinkEvents} tells when to ask again. As thread-safe as its view.
 */
public final class NextHopResolver {
    private final NetworkView view;

    /** Asks this view, live or remembered. */
    public NextHopResolver(NetworkView view) {
        this.view = view;
    }

    /** The next hop to this backend, or why there is none. */
    public NextHopAnswer resolve(InetAddress backend) {
        Question question = new Question(backend);
        Optional<Route> route = view.route(backend);
        if (route.isEmpty()) {
            return question.no(NoNextHop.Reason.NO_ROUTE, "no route leads there; add one, or a default route");
        }
        return switch (route.get().type()) {
            case UNICAST -> question.spread(route.get());
            case LOCAL ->
                question.no(
                        NoNextHop.Reason.LOCAL,
                        "the backend is this machine; a balancer cannot be its own backend, remove it from the service");
            case BLACKHOLE, UNREACHABLE, PROHIBIT ->
                question.no(
                        NoNextHop.Reason.REFUSED_BY_ROUTE,
                        "a route of type " + name(route.get().type()) + " refuses it; `ip route get "
                                + Rfc5952.text(backend) + "` shows which, remove it or add a longer prefix");
            case UNSPECIFIED, BROADCAST, ANYCAST, MULTICAST, THROW ->
                question.no(
                        NoNextHop.Reason.NOT_UNICAST,
                        "its route is of type " + name(route.get().type()) + "; a backend needs a unicast address");
        };
    }

    private static String name(RouteType type) {
        return type.name().toLowerCase(Locale.ROOT);
    }

    /** One backend on its way through the join. */
    private final class Question {
        private final InetAddress backend;

        Question(InetAddress backend) {
            this.backend = backend;
        }

        /**
         * Of several paths one by the backend's address: those that are dead are left out, and, where others are resolved, those that are
         * not.
         */
        NextHopAnswer spread(Route route) {
            List<RoutePath> paths = route.paths();
            if (paths.isEmpty()) {
                return follow(route);
            }
            List<RoutePath> alive = paths.stream().filter(path -> !path.dead()).toList();
            List<RoutePath> resolved = new ArrayList<>();
            Set<NeighbourKey> neighbours = new HashSet<>();
            for (RoutePath path : alive) {
                NextHopAnswer answer = follow(by(path, route, false));
                neighbours.addAll(answer.neighbours());
                if (answer instanceof NextHop) {
                    resolved.add(path);
                }
            }
            List<RoutePath> candidates = !resolved.isEmpty() ? resolved : !alive.isEmpty() ? alive : paths;
            NextHopAnswer chosen = follow(by(Rendezvous.choose(backend, candidates), route, true));
            neighbours.removeAll(chosen.neighbours());
            return switch (chosen) {
                case NextHop hop ->
                    new NextHop(
                            hop.ifindex(),
                            hop.destinationMac(),
                            hop.sourceMac(),
                            hop.vlanTag(),
                            hop.mtu(),
                            hop.preferredSource(),
                            hop.neighbour(),
                            neighbours);
                case NoNextHop none ->
                    new NoNextHop(none.backend(), none.reason(), none.words(), none.awaited(), neighbours);
            };
        }

        /** The route as it were if this were its only path; by another interface the kernel may choose another source and MTU. */
        private Route by(RoutePath path, Route route, boolean asked) {
            Route own = asked && path.outInterface() != route.outInterface()
                    ? view.route(backend, path.outInterface()).orElse(route)
                    : route;
            return new Route(
                    backend, route.type(), path.gateway(), path.outInterface(), own.preferredSource(), own.mtu());
        }

        NextHopAnswer follow(Route route) {
            Link link = view.link(route.outInterface()).orElse(null);
            if (link == null) {
                return no(
                        NoNextHop.Reason.INTERFACE_GONE,
                        "its route leaves by interface " + route.outInterface() + ", which is gone; look at `ip link`");
            }
            NextHopAnswer down = downOf(link);
            if (down != null) {
                return down;
            }
            MacAddress sourceMac = link.mac();
            if (sourceMac == null) {
                return no(
                        NoNextHop.Reason.NOT_ETHERNET,
                        "its route leaves by " + link.name()
                                + ", which carries no Ethernet frames; route it by one that does");
            }
            Vlan vlan = link.vlan();
            Link lower = link;
            if (vlan != null) {
                lower = view.link(link.lowerIndex()).orElse(null);
                if (lower == null || link.lowerElsewhere()) {
                    return no(
                            NoNextHop.Reason.INTERFACE_GONE,
                            "the parent of VLAN device " + link.name()
                                    + " is not in this network namespace; run the balancer in the parent's");
                }
                if (lower.vlan() != null || vlan.protocol() != Vlan.PROTOCOL_8021Q) {
                    return no(
                            NoNextHop.Reason.VLAN_STACKED,
                            link.name() + " needs more than one 802.1Q tag; route it by an interface with one or none");
                }
                down = downOf(lower);
                if (down != null) {
                    return down;
                }
            }
            Bond bond = lower.bond();
            if (bond != null && !bond.hasXdp()) {
                Link bonded = lower;
                lower = view.link(bond.activePort()).orElse(null);
                if (lower == null) {
                    return no(
                            NoNextHop.Reason.BOND_MODE,
                            bonded.name() + " " + bond.whyNoXdp()
                                    + "; use balance-rr, active-backup, balance-xor or 802.3ad");
                }
            }
            NeighbourKey key = new NeighbourKey(link.index(), route.gateway() == null ? backend : route.gateway());
            Neighbour neighbour = view.neighbour(key).orElse(null);
            if (neighbour == null || !neighbour.state().usable() || neighbour.mac() == null) {
                return unresolved(key, neighbour, link);
            }
            return new NextHop(
                    lower.index(),
                    neighbour.mac(),
                    sourceMac,
                    vlan == null ? 0 : vlan.id(),
                    route.mtu() == 0 ? link.mtu() : Math.min(route.mtu(), link.mtu()),
                    route.preferredSource(),
                    key);
        }

        private @Nullable NextHopAnswer downOf(Link link) {
            if (!link.up()) {
                return no(
                        NoNextHop.Reason.INTERFACE_DOWN,
                        "interface " + link.name() + " is set down; `ip link set " + link.name() + " up`");
            }
            if (!link.carrier()) {
                return no(
                        NoNextHop.Reason.INTERFACE_DOWN,
                        "interface " + link.name() + " has no carrier; look at the cable, the port, or the peer");
            }
            return null;
        }

        private NextHopAnswer unresolved(NeighbourKey key, @Nullable Neighbour neighbour, Link link) {
            String who = (key.address().equals(backend) ? "the backend" : "its gateway " + Rfc5952.text(key.address()))
                    + " on " + link.name();
            if (neighbour != null && neighbour.state() == NeighbourState.FAILED) {
                return new NoNextHop(
                        backend,
                        NoNextHop.Reason.NEIGHBOUR_FAILED,
                        words(who
                                + " does not answer to neighbour discovery; look whether it is up and on this subnet"),
                        key);
            }
            if (neighbour != null && neighbour.state().usable()) {
                return no(
                        NoNextHop.Reason.NOT_ETHERNET,
                        who + " has no Ethernet address; route it by a link with neighbour discovery");
            }
            return new NoNextHop(
                    backend,
                    NoNextHop.Reason.NEIGHBOUR_UNRESOLVED,
                    words("the Ethernet address of " + who + " is not known yet; it is being asked for"),
                    key);
        }

        NoNextHop no(NoNextHop.Reason reason, String why) {
            return new NoNextHop(backend, reason, words(why), null);
        }

        private String words(String why) {
            return "no next hop to " + Rfc5952.text(backend) + ": " + why;
        }
    }
}
