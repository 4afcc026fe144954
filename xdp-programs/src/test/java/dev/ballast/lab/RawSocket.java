package dev.ballast.lab;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Sends a payload under any IP protocol: the kernel writes the IP header, so that an inner packet sent under protocol 4 or 41 is
 * a tunnel packet.
 */
final class RawSocket {
    private static final int AF_INET = 2;
    private static final int AF_INET6 = 10;
    private static final int SOCK_RAW = 3;
    private static final int SOCKADDR_IN_BYTES = 16;
    private static final int SOCKADDR_IN6_BYTES = 28;

    private static final MethodHandle SOCKET =
            call("socket", ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT);
    private static final MethodHandle SENDTO = call(
            "sendto",
            ValueLayout.JAVA_INT,
            ValueLayout.ADDRESS,
            ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_INT,
            ValueLayout.ADDRESS,
            ValueLayout.JAVA_INT);
    private static final MethodHandle CLOSE = call("close", ValueLayout.JAVA_INT);

    private RawSocket() {}

    /** Sends one packet from the calling thread's network namespace. */
    static void send(int protocol, InetAddress destination, byte[] payload) {
        try (Arena arena = Arena.ofConfined()) {
            int family = destination instanceof Inet4Address ? AF_INET : AF_INET6;
            int descriptor = (int) SOCKET.invokeExact(family, SOCK_RAW, protocol);
            byte[] to = socketAddress(destination);
            int sent = (int) SENDTO.invokeExact(
                    descriptor,
                    arena.allocateFrom(ValueLayout.JAVA_BYTE, payload),
                    (long) payload.length,
                    0,
                    arena.allocateFrom(ValueLayout.JAVA_BYTE, to),
                    to.length);
            int closed = (int) CLOSE.invokeExact(descriptor);
            if (sent != payload.length || closed != 0) {
                throw new AssertionError("sendto %s under protocol %d: %d of %d bytes; run as root"
                        .formatted(Subnet.text(destination), protocol, sent, payload.length));
            }
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError("a downcall throws nothing checked", e);
        }
    }

    /** struct sockaddr_in or sockaddr_in6; the port of a raw socket is 0. */
    private static byte[] socketAddress(InetAddress address) {
        boolean ipv4 = address instanceof Inet4Address;
        return ByteBuffer.allocate(ipv4 ? SOCKADDR_IN_BYTES : SOCKADDR_IN6_BYTES)
                .order(ByteOrder.nativeOrder())
                .putShort((short) (ipv4 ? AF_INET : AF_INET6))
                .position(ipv4 ? 4 : 8)
                .put(address.getAddress())
                .array();
    }

    private static MethodHandle call(String name, MemoryLayout... arguments) {
        Linker linker = Linker.nativeLinker();
        MemorySegment function = linker.defaultLookup().findOrThrow(name);
        return linker.downcallHandle(function, FunctionDescriptor.of(ValueLayout.JAVA_INT, arguments));
    }
}
