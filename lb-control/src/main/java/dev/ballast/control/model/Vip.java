package dev.ballast.control.model;

/**
 * A virtual address, or a prefix of them: what clients connect to. Also the key by which the datapath finds the service.
 *
 * <p>A packet belongs to the VIP that says most about it: its address and port, its address and any port, the longest
 * prefix with its port, the longest prefix with any port.
 *
 * @param prefix often of one address
 * @param port 1 to 65535, or {@link #ANY_PORT}
 * @param protocol of the packets
 */
public record Vip(Prefix prefix, int port, Protocol protocol) {
    /** Every port that no other VIP of this prefix and protocol names. */
    public static final int ANY_PORT = 0;

    /** The protocols that are balanced. */
    public enum Protocol {
        /** TCP, 6 in the IP header. */
        TCP(6),
        /** UDP, 17 in the IP header. */
        UDP(17);

        private final int number;

        Protocol(int number) {
            this.number = number;
        }

        /** As it stands in the IP header. */
        public int number() {
            return number;
        }
    }

    /** One address. */
    public static Vip of(Address address, int port, Protocol protocol) {
        return new Vip(Prefix.of(address), port, protocol);
    }

    /** The family of its addresses. */
    public Address.Family family() {
        return prefix.address().family();
    }

    /** Whether it takes every port. */
    public boolean takesAnyPort() {
        return port == ANY_PORT;
    }

    /** As the configuration writes the address: {@code 203.0.113.10}, {@code 2001:db8::/64}. */
    public String host() {
        return prefix.isAddress() ? prefix.address().toString() : prefix.toString();
    }

    /** {@code 203.0.113.10:443/tcp}, {@code [2001:db8::1]:any/udp}, {@code 203.0.113.64/28:any/udp}. */
    @Override
    public String toString() {
        String host = family() == Address.Family.IPV4 ? host() : "[" + host() + "]";
        return host + ":" + (takesAnyPort() ? "any" : port) + "/" + Words.of(protocol);
    }
}
