package dev.ballast.control.inspect;

import dev.ballast.control.model.Address;
import java.util.Arrays;
import java.util.Optional;

/** The source address of the outermost IP header of a frame, behind at most one VLAN tag. */
final class OuterSource {
    private static final int ETHERNET_BYTES = 14;
    private static final int VLAN_BYTES = 4;
    private static final int VLAN_TYPE = 0x8100;
    private static final int SOURCE_4 = 12;
    private static final int SOURCE_6 = 8;

    private OuterSource() {}

    /** Empty if the frame is too short for it. */
    static Optional<Address> of(byte[] frame) {
        if (frame.length < ETHERNET_BYTES + VLAN_BYTES) {
            return Optional.empty();
        }
        int type = Byte.toUnsignedInt(frame[ETHERNET_BYTES - 2]) << Byte.SIZE
                | Byte.toUnsignedInt(frame[ETHERNET_BYTES - 1]);
        int ip = type == VLAN_TYPE ? ETHERNET_BYTES + VLAN_BYTES : ETHERNET_BYTES;
        boolean isIpv4 = frame[ip] >>> 4 == 4;
        int addressBytes = isIpv4 ? 4 : 16;
        int at = ip + (isIpv4 ? SOURCE_4 : SOURCE_6);
        if (frame.length < at + addressBytes) {
            return Optional.empty();
        }
        return Optional.of(Address.of(Arrays.copyOfRange(frame, at, at + addressBytes)));
    }
}
