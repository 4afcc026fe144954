package dev.ballast.netlink;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Questions to the kernel about links, addresses, routes, neighbours and drivers, each answered from its present state.
 *
 * <p>The sockets belong to the network namespace of the thread that opens them. May be shared between threads: one request at a time, each
 * answered in well under a millisecond but for dumps of large tables. Every method throws {@link NetlinkException} when the kernel refuses.
 */
public final class Netlink implements NetworkView, AutoCloseable {
    private final RequestSocket route;
    private final NetdevFamily netdev;
    private final Ethtool ethtool;

    private Netlink(RequestSocket route, NetdevFamily netdev, Ethtool ethtool) {
        this.route = route;
        this.netdev = netdev;
        this.ethtool = ethtool;
    }

    /** Opens sockets in the network namespace of the calling thread. */
    public static Netlink open() {
        RequestSocket route = new RequestSocket(new NetlinkSocket("the request socket", NetlinkSocket.NETLINK_ROUTE));
        NetdevFamily netdev = null;
        try {
            netdev = NetdevFamily.open();
            return new Netlink(route, netdev, Ethtool.open());
        } catch (NetlinkException e) {
            if (netdev != null) {
                netdev.close();
            }
            route.close();
            throw e;
        }
    }

    /** All links, in the kernel's order: by index. */
    public List<Link> links() {
        return route.dump(Rtnetlink.allLinks(), "RTM_GETLINK", "all links", Rtnetlink::link);
    }

    /** The link of that name or alternative name; empty if there is none. */
    public Optional<Link> link(String name) {
        return route.read(Rtnetlink.linkByName(name), "RTM_GETLINK", "link " + name, Errno.ENODEV, Rtnetlink::link);
    }

    @Override
    public Optional<Link> link(int index) {
        if (index <= 0) {
            return Optional.empty();
        }
        return route.read(Rtnetlink.linkByIndex(index), "RTM_GETLINK", "link " + index, Errno.ENODEV, Rtnetlink::link);
    }

    /** All addresses of both families. */
    public List<Address> addresses() {
        return route.dump(Rtnetlink.allAddresses(), "RTM_GETADDR", "all addresses", Rtnetlink::address);
    }

    /**
     * {@inheritDoc}
     *
     * <p>With several paths the gateway and interface are those that the kernel's hash gives a packet without ports. The kernel answers
     * blackhole, unreachable and prohibit routes with errors instead of routes; they are turned back into routes here.
     */
    @Override
    public Optional<Route> route(InetAddress destination) {
        return ask(Rtnetlink.routeTo(destination), destination).map(answer -> {
            List<RoutePath> paths = answer.type() == RouteType.UNICAST ? paths(destination) : List.of();
            return new Route(
                    destination,
                    answer.type(),
                    answer.gateway(),
                    answer.outInterface(),
                    answer.preferredSource(),
                    answer.mtu(),
                    paths.size() > 1 ? paths : List.of());
        });
    }

    @Override
    public Optional<Route> route(InetAddress destination, int outInterface) {
        return ask(Rtnetlink.routeTo(destination, outInterface), destination);
    }

    /** All that the table's entry has; empty if it went meanwhile. */
    private List<RoutePath> paths(InetAddress destination) {
        Optional<Rtnetlink.RouteWays> ways = route.read(
                Rtnetlink.routeEntryOf(destination),
                "RTM_GETROUTE (fib match)",
                "destination " + Rfc5952.text(destination),
                Errno.ENETUNREACH,
                Rtnetlink::routeWays);
        if (ways.isEmpty()) {
            return List.of();
        }
        List<RoutePath> paths = ways.get().paths();
        // With net.ipv4.nexthop_compat_mode 0 the entry has the number of the object alone.
        return paths.isEmpty() && ways.get().nextHopId() != 0
                ? pathsOf(ways.get().nextHopId())
                : paths;
    }

    private List<RoutePath> pathsOf(int nextHopId) {
        List<RoutePath> paths = new ArrayList<>();
        nextHopObject(nextHopId).ifPresent(object -> {
            if (object.path() != null) {
                paths.add(object.path());
            }
            object.members()
                    .forEach((member, weight) -> nextHopObject(member)
                            .map(Rtnetlink.NextHopObject::path)
                            .ifPresent(path -> paths.add(
                                    new RoutePath(path.gateway(), path.outInterface(), weight, path.dead()))));
        });
        return paths;
    }

    private Optional<Rtnetlink.NextHopObject> nextHopObject(int id) {
        return route.read(
                Rtnetlink.nextHopObject(id),
                "RTM_GETNEXTHOP",
                "next hop " + id,
                Errno.ENOENT,
                Rtnetlink::nextHopObject);
    }

