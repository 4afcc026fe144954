package dev.ballast.netlink;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A subscription to what changes among links, addresses, routes and neighbours of one network namespace: the one of the thread that opens
 * it. A daemon thread of its own reads the socket and calls the listener.
 */
public final class NetlinkEvents implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(NetlinkEvents.class);

    /** RTNLGRP_*: LINK, NEIGH, IPV4_IFADDR, IPV4_ROUTE, IPV6_IFADDR, IPV6_ROUTE, NEXTHOP. */
    private static final int[] GROUPS = {1, 3, 5, 7, 9, 11, 32};

    /** Room for some thousands of changes at once, such as a link with all its neighbours going down. */
    private static final int RECEIVE_BUFFER_BYTES = 2 << 20;

    private final NetlinkSocket socket;
    private final NetlinkListener listener;
    private final Thread thread;
    private volatile boolean closing;
    private boolean closed;

    private NetlinkEvents(NetlinkSocket socket, NetlinkListener listener) {
        this.socket = socket;
        this.listener = listener;
        this.thread =
                Thread.ofPlatform().name("ballast-netlink-events").daemon().unstarted(this::run);
    }

    /** Subscribes. The listener's first call is {@link NetlinkListener#resync}. */
    public static NetlinkEvents open(NetlinkListener listener) {
        return open(listener, RECEIVE_BUFFER_BYTES);
    }

    /** With a receive buffer of that size: a small one overruns soon. */
    static NetlinkEvents open(NetlinkListener listener, int receiveBufferBytes) {
        NetlinkSocket socket = new NetlinkSocket("the event socket", NetlinkSocket.NETLINK_ROUTE);
        try {
            socket.receiveBuffer(receiveBufferBytes);
            for (int group : GROUPS) {
                socket.join(group);
            }
        } catch (NetlinkException e) {
            socket.close();
            throw e;
        }
        NetlinkEvents events = new NetlinkEvents(socket, listener);
        events.thread.start();
        return events;
    }

    private void run() {
        tell(() -> listener.resync("subscribed"));
        while (!closing) {
            try {
                socket.await(-1);
                ByteBuffer datagram = socket.receive();
                for (Message message : Message.parseAll(datagram)) {
                    if (closing) {
                        return;
                    }
                    take(message);
                }
            } catch (MalformedMessageException e) {
                // What it said is unknown, so anything may have changed; reading the tables tells.
                LOG.warn("dropped a netlink event that makes no sense: {}", e.getMessage());
                tell(() -> listener.resync("an event could not be read: " + e.getMessage()));
            } catch (NetlinkException e) {
                if (e.errno() != Errno.ENOBUFS) {
                    tell(() -> listener.failed(e));
                    return;
                }
                tell(() -> listener.resync("more changes at once than the receive buffer holds; some were lost"));
            }
        }
    }

    private void take(Message message) {
        if (message.type() == Message.OVERRUN) {
            tell(() -> listener.resync("the kernel reports lost events"));
            return;
        }
        @Nullable NetlinkEvent event = Rtnetlink.event(message);
        if (event != null) {
            tell(() -> listener.changed(event));
        }
    }

    /** A listener that throws must not end the subscription of everyone behind it. */
    private void tell(Runnable call) {
        if (closing) {
            return;
        }
        try {
            call.run();
        } catch (RuntimeException e) {
            LOG.error("a listener for netlink events threw; its state may be behind the kernel's", e);
        }
    }

    /** Ends the subscription; no call to the listener begins after it returns. Not from within the listener. */
    @Override
    public void close() {
        if (Thread.currentThread() == thread) {
            throw new IllegalStateException("a netlink listener cannot close its own subscription; close it elsewhere");
        }
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
            closing = true;
            socket.wake();
            joinUninterruptibly();
            socket.close();
        }
    }

    private void joinUninterruptibly() {
        boolean interrupted = false;
        while (true) {
            try {
                thread.join();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
