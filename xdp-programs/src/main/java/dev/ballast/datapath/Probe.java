package dev.ballast.datapath;

import java.nio.ByteBuffer;

/**
 * A packet that nobody sent: the first frame of a question.
 *
 * @param flow its addresses, ports and protocol
 * @param tcpFlags of TCP: the flag byte of its header (RFC 9293, 3.1); of UDP 0
 * @param length of the frame in bytes, Ethernet header included; one shorter than its headers counts as just them
 */
public record Probe(FlowTuple flow, int tcpFlags, int length) {
    /** FIN. */
    public static final int FIN = 0x01;

    /** SYN. */
    public static final int SYN = 0x02;

    /** RST. */
    public static final int RST = 0x04;

    /** ACK. */
    public static final int ACK = 0x10;

    private static final int ETHERNET_BYTES = 14;
    private static final int IPV4_BYTES = 20;
    private static final int IPV6_BYTES = 40;
    private static final int TCP_BYTES = 20;
    private static final int UDP_BYTES = 8;
    private static final int TTL = 64;
    private static final short DONT_FRAGMENT = 0x4000;
    private static final short TCP_WINDOW = 0x2000;

    /** Whether it opens a connection. */
    boolean opens() {
        return isTcp() && (tcpFlags & (SYN | ACK | FIN | RST)) == SYN;
    }

    private boolean isTcp() {
        return flow.protocol() == Protocol.TCP;
    }

    /**
     * As a driver would hand it over: no VLAN tag, no options, the payload zeros. The checksums of TCP and UDP are 0: the program
     * looks at none.
     */
    public byte[] frame() {
        boolean isIpv4 = Addresses.isIpv4(flow.vip());
        int ipBytes = isIpv4 ? IPV4_BYTES : IPV6_BYTES;
        int transportBytes = isTcp() ? TCP_BYTES : UDP_BYTES;
        ByteBuffer frame = ByteBuffer.allocate(Math.max(length, ETHERNET_BYTES + ipBytes + transportBytes));
        frame.position(2 * 6).putShort((short) (isIpv4 ? 0x0800 : 0x86dd));
        int ipLength = frame.capacity() - ETHERNET_BYTES;
        if (isIpv4) {
            frame.putShort((short) 0x4500).putShort((short) ipLength).putShort((short) 0);
            frame.putShort(DONT_FRAGMENT).put((byte) TTL).put((byte)
                    flow.protocol().number());
            frame.putShort((short) 0);
        } else {
            frame.putInt(6 << 28).putShort((short) (ipLength - IPV6_BYTES));
            frame.put((byte) flow.protocol().number()).put((byte) TTL);
        }
        frame.put(flow.source().getAddress()).put(flow.vip().getAddress());
        if (isIpv4) {
            frame.putShort(ETHERNET_BYTES + 10, checksum(frame));
        }
        frame.putInt(flow.ports());
        if (isTcp()) {
            frame.putLong(0)
                    .put((byte) ((TCP_BYTES / 4) << 4))
                    .put((byte) tcpFlags)
                    .putShort(TCP_WINDOW);
        } else {
            frame.putShort((short) (ipLength - ipBytes));
        }
        return frame.array();
    }

    /** Of the IPv4 header, whose own field is 0 yet (RFC 1071). */
    private static short checksum(ByteBuffer frame) {
        int sum = 0;
        for (int at = ETHERNET_BYTES; at < ETHERNET_BYTES + IPV4_BYTES; at += Short.BYTES) {
            sum += Short.toUnsignedInt(frame.getShort(at));
        }
        sum = (sum & 0xffff) + (sum >>> 16);
        return (short) ~(sum + (sum >>> 16));
    }
}
