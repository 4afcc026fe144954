package dev.ballast.control.model;

/**
 * A virtual address: what clients connect to. Also the key by which the datapath finds the service.
 *
 * @param address one address
 * @param port 1 to 65535, or {@link #ANY_PORT}
 * @param protocol of the packets
 */
public record Vip(Address address, int port, Protocol protocol) {
    /** Every port that no other VIP of this address and protocol names. */
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

    /** Whether it takes every port. */
    public boolean takesAnyPort() {
        return port == ANY_PORT;
    }

    /** {@code 203.0.113.10:443/tcp}, {@code [2001:db8::1]:any/udp}. */
    @Override
    public String toString() {
        String host = address.isIpv4() ? address.toString() : "[" + address + "]";
        return host + ":" + (takesAnyPort() ? "any" : port) + "/" + Words.of(protocol);
    }
}
