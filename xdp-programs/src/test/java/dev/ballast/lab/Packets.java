package dev.ballast.lab;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;

/**
 * Packets as bytes, built from the inside out: {@code ethernet(ip(17, source, destination, udp(...)))}. Lengths and checksums
 * are right; damage them afterwards where a test wants that.
 */
public final class Packets {
    public static final int IPIP = 4;
    public static final int UDP = 17;
    public static final int IPV6 = 41;

    public static final int ETHERNET_BYTES = 14;
    public static final int IP4_BYTES = 20;
    public static final int IP6_BYTES = 40;
    public static final int UDP_BYTES = 8;

    /** IANA's port of GUE, the default on both ends. */
    public static final int GUE_PORT = 6080;

    private static final int GUE_SOURCE_PORT = 50_000;

    private static final int ETH_P_IP = 0x0800;
    private static final int ETH_P_IPV6 = 0x86dd;
    private static final byte HOP_LIMIT = 64;
    private static final short DONT_FRAGMENT = 0x4000;

    private Packets() {}

    /** An IPv4 or IPv6 packet behind the header of a frame from 02:00:00:00:00:01 to 02:00:00:00:00:02. */
    public static byte[] ethernet(byte[] ip) {
        return ethernet(ip[0] >> 4 == 4 ? ETH_P_IP : ETH_P_IPV6, ip);
    }

    public static byte[] ethernet(int etherType, byte[] payload) {
        return ByteBuffer.allocate(ETHERNET_BYTES + payload.length)
                .put(new byte[] {2, 0, 0, 0, 0, 2})
                .put(new byte[] {2, 0, 0, 0, 0, 1})
                .putShort((short) etherType)
                .put(payload)
                .array();
    }

    /** An IP packet of the addresses' family; neither has options. */
    public static byte[] ip(int protocol, InetAddress source, InetAddress destination, byte[] payload) {
        return source instanceof Inet4Address
                ? ip4(protocol, source, destination, payload)
                : ip6(protocol, source, destination, payload);
    }

    /** A UDP datagram; the addresses are for its checksum. */
    public static byte[] udp(
            InetAddress source, int sourcePort, InetAddress destination, int destinationPort, byte[] payload) {
        int length = UDP_BYTES + payload.length;
        ByteBuffer datagram = ByteBuffer.allocate(length)
                .putShort((short) sourcePort)
                .putShort((short) destinationPort)
                .putShort((short) length)
                .putShort((short) 0)
                .put(payload);
        ByteBuffer pseudo = ByteBuffer.allocate(2 * 16 + 8 + length)
                .put(source.getAddress())
                .put(destination.getAddress())
                .putInt(length)
                .putInt(UDP)
                .put(datagram.array());
        short checksum = checksum(pseudo.array());
        return datagram.putShort(6, checksum == 0 ? (short) 0xffff : checksum).array();
    }

    /**
     * A GUE datagram of variant 1 (draft-ietf-intarea-gue section 4): an IP packet right behind UDP, to {@link #GUE_PORT},
     * its outer checksum 0.
     */
    public static byte[] gue(byte[] ip) {
        return gue(GUE_PORT, ip);
    }

    /** The same, to that port. */
    public static byte[] gue(int port, byte[] ip) {
        return ByteBuffer.allocate(UDP_BYTES + ip.length)
                .putShort((short) GUE_SOURCE_PORT)
                .putShort((short) port)
                .putShort((short) (UDP_BYTES + ip.length))
                .putShort((short) 0)
                .put(ip)
                .array();
    }

    private static byte[] ip4(int protocol, InetAddress source, InetAddress destination, byte[] payload) {
        ByteBuffer header = ByteBuffer.allocate(IP4_BYTES)
                .put((byte) 0x45)
                .put((byte) 0)
                .putShort((short) (IP4_BYTES + payload.length))
                .putShort((short) 0)
                .putShort(DONT_FRAGMENT)
                .put(HOP_LIMIT)
                .put((byte) protocol)
                .putShort((short) 0)
                .put(source.getAddress())
                .put(destination.getAddress());
        header.putShort(10, checksum(header.array()));
        return concat(header.array(), payload);
    }

    private static byte[] ip6(int nextHeader, InetAddress source, InetAddress destination, byte[] payload) {
        ByteBuffer header = ByteBuffer.allocate(IP6_BYTES)
                .putInt(0x60000000)
                .putShort((short) payload.length)
                .put((byte) nextHeader)
                .put(HOP_LIMIT)
                .put(source.getAddress())
                .put(destination.getAddress());
        return concat(header.array(), payload);
    }

    private static byte[] concat(byte[] first, byte[] second) {
        return ByteBuffer.allocate(first.length + second.length)
                .put(first)
                .put(second)
                .array();
    }

    /** RFC 1071; trailing zeros of the buffer change nothing. */
    private static short checksum(byte[] bytes) {
        ByteBuffer words = ByteBuffer.wrap(bytes);
        long sum = 0;
        while (words.remaining() >= 2) {
            sum += words.getShort() & 0xffff;
        }
        if (words.hasRemaining()) {
            sum += (words.get() & 0xff) << 8;
        }
        while (sum >> 16 != 0) {
            sum = (sum & 0xffff) + (sum >> 16);
        }
        return (short) ~sum;
    }
}
