package dev.ballast.control.model;

/**
 * An address and a port, as they stand together in the configuration.
 *
 * @param address where
 * @param port 1 to 65535
 */
public record Endpoint(Address address, int port) {
    /** {@code 192.0.2.2:9591}, {@code [2001:db8::2]:9591}. */
    @Override
    public String toString() {
        return (address.isIpv4() ? address.toString() : "[" + address + "]") + ":" + port;
    }
}
