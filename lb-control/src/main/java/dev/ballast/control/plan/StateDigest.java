package dev.ballast.control.plan;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.ballast.control.model.Config;
import dev.ballast.control.model.ConfigTree;
import dev.ballast.control.model.Defaults;
import dev.ballast.control.model.PerService;
import dev.ballast.control.model.Service;
import dev.ballast.ring.RingMember;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Digests by which two balancers are compared: equal states have equal ones, whatever the order of their files, the ids that were
 * given out and the way that led there.
 *
 * <p>A state is a set of facts, and its digest the sum of the facts' hashes (the first 64 bits of SHA-256, modulo 2^64): 16 hexadecimal
 * digits. It finds accidents, and is no proof against somebody who looks for a collision. Pure functions; a state of 100,000
 * members costs some 100 ms, so compute it off the loop, and once a state.
 */
public final class StateDigest {
    private final MessageDigest sha256;
    private long sum;

    private StateDigest() {
        try {
            sha256 = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has SHA-256", e);
        }
    }

    /** Of {@code fleet}, {@code defaults}, {@code services} and drains; the machine's own section does not count. */
    public static String configured(Config config, Set<MemberKey> drains) {
        return new Configured().of(config, drains);
    }

    /** {@link #configured} of one configuration after the other: what services come to that did not change is kept. One thread. */
    public static final class Configured {
        private final PerService<Long> services = new PerService<>();

        /** See {@link StateDigest#configured}. */
        public String of(Config config, Set<MemberKey> drains) {
            StateDigest digest = new StateDigest();
            Map<String, Object> tree = ConfigTree.of(config.withoutServices());
            digest.add("fleet", tree.getOrDefault("fleet", Map.of()));
            digest.add("defaults", tree.getOrDefault("defaults", Map.of()));
            services.of(config, Configured::sum).forEach(sum -> digest.sum += sum);
            drains.forEach(member -> digest.add("drain", member.toString()));
            return digest.text();
        }

        private static long sum(Service service, Defaults defaults) {
            StateDigest digest = new StateDigest();
            digest.add("service " + service.name(), ConfigTree.service(service, defaults));
            return digest.sum;
        }
    }

    /**
     * Of VIPs, rings and configured members as health, drains and next hops left them. Of a ring what it is made of; the
     * secret that orders it is left out, as are members that left and wait for the end of their flows.
     */
    public static String effective(Plan plan) {
        StateDigest digest = new StateDigest();
        plan.vips().values().forEach(row -> digest.add("vip " + row.vip(), name(plan, row.service())));
        plan.services().values().stream()
                .filter(service -> service.name().isPresent())
                .forEach(digest::addService);
        plan.members().values().stream()
                .filter(member -> member.configured() && member.current())
                .forEach(member -> digest.add(
                        "member " + name(plan, member.service()) + "/" + member.address(),
                        List.of(
                                member.standing().name(),
                                member.encap().toString(),
                                member.serverId().toString(),
                                member.hop().isPresent())));
        return digest.text();
    }

    private void addService(Plan.ServiceRow service) {
        String name = service.name().orElseThrow();
        Plan.RingSpec ring = service.ring();
        add(
                "rules " + name,
                Map.of(
                        "track", service.track(),
                        "tcpIdle", service.tcpIdle(),
                        "udpIdle", service.udpIdle(),
                        "hash", service.hash(),
                        "serverIdBytes", service.serverIdBytes(),
                        "sources", service.sources().prefixes(),
                        "sourcesRule", service.sources().rule(),
                        "ringSize", ring.size(),
                        "ringAlgorithm", ring.algorithm(),
                        "keepPrevious", service.keepPrevious()));
        for (RingMember member : ring.members()) {
            add("slots " + name, member.key() + " " + member.weight()); // its index is one balancer's own
        }
    }

    private static String name(Plan plan, int service) {
        Plan.ServiceRow row = plan.services().get(service);
        return row == null ? "" : HexFormat.of().toHexDigits(row.nameHash());
    }

    private void add(String subject, Object value) {
        byte[] hash = sha256.digest((subject + "\0" + canonical(value)).getBytes(UTF_8));
        sum += ByteBuffer.wrap(hash).getLong();
    }

    /** Neither the order of keys nor that of a list means anything in a configuration. */
    private static String canonical(Object value) {
        return switch (value) {
            case Map<?, ?> map -> {
                TreeMap<String, String> sorted = new TreeMap<>();
                map.forEach((key, each) -> sorted.put(String.valueOf(key), canonical(each)));
                yield sorted.toString();
            }
            case List<?> list -> {
                List<String> sorted = new ArrayList<>(
                        list.stream().map(StateDigest::canonical).toList());
                sorted.sort(null);
                yield sorted.toString();
            }
            default -> value.toString();
        };
    }

    private String text() {
        return HexFormat.of().toHexDigits(sum);
    }
}
