package dev.ballast.datapath;

import dev.ballast.bpf.BpfObject;
import java.util.Set;

/**
 * What one program of a datapath has and its siblings of the same object may not; C: {@code struct variant}. A change of it is
 * a swap.
 *
 * @param features what it is loaded with
 * @param sampleEvery with {@link Feature#SAMPLES}: one packet in so many of each reason, a power of two; else 1
 */
public record Variant(Set<Feature> features, int sampleEvery) {
    public Variant {
        features = Set.copyOf(features);
        if (Integer.bitCount(sampleEvery) != 1 || sampleEvery < 1) {
            throw new IllegalArgumentException("one sample in " + sampleEvery + " packets: not a power of two");
        }
    }

    /** Without samples. */
    public static Variant of(Set<Feature> features) {
        return new Variant(features, 1);
    }

    static Variant of(int features, int sampleMask) {
        return new Variant(Feature.ofBits(features), sampleMask + 1);
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
        return Row.blank(Abi.VARIANT)
                .u32("features", Feature.bits(features))
                .u32("sample_mask", sampleEvery - 1)
                .toBytes();
    }
}
