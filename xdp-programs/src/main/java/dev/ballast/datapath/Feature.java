package dev.ballast.datapath;

import java.util.Collection;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/** What a program can be loaded with or without; C: {@code enum feature_bits}. What is left out costs a packet nothing. */
public enum Feature {
    /** IPv6; without it its packets are passed unseen. */
    IPV6(0),
    /** Tagged frames on the fast path; without it they take the slow one. */
    VLAN(1),
    /** {@link Encap#GUE}. */
    GUE(2),
    /** {@link Encap#L2}. */
    L2(3),
    /** Outer IPv4 sources that differ from flow to flow. */
    ENTROPY(4),
    /** VIPs that are prefixes. */
    PREFIX(5),
    /** Source filters. */
    FILTER(6),
    /** Hash modes but 5-tuple and QUIC. */
    HASH(7),
    /** {@link HashMode#QUIC}. */
    QUIC(8),
    /** Frames of several buffers. */
    JUMBO(9),
    /** Heads of packets into an event buffer, see {@link Sample}. */
    SAMPLES(10),
    /** The time is given from outside; for copies of the datapath. */
    REPLAY(11);

    private final int bit;

    Feature(int position) {
        this.bit = 1 << position;
    }

    int bit() {
        return bit;
    }

    /** As operators read it: {@code ipv6}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    static int bits(Collection<Feature> features) {
        return features.stream().mapToInt(Feature::bit).reduce(0, (a, b) -> a | b);
    }

    static Set<Feature> ofBits(int bits) {
        Set<Feature> features = EnumSet.noneOf(Feature.class);
        for (Feature feature : values()) {
            if ((bits & feature.bit) != 0) {
                features.add(feature);
            }
        }
        return features;
    }
}
