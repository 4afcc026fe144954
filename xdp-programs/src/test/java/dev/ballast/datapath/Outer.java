package dev.ballast.datapath;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * What a forwarded packet has to look like, worked out from the member's row and not from the datapath's code: the second
 * opinion on every forwarded frame of the scenarios.
 */
final class Outer {
    static final String OWN_MAC = "02:aa:bb:cc:dd:02";
    static final String NEXT_HOP_MAC = "02:aa:bb:cc:dd:01";

    private static final int TTL = 64;
    private static final int DONT_FRAGMENT = 0x4000;
    static final int FLOW_LABEL_MASK = 0xfffff;

    private Outer() {}

    private static final int IPPROTO_IPIP = 4;
    private static final int IPPROTO_IPV6 = 41;
    private static final int IPPROTO_UDP = 17;
    private static final int UDP_BYTES = 8;

    /** The frame that leaves for that member. */
    static byte[] forwarded(Rig rig, int memberId, PacketText.Packet packet) {
        MemberRow member = rig.datapath().members().read(memberId).orElseThrow();
        NextHop hop = member.nextHop().orElseThrow();
        byte[] ip = packet.ip();
        boolean ipv4 = ip[0] >>> 4 == 4;
        int length = Short.toUnsignedInt(ByteBuffer.wrap(ip).getShort(ipv4 ? 2 : 4)) + (ipv4 ? 0 : Frame.IPV6_BYTES);
        byte[] outer = outer(rig, member, packet, Arrays.copyOf(ip, length), ipv4);
        // What padded the frame on the wire follows the outer packet, too.
        byte[] padded = Arrays.copyOf(outer, outer.length + ip.length - length);
        int type = padded[0] >>> 4 == 4 ? 0x0800 : 0x86dd;
        if (hop.vlan() == 0) {
            return Frame.ethernet(hop.destinationMac(), hop.sourceMac(), type, padded);
        }
        byte[] tagged = ByteBuffer.allocate(4 + padded.length)
                .putShort((short) hop.vlan())
                .putShort((short) type)
                .put(padded)
                .array();
        return Frame.ethernet(hop.destinationMac(), hop.sourceMac(), 0x8100, tagged);
    }

    private static byte[] outer(Rig rig, MemberRow member, PacketText.Packet packet, byte[] inner, boolean ipv4) {
        if (member.encap() == Encap.L2) {
            return inner;
        }
        int entropy = entropy(rig, packet);
        boolean gue = member.encap() == Encap.GUE;
        int protocol = gue ? IPPROTO_UDP : ipv4 ? IPPROTO_IPIP : IPPROTO_IPV6;
        return Frame.ip(
                protocol,
                source(member, entropy),
                member.backend(),
                gue ? inUdp(member, entropy, inner) : inner,
                ipv4 ? inner[1] & 0xff : ByteBuffer.wrap(inner).getInt() >>> 20 & 0xff,
                TTL,
                0,
                DONT_FRAGMENT,
                entropy & FLOW_LABEL_MASK);
    }

    private static byte[] inUdp(MemberRow member, int entropy, byte[] inner) {
        return ByteBuffer.allocate(UDP_BYTES + inner.length)
                .putShort((short) guePort(entropy))
                .putShort((short) member.guePort())
                .putShort((short) (UDP_BYTES + inner.length))
                .putShort((short) 0)
                .put(inner)
                .array();
    }

    private static InetAddress source(MemberRow member, int entropy) {
        return member.sourceBits() == 0
                ? member.source()
                : Addresses.of4(Addresses.bits4(member.source()) | entropy & (1 << member.sourceBits()) - 1);
    }

    /** The source port of a flow's GUE packets. */
    static int guePort(int entropy) {
        return 0xc000 | entropy & 0x3fff;
    }

    /** For those who spread by what derives from it: the tag of the flow, or, without ports, of the packet that came in fragments. */
    static int entropy(Rig rig, PacketText.Packet packet) {
        return packet.tuple()
                .map(flow -> entropy(
                        rig, flow.source(), flow.ports(), rig.datapath().vips().flowSeed(flow)))
                .or(() -> packet.laterFragment()
                        .map(of -> entropy(rig, of.source(), of.id(), rig.addressSeed(of.destination()))))
                .orElse(0);
    }

    private static int entropy(Rig rig, InetAddress source, int word, int seed) {
        return FlowEntry.tagOfHash(rig.datapath().hash().of(source, word, seed));
    }
}
