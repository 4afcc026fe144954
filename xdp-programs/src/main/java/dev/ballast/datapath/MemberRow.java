package dev.ballast.datapath;

import java.net.InetAddress;
import java.util.Optional;

/**
 * One backend in one service.
 *
 * @param service index of its row in the {@link ServiceTable}
 * @param state what becomes of its flows
 * @param encap how packets are carried to it
 * @param source the balancer's own address in the outer header, of the backend's family
 * @param backend where the tunnel ends
 * @param nextHop empty while it is not resolved: its packets are dropped as such
 */
public record MemberRow(
        int service,
        MemberState state,
        Encap encap,
        InetAddress source,
        InetAddress backend,
        Optional<NextHop> nextHop) {
    public MemberRow {
        if (source.getClass() != backend.getClass()) {
            throw new IllegalArgumentException("the outer source " + source.getHostAddress() + " and the backend "
                    + backend.getHostAddress() + " are not of one family");
        }
    }
}
