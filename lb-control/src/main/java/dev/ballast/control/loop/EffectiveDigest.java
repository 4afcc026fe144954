package dev.ballast.control.loop;

import dev.ballast.control.plan.Plan;
import dev.ballast.control.plan.StateDigest;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The digest of one plan, made by the first who asks for it: it is their time, not the loop's. Any thread. */
final class EffectiveDigest implements Supplier<String> {
    private final Plan plan;
    private @Nullable String digest;

    EffectiveDigest(Plan plan) {
        this.plan = plan;
    }

    /** Whether it is this very plan's; an equal one would have the same, but finding that out takes as long. */
    @SuppressWarnings("ReferenceEquality")
    boolean isOf(Plan other) {
        return plan == other;
    }

    @Override
    public synchronized String get() {
        if (digest == null) {
            digest = StateDigest.effective(plan);
        }
        return digest;
    }
}
