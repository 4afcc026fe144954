package dev.ballast.netlink;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Questions to the kernel about links, addresses, routes and neighbours, each answered from its present state.
 *
 * <p>The socket belongs to the network namespace of the thread that opens it. May be shared between threads: one request at a time, each
 * answered in well under a millisecond but for dumps of large tables. Every method throws {@link NetlinkException} when the kernel refuses.
 */
public final class Netlink implements NetworkView, AutoCloseable {
    /** The kernel answers within the system call that asks; only a bug or a lost answer makes us wait this long. */
    private static final int ANSWER_TIMEOUT_MS = 5_000;

    /** A table that changes under every one of so many dumps is read by events, not by dumps. */
    private static final int DUMP_ATTEMPTS = 20;

    private final NetlinkSocket socket;
    private int sequence;
    private boolean closed;

    private Netlink(NetlinkSocket socket) {
        this.socket = socket;
    }

    /** Opens a socket in the network namespace of the calling thread. */
    public static Netlink open() {
        return new Netlink(new NetlinkSocket("the request socket"));
    }

    /** All links, in the kernel's order: by index. */
    public List<Link> links() {
        return dump(Rtnetlink.allLinks(), "RTM_GETLINK", "all links", Rtnetlink::link);
    }

    /** The link of that name or alternative name; empty if there is none. */
    public Optional<Link> link(String name) {
        return read(Rtnetlink.linkByName(name), "RTM_GETLINK", "link " + name, Errno.ENODEV, Rtnetlink::link);
    }

    @Override
    public Optional<Link> link(int index) {
        if (index <= 0) {
            return Optional.empty();
        }
        return read(Rtnetlink.linkByIndex(index), "RTM_GETLINK", "link " + index, Errno.ENODEV, Rtnetlink::link);
    }

    /** All addresses of both families. */
    public List<Address> addresses() {
        return dump(Rtnetlink.allAddresses(), "RTM_GETADDR", "all addresses", Rtnetlink::address);
    }

    /**
     * {@inheritDoc}
     *
     * <p>With several paths the answer is the one that the kernel's hash gives a packet without ports. The kernel answers blackhole,
     * unreachable and prohibit routes with errors instead of routes; they are turned back into routes here.
     */
    @Override
    public Optional<Route> route(InetAddress destination) {
        try {
            return read(
                    Rtnetlink.routeTo(destination),
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
        return dump(Rtnetlink.allNeighbours(), "RTM_GETNEIGH", "all neighbours", Rtnetlink::neighbour);
    }

    @Override
    public Optional<Neighbour> neighbour(NeighbourKey key) {
        return read(Rtnetlink.neighbour(key), "RTM_GETNEIGH", "neighbour " + key, Errno.ENOENT, Rtnetlink::neighbour);
    }

    /**
     * Asks the kernel to resolve a neighbour now and to keep it resolved, so that its entry neither ages nor vanishes for want of traffic
     * through the stack. Returns at once; the answer arrives as {@link NetlinkEvent.NeighbourSet}. Asking again is harmless. An entry that
     * an administrator set stays as it is: the kernel would take its permanence away. Needs CAP_NET_ADMIN and kernel 5.16.
     */
    public void resolve(NeighbourKey key) {
        Optional<Neighbour> present = neighbour(key);
        if (present.isPresent() && fixed(present.get().state())) {
            return;
        }
        command(Rtnetlink.manageNeighbour(key), "RTM_NEWNEIGH (managed)", "neighbour " + key);
    }

    /** Takes {@link #resolve} back: the entry stays and ages as any other. Does nothing if it is gone or was never kept. */
    public void release(NeighbourKey key) {
        Optional<Neighbour> present = neighbour(key);
        if (present.isPresent() && present.get().managed()) {
            command(Rtnetlink.releaseNeighbour(key), "RTM_NEWNEIGH (release)", "neighbour " + key);
        }
    }

    private static boolean fixed(NeighbourState state) {
        return state == NeighbourState.PERMANENT || state == NeighbourState.NO_ARP;
    }

    /** Closes the socket; a second call does nothing. */
    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            socket.close();
        }
    }

