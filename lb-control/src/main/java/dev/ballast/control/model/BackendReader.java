package dev.ballast.control.model;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads the backends of one service, and what they and its other keys ask of each other. */
final class BackendReader {
    private static final Pattern SERVER_ID = Pattern.compile("0x([0-9a-fA-F]+)");

    private final String service;
    private final List<Vip> vips;
    private final Ring ring;
    private final Service.Hash hash;
    private final List<Check> checks;
    private final ConfigRules rules;

    private final List<Backend> backends = new ArrayList<>();
    private final Map<Address, Position> seen = new HashMap<>();
    /** In the order of the file: the first sets the length. */
    private final LinkedHashMap<ServerId, Position> serverIds = new LinkedHashMap<>();

    /** A reader for the service with these keys; {@code vips} is empty when they could not be read. */
    BackendReader(String service, List<Vip> vips, Ring ring, Service.Hash hash, List<Check> checks, ConfigRules rules) {
        this.service = service;
        this.vips = vips;
        this.ring = ring;
        this.hash = hash;
        this.checks = checks;
        this.rules = rules;
    }

    List<Backend> read(Section section) {
        section.sections("backends").forEach(this::backend);
        checkRendezvous(section);
        int most = Math.min(ring.size(), Service.MAX_BACKENDS);
        if (backends.size() > most) {
            section.findings()
                    .add(
                            section.at("backends"),
                            section.path("backends"),
                            String.valueOf(backends.size()),
                            "backends do not fit a ring of " + ring.size() + " slots",
                            "up to " + most,
                            most < Service.MAX_BACKENDS ? "choose a larger ring.size" : "split the service");
        }
        return backends;
    }

    private void checkRendezvous(Section section) {
        if (ring.algorithm() != Ring.Algorithm.RENDEZVOUS) {
            return;
        }
        int most = Math.min(ring.size(), Ring.MAX_RENDEZVOUS_SIZE) / Ring.MIN_RENDEZVOUS_SHARE;
        if (ring.size() > Ring.MAX_RENDEZVOUS_SIZE || backends.size() > most) {
            section.findings()
                    .add(
                            section.at("ring"),
                            section.path("ring.algorithm"),
                            "rendezvous",
                            "would take seconds to build a ring of %d slots for %d backends"
                                    .formatted(ring.size(), backends.size()),
                            "up to %d slots, and %d of them a backend"
                                    .formatted(Ring.MAX_RENDEZVOUS_SIZE, Ring.MIN_RENDEZVOUS_SHARE),
                            "write algorithm: maglev");
        }
    }

    private void backend(Section section) {
        Optional<Value> given = section.value("address");
        Optional<Address> address = given.flatMap(value -> value.as(Schema.ADDRESS));
        int weight = section.integer("weight", Backend.DEFAULT_WEIGHT);
        boolean drain = section.value("drain").flatMap(Value::bool).orElse(false);
        port(section);
        Optional<Integer> checkPort = section.value("checkPort").flatMap(this::checkPort);
        Optional<ServerId> serverId = section.value("serverId").flatMap(this::serverId);
        section.close();
        address.ifPresent(known -> {
            Position first = seen.putIfAbsent(known, section.at());
            if (first != null) {
                given.get().refuse("is already a backend of " + service + ", at " + first, "", "remove one of the two");
            }
            backends.add(new Backend(known, weight, drain, checkPort, serverId));
            rules.addBackend(new Placed<>(known, section.path(), section.at()));
        });
    }

    /** A backend's port says nothing where it is the VIPs' own, and cannot be had where it is another. */
    private void port(Section backend) {
        Optional<Value> given = backend.value("port");
        Optional<Integer> port = given.flatMap(Value::integer);
        if (port.isEmpty() || vips.isEmpty()) {
            return;
        }
        if (vips.stream().anyMatch(Vip::takesAnyPort)) {
            given.get()
                    .refuse(
                            "cannot be kept: the service takes any port, and a backend sees the port that the client chose",
                            "",
                            "leave port out");
        } else if (vips.stream().anyMatch(vip -> !port.get().equals(vip.port()))) {
            given.get()
                    .refuse(
                            "is not the VIP's port: packets are not rewritten, so a backend sees the VIP's port and answers from it",
                            "",
                            "leave port out and let the backend listen on the VIP's port");
        }
    }

    /** Instead of the one port that the checks have: which of several it stands for would be a guess. */
    private Optional<Integer> checkPort(Value value) {
        Optional<Integer> port = value.integer();
        List<Integer> checked = checks.stream().map(Check::port).distinct().toList();
        if (port.isPresent() && !vips.isEmpty() && checked.size() != 1) {
            boolean none = checked.isEmpty();
            value.refuse(
                    none
                            ? "is for a backend that is checked, and this service has no checks"
                            : "stands for one port, and the checks of this service have " + checked.size(),
                    "",
                    none
                            ? "leave checkPort out, or name a check"
                            : "leave checkPort out, or keep the checks on one port");
        }
        return port;
    }

    private Optional<ServerId> serverId(Value value) {
        if (hash != Service.Hash.QUIC) {
            value.refuse("is for hash: quic", "", "leave serverId out, or write hash: quic");
            return Optional.empty();
        }
        Optional<ServerId> id = value.as(Schema.SERVER_ID);
        id.ifPresent(read -> checkServerId(value, read));
        return id;
    }

    /** The id alone; whether it fits the service's others is another question. */
    static Optional<ServerId> readServerId(Value value) {
        String allowed = "1 to " + ServerId.MAX_LENGTH + " bytes in hex, such as \"0x2a\"";
        Matcher hex = SERVER_ID.matcher(value.text());
        if (!hex.matches()) {
            value.refuse("is not a server id", allowed, "");
            return Optional.empty();
        }
        String digits = hex.group(1);
        if (digits.length() % 2 != 0) {
            value.refuse("has half a byte", allowed, "write \"0x0" + digits + "\" if that is meant");
            return Optional.empty();
        }
        if (digits.length() > 2 * ServerId.MAX_LENGTH) {
            value.refuse("is too long", allowed, "");
            return Optional.empty();
        }
        return Optional.of(new ServerId(Long.parseUnsignedLong(digits, 16), digits.length() / 2));
    }

    private void checkServerId(Value value, ServerId id) {
        if (!serverIds.isEmpty()) {
            Map.Entry<ServerId, Position> first = serverIds.firstEntry();
            if (first.getKey().length() != id.length()) {
                value.refuse(
                        "has another length than " + first.getKey() + " at " + first.getValue()
                                + ": where an id ends has to be known before it is read",
                        "",
                        "give all of this service's the same length");
            }
        }
        Position taken = serverIds.putIfAbsent(id, value.at());
        if (taken != null) {
            value.refuse("is already another backend's, at " + taken, "", "give each backend its own");
        }
    }
}
