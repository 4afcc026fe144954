package dev.ballast.perf.kernels;

import dev.ballast.bpf.BpfException;
import dev.ballast.bpf.BpfFs;
import dev.ballast.bpf.XdpLink;
import dev.ballast.bpf.XdpMode;
import dev.ballast.datapath.Candidate;
import dev.ballast.datapath.Datapath;
import dev.ballast.datapath.DatapathObjects;
import dev.ballast.datapath.DatapathOptions;
import dev.ballast.datapath.Feature;
import dev.ballast.datapath.Variant;
import dev.ballast.lab.Backend;
import dev.ballast.lab.Host;
import dev.ballast.lab.Lab;
import dev.ballast.lab.LabException;
import dev.ballast.lab.Subnet;
import dev.ballast.lab.Topology;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;

/**
 * The whole way in one kernel: client, router, the XDP program on a balancer, a backend that has Linux's own tunnel devices, and
 * straight back. For each encapsulation and family: what the balancer got comes out of the device byte for byte, a socket behind
 * it gets the payload, and its answer reaches the client. Before that, the verifier has to take the program with every feature.
 */
public final class TunnelCheck {
    private static final int ECHO = 7;

    /** Of the client's link. */
    private static final int MTU = 1500;

    private static final int IPV4_BYTES = 20;
    private static final int IPV6_BYTES = 40;
    private static final int UDP_BYTES = 8;
    private static final int LARGEST_BYTES = 2 * MTU;
    private static final int ANSWER_LIMIT_MS = 30_000;
    private static final byte[] SECRET = new byte[32];

    private final Lab lab;
    private final Backend backend;
    private final Host client;
    private final Random random = new Random(7);

    private TunnelCheck(Lab lab) {
        this.lab = lab;
        this.backend = lab.backend(1);
        this.client = lab.client(1);
    }

    /** Exit status 0: as it should be; 1: not, and standard error says why. */
    public static void main(String[] arguments) {
        Topology topology = Topology.builder().balancers(1).backends(1).build();
        try (Lab lab = Lab.start(topology)) {
            new TunnelCheck(lab).run();
        } catch (LabException | BpfException | IllegalStateException | IOException e) {
            System.err.println("kernels: " + e.getMessage());
            System.exit(1);
        }
    }

    private void run() throws IOException {
        Set<Feature> all = EnumSet.complementOf(EnumSet.of(Feature.REPLAY, Feature.JUMBO));
        DatapathOptions options = new DatapathOptions(1 << 19, 16, 256, 1 << 14, SECRET, Variant.of(all));
        try (Datapath datapath =
                Datapath.create(lab.balancer(1).bpffs().resolve("ballast"), DatapathObjects.balancer(), options)) {
            System.out.println("ok: the verifier takes the program with all features");
            for (Set<Feature> features :
                    List.of(EnumSet.noneOf(Feature.class), EnumSet.of(Feature.IPV6), EnumSet.allOf(Feature.class))) {
                try (Candidate candidate = datapath.prepare(DatapathObjects.balancer(), Variant.of(features))) {
                    System.out.println("ok: the verifier takes it with " + features + ", id "
                            + candidate.program().id());
                }
            }
            checkTunnels(datapath);
        }
    }

    private void checkTunnels(Datapath datapath) throws IOException {
        useTunnelDevices();
        Tables tables = new Tables(datapath, lab.balancer(1), backend);
        try (XdpLink _ = attach(datapath)) {
            for (Tunnel tunnel : Tunnel.values()) {
                tables.forwardBy(tunnel, ECHO, lab.topology().vips());
                check(tunnel, lab.topology().vip4());
                check(tunnel, lab.topology().vip6());
            }
        }
    }

    private XdpLink attach(Datapath datapath) throws IOException {
        Host balancer = lab.balancer(1);
        int ifindex = balancer.interfaceIndex();
        return inside(balancer, () -> XdpLink.attach(datapath.program(), ifindex, XdpMode.NATIVE));
    }

