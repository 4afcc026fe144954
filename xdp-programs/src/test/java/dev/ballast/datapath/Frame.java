package dev.ballast.datapath;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;

/**
 * A frame for a test, said in words: {@code Frame.tcp("198.51.100.7", 40000, "203.0.113.10", 443).flags(SYN)}. Lengths and
 * checksums are right unless a test says otherwise. Immutable.
 */
record Frame(
        InetAddress source,
        int sourcePort,
        InetAddress destination,
        int destinationPort,
        Protocol protocol,
        int flags,
        byte[] payload,
        int trafficClass) {
    static final int FIN = 0x01;
    static final int SYN = 0x02;
    static final int RST = 0x04;
    static final int ACK = 0x10;

    static final int ETHERNET_BYTES = 14;
    static final int IPV4_BYTES = 20;
    static final int IPV6_BYTES = 40;

    private static final int TTL = 57;

    /** A pure ACK. */
    static Frame tcp(String source, int sourcePort, String destination, int destinationPort) {
        return new Frame(
                address(source), sourcePort, address(destination), destinationPort, Protocol.TCP, ACK, new byte[0], 0);
    }

    /** An empty datagram. */
    static Frame udp(String source, int sourcePort, String destination, int destinationPort) {
        return new Frame(
                address(source), sourcePort, address(destination), destinationPort, Protocol.UDP, 0, new byte[0], 0);
    }

    Frame flags(int newFlags) {
        return new Frame(source, sourcePort, destination, destinationPort, protocol, newFlags, payload, trafficClass);
    }

    /** With that many bytes of data, counting up. */
    Frame data(int bytes) {
        byte[] data = new byte[bytes];
        for (int i = 0; i < bytes; i++) {
            data[i] = (byte) i;
        }
        return new Frame(source, sourcePort, destination, destinationPort, protocol, flags, data, trafficClass);
    }

    Frame trafficClass(int newTrafficClass) {
        return new Frame(source, sourcePort, destination, destinationPort, protocol, flags, payload, newTrafficClass);
    }

    Frame sourcePort(int newSourcePort) {
        return new Frame(source, newSourcePort, destination, destinationPort, protocol, flags, payload, trafficClass);
    }

    Frame from(InetAddress newSource, int newSourcePort) {
        return new Frame(
                newSource, newSourcePort, destination, destinationPort, protocol, flags, payload, trafficClass);
    }

    FlowTuple tuple() {
        return new FlowTuple(source, sourcePort, destination, destinationPort, protocol);
    }

    /** From its IP header on. */
    byte[] ip() {
        return ip(protocol.number(), source, destination, transport(), trafficClass, TTL, 0x1234, 0, 0);
    }

    /** As it is on the wire, from 02:00:00:00:00:01 to 02:00:00:00:00:02. */
    byte[] bytes() {
        return ethernet(0x020000000002L, 0x020000000001L, etherType(source), ip());
    }

    private byte[] transport() {
        int header = protocol == Protocol.TCP ? 20 : 8;
        ByteBuffer segment = ByteBuffer.allocate(header + payload.length);
        segment.putShort((short) sourcePort).putShort((short) destinationPort);
        if (protocol == Protocol.TCP) {
            segment.putInt(0x01020304).putInt(0x05060708);
            segment.put((byte) (header / 4 << 4)).put((byte) flags);
            segment.putShort((short) 0x2000).putInt(0);
        } else {
            segment.putShort((short) (header + payload.length)).putShort((short) 0);
        }
        segment.put(payload);
        byte[] bytes = segment.array();
        ByteBuffer pseudo = ByteBuffer.allocate(40 + bytes.length);
        pseudo.put(source.getAddress()).put(destination.getAddress());
        pseudo.putInt(bytes.length).putInt(protocol.number()).put(bytes);
        segment.putShort(protocol == Protocol.TCP ? 16 : 6, (short) ~sum(pseudo.array()));
        return bytes;
    }

    /** An IP packet of the addresses' family; {@code fragment} is IPv4's flags and offset, {@code flowLabel} IPv6's. */
    static byte[] ip(
            int protocol,
            InetAddress source,
            InetAddress destination,
            byte[] payload,
            int trafficClass,
            int ttl,
            int id,
            int fragment,
            int flowLabel) {
        if (source instanceof Inet4Address) {
            ByteBuffer packet = ByteBuffer.allocate(IPV4_BYTES + payload.length);
            packet.put((byte) 0x45).put((byte) trafficClass).putShort((short) packet.capacity());
            packet.putShort((short) id).putShort((short) fragment);
            packet.put((byte) ttl).put((byte) protocol).putShort((short) 0);
            packet.put(source.getAddress()).put(destination.getAddress()).put(payload);
            byte[] header = new byte[IPV4_BYTES];
            packet.get(0, header);
            return packet.putShort(10, (short) ~sum(header)).array();
        }
        return ByteBuffer.allocate(IPV6_BYTES + payload.length)
                .putInt(6 << 28 | trafficClass << 20 | flowLabel)
                .putShort((short) payload.length)
                .put((byte) protocol)
                .put((byte) ttl)
                .put(source.getAddress())
                .put(destination.getAddress())
                .put(payload)
                .array();
    }

    static byte[] ethernet(long destination, long source, int type, byte[] payload) {
        ByteBuffer frame = ByteBuffer.allocate(ETHERNET_BYTES + payload.length);
        putMac(frame, destination);
        putMac(frame, source);
        return frame.putShort((short) type).put(payload).array();
    }

    private static void putMac(ByteBuffer into, long mac) {
        into.putShort((short) (mac >>> 32)).putInt((int) mac);
    }

    static int etherType(InetAddress address) {
        return address instanceof Inet4Address ? 0x0800 : 0x86dd;
    }

    /** The one's-complement sum of RFC 1071, folded; 0xffff over a header with its right checksum. */
    static int sum(byte[] bytes) {
        long sum = 0;
        for (int i = 0; i < bytes.length; i++) {
            sum += (long) (bytes[i] & 0xff) << (i % 2 == 0 ? 8 : 0);
        }
        while (sum >>> 16 != 0) {
            sum = (sum & 0xffff) + (sum >>> 16);
        }
        return (int) sum;
    }

    static InetAddress address(String literal) {
        try {
            return InetAddress.getByName(literal);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(literal, e);
        }
    }
}
