package dev.ballast.control.model;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The rules that hold between services. Filled while they are read, asked when all are. */
final class ConfigRules {
    /** The datapath places rings by chunks. */
    private static final long SLOTS_PER_CHUNK = 32;

    /**
     * The datapath's VIP tables, one a family, are sized by the services: 32 ways each, of which three quarters can be filled. Each VIP
     * takes one, and each address one more.
     */
    private static final int VIP_ROWS_PER_SERVICE = 24;

    /** Likewise of those that are prefixes. */
    private static final int PREFIX_ROWS_PER_SERVICE = 16;

    /** Of one family, over all services. */
    private static final int MAX_SOURCES = 1 << 20;

    private record Owned(String service, Placed<Vip> vip) {}

    private final Findings findings;
    private final List<Owned> vips = new ArrayList<>();
    private final PrefixMap<Placed<Address>> backends = new PrefixMap<>();
    private final PrefixMap<Peer> peers = new PrefixMap<>();
    private final List<Placed<Prefix>> outerSources = new ArrayList<>();

    /** A machine that this one talks to itself. */
    private record Peer(String what, Placed<Address> address) {}

    ConfigRules(Findings findings) {
        this.findings = findings;
    }

    void addVip(String service, Placed<Vip> vip) {
        vips.add(new Owned(service, vip));
    }

    void addBackend(Placed<Address> backend) {
        backends.putIfAbsent(Prefix.of(backend.value()), backend);
    }

    /** What it is stands before its place in messages: {@code the BGP neighbour}. */
    void addPeer(String what, Placed<Address> peer) {
        peers.putIfAbsent(Prefix.of(peer.value()), new Peer(what, peer));
    }

    void addOuterSource(Placed<Prefix> prefix) {
        outerSources.add(prefix);
    }

    /** No key in two places; no VIP that is a backend or covers one; outer sources that nobody else has. */
    void checkAddresses() {
        checkVips();
        checkOuterSources();
    }

    private void checkVips() {
        Map<Vip, Owned> owners = new HashMap<>();
        for (Owned owned : vips) {
            Placed<Vip> vip = owned.vip();
            Owned first = owners.putIfAbsent(vip.value(), owned);
            if (first != null) {
                String where = first.service().equals(owned.service())
                        ? "is already a VIP of this service, at " + first.vip().at()
                        : "is a VIP of both " + first.service() + " ("
                                + first.vip().at() + ") and " + owned.service();
                findings.add(vip.at(), vip.path(), vip.value().toString(), where, "", "remove one of the two");
            }
            backends.overlapping(vip.value().prefix())
                    .ifPresent(backend -> findings.add(
                            vip.at(),
                            vip.path(),
                            vip.value().host(),
                            covers(vip.value().prefix(), "the backend", backend)
                                    + ": what is sent to it would come back to the balancer",
                            "",
                            "give the backend an address of its own"));
            peers.overlapping(vip.value().prefix())
                    .ifPresent(peer -> findings.add(
                            vip.at(),
                            vip.path(),
                            vip.value().host(),
                            covers(vip.value().prefix(), peer.what(), peer.address())
                                    + ": what it sends to this balancer would be balanced",
                            "",
                            "give the VIP an address of its own"));
        }
    }

    private void checkOuterSources() {
        PrefixMap<Owned> byPrefix = new PrefixMap<>();
        vips.forEach(owned -> byPrefix.putIfAbsent(owned.vip().value().prefix(), owned));
        for (Placed<Prefix> source : outerSources) {
            backends.overlapping(source.value())
                    .ifPresent(backend -> refuseOuterSource(
                            source,
                            covers(source.value(), "the backend", backend) + ": packets would claim to be from it"));
            byPrefix.overlapping(source.value())
                    .ifPresent(owned -> refuseOuterSource(
                            source,
                            "overlaps the VIP %s of %s (%s): errors about outer packets would be taken for clients' packets"
                                    .formatted(
                                            owned.vip().value(),
                                            owned.service(),
                                            owned.vip().at())));
        }
    }

    private void refuseOuterSource(Placed<Prefix> source, String problem) {
        findings.add(
                source.at(),
                source.path(),
                source.value().toString(),
                problem,
                "",
                "name a prefix that is routed here and that nobody else uses");
    }

    private static String covers(Prefix prefix, String what, Placed<Address> other) {
        String place = what + " " + other.path() + " (" + other.at() + ")";
        return prefix.isAddress() ? "is also " + place : "covers " + other.value() + ", " + place;
    }

    /** What the services need of the node's tables. */
    void checkLimits(Node.Limits limits, Collection<Service> services, Position at) {
        if (services.size() > limits.services()) {
            exceeded(at, services.size(), "services", limits.services(), "services", services.size());
        }
        for (Address.Family family : Address.Family.values()) {
            checkVipRows(limits, family, at);
            checkSources(services, family, at);
        }
        int members =
                services.stream().mapToInt(service -> service.backends().size()).sum();
        if (members > limits.members()) {
            exceeded(at, members, "backends", limits.members(), "members", members);
        }
        long slots = slotsNeeded(services);
        if (slots > limits.ringSlots()) {
            long enough = (slots + 1023) / 1024 * 1024;
            exceeded(
                    at,
                    slots,
                    "ring slots (all rings, and one more while the largest changes)",
                    limits.ringSlots(),
                    "ringSlots",
                    Units.printSize(enough));
        }
    }

    private void checkVipRows(Node.Limits limits, Address.Family family, Position at) {
        Map<Boolean, List<Vip>> byKind = vips.stream()
                .map(owned -> owned.vip().value())
                .filter(vip -> vip.family() == family)
                .collect(Collectors.partitioningBy(vip -> vip.prefix().isAddress()));
        byKind.forEach((areAddresses, some) -> {
            long rows = some.size() + some.stream().map(Vip::prefix).distinct().count();
            int perService = areAddresses ? VIP_ROWS_PER_SERVICE : PREFIX_ROWS_PER_SERVICE;
            if (rows > (long) limits.services() * perService) {
                exceeded(
                        at,
                        rows,
                        Words.of(family)
                                + (areAddresses
                                        ? " VIPs and their addresses"
                                        : " VIP prefixes, counted with and without port,"),
                        (long) limits.services() * perService,
                        "services",
                        Math.ceilDiv(rows, perService));
            }
        });
    }

    private void checkSources(Collection<Service> services, Address.Family family, Position at) {
        long prefixes = services.stream()
                .flatMap(service -> service.sources().prefixes().stream())
                .filter(prefix -> prefix.address().family() == family)
                .count();
        if (prefixes > MAX_SOURCES) {
            findings.add(
                    at,
                    "services",
                    String.valueOf(prefixes),
                    Words.of(family) + " prefixes in sources of all services do not fit",
                    "up to " + MAX_SOURCES,
                    "name shorter prefixes that cover several of them");
        }
    }

    /** Every ring in whole chunks, and once more the largest: a new ring is written beside the one that it replaces. */
    private static long slotsNeeded(Collection<Service> services) {
        long sum = 0;
        long largest = 0;
        for (Service service : services) {
            long slots = (service.ring().size() + SLOTS_PER_CHUNK - 1) / SLOTS_PER_CHUNK * SLOTS_PER_CHUNK;
            sum += slots;
            largest = Math.max(largest, slots);
        }
        return sum + largest;
    }

    private void exceeded(Position at, long needed, String what, long limit, String key, Object enough) {
        findings.add(
                at,
                "services",
                String.valueOf(needed),
                what + " do not fit",
                "up to " + limit,
                "raise node.limits." + key + " to " + enough + " or more");
    }
}
