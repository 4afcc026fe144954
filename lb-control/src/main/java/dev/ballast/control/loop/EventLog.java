package dev.ballast.control.loop;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.LongSupplier;

/**
 * What happened: the last {@link #KEPT} things, numbered without a gap. A daemon that is started later numbers from a higher number on, so
 * that who asks for what came behind the last one he knows misses nothing over a restart.
 *
 * <p>Written by the loop, read by any thread. Nobody waits for a reader: who is slower than things happen is told how many are gone.
 */
public final class EventLog {
    /** How many are kept; each is a line of a few hundred bytes. */
    public static final int KEPT = 10_000;

    /** Longer lines are cut: a refusal can have as many problems as a file has lines. */
    private static final int MESSAGE_MAX_CHARS = 1_000;

    /** How much it matters. */
    public enum Severity {
        INFO,
        WARNING,
        ERROR
    }

    /** What it is about. */
    public enum Kind {
        CONFIGURATION,
        HEALTH,
        DATAPATH,
        NETWORK,
        DAEMON
    }

    /**
     * One thing that happened.
     *
     * @param service "" for none
     * @param member {@code service/address}, "" for none
     * @param revision that was running
     * @param message one line
     */
    public record Entry(
            long sequence,
            long unixMs,
            Severity severity,
            Kind kind,
            String service,
            String member,
            long revision,
            String message) {}

    /**
     * Some of the log, the oldest first.
     *
     * @param missed that came behind what was asked for and are gone
     * @param last the number to go on behind, also of those that a filter left out
     */
    public record Page(List<Entry> entries, long missed, long last) {}

    private final LongSupplier unixMs;
    private final Entry[] ring = new Entry[KEPT];
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private final long before;
    private long last;

    /**
     * An empty log on a clock of Unix milliseconds.
     *
     * @param before the first entry has the number behind this one
     */
    public EventLog(LongSupplier unixMs, long before) {
        this.unixMs = unixMs;
        this.before = before;
        this.last = before;
    }

    /** The same, numbered from a thousand times the present second on: more events than that no daemon has in the long run. */
    static EventLog sinceNow(LongSupplier unixMs) {
        return new EventLog(unixMs, unixMs.getAsLong() / 1_000 * 1_000);
    }

    /** Notes what happened; control characters become spaces. */
    public void add(Severity severity, Kind kind, String service, String member, long revision, String message) {
        String line = message.replaceAll("[\\p{Cc}\\u2028\\u2029]+", " ");
        String cut = line.length() <= MESSAGE_MAX_CHARS ? line : line.substring(0, MESSAGE_MAX_CHARS) + "…";
        synchronized (this) {
            last++;
            ring[slot(last)] = new Entry(last, unixMs.getAsLong(), severity, kind, service, member, revision, cut);
        }
        listeners.forEach(Runnable::run);
    }

    /**
     * What came after a number.
     *
     * @param after 0: all that is kept; so does a number that this daemon has not given out, because it is one of an earlier daemon
     * @param service only what concerns this one; "": all
     * @param most at most so many
     */
    public synchronized Page after(long after, String service, int most) {
        long from = Long.compareUnsigned(after, last) > 0 ? before : Math.max(before, after);
        long oldest = oldest();
        long missed = after == 0 ? 0 : Math.max(0, oldest - from - 1);
        List<Entry> entries = new ArrayList<>();
        long at = Math.max(from, oldest - 1);
        while (at < last && entries.size() < most) {
            at++;
            Entry entry = ring[slot(at)];
            if (service.isEmpty() || service.equals(entry.service())) {
                entries.add(entry);
            }
        }
        return new Page(entries, missed, at);
    }

    /** The last {@code most} that are kept. */
    public synchronized Page latest(String service, int most) {
        List<Entry> entries = new ArrayList<>();
        for (long at = last; at >= oldest() && entries.size() < most; at--) {
            Entry entry = ring[slot(at)];
            if (service.isEmpty() || service.equals(entry.service())) {
                entries.add(entry);
            }
        }
        Collections.reverse(entries);
        return new Page(entries, 0, last);
    }

    /** Calls {@code listener} after each entry, on the thread that made it: it must only hand over. */
    public Control.Subscription listen(Runnable listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    private long oldest() {
        return Math.max(before + 1, last - KEPT + 1);
    }

    private static int slot(long sequence) {
        return (int) (sequence % KEPT);
    }
}
