package dev.ballast.datapath;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.util.List;
import java.util.Optional;
import java.util.function.LongUnaryOperator;
import java.util.function.ToIntFunction;

/**
 * The flow tables: the only ones that the program writes, too. A word is read once and changed by one compare-and-set; where
 * that fails the program was faster, and its word stands. The control loop is the one writer beside it.
 */
public final class FlowTable {
    private static final VarHandle WORD = JAVA_LONG.varHandle();
    private static final long NONE = 0;
    private static final int[] NOT_COUNTED = {};

    private final MemorySegment main;
    private final MemorySegment halfOpen;
    private final MemorySegment fragments;
    private final int mainBits;
    private final int halfOpenBits;
    private final int members;
    private final FlowHash hash;
    private final ToIntFunction<FlowTuple> seeds;

    /** Where the next {@link #sweep} goes on, bytes into the main table, then the half-open one, then the fragments. */
    private long sweepCursor;

    /** {@code seeds} tells the seed that the flow hash of a flow takes. */
    FlowTable(
            MemorySegment main,
            MemorySegment halfOpen,
            MemorySegment fragments,
            int members,
            FlowHash hash,
            ToIntFunction<FlowTuple> seeds) {
        this.main = main;
        this.halfOpen = halfOpen;
        this.fragments = fragments;
        this.mainBits = setBits(main);
        this.halfOpenBits = setBits(halfOpen);
        this.members = members;
        this.hash = hash;
        this.seeds = seeds;
    }

    /** log2 of the sets of a table. */
    static int setBits(MemorySegment table) {
        return Long.numberOfTrailingZeros(table.byteSize() / Abi.FLOW_SET.byteSize());
    }

    /** How many flows the main table has ways for. */
    public long capacity() {
        return main.byteSize() / Long.BYTES;
    }

    /** Counts what is live, in one pass over the tables: 1 to 3 ms a million ways. */
    public Census census(int nowTicks) {
        int[] flows = new int[members];
        int[] open = new int[members];
        long live = 0;
        long spilled = 0;
        long expired = 0;
        for (long at = 0; at < main.byteSize(); at += Long.BYTES) {
            long entry = main.get(JAVA_LONG, at);
            if (FlowEntry.isLive(entry, nowTicks)) {
                count(flows, open, entry);
                live++;
                spilled += FlowEntry.spilled(entry) ? 1 : 0;
            } else if (!FlowEntry.isFree(entry)) {
                expired++;
            }
        }
        long waiting = 0;
        for (long at = 0; at < halfOpen.byteSize(); at += Long.BYTES) {
            long entry = halfOpen.get(JAVA_LONG, at);
            if (FlowEntry.isLive(entry, nowTicks)) {
                count(flows, open, entry);
                waiting++;
            }
        }
        long fragmented = 0;
        for (long at = 0; at < fragments.byteSize(); at += Long.BYTES) {
            long entry = fragments.get(JAVA_LONG, at);
            if (FlowEntry.isLive(entry, nowTicks)) {
                count(flows, NOT_COUNTED, entry);
                fragmented++;
            }
        }
        return new Census(flows, open, live, spilled, waiting, fragmented, expired);
    }

    /** Counts live flows by member and state, in one pass as {@link #census}. */
    public FlowStates states(int nowTicks) {
        FlowStates states = new FlowStates(members);
        for (MemorySegment table : List.of(main, halfOpen)) {
            for (long at = 0; at < table.byteSize(); at += Long.BYTES) {
                long entry = table.get(JAVA_LONG, at);
                if (FlowEntry.isLive(entry, nowTicks)) {
                    states.add(FlowEntry.member(entry), FlowEntry.state(entry));
                }
            }
        }
        return states;
    }

    private static void count(int[] flows, int[] open, long entry) {
        int member = FlowEntry.member(entry);
        if (member < flows.length) {
            flows[member]++;
        }
        if (member < open.length && !FlowEntry.isClosing(entry)) {
            open[member]++;
        }
    }

    /** Takes entries of the main table. */
    @FunctionalInterface
    public interface Visitor {
        /**
         * One live flow.
         *
         * @param tag of its hash, 30 bits: what the slot of the ring derives from in a service by 5-tuple
         * @param member its id
         */
        void visit(int tag, int member);
    }

