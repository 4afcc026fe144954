package dev.ballast.bpf;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.ballast.bpf.CStructs.Struct;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * Reads a BPF ring buffer: events of programs on all CPUs, in the order in which they were reserved, each exactly once and in
 * place, without a system call or an upcall.
 *
 * <p>Nothing is dropped here: a full buffer makes the program's reserve fail, which only the program can count.
 *
 * <p>One consumer thread at a time; {@link #wakeup} and {@link #close} from any.
 *
 * @see <a href="https://docs.kernel.org/bpf/ringbuf.html">BPF ring buffer</a>
 */
public final class EventBuffer implements AutoCloseable {
    private final KernelHandle map;
    private final KernelHandle wake;
    private final AtomicBoolean closed = new AtomicBoolean();

    /** Shared, because close may come from another thread: a read in progress then ends with an IllegalStateException. */
    private final Arena arena;

    private final EventRing ring;

    private EventBuffer(KernelHandle map, KernelHandle wake, Arena arena, EventRing ring) {
        this.map = map;
        this.wake = wake;
        this.arena = arena;
        this.ring = ring;
    }

    /**
     * A reader of {@code ringbuf}, which it may outlive; it goes on where the last reader left off. A second reader at the same
     * time would take events from the first.
     *
     * @throws BpfException if it is not a map of type RINGBUF
     */
    @SuppressWarnings("MustBeClosed") // the arena: by close
    public static EventBuffer open(BpfMap ringbuf) {
        if (ringbuf.type() != BpfMapType.RINGBUF) {
            throw new BpfException(
                    "read events of",
                    ringbuf.describe(),
                    Errno.EINVAL,
                    "it is of type " + ringbuf.type() + "; declare it with __uint(type, BPF_MAP_TYPE_RINGBUF)");
        }
        KernelHandle map = ringbuf.handle().duplicate();
        Arena arena = Arena.ofShared();
        try {
            EventRing ring = mapRing(ringbuf, arena);
            return new EventBuffer(map, newEventFd(ringbuf.describe()), arena, ring);
        } catch (RuntimeException | Error e) {
            arena.close();
            map.close();
            throw e;
        }
    }

    /** The consumer's page is ours to write; writing the rest would be refused, so that it is mapped read-only. */
    private static EventRing mapRing(BpfMap ringbuf, Arena arena) {
        long page = LibC.getpagesize();
        long size = Integer.toUnsignedLong(ringbuf.maxEntries());
        MemorySegment consumer = ringbuf.mmap(arena, page, LibC.PROT_READ | LibC.PROT_WRITE, 0);
        MemorySegment rest = ringbuf.mmap(arena, page + 2 * size, LibC.PROT_READ, page);
        return new EventRing(consumer, rest.asSlice(0, page), rest.asSlice(page));
    }

    private static KernelHandle newEventFd(String what) {
        int fd = LibC.eventfd(0, LibC.EFD_CLOEXEC | LibC.EFD_NONBLOCK);
        if (fd < 0) {
            throw new BpfException(
                    "create eventfd for", what, -fd, "raise the limit of open files: ulimit -n, LimitNOFILE=");
        }
        return new KernelHandle(fd, "event buffer of " + what);
    }

    /**
     * Hands every complete event to {@code handler}, at most {@code limit} of them, without waiting.
     *
     * <p>Room is given back after each event, so that a slow handler does not stall the programs for a whole batch. An event
     * whose handler throws counts as read.
     *
     * @param handler takes the event's bytes, read-only and valid during the call alone
     * @return how many were handed over; discarded ones are passed in silence
     * @throws IllegalStateException after close
     */
    public int read(Consumer<MemorySegment> handler, int limit) {
        return ring.read(handler, limit);
    }

    /** The same without a limit: until a moment at which nothing complete is there. */
    public int read(Consumer<MemorySegment> handler) {
        return ring.read(handler, Integer.MAX_VALUE);
    }

    /**
     * Waits until there is something to read, {@link #wakeup}, the timeout or a signal, whichever comes first. Anything not yet
     * read ends it at once, also an event that is reserved and not committed: then a read may find nothing for a moment.
     *
     * @param timeoutMs at most that long; -1 for ever, 0 to look only
     * @return whether there is something to read
     * @throws IllegalStateException after close
     */
    public boolean await(int timeoutMs) {
        int mapFd = map.acquire();
        try (Arena scratch = Arena.ofConfined()) { // not the mapping's arena: that could not be closed during the call
            int wakeFd = wake.acquire();
            try {
                // close() sets this before it wakes: a call that the wake-up of close() has ended must not wait again.
                if (closed.get()) {
                    throw new IllegalStateException("event buffer is closed; open another one");
                }
                MemorySegment polls = scratch.allocate(CStructs.POLLFD, 2);
                Struct mapPoll = pollFor(polls.asSlice(0, CStructs.POLLFD), mapFd);
                Struct wakePoll = pollFor(polls.asSlice(CStructs.POLLFD.byteSize(), CStructs.POLLFD), wakeFd);
                int ready = LibC.poll(polls, 2, timeoutMs);
                if (ready < 0 && ready != -Errno.EINTR) {
                    throw new BpfException("wait for", "events", -ready, "the kernel refused poll(2)");
                }
                if (ready > 0 && wakePoll.getShort("revents") != 0) {
                    LibC.read(wakeFd, scratch.allocate(JAVA_LONG)); // resets the eventfd
                }
                return ready > 0 && mapPoll.getShort("revents") != 0;
            } finally {
                wake.release();
            }
        } finally {
            map.release();
        }
    }

    private static Struct pollFor(MemorySegment memory, int fd) {
        return new Struct(CStructs.POLLFD, memory).setInt("fd", fd).setShort("events", LibC.POLLIN);
    }

    /** Ends an {@link #await} of the consumer thread, now or at its next call. Any thread. */
    public void wakeup() {
        try (Arena scratch = Arena.ofConfined()) {
            MemorySegment one = scratch.allocateFrom(JAVA_LONG, 1);
            wake.use(fd -> (int) LibC.write(fd, one));
        }
    }

    /** Bytes that programs have reserved and this reader has not passed, headers included. */
    public long backlogBytes() {
        return ring.backlogBytes();
    }

    /**
     * Ends the mapping; an {@link #await} in progress ends too. Events not read stay for the next reader. A second close does
     * nothing.
     */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            wakeup();
            wake.close();
            map.close();
            arena.close();
        }
    }
}
