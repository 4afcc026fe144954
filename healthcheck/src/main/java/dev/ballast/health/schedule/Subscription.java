package dev.ballast.health.schedule;

import dev.ballast.health.Health;
import java.util.Optional;

/** One subscriber's hold on a check. Any thread. */
public interface Subscription extends AutoCloseable {
    /** The check. */
    CheckKey key();

    /** The health that the listener was last told, or the seed. */
    Health health();

    /** What the latest probe saw, for whomever it was made; empty before the first one ended. */
    Optional<LastProbe> lastProbe();

    /**
     * Subscribes the same listener to another check, which begins with the health of this one, and ends this subscription.
     *
     * @return the new subscription
     */
    Subscription replaceBy(CheckKey key);

    /**
     * Ends the subscription; a probe that nobody waits for any more is cancelled. A call of the listener that has begun may still be
     * under way at the return, but none begins afterwards.
     */
    @Override
    void close();
}