    private void command(MessageBuilder request, String operation, String object) {
        Exchange exchange = exchange(request, operation, object);
        if (exchange.ack.errno() != 0) {
            throw failure(operation, object, exchange.ack);
        }
    }

    private <T> Optional<T> read(
            MessageBuilder request,
            String operation,
            String object,
            int absentErrno,
            Function<Message, @Nullable T> decode) {
        Exchange exchange = exchange(request, operation, object);
        if (exchange.ack.errno() == absentErrno) {
            return Optional.empty();
        }
        if (exchange.ack.errno() != 0) {
            throw failure(operation, object, exchange.ack);
        }
        return decodeAll(exchange.answers, operation, object, decode).stream().findFirst();
    }

    private <T> List<T> dump(
            MessageBuilder request, String operation, String object, Function<Message, @Nullable T> decode) {
        for (int attempt = 0; attempt < DUMP_ATTEMPTS; attempt++) {
            Exchange exchange = exchange(request, operation, object);
            if (exchange.interrupted || exchange.ack.errno() == Errno.EINTR) {
                continue;
            }
            if (exchange.ack.errno() != 0) {
                throw failure(operation, object, exchange.ack);
            }
            return decodeAll(exchange.answers, operation, object, decode);
        }
        throw new NetlinkException(
                operation, object, Errno.EINTR, "the table changed under each of " + DUMP_ATTEMPTS + " dumps");
    }

    private static <T> List<T> decodeAll(
            List<Message> answers, String operation, String object, Function<Message, @Nullable T> decode) {
        try {
            List<T> records = new ArrayList<>(answers.size());
            for (Message answer : answers) {
                T decoded = decode.apply(answer);
                if (decoded != null) {
                    records.add(decoded);
                }
            }
            return records;
        } catch (MalformedMessageException e) {
            throw malformed(operation, object, e);
        }
    }

    /** One request and everything up to the message that ends its answer. What was left over from a failed request is skipped. */
    private synchronized Exchange exchange(MessageBuilder request, String operation, String object) {
        if (closed) {
            throw new IllegalStateException("this netlink socket is closed");
        }
        sequence++;
        Exchange exchange = new Exchange();
        try {
            socket.send(request.build(sequence));
            while (!exchange.done) {
                if (!socket.await(ANSWER_TIMEOUT_MS)) {
                    throw new NetlinkException(
                            operation, object, Errno.ETIMEDOUT, "no answer within " + ANSWER_TIMEOUT_MS + " ms");
                }
                ByteBuffer datagram = socket.receive();
                for (Message message : Message.parseAll(datagram)) {
                    if (message.sequence() == sequence && !exchange.done) {
                        exchange.take(message);
                    }
                }
            }
        } catch (MalformedMessageException e) {
            throw malformed(operation, object, e);
        }
        return exchange;
    }

    private static NetlinkException failure(String operation, String object, Message.Ack ack) {
        return new NetlinkException(operation, object, ack.errno(), ack.text());
    }

    private static NetlinkException malformed(String operation, String object, MalformedMessageException e) {
        NetlinkException wrapped =
                new NetlinkException(operation, object, Errno.EBADMSG, Objects.requireNonNullElse(e.getMessage(), ""));
        wrapped.initCause(e);
        return wrapped;
    }

    /** An answer in the making. */
    private static final class Exchange {
        final List<Message> answers = new ArrayList<>();
        Message.Ack ack = new Message.Ack(0, "");
        boolean interrupted;
        boolean done;

        void take(Message message) {
            interrupted |= (message.flags() & Message.DUMP_INTERRUPTED) != 0;
            switch (message.type()) {
                case Message.ERROR, Message.DONE -> {
                    ack = message.ack();
                    done = true;
                }
                case Message.NOOP -> {}
                default -> answers.add(message);
            }
        }
    }
}