    /** In place of the lab's own decapsulation. */
    private void useTunnelDevices() {
        BpfFs.unpin(backend.bpffs().resolve(backend.interfaceName()));
        for (String command : List.of(
                "ip link set tunl0 up",
                "ip link set sit0 up",
                // It takes IPv6 only, until it is told otherwise.
                "ip -6 tunnel change ip6tnl0 mode any",
                "ip link set ip6tnl0 up",
                "ip fou add port " + Tunnel.GUE_PORT + " gue",
                "ip -6 fou add port " + Tunnel.GUE_PORT + " gue",
                // The client is not behind these devices: the answer takes another way than the question.
                "sysctl -q -w net.ipv4.conf.all.rp_filter=0",
                "sysctl -q -w net.ipv4.conf.tunl0.rp_filter=0")) {
            backend.exec(command.split(" ", -1)).checked();
        }
    }

    private void check(Tunnel tunnel, InetAddress vip) throws IOException {
        boolean ipv6 = vip.getAddress().length > Integer.BYTES;
        String filter = "udp and dst host %s and dst port %d".formatted(Subnet.text(vip), ECHO);
        List<byte[]> payloads = payloads(MTU - (ipv6 ? IPV6_BYTES : IPV4_BYTES) - UDP_BYTES);
        try (Tap before = Tap.on(lab.router(), lab.balancer(1).name(), "out", filter);
                Tap after = Tap.on(backend, tunnel.device(ipv6), "in", filter);
                Echo _ = new Echo(inside(backend, () -> new DatagramSocket(new InetSocketAddress(vip, ECHO))));
                DatagramSocket socket = inside(client, () -> new DatagramSocket())) {
            for (byte[] payload : payloads) {
                byte[] answer = ask(socket, vip, payload);
                if (!Arrays.equals(answer, payload)) {
                    throw new IllegalStateException("%s, %s: a payload of %d bytes came back as %d others"
                            .formatted(tunnel.label(), vip, payload.length, answer.length));
                }
            }
            List<String> sent = before.await(payloads.size());
            List<String> arrived = after.await(payloads.size());
            if (!arrived.equals(sent)) {
                throw new IllegalStateException("%s, %s: behind %s arrived %s in place of %s"
                        .formatted(tunnel.label(), vip, tunnel.device(ipv6), arrived, sent));
            }
        }
        System.out.printf("ok: IPv%d by %s, taken apart by %s%n", ipv6 ? 6 : 4, tunnel.label(), tunnel.device(ipv6));
    }

    /** From empty to as large as the client's link takes. */
    private List<byte[]> payloads(int largest) {
        List<byte[]> payloads = new ArrayList<>();
        for (int length : new int[] {0, 1, 17, 576, largest - 1, largest}) {
            byte[] payload = new byte[length];
            random.nextBytes(payload);
            payloads.add(payload);
        }
        return payloads;
    }

    private static byte[] ask(DatagramSocket socket, InetAddress vip, byte[] payload) throws IOException {
        socket.setSoTimeout(ANSWER_LIMIT_MS);
        socket.send(new DatagramPacket(payload, payload.length, vip, ECHO));
        DatagramPacket answer = new DatagramPacket(new byte[LARGEST_BYTES], LARGEST_BYTES);
        socket.receive(answer);
        return Arrays.copyOf(answer.getData(), answer.getLength());
    }

    private static <T> T inside(Host host, Callable<T> work) throws IOException {
        try {
            return host.call(work);
        } catch (IOException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException(host + ": " + e, e);
        }
    }

    /** Sends back what it gets, on a thread of its own. */
    private record Echo(DatagramSocket socket) implements AutoCloseable {
        Echo {
            Thread.ofPlatform().name("echo").daemon().start(() -> serve(socket));
        }

        private static void serve(DatagramSocket socket) {
            DatagramPacket question = new DatagramPacket(new byte[LARGEST_BYTES], LARGEST_BYTES);
            try {
                while (true) {
                    socket.receive(question);
                    socket.send(question);
                    question.setLength(LARGEST_BYTES);
                }
            } catch (SocketException closed) {
                // The end of the check.
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void close() {
            socket.close();
        }
    }
}
