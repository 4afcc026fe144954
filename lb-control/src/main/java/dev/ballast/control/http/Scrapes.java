package dev.ballast.control.http;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;

/**
 * Who may have an answer of metrics, and on which thread it is made. Of ten thousand services it takes a second and 17 MB: a thread of its own
 * keeps the others' questions answered, and only so many answers are there at a time that have not been read. Any thread.
 */
final class Scrapes implements AutoCloseable {
    /** A Prometheus, its spare and two people. */
    static final int AT_ONCE = 4;

    private final Semaphore places = new Semaphore(AT_ONCE);
    private final ExecutorService thread = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().name("ballast-scrape").daemon().factory());

    /** Takes a place, which {@link #leave} gives back; says whether there was one. */
    boolean enter() {
        return places.tryAcquire();
    }

    void leave() {
        places.release();
    }

    /** Works on the thread of its own; says whether that still runs. */
    boolean run(Runnable work) {
        try {
            thread.execute(work);
            return true;
        } catch (RejectedExecutionException e) {
            return false;
        }
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
