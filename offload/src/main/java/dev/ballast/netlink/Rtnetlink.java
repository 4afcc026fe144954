package dev.ballast.netlink;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * The route family: requests to bytes, messages to records (linux/rtnetlink.h, if_link.h, if_addr.h, neighbour.h). Pure. Kernel numbers
 * keep their order and lose their prefix; what differs from man 7 rtnetlink is said at its place.
 */
final class Rtnetlink {
    static final int NEWLINK = 16;
    static final int DELLINK = 17;
    static final int GETLINK = 18;
    static final int NEWADDR = 20;
    static final int DELADDR = 21;
    static final int GETADDR = 22;
    static final int NEWROUTE = 24;
    static final int DELROUTE = 25;
    static final int GETROUTE = 26;
    static final int NEWNEIGH = 28;
    static final int DELNEIGH = 29;
    static final int GETNEIGH = 30;
    static final int NEWNEXTHOP = 104;
    static final int DELNEXTHOP = 105;
    static final int GETNEXTHOP = 106;

    /** RTPROT_* of what is set here: a number that linux/rtnetlink.h and rt_protos leave free. */
    static final int PROTOCOL_BALLAST = 177;

    private static final int AF_UNSPEC = 0;
    private static final int AF_INET = 2;
    private static final int AF_BRIDGE = 7;
    private static final int AF_INET6 = 10;

    private static final int IFINFOMSG_BYTES = 16;
    private static final int IFADDRMSG_BYTES = 8;
    private static final int RTMSG_BYTES = 12;
    private static final int NDMSG_BYTES = 12;
    private static final int NHMSG_BYTES = 8;
    private static final int RTNEXTHOP_BYTES = 8;
    private static final int NEXTHOP_GRP_BYTES = 8;

    private static final int IFF_UP = 1;
    private static final int IFF_LOWER_UP = 1 << 16;

    /** The longest name that IFLA_IFNAME takes; longer ones are alternative names. */
    private static final int IFNAME_MAX_BYTES = 15;

    private static final int IFLA_ADDRESS = 1;
    private static final int IFLA_IFNAME = 3;
    private static final int IFLA_MTU = 4;
    private static final int IFLA_LINK = 5;
    private static final int IFLA_MASTER = 10;
    private static final int IFLA_OPERSTATE = 16;
    private static final int IFLA_LINKINFO = 18;
    private static final int IFLA_EXT_MASK = 29;
    private static final int IFLA_LINK_NETNSID = 37;
    private static final int IFLA_XDP = 43;
    private static final int IFLA_ALT_IFNAME = 53;
    private static final int RTEXT_FILTER_SKIP_STATS = 1 << 3;

    private static final int IFLA_INFO_KIND = 1;
    private static final int IFLA_INFO_DATA = 2;
    private static final int IFLA_VLAN_ID = 1;
    private static final int IFLA_VLAN_PROTOCOL = 5;

    private static final int IFLA_BOND_MODE = 1;
    private static final int IFLA_BOND_ACTIVE_SLAVE = 2;
    private static final int IFLA_BOND_XMIT_HASH_POLICY = 14;
    private static final int BOND_XMIT_POLICY_VLAN_SRCMAC = 5;

    private static final int IFLA_XDP_ATTACHED = 2;
    private static final int IFLA_XDP_PROG_ID = 4;

    private static final int IFA_ADDRESS = 1;
    private static final int IFA_LOCAL = 2;
    private static final int IFA_FLAGS = 8;
    private static final int IFA_F_DADFAILED = 0x08;
    private static final int IFA_F_OPTIMISTIC = 0x04;
    private static final int IFA_F_TENTATIVE = 0x40;

    private static final int RTA_DST = 1;
    private static final int RTA_OIF = 4;
    private static final int RTA_GATEWAY = 5;
    private static final int RTA_PREFSRC = 7;
    private static final int RTA_METRICS = 8;
    private static final int RTA_MULTIPATH = 9;
    private static final int RTA_TABLE = 15;
    private static final int RTA_VIA = 18;
    private static final int RTA_NH_ID = 30;
    private static final int RTAX_MTU = 2;
    private static final int RTM_F_FIB_MATCH = 0x2000;
    private static final int RTNH_F_DEAD = 1;
    private static final int RTNH_F_LINKDOWN = 16;