    /**
     * Shows live flows of the main table that nobody has begun to close: all of them, or, of a larger table, those of sets that lie
     * evenly in it, which is a fair sample since sets are chosen by a hash.
     *
     * @param ways at least so many are looked at, if there are as many
     * @param confirmed only those of which a second packet was seen
     */
    public void sample(int nowTicks, long ways, boolean confirmed, Visitor visitor) {
        long setBytes = Abi.FLOW_SET.byteSize();
        long stride = Math.max(1, capacity() / ways) * setBytes;
        for (long set = 0; set < main.byteSize(); set += stride) {
            for (long at = set; at < set + setBytes; at += Long.BYTES) {
                long entry = main.get(JAVA_LONG, at);
                if (FlowEntry.isLive(entry, nowTicks)
                        && !FlowEntry.isClosing(entry)
                        && !(confirmed && FlowEntry.state(entry) == FlowState.UNCONFIRMED)) {
                    visitor.visit(FlowEntry.tag(entry), FlowEntry.member(entry));
                }
            }
        }
    }

    /**
     * Frees expired entries, going on where the last call ended. Every way has to be passed within
     * {@link KernelClock#longest} of its expiry: after that an entry would come to life again.
     *
     * @param budget how many ways to look at
     * @return how many were freed
     */
    public long sweep(int nowTicks, long budget) {
        long freed = 0;
        long total = main.byteSize() + halfOpen.byteSize() + fragments.byteSize();
        for (long looked = 0; looked < Math.min(budget, total / Long.BYTES); looked++) {
            MemorySegment table = main;
            long at = sweepCursor;
            for (MemorySegment next : List.of(halfOpen, fragments)) {
                if (at < table.byteSize()) {
                    break;
                }
                at -= table.byteSize();
                table = next;
            }
            long entry = (long) WORD.getOpaque(table, at);
            if (!FlowEntry.isFree(entry)
                    && !FlowEntry.isLive(entry, nowTicks)
                    && WORD.compareAndSet(table, at, entry, NONE)) {
                freed++;
            }
            sweepCursor = (sweepCursor + Long.BYTES) % total;
        }
        return freed;
    }

    /** The live entry of a flow, as a packet of it would find it: in the main table, or where its SYN left it. */
    public Optional<TrackedFlow> lookup(FlowTuple flow, int nowTicks) {
        long wanted = hash.of(flow.source(), flow.ports(), seeds.applyAsInt(flow));
        int tag = FlowEntry.tagOfHash(wanted);
        int home = FlowEntry.homeSet(wanted, mainBits);
        long identity = (long) tag << FlowEntry.TAG_SHIFT;
        return find(main, home, identity, nowTicks)
                .or(() -> find(main, FlowEntry.spillSet(home, tag, mainBits), identity | FlowEntry.SPILLED, nowTicks))
                .or(() -> find(halfOpen, FlowEntry.homeSet(wanted, halfOpenBits), identity, nowTicks));
    }

    /** The live entry of one flow in one set; {@code identity}: its tag and {@link FlowEntry#SPILLED}, where they stand. */
    static Optional<TrackedFlow> find(MemorySegment table, int set, long identity, int nowTicks) {
        long start = set * Abi.FLOW_SET.byteSize();
        for (int i = 0; i < FlowEntry.WAYS; i++) {
            int way = (FlowEntry.tag(identity) + i) & (FlowEntry.WAYS - 1);
            long entry = (long) WORD.getOpaque(table, start + (long) way * Long.BYTES);
            if (FlowEntry.sameFlow(entry, identity) && FlowEntry.isLive(entry, nowTicks)) {
                return Optional.of(new TrackedFlow(
                        FlowEntry.member(entry), FlowEntry.state(entry), FlowEntry.remainingTicks(entry, nowTicks)));
            }
        }
        return Optional.empty();
    }

    /** Gives all flows of one member to another; both of one service. Returns how many. */
    public long remap(int from, int to) {
        return change(from, entry -> FlowEntry.withMember(entry, to));
    }

    /** Forgets all flows of a member; their next packets follow the ring. Returns how many. */
    public long flushMember(int member) {
        return change(member, entry -> NONE);
    }

    private long change(int member, LongUnaryOperator to) {
        change(fragments, member, to);
        return change(main, member, to) + change(halfOpen, member, to);
    }

    /** Retries a word that the program changes meanwhile: it may have changed its expiry only. */
    private static long change(MemorySegment table, int member, LongUnaryOperator to) {
        long changed = 0;
        for (long at = 0; at < table.byteSize(); at += Long.BYTES) {
            long entry = (long) WORD.getOpaque(table, at);
            while (!FlowEntry.isFree(entry) && FlowEntry.member(entry) == member) {
                long witness = (long) WORD.compareAndExchange(table, at, entry, to.applyAsLong(entry));
                if (witness == entry) {
                    changed++;
                    break;
                }
                entry = witness;
            }
        }
        return changed;
    }
}
