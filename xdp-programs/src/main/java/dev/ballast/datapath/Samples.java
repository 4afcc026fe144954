package dev.ballast.datapath;

import dev.ballast.bpf.BpfMap;
import dev.ballast.bpf.EventBuffer;
import java.util.function.Consumer;

/** The samples that a program with {@link Feature#SAMPLES} takes, in the order in which it did. One reader. */
public final class Samples implements AutoCloseable {
    private final EventBuffer buffer;

    Samples(BpfMap samples) {
        this.buffer = EventBuffer.open(samples);
    }

    /** Hands over those that wait; returns how many events there were. */
    public int read(Consumer<Sample> each) {
        return buffer.read(event -> Sample.of(event).ifPresent(each));
    }

    @Override
    public void close() {
        buffer.close();
    }
}