    private Optional<Route> ask(MessageBuilder request, InetAddress destination) {
        try {
            return route.read(
                    request,
                    "RTM_GETROUTE",
                    "destination " + Rfc5952.text(destination),
                    Errno.ENETUNREACH,
                    message -> Rtnetlink.route(message, destination));
        } catch (NetlinkException e) {
            RouteType refusal = refusal(e.errno());
            if (refusal == RouteType.UNSPECIFIED) {
                throw e;
            }
            return Optional.of(new Route(destination, refusal, null, 0, null, 0));
        }
    }

    /** The errors that fib_props (net/ipv4/fib_semantics.c) and ip6_rt_type_to_error (net/ipv6/route.c) give these types. */
    private static RouteType refusal(int errno) {
        return switch (errno) {
            case Errno.EINVAL -> RouteType.BLACKHOLE;
            case Errno.EHOSTUNREACH -> RouteType.UNREACHABLE;
            case Errno.EACCES -> RouteType.PROHIBIT;
            default -> RouteType.UNSPECIFIED;
        };
    }

    /** The ARP and NDP tables. */
    public List<Neighbour> neighbours() {
        return route.dump(Rtnetlink.allNeighbours(), "RTM_GETNEIGH", "all neighbours", Rtnetlink::neighbour);
    }

    @Override
    public Optional<Neighbour> neighbour(NeighbourKey key) {
        return route.read(
                Rtnetlink.neighbour(key), "RTM_GETNEIGH", "neighbour " + key, Errno.ENOENT, Rtnetlink::neighbour);
    }

    /** How a neighbour that {@link #resolve} asked for stays resolved. */
    public enum Keeping {
        /** By the kernel. */
        MANAGED,
        /** It need not be: an administrator gave its address. */
        FIXED,
        /** Not at all: this kernel has asked once, and has to be asked again. */
        ASKED
    }

    /**
     * Asks the kernel to resolve a neighbour now and to keep it resolved (NTF_EXT_MANAGED, kernel 5.16), so that its entry neither ages
     * nor vanishes for want of traffic through the stack. Returns at once; the answer arrives as {@link NetlinkEvent.NeighbourSet}.
     * Asking again is harmless. The entry is marked as ours. One that an administrator set stays as it is: the kernel would take
     * its permanence away. A kernel that refuses to keep it is asked to resolve it once. Needs CAP_NET_ADMIN.
     */
    public Keeping resolve(NeighbourKey key) {
        Optional<Neighbour> present = neighbour(key);
        if (present.filter(Neighbour::fixed).isPresent()) {
            return Keeping.FIXED;
        }
        if (present.filter(Neighbour::managed).isPresent()) {
            return Keeping.MANAGED;
        }
        try {
            route.command(Rtnetlink.manageNeighbour(key), "RTM_NEWNEIGH (managed)", "neighbour " + key);
            return Keeping.MANAGED;
        } catch (NetlinkException e) {
            if (e.errno() != Errno.EINVAL && e.errno() != Errno.EOPNOTSUPP) {
                throw e;
            }
            ask(key);
            return Keeping.ASKED;
        }
    }

    /** Asks the kernel to resolve a neighbour once. */
    void ask(NeighbourKey key) {
        route.command(Rtnetlink.askForNeighbour(key), "RTM_NEWNEIGH (use)", "neighbour " + key);
    }

    /**
     * Takes {@link #resolve} back: the entry stays and ages as any other. Does nothing if it is gone, was never kept, or was somebody
     * else's to keep.
     */
    public void release(NeighbourKey key) {
        if (neighbour(key).filter(Netlink::ours).isPresent()) {
            route.command(Rtnetlink.releaseNeighbour(key), "RTM_NEWNEIGH (release)", "neighbour " + key);
        }
    }

    /** What is kept resolved because {@link #resolve} asked for it, in this process or an earlier one. */
    public List<NeighbourKey> kept() {
        return neighbours().stream().filter(Netlink::ours).map(Neighbour::key).toList();
    }

    private static boolean ours(Neighbour neighbour) {
        return neighbour.managed() && neighbour.protocol() == Rtnetlink.PROTOCOL_BALLAST;
    }

    /** What the driver of a link can do with XDP at present; empty if the kernel (before 6.3) does not say, or the link is gone. */
    public Optional<XdpFeatures> xdpFeatures(int index) {
        return netdev.xdpFeatures(index);
    }

    /** The settings and statistics of drivers, in the same network namespace; closed with this. */
    public Ethtool ethtool() {
        return ethtool;
    }

    /** Closes the sockets; a second call does nothing. */
    @Override
    public void close() {
        route.close();
        netdev.close();
        ethtool.close();
    }
}
