package dev.ballast.cli;

import dev.ballast.v1.CapturedPacket;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;

/** A captured packet in words and as a frame. Whatever its bytes are, there are words for it. */
@SuppressWarnings("ArrayRecordComponent") // never compared
record CapturedFrame(CapturedPacket packet, byte[] head) {
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("HH:mm:ss.SSS").withZone(ZoneOffset.UTC);

    private static final int MACS_BYTES = 12;
    private static final int ETHERNET_BYTES = 14;
    private static final int ETHERTYPE_IPV4 = 0x0800;
    private static final int ETHERTYPE_IPV6 = 0x86dd;
    private static final int IPV4_BYTES = 20;
    private static final int IPV6_BYTES = 40;
    private static final int ICMP = 1;
    private static final int TCP = 6;
    private static final int UDP = 17;
    private static final int ICMPV6 = 58;
    private static final int TCP_FLAGS_AT = 13;
    private static final int FRAGMENT_OFFSET = 0x1fff;

    /** From the lowest bit, as tcpdump writes them. */
    private static final String TCP_FLAGS = "FSRP.U";

    static CapturedFrame of(CapturedPacket packet) {
        return new CapturedFrame(packet, packet.getHead().toByteArray());
    }

    /** {@code 09:31:02.123 eth0 198.51.100.7:40000 > 192.0.2.10:443 tcp [S] 74 bytes: forwarded_flow web 10.0.1.11}; UTC. */
    String line() {
        StringBuilder line = new StringBuilder()
                .append(TIME.format(Instant.ofEpochSecond(0, packet.getTimeUnixNs())))
                .append(' ')
                .append(packet.getInterface())
                .append(' ')
                .append(addresses())
                .append(' ')
                .append(Integer.toUnsignedString(packet.getLength()))
                .append(" bytes: ")
                .append(packet.getReason());
        if (!packet.getService().isEmpty()) {
            line.append(' ').append(packet.getService());
        }
        if (!packet.getBackend().isEmpty()) {
            line.append(' ').append(packet.getBackend());
        }
        return line.toString();
    }

    /** What stands beside the packet in a file. */
    String comment() {
        return "reason=" + packet.getReason()
                + (packet.getService().isEmpty() ? "" : " service=" + packet.getService())
                + (packet.getBackend().isEmpty() ? "" : " backend=" + packet.getBackend());
    }

    /**
     * The frame as it was received, so that it can be replayed. A forwarded one has lost its Ethernet header to the outer one, whose MACs
     * stand in for those.
     */
    dev.ballast.cli.pcap.CapturedPacket received() {
        byte[] frame = head;
        int at = packet.getPacketOffset();
        if (packet.getClass_().equals("forwarded") && at >= ETHERNET_BYTES && at < head.length) {
            int type = head[at] >> 4 == 4 ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6;
            frame = ByteBuffer.allocate(ETHERNET_BYTES + head.length - at)
                    .put(head, 0, MACS_BYTES)
                    .putShort((short) type)
                    .put(head, at, head.length - at)
                    .array();
        }
        return new dev.ballast.cli.pcap.CapturedPacket(
                packet.getTimeUnixNs(), frame, Math.max(packet.getLength(), frame.length));
    }

    private String addresses() {
        int at = packet.getPacketOffset();
        int version = at > 0 && at < head.length ? (head[at] & 0xff) >> 4 : 0;
        if (version == 4 && head.length >= at + IPV4_BYTES) {
            boolean later = (shortAt(at + 6) & FRAGMENT_OFFSET) != 0;
            return between(
                    at + 12,
                    Integer.BYTES,
                    later ? -1 : head[at + 9] & 0xff,
                    at + (head[at] & 0xf) * Integer.BYTES,
                    later ? "fragment" : "protocol " + (head[at + 9] & 0xff));
        }
        if (version == 6 && head.length >= at + IPV6_BYTES) {
            int next = head[at + 6] & 0xff;
            return between(at + 8, 16, next, at + IPV6_BYTES, "next header " + next);
        }
        return head.length >= ETHERNET_BYTES ? "ethertype 0x%04x".formatted(shortAt(MACS_BYTES)) : "frame";
    }

    /** @param other how a protocol is called that is none of those known */
    private String between(int addressesAt, int bytes, int protocol, int transportAt, String other) {
        boolean ports = (protocol == TCP || protocol == UDP) && head.length >= transportAt + Integer.BYTES;
        String flags = protocol == TCP && head.length > transportAt + TCP_FLAGS_AT
                ? " [" + flags(head[transportAt + TCP_FLAGS_AT]) + "]"
                : "";
        String name = switch (protocol) {
            case TCP -> "tcp";
            case UDP -> "udp";
            case ICMP -> "icmp";
            case ICMPV6 -> "icmp6";
            default -> other;
        };
        return endpoint(addressesAt, bytes, ports ? transportAt : -1) + " > "
                + endpoint(addressesAt + bytes, bytes, ports ? transportAt + Short.BYTES : -1) + " " + name + flags;
    }

    private String endpoint(int at, int bytes, int portAt) {
        String address = address(Arrays.copyOfRange(head, at, at + bytes));
        return portAt < 0 ? address : (bytes == Integer.BYTES ? address : "[" + address + "]") + ":" + shortAt(portAt);
    }

    /** The JDK writes all eight groups of IPv6: the first zeros of several in a row are left out (RFC 5952 wants the longest). */
    private static String address(byte[] raw) {
        try {
            return InetAddress.getByAddress(raw).getHostAddress().replaceFirst("(^|:)0(:0)+(:|$)", "::");
        } catch (UnknownHostException e) {
            throw new IllegalStateException("an address of " + raw.length + " bytes", e);
        }
    }

    private static String flags(byte flags) {
        StringBuilder text = new StringBuilder();
        for (int bit = 0; bit < TCP_FLAGS.length(); bit++) {
            if ((flags & 1 << bit) != 0) {
                text.append(TCP_FLAGS.charAt(bit));
            }
        }
        return text.isEmpty() ? "none" : text.toString();
    }

    private int shortAt(int at) {
        return ByteBuffer.wrap(head).getShort(at) & 0xffff;
    }
}
