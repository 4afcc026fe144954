package dev.ballast.netlink;

import java.util.HexFormat;
import java.util.Locale;

/**
 * An Ethernet address.
 *
 * @param bits the 48 bits as a number, the first octet on the wire highest: {@code 02:00:00:00:00:01} is {@code 0x020000000001}
 */
public record MacAddress(long bits) {
    /** Octets of an address. */
    public static final int BYTES = 6;

    private static final HexFormat COLONS = HexFormat.ofDelimiter(":");

    public MacAddress {
        if (bits >>> 48 != 0) {
            throw new IllegalArgumentException("an Ethernet address has 48 bits, given 0x%x".formatted(bits));
        }
    }

    /** The address in six octets, in the order of the wire. */
    public static MacAddress of(byte[] octets) {
        if (octets.length != BYTES) {
            throw new IllegalArgumentException("an Ethernet address has 6 octets, given " + octets.length);
        }
        long bits = 0;
        for (byte octet : octets) {
            bits = (bits << 8) | (octet & 0xff);
        }
        return new MacAddress(bits);
    }

    /** Parses the form {@code 02:00:00:00:00:01}, in either case. */
    public static MacAddress parse(String text) {
        try {
            return of(COLONS.parseHex(text.toLowerCase(Locale.ROOT)));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "not an Ethernet address: \"" + text + "\"; write it as 02:00:00:00:00:01", e);
        }
    }

    /** Six octets, in the order of the wire; a new array each time. */
    public byte[] octets() {
        byte[] octets = new byte[BYTES];
        for (int i = 0; i < BYTES; i++) {
            octets[i] = (byte) (bits >>> (8 * (BYTES - 1 - i)));
        }
        return octets;
    }

    @Override
    public String toString() {
        return COLONS.formatHex(octets());
    }
}
