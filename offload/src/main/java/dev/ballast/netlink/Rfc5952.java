package dev.ballast.netlink;

import java.net.Inet4Address;
import java.net.InetAddress;

/** Addresses as an operator writes them: the JDK prints IPv6 with every zero. */
final class Rfc5952 {
    private Rfc5952() {}

    /** The canonical text (RFC 5952 section 4): lower case, the first longest run of two or more zero groups as "::". */
    static String text(InetAddress address) {
        if (address instanceof Inet4Address) {
            return address.getHostAddress();
        }
        byte[] octets = address.getAddress();
        int[] groups = new int[8];
        for (int i = 0; i < groups.length; i++) {
            groups[i] = ((octets[2 * i] & 0xff) << 8) | (octets[2 * i + 1] & 0xff);
        }
        int runStart = -1;
        int runLength = 1;
        for (int start = 0; start < groups.length; start++) {
            int end = start;
            while (end < groups.length && groups[end] == 0) {
                end++;
            }
            if (end - start > runLength) {
                runStart = start;
                runLength = end - start;
            }
        }
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < groups.length; ) {
            if (i == runStart) {
                text.append("::");
                i += runLength;
                continue;
            }
            boolean behindRun = runStart >= 0 && i == runStart + runLength;
            if (i > 0 && !behindRun) {
                text.append(':');
            }
            text.append(Integer.toHexString(groups[i]));
            i++;
        }
        return text.toString();
    }
}
