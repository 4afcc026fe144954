package dev.ballast.control.plan;

import dev.ballast.control.model.Address;
import java.util.Comparator;

/** One backend in one service; prints as {@code web/10.0.1.11}. Ordered by service, then address. */
public record MemberKey(String service, Address address) implements Comparable<MemberKey> {
    private static final Comparator<MemberKey> ORDER =
            Comparator.comparing(MemberKey::service).thenComparing(MemberKey::address);

    /**
     * Reads {@code service/address}.
     *
     * @throws IllegalArgumentException if it is not of that form
     */
    public static MemberKey parse(String text) {
        int slash = text.indexOf('/');
        if (slash < 0) {
            throw new IllegalArgumentException(
                    "'" + text + "' names no member; write service/address, as web/10.0.1.11");
        }
        return new MemberKey(text.substring(0, slash), Address.parse(text.substring(slash + 1)));
    }

    @Override
    public int compareTo(MemberKey other) {
        return ORDER.compare(this, other);
    }

    @Override
    public String toString() {
        return service + "/" + address;
    }
}
