package dev.ballast.control.model;

import dev.ballast.control.model.Address.Family;

/**
 * The addresses that share their first bits, of one family.
 *
 * <p>Ordered by address, then by length: a prefix stands right before those that it covers.
 *
 * @param address the first of them; its bits behind {@code length} are zero
 * @param length how many bits they share, 0 to {@link #bits}
 */
public record Prefix(Address address, int length) implements Comparable<Prefix> {
    /** Refuses a length that the family has not, and bits behind it. */
    public Prefix {
        if (length < 0 || length > bits(address.family())) {
            throw new IllegalArgumentException("a prefix of " + address + " cannot have the length " + length);
        }
        if (!address.equals(firstOf(address, length))) {
            throw new IllegalArgumentException(address + " has bits behind the first " + length);
        }
    }

    /** The prefix with nothing but this address in it. */
    public static Prefix of(Address address) {
        return new Prefix(address, bits(address.family()));
    }

    /** The one prefix of a length that an address is in. */
    public static Prefix around(Address address, int length) {
        return new Prefix(firstOf(address, length), length);
    }

    /** 32 or 128. */
    public static int bits(Family family) {
        return family == Family.IPV4 ? 32 : 128;
    }

    private static Address firstOf(Address address, int length) {
        return address.isIpv4()
                ? new Address(Family.IPV4, 0, address.low() & ones(length + 32))
                : new Address(
                        Family.IPV6, address.high() & ones(length), address.low() & ones(Math.max(0, length - 64)));
    }

    /** The highest {@code count} bits of 64. */
    private static long ones(int count) {
        return count == 0 ? 0 : -1L << Math.max(0, 64 - count);
    }

    /** Whether it is one address. */
    public boolean isAddress() {
        return length == bits(address.family());
    }

    /** Whether the address is in it. */
    public boolean contains(Address other) {
        return other.family() == address.family() && firstOf(other, length).equals(address);
    }

    /** Whether all addresses of the other are in it. */
    public boolean covers(Prefix other) {
        return other.length >= length && contains(other.address);
    }

    /** Whether any address is in both: one covers the other then. */
    public boolean overlaps(Prefix other) {
        return covers(other) || other.covers(this);
    }

    /** {@code 203.0.113.64/28}; one address has its length too. */
    @Override
    public String toString() {
        return address + "/" + length;
    }

    @Override
    public int compareTo(Prefix other) {
        int byAddress = address.compareTo(other.address);
        return byAddress != 0 ? byAddress : Integer.compare(length, other.length);
    }
}
