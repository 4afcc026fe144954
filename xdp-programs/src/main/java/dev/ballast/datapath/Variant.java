package dev.ballast.datapath;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.ballast.bpf.BpfObject;
import java.lang.foreign.MemorySegment;
import java.util.Set;

/**
 * What one program of a datapath has and its siblings of the same object may not; C: {@code struct variant}. A change of it is
 * a swap.
 *
 * @param features what it is loaded with
 * @param sampling which packets {@link Feature#SAMPLES} takes; without the feature {@link Sampling#ALL}
 */
public record Variant(Set<Feature> features, Sampling sampling) {
    public Variant {
        features = Set.copyOf(features);
    }

    /** Without a choice among packets. */
    public static Variant of(Set<Feature> features) {
        return new Variant(features, Sampling.ALL);
    }

    static Variant of(MemorySegment variant) {
        return new Variant(
                Feature.ofBits(variant.get(JAVA_INT, Abi.offset(Abi.VARIANT, "features"))), Sampling.of(variant));
    }

    /** Has an object's balancer loaded so: drivers give frames of several buffers to a program only that says it takes them. */
    void giveTo(BpfObject loading) {
        loading.setGlobal("variant", toBytes());
        if (features.contains(Feature.JUMBO)) {
            loading.multiBuffer(Pins.BALANCER);
        }
    }

    /** As the program has it. */
    byte[] toBytes() {
        Row row = Row.blank(Abi.VARIANT).u32("features", Feature.bits(features));
        return sampling.into(row).toBytes();
    }
}
