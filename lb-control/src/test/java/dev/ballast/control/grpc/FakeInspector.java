package dev.ballast.control.grpc;

import dev.ballast.control.inspect.Explanations;
import dev.ballast.control.inspect.Inspector;
import dev.ballast.control.loop.ChangeRefusedException;
import dev.ballast.control.loop.ChangeRefusedException.Kind;
import dev.ballast.datapath.Probe;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** A datapath without a datapath: the last byte of a frame's destination MAC says what becomes of it. */
public final class FakeInspector implements Inspector {
    public static final String TAG = "3b185187f1855c4c";
    public static final int FORWARDED = 0;
    public static final int ANSWERED = 1;
    public static final int PASSED = 2;
    public static final int DROPPED = 3;
    public static final int REFUSED = 4;
    public static final int DEFECT = 5;

    /** What a forwarded frame has in front. */
    public static final int GROWTH = 20;

    private static final int SAYS_AT = 5;

    /** Of each packet: time, captured bytes, length. */
    public final List<String> packets = new CopyOnWriteArrayList<>();

    /** What was captured, and what was asked for. */
    public final Queue<Portion> portions = new ConcurrentLinkedQueue<>();

    public final List<CaptureFilter> filters = new CopyOnWriteArrayList<>();

    /** Whether a capture ends when it has none left. */
    public volatile boolean ends;

    public final AtomicInteger open = new AtomicInteger();
    private volatile String refusal = "";

    /** No replay begins from now on. */
    public void refuse(String message) {
        refusal = message;
    }

    @Override
    public Explained explain(Probe probe) {
        if (!refusal.isEmpty()) {
            throw new ChangeRefusedException(Kind.FAILED, refusal);
        }
        return Explanations.known(probe);
    }

    /** Captures what is put into {@link #portions}. */
    @Override
    public Capture capture(CaptureFilter filter) {
        if (!refusal.isEmpty()) {
            throw new ChangeRefusedException(Kind.FAILED, refusal);
        }
        if (!open.compareAndSet(0, 1)) {
            throw new ChangeRefusedException(Kind.UNAVAILABLE, "another capture runs; try again when it has ended");
        }
        filters.add(filter);
        return new Capture() {
            @Override
            public Portion take(int limit, int timeoutMs) {
                Portion next = portions.poll();
                if (next != null) {
                    return new Portion(
                            next.packets()
                                    .subList(0, Math.min(limit, next.packets().size())),
                            next.lost());
                }
                if (ends) {
                    throw new ChangeRefusedException(Kind.UNAVAILABLE, "the datapath has ended");
                }
                LockSupport.parkNanos(timeoutMs * 1_000_000L);
                return new Portion(List.of(), 0);
            }

            @Override
            public void close() {
                open.decrementAndGet();
            }
        };
    }

    @Override
    public Replay replay() {
        if (!refusal.isEmpty()) {
            throw new ChangeRefusedException(Kind.FAILED, refusal);
        }
        if (!open.compareAndSet(0, 1)) {
            throw new ChangeRefusedException(Kind.UNAVAILABLE, "another replay runs; try again when it has ended");
        }
        return new Replay() {
            @Override
            public String tag() {
                return TAG;
            }

            @Override
            public Verdict run(long timeUnixNs, byte[] head, int length) {
                packets.add("%d %d %d".formatted(timeUnixNs, head.length, length));
                return switch (head[SAYS_AT]) {
                    case FORWARDED -> {
                        byte[] sent = new byte[GROWTH + length];
                        System.arraycopy(head, 0, sent, GROWTH, head.length);
                        yield new Verdict("forwarded", "forwarded_flow", "web", "2001:db8:2::13", sent);
                    }
                    case ANSWERED -> new Verdict("answered", "answered_echo", "web", "", Arrays.copyOf(head, length));
                    case PASSED -> new Verdict("passed", "passed_not_vip", "", "", new byte[0]);
                    case DROPPED -> new Verdict("dropped", "dropped_no_member", "web", "", new byte[0]);
                    case REFUSED -> throw new ChangeRefusedException(Kind.INVALID, "packet of 9014 bytes: too long");
                    default -> throw new IllegalStateException("secret");
                };
            }

            @Override
            public void close() {
                open.decrementAndGet();
            }
        };
    }
}
