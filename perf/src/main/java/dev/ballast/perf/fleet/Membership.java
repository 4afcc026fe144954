package dev.ballast.perf.fleet;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * The backends of the service as one version of the configuration and of health has them. A backend is a number, its place in both lists.
 *
 * @param weights by backend; 0: gets no new connection
 * @param serving by backend: whether it may keep connections: in service or draining, not dead
 */
record Membership(List<Integer> weights, List<Boolean> serving) {
    /** What each backend weighs until an event says otherwise. */
    static final int WEIGHT = 100;

    Membership {
        weights = List.copyOf(weights);
        serving = List.copyOf(serving);
    }

    /** Backends 0 to {@code count - 1}, all in service. */
    static Membership of(int count) {
        return new Membership(Collections.nCopies(count, WEIGHT), Collections.nCopies(count, true));
    }

    /** With one backend changed; one that is new has the next number. */
    Membership with(int backend, int weight, boolean serves) {
        List<Integer> newWeights = new ArrayList<>(weights);
        List<Boolean> newServing = new ArrayList<>(serving);
        if (backend == newWeights.size()) {
            newWeights.add(weight);
            newServing.add(serves);
        } else {
            newWeights.set(backend, weight);
            newServing.set(backend, serves);
        }
        return new Membership(newWeights, newServing);
    }

    boolean serves(int backend) {
        return backend < serving.size() && serving.get(backend);
    }
}
