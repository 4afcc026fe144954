package dev.ballast.control.plan;

import dev.ballast.control.model.Address.Family;
import dev.ballast.control.model.Config;
import dev.ballast.control.model.Encap;
import dev.ballast.control.model.Service;
import dev.ballast.control.model.Vip;
import dev.ballast.datapath.Feature;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/**
 * What a configuration needs of the program; the rest is left out of it, and costs a packet nothing.
 *
 * <p>What was removed counts for nothing though flows still name it: no VIP leads a packet to a removed service, and
 * members that left are reached as the others of theirs are.
 */
public final class Features {
    private Features() {}

    /** Of all services together. */
    public static Set<Feature> of(Config config) {
        Set<Feature> features = EnumSet.noneOf(Feature.class);
        config.services().values().forEach(service -> add(features, service));
        return features;
    }

    /** Of one service. Nobody changes the set: services that need nothing have one. */
    public static Set<Feature> of(Service service) {
        Set<Feature> features = EnumSet.noneOf(Feature.class);
        add(features, service);
        return features.isEmpty() ? Set.of() : Collections.unmodifiableSet(features);
    }

    private static void add(Set<Feature> features, Service service) {
        for (Vip vip : service.vips()) {
            if (vip.family() == Family.IPV6) {
                features.add(Feature.IPV6);
            }
            if (!vip.prefix().isAddress()) {
                features.add(Feature.PREFIX);
            }
        }
        switch (service.encap()) {
            case Encap.Ipip ipip -> ipip.sourcePrefix().ifPresent(_ -> features.add(Feature.ENTROPY));
            case Encap.Gue _ -> features.add(Feature.GUE);
            case Encap.L2 _ -> features.add(Feature.L2);
        }
        if (service.hash() == Service.Hash.QUIC) {
            features.add(Feature.QUIC);
        } else if (service.hash() != Service.Hash.FIVE_TUPLE) {
            features.add(Feature.HASH);
        }
        if (!service.sources().isEverybody()) {
            features.add(Feature.FILTER);
        }
    }
}
