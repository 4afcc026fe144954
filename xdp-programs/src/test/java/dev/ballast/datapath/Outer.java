package dev.ballast.datapath;

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

    private Outer() {}

    /** The frame that leaves for that member. */
    static byte[] forwarded(Rig rig, int memberId, PacketText.Packet packet) {
        MemberRow member = rig.datapath().members().read(memberId).orElseThrow();
        NextHop hop = member.nextHop().orElseThrow();
        byte[] ip = packet.ip();
        boolean ipv4 = ip[0] >>> 4 == 4;
        int length = Short.toUnsignedInt(ByteBuffer.wrap(ip).getShort(ipv4 ? 2 : 4)) + (ipv4 ? 0 : Frame.IPV6_BYTES);
        int trafficClass = ipv4 ? ip[1] & 0xff : ByteBuffer.wrap(ip).getInt() >>> 20 & 0xff;
        int label = packet.tuple().map(tuple -> flowLabel(rig, tuple)).orElse(0);
        byte[] outer = Frame.ip(
                ipv4 ? 4 : 41,
                member.source(),
                member.backend(),
                Arrays.copyOf(ip, length),
                trafficClass,
                TTL,
                0,
                DONT_FRAGMENT,
                label);
        // What padded the frame on the wire follows the outer packet, too.
        byte[] padded = Arrays.copyOf(outer, outer.length + ip.length - length);
        int type = Frame.etherType(member.backend());
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

    /** The low 20 bits of the flow's tag: entropy for those who spread by it. */
    static int flowLabel(Rig rig, FlowTuple flow) {
        int seed = rig.datapath().vips().flowSeed(flow);
        return FlowEntry.tagOfHash(rig.datapath().hash().of(flow.source(), flow.ports(), seed)) & 0xfffff;
    }
}
