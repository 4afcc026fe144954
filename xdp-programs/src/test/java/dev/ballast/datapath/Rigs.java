package dev.ballast.datapath;

import java.nio.file.Path;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Rigs that many scenarios use one after the other, since it is the load that takes long: one for each set of features and
 * engine. In the kernel a scenario gets the features that it needs and no more; natively all others, too, which must not
 * matter.
 */
final class Rigs implements AutoCloseable {
    private record Kind(Set<Feature> features, Rig.Engine engine) {}

    private final Map<Kind, Rig> rigs = new HashMap<>();

    /** One as new, until the next call. */
    Rig take(List<String> loads, Rig.Engine engine) {
        Kind kind = new Kind(features(loads, engine), engine);
        Rig known = rigs.get(kind);
        if (known != null) {
            known.reset();
            return known;
        }
        Rig loaded = new Rig(Rig.options(kind.features.toArray(Feature[]::new)), engine);
        rigs.put(kind, loaded);
        return loaded;
    }

    /** From now on the native ones run that build. */
    void runBy(Path program) {
        rigs.forEach((kind, rig) -> {
            if (kind.engine == Rig.Engine.NATIVE) {
                rig.runBy(program);
            }
        });
    }

    private static Set<Feature> features(List<String> loads, Rig.Engine engine) {
        Set<Feature> features = engine == Rig.Engine.NATIVE
                ? EnumSet.complementOf(EnumSet.of(Feature.REPLAY))
                : EnumSet.of(Feature.IPV6);
        for (String word : loads) {
            if (word.equals("no-ipv6")) {
                features.remove(Feature.IPV6);
            } else {
                features.add(Feature.valueOf(word.toUpperCase(Locale.ROOT)));
            }
        }
        return features;
    }

    @Override
    public void close() {
        rigs.values().forEach(Rig::close);
    }
}