    private static final int NHA_ID = 1;
    private static final int NHA_GROUP = 2;
    private static final int NHA_BLACKHOLE = 4;
    private static final int NHA_OIF = 5;
    private static final int NHA_GATEWAY = 6;

    private static final int NDA_DST = 1;
    private static final int NDA_LLADDR = 2;
    private static final int NDA_PROTOCOL = 12;
    private static final int NDA_FLAGS_EXT = 15;
    private static final int NTF_USE = 0x01;
    private static final int NTF_EXT_MANAGED = 0x01;

    private Rtnetlink() {}

    static MessageBuilder allLinks() {
        return linkRequest(Message.DUMP, 0).attribute(IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
    }

    static MessageBuilder linkByIndex(int index) {
        return linkRequest(Message.ACK, index).attribute(IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
    }

    static MessageBuilder linkByName(String name) {
        byte[] bytes = (name + "\0").getBytes(StandardCharsets.UTF_8);
        return linkRequest(Message.ACK, 0)
                .attribute(bytes.length - 1 <= IFNAME_MAX_BYTES ? IFLA_IFNAME : IFLA_ALT_IFNAME, bytes)
                .attribute(IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
    }

    /** struct ifaddrmsg: family, prefix length, flags, scope, i32 index. */
    static MessageBuilder allAddresses() {
        return new MessageBuilder(GETADDR, Message.REQUEST | Message.DUMP)
                .u8(AF_UNSPEC, 0, 0, 0)
                .i32(0);
    }

    static MessageBuilder routeTo(InetAddress destination) {
        return routeRequest(destination, 0);
    }

    static MessageBuilder routeTo(InetAddress destination, int outInterface) {
        return routeRequest(destination, 0).attribute(RTA_OIF, outInterface);
    }

    /** The table's entry that matches, with all its paths, instead of where one packet would go. */
    static MessageBuilder routeEntryOf(InetAddress destination) {
        return routeRequest(destination, RTM_F_FIB_MATCH);
    }

    /** struct rtmsg: family, destination and source prefix lengths, TOS, table, protocol, scope, type, u32 flags. */
    private static MessageBuilder routeRequest(InetAddress destination, int routeFlags) {
        byte[] octets = destination.getAddress();
        return new MessageBuilder(GETROUTE, Message.REQUEST | Message.ACK)
                .u8(family(destination), octets.length * 8, 0, 0, 0, 0, 0, 0)
                .i32(routeFlags)
                .attribute(RTA_DST, octets);
    }

    /** struct nhmsg: family, scope, protocol, reserved, u32 flags. */
    static MessageBuilder nextHopObject(int id) {
        return new MessageBuilder(GETNEXTHOP, Message.REQUEST | Message.ACK)
                .u8(AF_UNSPEC, 0, 0, 0)
                .i32(0)
                .attribute(NHA_ID, id);
    }

    static MessageBuilder allNeighbours() {
        return neighbourRequest(GETNEIGH, Message.DUMP, AF_UNSPEC, 0, 0);
    }

    static MessageBuilder neighbour(NeighbourKey key) {
        return neighbourRequest(GETNEIGH, Message.ACK, key, 0);
    }

    /** Creates the entry if need be, sends a solicitation, and keeps it resolved from then on (kernel 5.16). */
    static MessageBuilder manageNeighbour(NeighbourKey key) {
        return neighbourRequest(NEWNEIGH, Message.ACK | Message.CREATE, key, 0)
                .attribute(NDA_PROTOCOL, new byte[] {(byte) PROTOCOL_BALLAST})
                .attribute(NDA_FLAGS_EXT, NTF_EXT_MANAGED);
    }

    /** Creates the entry if need be, and sends a solicitation, once. */
    static MessageBuilder askForNeighbour(NeighbourKey key) {
        return neighbourRequest(NEWNEIGH, Message.ACK | Message.CREATE, key, NTF_USE)
                .attribute(NDA_PROTOCOL, new byte[] {(byte) PROTOCOL_BALLAST});
    }

    /** Clears the managed flag: NTF_USE leaves address and state alone, and the flag falls because it is not named. */
    static MessageBuilder releaseNeighbour(NeighbourKey key) {
        return neighbourRequest(NEWNEIGH, Message.ACK, key, NTF_USE);
    }

    /** struct ifinfomsg: family, pad, u16 type, i32 index, u32 flags, u32 change mask. */
    private static MessageBuilder linkRequest(int flags, int index) {
        return new MessageBuilder(GETLINK, Message.REQUEST | flags)
                .u8(AF_UNSPEC, 0, 0, 0)
                .i32(index)
                .i32(0)
                .i32(0);
    }

    private static MessageBuilder neighbourRequest(int type, int flags, NeighbourKey key, int entryFlags) {
        return neighbourRequest(type, flags, family(key.address()), key.interfaceIndex(), entryFlags)
                .attribute(NDA_DST, key.address().getAddress());
    }

    /** struct ndmsg: family, pad, pad, i32 index, u16 state, u8 flags, u8 type. */
    private static MessageBuilder neighbourRequest(int type, int flags, int family, int index, int entryFlags) {
        return new MessageBuilder(type, Message.REQUEST | flags)
                .u8(family, 0, 0, 0)
                .i32(index)
                .u16(0)
                .u8(entryFlags, 0);
    }

    private static int family(InetAddress address) {
        return address instanceof Inet4Address ? AF_INET : AF_INET6;
    }

    /** Null for what the bridge family sends under the same type: the state of a port, not of a link. */
    static @Nullable Link link(Message message) {
        ByteBuffer in = message.payload();
        Attributes.requireBytes("link", in, IFINFOMSG_BYTES);
        if (in.get(0) == AF_BRIDGE) {
            return null;
        }
        int flags = in.getInt(8);
        Attributes attributes = Attributes.parse(in, IFINFOMSG_BYTES);
        Attributes info = attributes.nested(IFLA_LINKINFO);
        String kind = info.text(IFLA_INFO_KIND, "");
        Attributes xdp = attributes.nested(IFLA_XDP);
        return new Link(
                in.getInt(4),
                attributes.text(IFLA_IFNAME, ""),
                attributes.mac(IFLA_ADDRESS),
                attributes.i32(IFLA_MTU, 0),
                (flags & IFF_UP) != 0,
                (flags & IFF_LOWER_UP) != 0,
                OperState.of(attributes.u8(IFLA_OPERSTATE, 0)),
                kind,
                attributes.i32(IFLA_MASTER, 0),
                attributes.i32(IFLA_LINK, 0),
                attributes.has(IFLA_LINK_NETNSID),
                detail(kind, info.nested(IFLA_INFO_DATA)),
                new XdpState(XdpState.Mode.of(xdp.u8(IFLA_XDP_ATTACHED, 0)), xdp.i32(IFLA_XDP_PROG_ID, 0)));
    }

    private static @Nullable LinkDetail detail(String kind, Attributes data) {
        return switch (kind) {
            case "vlan" -> new Vlan(data.u16(IFLA_VLAN_ID, 0), data.u16Be(IFLA_VLAN_PROTOCOL, Vlan.PROTOCOL_8021Q));
            case "bond" ->
                new Bond(
                        Bond.Mode.of(data.u8(IFLA_BOND_MODE, -1)),
                        data.u8(IFLA_BOND_XMIT_HASH_POLICY, 0) == BOND_XMIT_POLICY_VLAN_SRCMAC,
                        data.i32(IFLA_BOND_ACTIVE_SLAVE, 0));
            default -> null;
        };
    }

    static Address address(Message message) {
        ByteBuffer in = message.payload();
        Attributes.requireBytes("address", in, IFADDRMSG_BYTES);
        Attributes attributes = Attributes.parse(in, IFADDRMSG_BYTES);
        // On a point-to-point link IFA_ADDRESS is the peer and IFA_LOCAL ours; IPv6 often sends IFA_ADDRESS alone.
        InetAddress own = attributes.address(attributes.has(IFA_LOCAL) ? IFA_LOCAL : IFA_ADDRESS);
        if (own == null) {
            throw new MalformedMessageException("address message without an address");
        }
        int flags = attributes.i32(IFA_FLAGS, Byte.toUnsignedInt(in.get(2)));
        boolean tentative =
                (flags & IFA_F_DADFAILED) != 0 || (flags & (IFA_F_TENTATIVE | IFA_F_OPTIMISTIC)) == IFA_F_TENTATIVE;
        return new Address(in.getInt(4), own, Byte.toUnsignedInt(in.get(1)), tentative);
    }

    static Route route(Message message, InetAddress destination) {
        ByteBuffer in = message.payload();
        Attributes.requireBytes("route", in, RTMSG_BYTES);
        Attributes attributes = Attributes.parse(in, RTMSG_BYTES);
        return new Route(
                destination,
                RouteType.of(Byte.toUnsignedInt(in.get(7))),
                gateway(attributes),
                attributes.i32(RTA_OIF, 0),
                attributes.address(RTA_PREFSRC),
                attributes.nested(RTA_METRICS).i32(RTAX_MTU, 0));
    }

    /** Where the paths of a table's entry are: in it, or in a next hop object. */
    record RouteWays(List<RoutePath> paths, int nextHopId) {}

    /** Of an entry of type unicast; one that takes one way has no more than one path. */
    static RouteWays routeWays(Message message) {
        ByteBuffer in = message.payload();
        Attributes.requireBytes("route", in, RTMSG_BYTES);
        Attributes attributes = Attributes.parse(in, RTMSG_BYTES);
        byte[] multipath = attributes.bytes(RTA_MULTIPATH);
        List<RoutePath> paths = new ArrayList<>();
        if (multipath != null) {
            paths.addAll(multipath(multipath));
        } else if (attributes.has(RTA_OIF)) {
            paths.add(new RoutePath(gateway(attributes), attributes.i32(RTA_OIF, 0), 1, dead(in.getInt(8))));
        }
        return new RouteWays(paths, attributes.i32(RTA_NH_ID, 0));
    }

    /** struct rtnexthop: u16 length, u8 flags, u8 weight - 1, i32 index, then attributes; the next one is aligned to 4 bytes. */
    private static List<RoutePath> multipath(byte[] bytes) {
        ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
        List<RoutePath> paths = new ArrayList<>();
        int at = 0;
        while (at < in.limit()) {
            int left = in.limit() - at;
            int length = left < RTNEXTHOP_BYTES ? 0 : Short.toUnsignedInt(in.getShort(at));
            if (length < RTNEXTHOP_BYTES || length > left) {
                throw new MalformedMessageException(
                        "path at byte %d of RTA_MULTIPATH claims %d bytes, %d are left".formatted(at, length, left));
            }
            Attributes attributes =
                    Attributes.parse(in.slice(at, length).order(ByteOrder.nativeOrder()), RTNEXTHOP_BYTES);
            paths.add(new RoutePath(
                    gateway(attributes),
                    in.getInt(at + 4),
                    Byte.toUnsignedInt(in.get(at + 3)) + 1,
                    dead(Byte.toUnsignedInt(in.get(at + 2)))));
            at += Math.min(Message.align(length), left);
        }
        return paths;
    }

    private static boolean dead(int flags) {
        return (flags & (RTNH_F_DEAD | RTNH_F_LINKDOWN)) != 0;
    }

    /**
     * A next hop object: one path, or a group of other objects.
     *
     * @param path null of a group, and of one that drops
     * @param members of a group: id to weight, in order
     */
    record NextHopObject(int id, @Nullable RoutePath path, SequencedMap<Integer, Integer> members) {}

    /** struct nexthop_grp: u32 id, u8 weight - 1, u8 its high byte (Linux 6.12), u16 reserved. */
    static NextHopObject nextHopObject(Message message) {
        ByteBuffer in = message.payload();
        Attributes.requireBytes("next hop", in, NHMSG_BYTES);
        Attributes attributes = Attributes.parse(in, NHMSG_BYTES);
        SequencedMap<Integer, Integer> members = new LinkedHashMap<>();
        byte[] group = attributes.bytes(NHA_GROUP);
        if (group != null) {
            if (group.length % NEXTHOP_GRP_BYTES != 0) {
                throw new MalformedMessageException("NHA_GROUP of %d bytes".formatted(group.length));
            }
            ByteBuffer entries = ByteBuffer.wrap(group).order(ByteOrder.nativeOrder());
            for (int at = 0; at < group.length; at += NEXTHOP_GRP_BYTES) {
                int weight = Byte.toUnsignedInt(entries.get(at + 5)) << 8 | Byte.toUnsignedInt(entries.get(at + 4));
                members.put(entries.getInt(at), weight + 1);
            }
        }
        boolean leads = group == null && !attributes.has(NHA_BLACKHOLE);
        return new NextHopObject(
                attributes.i32(NHA_ID, 0),
                leads
                        ? new RoutePath(
                                attributes.address(NHA_GATEWAY), attributes.i32(NHA_OIF, 0), 1, dead(in.getInt(4)))
                        : null,
                members);
    }

    /** RTA_GATEWAY, or RTA_VIA (struct rtvia: u16 family, then the address) where the gateway is of the other family. */
    private static @Nullable InetAddress gateway(Attributes attributes) {
        byte[] via = attributes.bytes(RTA_VIA);
        if (via == null) {
            return attributes.address(RTA_GATEWAY);
        }
        if (via.length <= Short.BYTES) {
            throw new MalformedMessageException("RTA_VIA of %d bytes holds no address".formatted(via.length));
        }
        byte[] octets = new byte[via.length - Short.BYTES];
        System.arraycopy(via, Short.BYTES, octets, 0, octets.length);
        return Attributes.address(RTA_VIA, octets);
    }

    /** Null for families that are not IP (MPLS, multicast routing). */
    static @Nullable RouteEntry routeEntry(Message message) {
        ByteBuffer in = message.payload();
        Attributes.requireBytes("route", in, RTMSG_BYTES);
        int family = Byte.toUnsignedInt(in.get(0));
        if (family != AF_INET && family != AF_INET6) {
            return null;
        }
        Attributes attributes = Attributes.parse(in, RTMSG_BYTES);
        InetAddress prefix = attributes.address(RTA_DST);
        if (prefix == null) {
            // A default route carries no destination.
            prefix = Attributes.address(RTA_DST, new byte[family == AF_INET ? 4 : 16]);
        }
        return new RouteEntry(
                prefix,
                Byte.toUnsignedInt(in.get(1)),
                attributes.i32(RTA_TABLE, Byte.toUnsignedInt(in.get(4))),
                RouteType.of(Byte.toUnsignedInt(in.get(7))));
    }

    /** Null for what is no ARP or NDP entry: forwarding entries of bridges and tunnels come under the same type. */
    static @Nullable Neighbour neighbour(Message message) {
        ByteBuffer in = message.payload();
        Attributes.requireBytes("neighbour", in, NDMSG_BYTES);
        int family = Byte.toUnsignedInt(in.get(0));
        if (family != AF_INET && family != AF_INET6) {
            return null;
        }
        Attributes attributes = Attributes.parse(in, NDMSG_BYTES);
        InetAddress address = attributes.address(NDA_DST);
        if (address == null) {
            throw new MalformedMessageException("neighbour message without an address");
        }
        return new Neighbour(
                in.getInt(4),
                address,
                attributes.mac(NDA_LLADDR),
                NeighbourState.of(Short.toUnsignedInt(in.getShort(8))),
                (attributes.i32(NDA_FLAGS_EXT, 0) & NTF_EXT_MANAGED) != 0,
                attributes.u8(NDA_PROTOCOL, 0));
    }

    /** Null for a message that says nothing about links, addresses, routes or neighbours. */
    static @Nullable NetlinkEvent event(Message message) {
        return switch (message.type()) {
            case NEWLINK, DELLINK -> {
                Link link = link(message);
                yield link == null
                        ? null
                        : message.type() == NEWLINK
                                ? new NetlinkEvent.LinkSet(link)
                                : new NetlinkEvent.LinkRemoved(link);
            }
            case NEWADDR -> new NetlinkEvent.AddressSet(address(message));
            case DELADDR -> new NetlinkEvent.AddressRemoved(address(message));
            case NEWROUTE, DELROUTE -> {
                RouteEntry route = routeEntry(message);
                yield route == null
                        ? null
                        : message.type() == NEWROUTE
                                ? new NetlinkEvent.RouteSet(route)
                                : new NetlinkEvent.RouteRemoved(route);
            }
            case NEWNEXTHOP, DELNEXTHOP ->
                new NetlinkEvent.PathsChanged(nextHopObject(message).id());
            case NEWNEIGH, DELNEIGH -> {
                Neighbour neighbour = neighbour(message);
                yield neighbour == null
                        ? null
                        : message.type() == NEWNEIGH
                                ? new NetlinkEvent.NeighbourSet(neighbour)
                                : new NetlinkEvent.NeighbourRemoved(neighbour);
            }
            default -> null;
        };
    }
}
