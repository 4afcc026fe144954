package dev.ballast.control.model;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads addresses and prefixes, by what they are for. */
final class AddressReader {
    private static final Pattern PREFIX = Pattern.compile("([^/]+)/([0-9]{1,3})");
    private static final Pattern NETMASK = Pattern.compile("([^/]+)/([0-9]+(?:\\.[0-9]+){3})");

    private static final Pattern ENDPOINT = Pattern.compile("([^:\\[\\]]+|\\[[^\\[\\]]+\\]):([0-9]{1,5})");

    private static final String IPV4 = "[0-9]{1,3}(\\.[0-9]{1,3}){3}";
    private static final String IPV6 = "[0-9a-fA-F:.]*:[0-9a-fA-F:.]*";

    /** As far as a pattern tells an address from something else. */
    static final Pattern ADDRESS_SHAPE = Pattern.compile(IPV4 + "|" + IPV6);

    /** Likewise, and a prefix. */
    static final Pattern ADDRESS_OR_PREFIX_SHAPE = Pattern.compile("(" + IPV4 + "|" + IPV6 + ")(/[0-9]{1,3})?");

    /** Likewise, of an outer source. */
    static final Pattern OUTER_SOURCE_SHAPE = Pattern.compile(IPV4 + "/[0-9]{1,2}|none");

    /** Likewise, an address with a port. */
    static final Pattern ENDPOINT_SHAPE = Pattern.compile("(" + IPV4 + "|\\[" + IPV6 + "\\]):[0-9]{1,5}");

    private static final String ENDPOINT_EXAMPLE =
            "an address and a port such as \"192.0.2.2:9591\" or \"[2001:db8::2]:9591\"";
    private static final String ADDRESS_EXAMPLE = "an address such as 192.0.2.1 or \"2001:db8::1\"";
    private static final String PREFIX_EXAMPLE = "a prefix such as 192.0.2.0/24 or \"2001:db8::/48\"";

    /** Prefixes that packets for a VIP or from a balancer cannot have, in words that follow on "reaches into". */
    private record Unfit(Prefix prefix, String what) {}

    private static final List<Unfit> UNFIT = List.of(
            unfit("0.0.0.0", 32, "the unspecified address"),
            unfit("::", 128, "the unspecified address"),
            unfit("127.0.0.0", 8, "the loopback addresses"),
            unfit("::1", 128, "the loopback address"),
            unfit("169.254.0.0", 16, "the link-local addresses"),
            unfit("fe80::", 10, "the link-local addresses"),
            unfit("224.0.0.0", 4, "the multicast addresses"),
            unfit("ff00::", 8, "the multicast addresses"),
            unfit("255.255.255.255", 32, "the broadcast address"),
            unfit("::ffff:0:0", 96, "IPv4 addresses in the shape of IPv6"));

    private AddressReader() {}

    private static Unfit unfit(String address, int length, String what) {
        return new Unfit(new Prefix(Address.parse(address), length), what);
    }

    /** One address that packets can be routed to. */
    static Optional<Address> address(Value value, String ifPrefix) {
        Matcher prefix = PREFIX.matcher(value.text());
        Optional<Address> address = literal(value, prefix.matches() ? prefix.group(1) : value.text(), ADDRESS_EXAMPLE);
        if (address.isPresent() && prefix.matches()) {
            value.refuse(ifPrefix, "one address", "");
            return Optional.empty();
        }
        return address.filter(literal -> isRoutable(value, literal));
    }

    /** One IPv4 address that packets can be routed to. */
    static Optional<Address> address4(Value value) {
        return ofFamily(value, Address.Family.IPV4);
    }

    /** One IPv6 address that packets can be routed to. */
    static Optional<Address> address6(Value value) {
        return ofFamily(value, Address.Family.IPV6);
    }

    private static Optional<Address> ofFamily(Value value, Address.Family family) {
        Optional<Address> address = address(value, "is a prefix");
        if (address.isPresent() && address.get().family() != family) {
            value.refuse(
                    "is of the other family",
                    "an " + (family == Address.Family.IPV4 ? "IPv4" : "IPv6") + " address",
                    "");
            return Optional.empty();
        }
        return address;
    }

    /** An address of this or another machine, loopback among them, and a port. */
    static Optional<Endpoint> endpoint(Value value) {
        Matcher endpoint = ENDPOINT.matcher(value.text());
        if (!endpoint.matches()) {
            value.refuse("is not an address and a port", ENDPOINT_EXAMPLE, "");
            return Optional.empty();
        }
        int port = Integer.parseInt(endpoint.group(2));
        if (port < 1 || port > 65_535) {
            value.refuse("has a port that is out of range", "1 to 65535", "");
            return Optional.empty();
        }
        return literal(value, endpoint.group(1).replaceAll("[\\[\\]]", ""), ENDPOINT_EXAMPLE)
                .map(address -> new Endpoint(address, port));
    }

