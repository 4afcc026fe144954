package dev.ballast.lab;

import dev.ballast.bpf.BpfMap;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A server behind the balancers: the VIPs on its {@code lo}, {@code decap.bpf.c} on its interface (IP in IP of all pairings,
 * GUE at its usual port; what comes by layer 2 needs nothing), and HTTP by nginx when asked for.
 */
public final class Backend extends Host {
    private final List<InetAddress> vips;
    private @Nullable Nginx http;

    Backend(
            StateDirectory state,
            String name,
            Router router,
            Segment segment,
            List<InetAddress> addresses,
            List<InetAddress> vips) {
        super(state, name, router, segment, addresses);
        this.vips = vips;
    }

    /**
     * Serves HTTP on a port of every address, own and VIP; returns when it does. Every answer says {@code X-Backend: NAME};
     * {@code /} is a small page with the name, {@code /large} is {@link Nginx#LARGE_BYTES} of the same noise on every backend.
     * A connection may stay for hours and carry a billion requests.
     *
     * @return nginx's master and, in its group, its worker: to freeze them, say
     */
    public synchronized LabProcess startHttp(int port) {
        if (http != null && http.process().isAlive()) {
            throw new LabException(name() + ": HTTP is served already; stop it first");
        }
        http = Nginx.start(this, port);
        return http.process();
    }

    /**
     * Stops serving and waits for the end: {@link Signal#KILL} without warning, master and worker at once; {@link
     * Signal#TERM} in order.
     */
    public synchronized void stopHttp(Signal signal) {
        if (http == null) {
            throw new LabException(name() + ": no HTTP is served; start it first");
        }
        http.stop(signal);
        http = null;
    }

    /** What its decapsulation has done so far, in packets. */
    public Map<DecapOutcome, Long> decapCounters() {
        try (BpfMap counters = BpfMap.openPinned(bpffs().resolve(DecapOutcome.COUNTERS))) {
            return DecapCounters.read(counters);
        }
    }

    @Override
    void configure() {
        super.configure();
        XdpAttachment.attach(this, INTERFACE, DecapOutcome.RESOURCE);
    }

    @Override
    List<String> configuration() {
        List<String> lines = super.configuration();
        for (InetAddress vip : vips) {
            lines.add("address add %s dev lo%s".formatted(Subnet.text(vip), Segment.nodad(vip)));
        }
        return lines;
    }
}
