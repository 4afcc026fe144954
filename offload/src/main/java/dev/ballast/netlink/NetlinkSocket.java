package dev.ballast.netlink;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A netlink socket: the system calls, and nothing of what the bytes mean. One thread at a time, but for {@link #wake}, which any
 * thread may call at any time before the close.
 */
final class NetlinkSocket implements AutoCloseable {
    /** More than the largest datagram the kernel builds for us: dumps come in up to 32 KiB, single messages without statistics in less. */
    private static final int BUFFER_BYTES = 64 * 1024;

    private static final int AF_NETLINK = 16;
    private static final int SOCK_RAW = 3;
    private static final int SOCK_CLOEXEC = 0x80000;

    /** Protocols: rtnetlink(7), and the one that families with a name of their own share. */
    static final int NETLINK_ROUTE = 0;

    static final int NETLINK_GENERIC = 16;
    private static final int SOCKADDR_NL_BYTES = 12;

    private static final int SOL_SOCKET = 1;
    private static final int SO_RCVBUF = 8;
    private static final int SO_RCVBUFFORCE = 33;
    private static final int SOL_NETLINK = 270;
    private static final int NETLINK_ADD_MEMBERSHIP = 1;
    private static final int NETLINK_CAP_ACK = 10;
    private static final int NETLINK_EXT_ACK = 11;
    private static final int NETLINK_GET_STRICT_CHK = 12;

    private static final int MSG_TRUNC = 0x20;
    private static final int MSG_DONTWAIT = 0x40;
    private static final int EFD_CLOEXEC = 0x80000;
    private static final short POLLIN = 1;
    private static final int POLLFD_BYTES = 8;

    private final String purpose;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment errnoState = arena.allocate(Libc.ERRNO_LAYOUT);
    private final MemorySegment buffer = arena.allocate(BUFFER_BYTES, 8);
    private final MemorySegment sender = arena.allocate(SOCKADDR_NL_BYTES, 4);
    private final MemorySegment senderBytes = arena.allocate(ValueLayout.JAVA_INT);
    private final MemorySegment polled = arena.allocate(2L * POLLFD_BYTES, 4);
    private final int socket;
    private final int wakeEvent;

    /**
     * Opens a socket in the network namespace of the calling thread.
     *
     * @param purpose for messages: what the socket is for
     * @param protocol NETLINK_*
     */
    NetlinkSocket(String purpose, int protocol) {
        this.purpose = purpose;
        int opened = -1;
        int event = -1;
        try {
            opened = checked("socket", Libc.socket(errnoState, AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol));
            event = checked("eventfd", Libc.eventfd(errnoState, 0, EFD_CLOEXEC));
        } finally {
            if (event < 0) {
                if (opened >= 0) {
                    Libc.close(errnoState, opened);
                }
                arena.close();
            }
        }
        this.socket = opened;
        this.wakeEvent = event;
        try {
            MemorySegment self = arena.allocate(SOCKADDR_NL_BYTES, 4);
            self.set(ValueLayout.JAVA_SHORT, 0, (short) AF_NETLINK);
            checked("bind", Libc.bind(errnoState, socket, self, SOCKADDR_NL_BYTES));
            option(SOL_NETLINK, NETLINK_EXT_ACK, 1);
            option(SOL_NETLINK, NETLINK_CAP_ACK, 1);
            option(SOL_NETLINK, NETLINK_GET_STRICT_CHK, 1);
        } catch (NetlinkException e) {
            close();
            throw e;
        }
    }

    void join(int group) {
        option(SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, group);
    }

    /** The kernel doubles the value; past net.core.rmem_max it takes CAP_NET_ADMIN, and without that the limit is what we get. */
    void receiveBuffer(int bytes) {
        MemorySegment value = arena.allocateFrom(ValueLayout.JAVA_INT, bytes);
        if (Libc.setsockopt(errnoState, socket, SOL_SOCKET, SO_RCVBUFFORCE, value, Integer.BYTES) < 0) {
            option(SOL_SOCKET, SO_RCVBUF, bytes);
        }
    }

    private void option(int level, int name, int value) {
        MemorySegment segment = arena.allocateFrom(ValueLayout.JAVA_INT, value);
        checked("setsockopt", Libc.setsockopt(errnoState, socket, level, name, segment, Integer.BYTES));
    }

    /** Sends one request to the kernel. */
    void send(byte[] request) {
        MemorySegment.copy(request, 0, buffer, ValueLayout.JAVA_BYTE, 0, request.length);
        // Without an address the datagram goes to the kernel.
        while (Libc.send(errnoState, socket, buffer, request.length, 0) < 0) {
            if (errno() != Errno.EINTR) {
                throw failure("send");
            }
        }
    }

    /** Waits for a datagram or for {@link #wake}; false after {@code timeoutMs} without either, a negative time waits for ever. */
    boolean await(int timeoutMs) {
        while (true) {
            polled.set(ValueLayout.JAVA_INT, 0, socket);
            polled.set(ValueLayout.JAVA_SHORT, 4, POLLIN);
            polled.set(ValueLayout.JAVA_INT, POLLFD_BYTES, wakeEvent);
            polled.set(ValueLayout.JAVA_SHORT, POLLFD_BYTES + 4, POLLIN);
            int ready = Libc.poll(errnoState, polled, 2, timeoutMs);
            if (ready >= 0) {
                return ready > 0;
            }
            if (errno() != Errno.EINTR) {
                throw failure("poll");
            }
        }
    }

    /**
     * The next datagram of the kernel, copied out; empty if there is none now. Datagrams of other senders are dropped: any process may send
     * to a bound netlink socket.
     *
     * @throws NetlinkException with ENOBUFS after an overrun: datagrams before the next one are lost
     */
    ByteBuffer receive() {
        while (true) {
            senderBytes.set(ValueLayout.JAVA_INT, 0, SOCKADDR_NL_BYTES);
            long bytes = Libc.recvfrom(
                    errnoState, socket, buffer, BUFFER_BYTES, MSG_TRUNC | MSG_DONTWAIT, sender, senderBytes);
            if (bytes < 0) {
                switch (errno()) {
                    case Errno.EINTR -> {
                        continue;
                    }
                    case Errno.EAGAIN -> {
                        return ByteBuffer.allocate(0);
                    }
                    default -> throw failure("recvfrom");
                }
            }
            int senderPort = sender.get(ValueLayout.JAVA_INT, 4);
            if (senderPort != 0) {
                continue;
            }
            if (bytes > BUFFER_BYTES) {
                throw new NetlinkException(
                        "recvfrom",
                        purpose,
                        Errno.EBADMSG,
                        "a datagram of " + bytes + " bytes, room for " + BUFFER_BYTES);
            }
            return ByteBuffer.wrap(buffer.asSlice(0, bytes).toArray(ValueLayout.JAVA_BYTE))
                    .order(ByteOrder.nativeOrder());
        }
    }

    /** Ends the present or the next {@link #await}. */
    void wake() {
        try (Arena call = Arena.ofConfined()) {
            // Of its own: the caller is another thread than the one that owns errnoState.
            MemorySegment state = call.allocate(Libc.ERRNO_LAYOUT);
            MemorySegment one = call.allocateFrom(ValueLayout.JAVA_LONG, 1);
            Libc.write(state, wakeEvent, one, Long.BYTES);
        }
    }

    @Override
    public void close() {
        Libc.close(errnoState, socket);
        Libc.close(errnoState, wakeEvent);
        arena.close();
    }

    private int checked(String call, int result) {
        if (result < 0) {
            throw failure(call);
        }
        return result;
    }

    private int errno() {
        return Libc.errno(errnoState);
    }

    private NetlinkException failure(String call) {
        return new NetlinkException(call, purpose, errno(), "");
    }
}
