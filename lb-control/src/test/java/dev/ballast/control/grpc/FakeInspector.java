package dev.ballast.control.grpc;

import dev.ballast.control.inspect.Explanations;
import dev.ballast.control.inspect.Inspector;
import dev.ballast.control.loop.ChangeRefusedException;
import dev.ballast.control.loop.ChangeRefusedException.Kind;
import dev.ballast.datapath.Probe;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

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
