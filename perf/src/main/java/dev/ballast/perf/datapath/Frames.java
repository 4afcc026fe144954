package dev.ballast.perf.datapath;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;

/**
 * The frames that scenarios are made of, 100 bytes each, from the networks that RFC 2544 and RFC 3849 keep for such purposes. The harness
 * adds a flow's number to the last bits of source address and port, which are 0 here. Checksums are 0: the datapath does
 * not look at them, because the backend will.
 */
final class Frames {
    static final int SYN = 0x02;
    static final int ACK = 0x10;

    static final String CLIENT4 = "198.18.0.0";
    static final String CLIENT6 = "2001:db8:c::";
    static final int CLIENT_PORT = 0x8000;

    private static final int BYTES = 100;
    private static final int ETHERNET_BYTES = 14;
    private static final int IPV6_BYTES = 40;
    private static final byte[] MACS = {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1};
    private static final int IPV4_ADDRESS_BYTES = 4;
    private static final int ETHERTYPE_IPV4 = 0x0800;
    private static final int ETHERTYPE_IPV6 = 0x86dd;
    private static final int TCP = 6;
    private static final int UDP = 17;
    private static final int ICMP = 1;
    private static final int ICMPV6 = 58;
    private static final int ICMP_ECHO = 8;
    private static final int ICMPV6_ECHO = 128;
    private static final int TTL = 64;

    private Frames() {}

    /** A segment with data, to a VIP of either family. */
    static byte[] tcp(String vip, int port, int flags) {
        byte[] frame = new byte[BYTES];
        ByteBuffer transport = writeIp(frame, vip, TCP);
        transport.putShort((short) CLIENT_PORT).putShort((short) port);
        transport.putInt(1).putInt(1); // sequence and acknowledgement
        transport.put((byte) (5 << 4)).put((byte) flags).putShort((short) 0xffff);
        return frame;
    }

    /** A datagram that begins with such data; what follows is 0. */
    static byte[] udp(String vip, int port, byte... data) {
        byte[] frame = new byte[BYTES];
        ByteBuffer transport = writeIp(frame, vip, UDP);
        int length = transport.remaining();
        transport.putShort((short) CLIENT_PORT).putShort((short) port).putShort((short) length);
        transport.putShort((short) 0).put(data);
        return frame;
    }

    /** An echo request, number 1 of its sender's first. */
    static byte[] echo(String vip) {
        boolean ipv4 = address(vip).length == IPV4_ADDRESS_BYTES;
        byte[] frame = new byte[BYTES];
        ByteBuffer icmp = writeIp(frame, vip, ipv4 ? ICMP : ICMPV6);
        icmp.put((byte) (ipv4 ? ICMP_ECHO : ICMPV6_ECHO)).put((byte) 0).putShort((short) 0);
        icmp.putShort((short) 1).putShort((short) 1); // identifier and sequence number
        return frame;
    }

    /** Answers with what follows the IP header. */
    private static ByteBuffer writeIp(byte[] frame, String vip, int protocol) {
        byte[] destination = address(vip);
        ByteBuffer ip = ByteBuffer.wrap(frame).put(MACS);
        if (destination.length == IPV4_ADDRESS_BYTES) {
            ip.putShort((short) ETHERTYPE_IPV4);
            ip.put((byte) 0x45).put((byte) 0).putShort((short) (BYTES - ETHERNET_BYTES));
            ip.putInt(0); // id and fragment
            ip.put((byte) TTL).put((byte) protocol).putShort((short) 0);
            ip.put(address(CLIENT4));
        } else {
            ip.putShort((short) ETHERTYPE_IPV6);
            ip.putInt(6 << 28).putShort((short) (BYTES - ETHERNET_BYTES - IPV6_BYTES));
            ip.put((byte) protocol).put((byte) TTL);
            ip.put(address(CLIENT6));
        }
        return ip.put(destination);
    }

    private static byte[] address(String literal) {
        try {
            return InetAddress.getByName(literal).getAddress();
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(literal + " is no address", e);
        }
    }
}
