package dev.ballast.lab;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.List;
import java.util.stream.Stream;

/**
 * What a lab consists of and how it is numbered. Nodes of a kind are numbered from 1.
 *
 * <p>The router is host 1 of each subnet; client <i>i</i> is host 10 + <i>i</i> of {@code wan}, balancer <i>i</i> host
 * 10 + <i>i</i> and backend <i>i</i> host 100 + <i>i</i> of {@code lan}. Both families show the same digits:
 * {@code 10.2.0.101} is {@code fd00:2::101}. The two MTUs differ because an encapsulated packet of a client's full size
 * still has to fit.
 *
 * @param clients how many, at least 1
 * @param balancers how many, 0 to 89
 * @param backends how many, 0 to 150
 * @param wan4 the clients' IPv4 subnet
 * @param wan6 the clients' IPv6 subnet
 * @param lan4 the balancers' and backends' IPv4 subnet
 * @param lan6 the balancers' and backends' IPv6 subnet
 * @param vips the virtual addresses: on every backend's {@code lo}, routed by the router via the balancers
 * @param wanMtu bytes, of the clients' links
 * @param lanMtu bytes, of the balancers' and backends' links
 */
public record Topology(
        int clients,
        int balancers,
        int backends,
        Subnet wan4,
        Subnet wan6,
        Subnet lan4,
        Subnet lan6,
        List<InetAddress> vips,
        int wanMtu,
        int lanMtu) {

    private static final int ROUTER = 1;
    private static final int CLIENTS_FROM = 10;
    private static final int BALANCERS_FROM = 10;
    private static final int BACKENDS_FROM = 100;

    /** The default /24 of the LAN holds them all. */
    private static final int MAX_BALANCERS = BACKENDS_FROM - BALANCERS_FROM - 1;

    private static final int MAX_BACKENDS = 150;
    private static final int IPV6_MIN_MTU = 1280;

    public Topology {
        vips = List.copyOf(vips);
        requireCount("clients", clients, 1, 1000);
        requireCount("balancers", balancers, 0, MAX_BALANCERS);
        requireCount("backends", backends, 0, MAX_BACKENDS);
        if (wanMtu < IPV6_MIN_MTU || lanMtu < wanMtu) {
            throw new IllegalArgumentException(
                    "MTUs %d (wan) and %d (lan): IPv6 needs at least %d, and the lan at least what the wan has"
                            .formatted(wanMtu, lanMtu, IPV6_MIN_MTU));
        }
        requireFamily(wan4, true);
        requireFamily(lan4, true);
        requireFamily(wan6, false);
        requireFamily(lan6, false);
        if (vips.stream().distinct().count() < vips.size()) {
            throw new IllegalArgumentException("a VIP stands twice in %s: name each once"
                    .formatted(vips.stream().map(Subnet::text).toList()));
        }
        for (InetAddress vip : vips) {
            for (Subnet subnet : List.of(wan4, wan6, lan4, lan6)) {
                if (subnet.contains(vip)) {
                    throw new IllegalArgumentException(
                            "VIP %s lies in the subnet %s: its route would hide hosts; choose one outside"
                                    .formatted(Subnet.text(vip), subnet));
                }
            }
        }
        // Numbering the last of each kind is what fails where a subnet is too small.
        for (Subnet wan : List.of(wan4, wan6)) {
            host(wan, CLIENTS_FROM + clients);
        }
        for (Subnet lan : List.of(lan4, lan6)) {
            host(lan, balancers == 0 ? ROUTER : BALANCERS_FROM + balancers);
            host(lan, backends == 0 ? ROUTER : BACKENDS_FROM + backends);
        }
    }

    /** One client, two balancers, four backends, one VIP of each family. */
    public static Topology standard() {
        return builder().build();
    }

    public static Builder builder() {
        return new Builder();
    }

    /** The first IPv4 VIP. */
    public InetAddress vip4() {
        return firstVip(Inet4Address.class);
    }

    /** The first IPv6 VIP. */
    public InetAddress vip6() {
        return firstVip(Inet6Address.class);
    }

    InetAddress client(int number, Subnet wan) {
        return host(wan, CLIENTS_FROM + number);
    }

    InetAddress balancer(int number, Subnet lan) {
        return host(lan, BALANCERS_FROM + number);
    }

    InetAddress backend(int number, Subnet lan) {
        return host(lan, BACKENDS_FROM + number);
    }

    InetAddress router(Subnet subnet) {
        return host(subnet, ROUTER);
    }

    private static InetAddress host(Subnet subnet, int number) {
        return subnet.host(subnet.isIpv4() ? number : Integer.parseInt(Integer.toString(number), 16));
    }

    private InetAddress firstVip(Class<? extends InetAddress> family) {
        return vips.stream()
                .filter(family::isInstance)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("the topology has no VIP that is an "
                        + family.getSimpleName() + ": add one with Builder.vips"));
    }

    private static void requireCount(String what, int count, int min, int max) {
        if (count < min || count > max) {
            throw new IllegalArgumentException("%d %s: choose %d to %d".formatted(count, what, min, max));
        }
    }

    private static void requireFamily(Subnet subnet, boolean ipv4) {
        if (subnet.isIpv4() != ipv4) {
            throw new IllegalArgumentException(
                    "%s stands where an %s subnet belongs".formatted(subnet, ipv4 ? "IPv4" : "IPv6"));
        }
    }

    /** Starts from {@link Topology#standard}; set what differs. */
    public static final class Builder {
        private int clients = 1;
        private int balancers = 2;
        private int backends = 4;
        private Subnet wan4 = Subnet.of("10.1.0.0/16");
        private Subnet wan6 = Subnet.of("fd00:1::/64");
        private Subnet lan4 = Subnet.of("10.2.0.0/24");
        private Subnet lan6 = Subnet.of("fd00:2::/64");
        private List<InetAddress> vips =
                List.of(InetAddress.ofLiteral("203.0.113.10"), InetAddress.ofLiteral("2001:db8:1::10"));
        private int wanMtu = 1500;
        private int lanMtu = 1600;

        private Builder() {}

        public Builder clients(int count) {
            clients = count;
            return this;
        }

        public Builder balancers(int count) {
            balancers = count;
            return this;
        }

        public Builder backends(int count) {
            backends = count;
            return this;
        }

        /** The clients' subnets, as {@code 10.1.0.0/16} and {@code fd00:1::/64}. */
        public Builder wan(String ipv4, String ipv6) {
            wan4 = Subnet.of(ipv4);
            wan6 = Subnet.of(ipv6);
            return this;
        }

        /** The balancers' and backends' subnets. */
        public Builder lan(String ipv4, String ipv6) {
            lan4 = Subnet.of(ipv4);
            lan6 = Subnet.of(ipv6);
            return this;
        }

        /** All VIPs, of both families, in place of the default ones. */
        public Builder vips(String... addresses) {
            vips = Stream.of(addresses).map(InetAddress::ofLiteral).toList();
            return this;
        }

        /** In bytes. */
        public Builder mtu(int wan, int lan) {
            wanMtu = wan;
            lanMtu = lan;
            return this;
        }

        /**
         * The topology.
         *
         * @throws IllegalArgumentException when counts, subnets, VIPs and MTUs do not fit together; the message says
         *     what would
         */
        public Topology build() {
            return new Topology(clients, balancers, backends, wan4, wan6, lan4, lan6, vips, wanMtu, lanMtu);
        }
    }
}
