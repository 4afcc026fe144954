package dev.ballast.datapath;

/** Counts grace periods: what is retired carries the number of the next one to begin. One writer. */
final class Epochs {
    private long next = 1;

    /** The grace period that has to be over before something that is retired now may be used again. */
    long next() {
        return next;
    }

    /** Begins a grace period: it covers all that carries its number or a lower one. */
    Grace begin() {
        return new Grace(next++);
    }
}
