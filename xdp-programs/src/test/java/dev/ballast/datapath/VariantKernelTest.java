package dev.ballast.datapath;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.bpf.BpfObject;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The verifier takes a program whatever of its features are in it. */
final class VariantKernelTest {
    /** All of them: {@code -Dballast.variants=all}. */
    private static final boolean ALL =
            System.getProperty("ballast.variants", "pairs").equals("all");

    /**
     * None, all, each alone, all but each, and by each bit of their numbers: any two features are there together, both absent, and
     * each without the other.
     */
    private static Set<Set<Feature>> pairwise() {
        Set<Set<Feature>> sets = new LinkedHashSet<>();
        sets.add(EnumSet.noneOf(Feature.class));
        sets.add(EnumSet.allOf(Feature.class));
        List<Feature> features = List.of(Feature.values());
        for (int i = 0; i < features.size(); i++) {
            sets.add(EnumSet.of(features.get(i)));
            sets.add(EnumSet.complementOf(EnumSet.of(features.get(i))));
        }
        for (int bit = 1; bit < features.size(); bit <<= 1) {
            EnumSet<Feature> with = EnumSet.noneOf(Feature.class);
            for (int i = 0; i < features.size(); i++) {
                if ((i & bit) != 0) {
                    with.add(features.get(i));
                }
            }
            sets.add(with);
            sets.add(EnumSet.complementOf(with));
        }
        return sets;
    }

    private static Set<Set<Feature>> every() {
        Set<Set<Feature>> sets = new LinkedHashSet<>();
        for (int bits = 0; bits < 1 << Feature.values().length; bits++) {
            sets.add(Feature.ofBits(bits));
        }
        return sets;
    }

    @Test
    void every_combination_of_features_loads() {
        Specialisation constants = Specialisation.of(Rig.options(), KernelClock.ofKernel());
        for (Set<Feature> features : ALL ? every() : pairwise()) {
            try (BpfObject object = BpfObject.open("balancer", DatapathObjects.balancer())) {
                object.setGlobal("specialisation", constants.toBytes());
                object.setGlobal("variant", new Variant(features, Sampling.oneIn(1024)).toBytes());
                object.load();
                assertThat(object.program("balancer").tag()).as("%s", features).hasSize(16);
            }
        }
    }
}
