package dev.ballast.control.model;

import dev.ballast.control.model.Address.Family;
import java.util.ArrayList;
import java.util.List;

/**
 * Addresses as text: strict reading, and printing by RFC 5952.
 *
 * <p>Written here because {@code InetAddress.getByName} asks DNS for whatever is not a literal, takes {@code 10.1} for
 * 10.0.0.1, and turns mapped addresses into IPv4.
 */
final class AddressText {
    private static final int IPV6_GROUPS = 8;

    private AddressText() {}

    static Address parse(String text) {
        if (text.indexOf('%') >= 0) {
            throw new IllegalArgumentException("has a zone, which means something on one machine only");
        }
        return text.indexOf(':') >= 0
                ? parseIpv6(text)
                : new Address(Family.IPV4, 0, Integer.toUnsignedLong(parseIpv4(text)));
    }

    private static int parseIpv4(String text) {
        String[] parts = text.split("\\.", -1);
        if (parts.length != 4) {
            throw notAnAddress();
        }
        int bits = 0;
        for (String part : parts) {
            bits = bits << 8 | parseOctet(part);
        }
        return bits;
    }

    private static int parseOctet(String part) {
        if (part.isEmpty() || part.length() > 3 || !part.chars().allMatch(c -> c >= '0' && c <= '9')) {
            throw notAnAddress();
        }
        if (part.length() > 1 && part.charAt(0) == '0') {
            throw new IllegalArgumentException("has a leading zero, which some programs read as octal");
        }
        int octet = Integer.parseInt(part);
        if (octet > 255) {
            throw new IllegalArgumentException("has a part above 255");
        }
        return octet;
    }

    private static Address parseIpv6(String text) {
        int gap = text.indexOf("::");
        if (gap >= 0 && text.indexOf("::", gap + 1) >= 0) {
            throw notAnAddress();
        }
        List<Integer> before = parseGroups(gap < 0 ? text : text.substring(0, gap), gap < 0);
        List<Integer> after = gap < 0 ? List.of() : parseGroups(text.substring(gap + 2), true);
        int given = before.size() + after.size();
        if (gap < 0 ? given != IPV6_GROUPS : given >= IPV6_GROUPS) {
            throw notAnAddress();
        }
        long[] halves = new long[2];
        for (int i = 0; i < before.size(); i++) {
            putGroup(halves, i, before.get(i));
        }
        for (int i = 0; i < after.size(); i++) {
            putGroup(halves, IPV6_GROUPS - after.size() + i, after.get(i));
        }
        return new Address(Family.IPV6, halves[0], halves[1]);
    }

    /** Groups of 16 bits; the last may be dotted and then gives two of them, where the address ends with it. */
    private static List<Integer> parseGroups(String text, boolean endsAddress) {
        List<Integer> groups = new ArrayList<>(IPV6_GROUPS);
        if (text.isEmpty()) {
            return groups;
        }
        String[] parts = text.split(":", -1);
        for (int i = 0; i < parts.length; i++) {
            if (endsAddress && i == parts.length - 1 && parts[i].indexOf('.') >= 0) {
                int bits = parseIpv4(parts[i]);
                groups.add(bits >>> 16);
                groups.add(bits & 0xffff);
            } else {
                groups.add(parseGroup(parts[i]));
            }
        }
        return groups;
    }

    private static int parseGroup(String part) {
        if (part.isEmpty() || part.length() > 4 || !part.chars().allMatch(AddressText::isHexDigit)) {
            throw notAnAddress();
        }
        return Integer.parseInt(part, 16);
    }

    private static boolean isHexDigit(int c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    }

    private static void putGroup(long[] halves, int index, int group) {
        halves[index / 4] |= (long) group << shift(index);
    }

    private static int group(Address address, int index) {
        long half = index < 4 ? address.high() : address.low();
        return (int) (half >>> shift(index)) & 0xffff;
    }

    /** Where a group stands within its half, in bits. */
    private static int shift(int index) {
        return 16 * (3 - index % 4);
    }

    static String print(Address address) {
        if (address.isIpv4()) {
            return printIpv4(address.low());
        }
        if (address.isMapped()) {
            return "::ffff:" + printIpv4(address.low() & 0xffff_ffffL);
        }
        int gap = -1;
        int gapLength = 1; // RFC 5952, 4.2.2: one group of zeros alone is not shortened
        for (int start = 0; start < IPV6_GROUPS; start++) {
            int end = start;
            while (end < IPV6_GROUPS && group(address, end) == 0) {
                end++;
            }
            if (end - start > gapLength) { // 4.2.3: of equal runs, the first
                gap = start;
                gapLength = end - start;
            }
        }
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < IPV6_GROUPS; i++) {
            if (i == gap) {
                text.append("::");
                i += gapLength - 1;
                continue;
            }
            if (!text.isEmpty() && text.charAt(text.length() - 1) != ':') {
                text.append(':');
            }
            text.append(Integer.toHexString(group(address, i)));
        }
        return text.toString();
    }

    private static String printIpv4(long bits) {
        return (bits >>> 24) + "." + (bits >>> 16 & 0xff) + "." + (bits >>> 8 & 0xff) + "." + (bits & 0xff);
    }

    private static IllegalArgumentException notAnAddress() {
        return new IllegalArgumentException("is not an address");
    }
}
