package dev.ballast.lab;

import java.math.BigInteger;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;

/**
 * An IPv4 or IPv6 prefix from which a topology numbers its hosts.
 *
 * @param network the prefix, its host bits zero
 * @param prefixLength in bits
 */
public record Subnet(InetAddress network, int prefixLength) {
    public Subnet {
        int bits = network.getAddress().length * Byte.SIZE;
        if (prefixLength < 0 || prefixLength > bits) {
            throw new IllegalArgumentException(
                    "prefix length %d of %s: must be 0 to %d".formatted(prefixLength, text(network), bits));
        }
        BigInteger hostMask = BigInteger.ONE.shiftLeft(bits - prefixLength).subtract(BigInteger.ONE);
        if (new BigInteger(1, network.getAddress()).and(hostMask).signum() != 0) {
            throw new IllegalArgumentException(
                    "%s/%d has host bits set: write the network's own address".formatted(text(network), prefixLength));
        }
    }

    /** Reads {@code 10.2.0.0/24} or {@code fd00:2::/64}. */
    public static Subnet of(String cidr) {
        int slash = cidr.indexOf('/');
        if (slash < 0) {
            throw new IllegalArgumentException("subnet " + cidr + ": write it as ADDRESS/LENGTH");
        }
        return new Subnet(InetAddress.ofLiteral(cidr.substring(0, slash)), Integer.parseInt(cidr.substring(slash + 1)));
    }

    /** The address with this number in the subnet; 0 is the network itself. */
    public InetAddress host(int number) {
        byte[] address = network.getAddress();
        BigInteger value = new BigInteger(1, address).add(BigInteger.valueOf(number));
        byte[] wide = value.toByteArray();
        int width = Math.min(wide.length, address.length);
        System.arraycopy(wide, wide.length - width, address, address.length - width, width);
        InetAddress host = fromBytes(address);
        if (!contains(host)) {
            throw new IllegalArgumentException("%s has no host %d: choose a larger subnet".formatted(this, number));
        }
        return host;
    }

    /** Whether the address is of this family and under this prefix. */
    public boolean contains(InetAddress address) {
        byte[] bytes = address.getAddress();
        byte[] prefix = network.getAddress();
        int hostBits = prefix.length * Byte.SIZE - prefixLength;
        return bytes.length == prefix.length
                && new BigInteger(1, bytes).shiftRight(hostBits).equals(new BigInteger(1, prefix).shiftRight(hostBits));
    }

    public boolean isIpv4() {
        return network instanceof Inet4Address;
    }

    /** An address with this subnet's length, as {@code ip address add} takes it. */
    String interfaceAddress(InetAddress host) {
        return text(host) + "/" + prefixLength;
    }

    /** An address as RFC 5952 writes it: lower case, the longest run of zeros (two or more, the first of equals) cut. */
    public static String text(InetAddress address) {
        if (address instanceof Inet4Address) {
            return address.getHostAddress();
        }
        byte[] bytes = address.getAddress();
        int[] groups = new int[8];
        Arrays.setAll(groups, i -> (bytes[2 * i] & 0xff) << 8 | bytes[2 * i + 1] & 0xff);

        int cutAt = -1;
        int cutLength = 1;
        for (int start = 0; start < groups.length; start++) {
            int end = start;
            while (end < groups.length && groups[end] == 0) {
                end++;
            }
            if (end - start > cutLength) {
                cutAt = start;
                cutLength = end - start;
            }
        }

        StringBuilder text = new StringBuilder();
        for (int i = 0; i < groups.length; i++) {
            if (i == cutAt) {
                text.append("::");
                i += cutLength - 1;
            } else {
                text.append(text.isEmpty() || text.charAt(text.length() - 1) == ':' ? "" : ":")
                        .append(Integer.toHexString(groups[i]));
            }
        }
        return text.toString();
    }

    /** An address as a URL takes it: IPv6 in brackets. */
    public static String urlHost(InetAddress address) {
        return address instanceof Inet4Address ? text(address) : "[" + text(address) + "]";
    }

    @Override
    public String toString() {
        return interfaceAddress(network);
    }

    private static InetAddress fromBytes(byte[] address) {
        try {
            return InetAddress.getByAddress(address);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("an address has 4 or 16 bytes, not " + address.length, e);
        }
    }
}
