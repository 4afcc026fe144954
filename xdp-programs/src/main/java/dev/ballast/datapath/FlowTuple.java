package dev.ballast.datapath;

import java.net.InetAddress;

/**
 * A flow as a client sees it.
 *
 * @param source the client
 * @param sourcePort its port
 * @param vip where it connects to, of the same family
 * @param vipPort the port there
 * @param protocol of its packets
 */
public record FlowTuple(InetAddress source, int sourcePort, InetAddress vip, int vipPort, Protocol protocol) {
    public FlowTuple {
        if (source.getClass() != vip.getClass()) {
            throw new IllegalArgumentException("client " + source.getHostAddress() + " and VIP " + vip.getHostAddress()
                    + " are not of one family");
        }
        if (sourcePort >>> 16 != 0 || vipPort >>> 16 != 0) {
            throw new IllegalArgumentException("ports " + sourcePort + " and " + vipPort + " are not both 0 to 65535");
        }
    }

    /** Both ports, as the flow hash takes them. */
    int ports() {
        return sourcePort << 16 | vipPort;
    }
}
