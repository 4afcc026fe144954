package dev.ballast.control.plan;

import dev.ballast.control.model.Config;
import dev.ballast.control.model.Service;
import dev.ballast.control.model.Vip;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The running services that packets of some VIP no longer reach, or reach with another flow hash. A hash begins with the seed of
 * the VIP's address or prefix, whatever its port: an address that becomes a VIP of its own leaves its prefix' flows behind, within
 * one service too, and one whose port becomes {@code any} does not.
 */
final class DisplacedVips {
    /** How much of a service. */
    enum Extent {
        NONE,
        /** Packets of some of its VIPs, or of a part of one. */
        SOME,
        /** All of them. */
        ALL
    }

    /** Address and port, address, prefix with port, prefix; longer before shorter prefixes. */
    private static final Comparator<Vip> BY_MATCH = Comparator.<Vip, Boolean>comparing(
                    vip -> !vip.prefix().isAddress())
            .thenComparing(Vip::takesAnyPort)
            .thenComparingInt(vip -> -vip.prefix().length());

    private final Map<String, Extent> byService = new HashMap<>();

    private DisplacedVips() {}

    static DisplacedVips of(Config before, Config after) {
        if (before.otherwiseIn(after).stream()
                .allMatch(name -> vips(before, name).equals(vips(after, name)))) {
            return new DisplacedVips();
        }
        Map<Vip, String> running = owners(before);
        Map<Vip, String> wanted = owners(after);
        List<Vip> fresh = wanted.keySet().stream()
                .filter(vip -> !running.containsKey(vip))
                .toList();
        DisplacedVips displaced = new DisplacedVips();
        if (running.equals(wanted)) {
            return displaced;
        }
        for (Service service : before.services().values()) {
            int gone = 0;
            boolean partly = false;
            for (Vip vip : service.vips()) {
                if (!keeps(service.name(), vip, wanted)) {
                    gone++;
                } else {
                    partly |= fresh.stream().anyMatch(other -> takesFrom(vip, other, service.name(), wanted));
                }
            }
            if (gone == service.vips().size()) {
                displaced.byService.put(service.name(), Extent.ALL);
            } else if (gone > 0 || partly) {
                displaced.byService.put(service.name(), Extent.SOME);
            }
        }
        return displaced;
    }

    private static List<Vip> vips(Config config, String name) {
        Service service = config.services().get(name);
        return service == null ? List.of() : service.vips();
    }

    private static Map<Vip, String> owners(Config config) {
        Map<Vip, String> owners = new HashMap<>();
        config.services().values().forEach(service -> service.vips().forEach(vip -> owners.put(vip, service.name())));
        return owners;
    }

    private static boolean keeps(String service, Vip vip, Map<Vip, String> wanted) {
        String exact = wanted.get(vip);
        String anyPort = wanted.get(new Vip(vip.prefix(), Vip.ANY_PORT, vip.protocol()));
        return service.equals(exact == null ? anyPort : exact);
    }

    /** Whether a new VIP takes some of the packets that came by this one. */
    private static boolean takesFrom(Vip vip, Vip other, String service, Map<Vip, String> wanted) {
        boolean meet = other.protocol() == vip.protocol()
                && vip.prefix().overlaps(other.prefix())
                && (vip.takesAnyPort() || other.takesAnyPort() || vip.port() == other.port());
        boolean staysHere = vip.prefix().equals(other.prefix()) && service.equals(wanted.get(other));
        return meet && BY_MATCH.compare(other, vip) < 0 && !staysHere;
    }

    /** The services that lose something. */
    Set<String> services() {
        return byService.keySet();
    }

    Extent of(String service) {
        return byService.getOrDefault(service, Extent.NONE);
    }
}