    /** An address or a prefix that packets can be routed to. */
    static Optional<Prefix> vip(Value value) {
        if (value.text().indexOf('/') < 0) {
            return literal(value, value.text(), ADDRESS_EXAMPLE)
                    .filter(address -> isRoutable(value, address))
                    .map(Prefix::of);
        }
        return prefix(value, 8, 16)
                .filter(prefix -> prefix.isAddress() ? isRoutable(value, prefix.address()) : isRoutable(value, prefix));
    }

    /** Whom a filter means: a prefix or an address, whether or not packets can come from there. */
    static Optional<Prefix> source(Value value) {
        Optional<Prefix> prefix = value.text().indexOf('/') < 0
                ? literal(value, value.text(), PREFIX_EXAMPLE).map(Prefix::of)
                : prefix(value, 0, 0);
        Optional<Prefix> mapped = prefix.filter(read -> read.address().isMapped());
        mapped.ifPresent(read -> value.refuse(
                "is an IPv4 prefix in the shape of IPv6",
                "",
                "write " + new Prefix(embedded(read.address()), read.length() - 96)));
        return mapped.isPresent() ? Optional.empty() : prefix;
    }

    /** Where outer headers may have their source from: IPv4, of at least two addresses. */
    static Optional<Prefix> outerSource(Value value) {
        String allowed = "an IPv4 prefix of /8 to /31";
        if (value.text().indexOf('/') < 0) {
            Optional<Address> address = literal(value, value.text(), allowed);
            address.ifPresent(
                    _ -> value.refuse("is one address, not a prefix", allowed, "write its length, such as /16"));
            return Optional.empty();
        }
        Optional<Prefix> prefix = prefix(value, 0, 0);
        if (prefix.isPresent() && !prefix.get().address().isIpv4()) {
            value.refuse("is not IPv4: an IPv6 outer header has the flow label to tell flows apart", allowed, "");
            return Optional.empty();
        }
        return prefix.filter(read -> isIn(value, read.length(), 8, 31)).filter(read -> isRoutable(value, read));
    }

    /** A prefix of at least so many bits, without bits behind its length. */
    private static Optional<Prefix> prefix(Value value, int min4, int min6) {
        Matcher prefix = PREFIX.matcher(value.text());
        if (!prefix.matches()) {
            Matcher netmask = NETMASK.matcher(value.text());
            String cure = netmask.matches() ? "write a length instead of the netmask, such as /24" : "";
            value.refuse("is not a prefix", PREFIX_EXAMPLE, cure);
            return Optional.empty();
        }
        Optional<Address> address = literal(value, prefix.group(1), PREFIX_EXAMPLE);
        int length = Integer.parseInt(prefix.group(2));
        if (address.isEmpty()
                || !isIn(
                        value,
                        length,
                        address.get().isIpv4() ? min4 : min6,
                        Prefix.bits(address.get().family()))) {
            return Optional.empty();
        }
        Prefix meant = Prefix.around(address.get(), length);
        if (!meant.address().equals(address.get())) {
            value.refuse(
                    "has bits behind its length",
                    "",
                    "write " + meant + ", or " + Prefix.of(address.get()) + " if one address is meant");
            return Optional.empty();
        }
        return Optional.of(meant);
    }

    private static boolean isIn(Value value, int length, int min, int max) {
        boolean in = length >= min && length <= max;
        if (!in) {
            value.refuse("has a length that is out of range", "/" + min + " to /" + max, "");
        }
        return in;
    }

    private static Optional<Address> literal(Value value, String text, String allowed) {
        try {
            return Optional.of(Address.parse(text));
        } catch (IllegalArgumentException e) {
            value.refuse(String.valueOf(e.getMessage()), allowed, "");
            return Optional.empty();
        }
    }

    private static boolean isRoutable(Value value, Prefix prefix) {
        Optional<Unfit> unfit =
                UNFIT.stream().filter(each -> each.prefix().overlaps(prefix)).findFirst();
        unfit.ifPresent(each -> value.refuse(
                "reaches into " + each.prefix() + ", " + each.what(), "", "name a prefix that packets are routed to"));
        return unfit.isEmpty();
    }

    private static boolean isRoutable(Value value, Address address) {
        Optional<String> unfit = whyUnfit(address);
        unfit.ifPresent(why ->
                value.refuse(why, "", address.isMapped() ? "write " + embedded(address) : "name another address"));
        return unfit.isEmpty();
    }

    private static Optional<String> whyUnfit(Address address) {
        if (address.isMapped()) {
            return Optional.of("is an IPv4 address in the shape of IPv6");
        }
        if (address.isUnspecified()) {
            return Optional.of("is the unspecified address");
        }
        if (address.isLoopback()) {
            return Optional.of("is a loopback address, which never leaves its machine");
        }
        if (address.isLinkLocal()) {
            return Optional.of("is a link-local address, which no router forwards");
        }
        if (address.isMulticast()) {
            return Optional.of("is a multicast address, which belongs to no one machine");
        }
        return address.isBroadcast() ? Optional.of("is the broadcast address") : Optional.empty();
    }

    private static Address embedded(Address mapped) {
        return new Address(Address.Family.IPV4, 0, mapped.low() & 0xffff_ffffL);
    }
}
