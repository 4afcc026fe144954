package dev.ballast.datapath;

import dev.ballast.bpf.BpfMap;
import dev.ballast.bpf.BpfProgram;
import dev.ballast.bpf.EventBuffer;
import java.lang.foreign.Arena;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * What the running program samples, with the live tables that say whose it is. One reader, on a thread of its own; {@link #close}
 * from any, after which all else fails with an IllegalStateException.
 */
public final class LiveSamples implements AutoCloseable {
    private static final long SECOND_NS = 1_000_000_000;

    private final Arena memory;
    private final EventBuffer buffer;
    private final BpfProgram clockProgram;
    private final int hz;
    private final ServiceTable services;
    private final MemberTable members;
    private final LongSupplier lost;
    private final long lostBefore;

    /** @param lost what all samplings of the datapath have lost */
    @SuppressWarnings("MustBeClosedChecker") // the arena: by close
    LiveSamples(BpfMap samples, BpfMap services, BpfMap members, BpfProgram clockProgram, int hz, LongSupplier lost) {
        this.memory = Arena.ofShared();
        this.services = new ServiceTable(Words.of(services.mmap(memory, false)));
        this.members = new MemberTable(Words.of(members.mmap(memory, false)));
        this.buffer = EventBuffer.open(samples);
        this.clockProgram = clockProgram.duplicate();
        this.hz = hz;
        this.lost = lost;
        this.lostBefore = lost.getAsLong();
        buffer.read(_ -> {}); // what nobody has taken of a sampling before
    }

    /** Waits for a sample so long at most; true if there is one. */
    public boolean await(int timeoutMs) {
        return buffer.await(timeoutMs);
    }

    /** Hands over those that wait, but so many at most, in the order in which they were taken. */
    public void read(Consumer<Sample> each, int limit) {
        buffer.read(event -> Sample.of(event).ifPresent(each), limit);
    }

    /** The kernel's clock; the one that {@link Sample#jiffies} is of. */
    public long jiffies() {
        return Datapath.jiffies(clockProgram);
    }

    /** How much earlier one reading of {@link #jiffies} is than another, nanoseconds. */
    public long ageNs(long earlier, long later) {
        return Math.max(0, later - earlier) * SECOND_NS / hz;
    }

    /** The name hash of a service, by its index. */
    public OptionalLong serviceNameHash(int index) {
        return services.read(index).map(row -> OptionalLong.of(row.nameHash())).orElseGet(OptionalLong::empty);
    }

    /** A member, by its id. */
    public Optional<MemberRow> member(int id) {
        return members.read(id);
    }

    /** Samples that found the buffer full, or came too many at once, since this was opened. */
    public long lost() {
        return lost.getAsLong() - lostBefore;
    }

    /** A second close does nothing. */
    @Override
    public synchronized void close() {
        if (memory.scope().isAlive()) {
            buffer.close();
            clockProgram.close();
            memory.close();
        }
    }
}
