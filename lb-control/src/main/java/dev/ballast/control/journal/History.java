package dev.ballast.control.journal;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * The revisions that were kept at one moment. It has a handle of its own on the file, so whoever reads it needs neither the loop
 * nor care about what is appended, or about the journal being compacted, meanwhile. For one reader, on any thread.
 */
public final class History implements AutoCloseable {
    private final Path file;
    private final FileChannel channel;
    private final List<Place> places;

    History(Path file, FileChannel channel, List<Place> places) {
        this.file = file;
        this.channel = channel;
        this.places = List.copyOf(places);
    }

    /** The oldest revision that is kept. */
    public long oldest() {
        return places.getFirst().revision().revision();
    }

    /**
     * The newest first.
     *
     * @param before only older ones; 0: from the newest
     */
    public List<Revision> page(long before, int limit) throws JournalException {
        int end = before == 0 ? places.size() : (int) Math.clamp(before - oldest(), 0L, (long) places.size());
        List<Revision> page = new ArrayList<>();
        for (Place place : places.subList(Math.max(0, end - limit), end)) {
            page.add(read(place).revision());
        }
        Collections.reverse(page);
        return page;
    }

    /** What a revision led to; empty if it is not kept (any more). */
    public Optional<Accepted> state(long revision) throws JournalException {
        long index = revision - oldest();
        if (index < 0 || index >= places.size()) {
            return Optional.empty();
        }
        int base = (int) index;
        while (!places.get(base).isBase()) {
            base--;
        }
        Body.State state = Body.State.NONE;
        for (Place place : places.subList(base, (int) index + 1)) {
            try {
                state = read(place).body().after(state);
            } catch (IOException e) {
                throw damaged(place, e);
            }
        }
        Revision found = places.get((int) index).revision();
        return Optional.of(
                new Accepted(found.revision(), found.timeUnixMs(), state.drains(), new String(state.config(), UTF_8)));
    }

    private Entry read(Place place) throws JournalException {
        try {
            ByteBuffer frame = ByteBuffer.allocate(place.bytes());
            while (frame.hasRemaining() && channel.read(frame, place.offset() + frame.position()) >= 0) {
                // until all is there, or the file ends
            }
            frame.flip();
            if (Frame.payloadBytes(frame, 0).orElse(-1) != place.bytes() - Frame.HEAD_BYTES) {
                throw new IOException("does not match its checksum");
            }
            byte[] payload = new byte[place.bytes() - Frame.HEAD_BYTES];
            frame.get(Frame.HEAD_BYTES, payload);
            return Entry.of(payload);
        } catch (IOException e) {
            throw damaged(place, e);
        }
    }

    private JournalException damaged(Place place, IOException cause) {
        return new JournalException(
                "read %s: revision %d at byte %d: %s; forwarding goes on. Check the disk: the daemon would not start with this journal again"
                        .formatted(file, place.revision().revision(), place.offset(), cause.getMessage()),
                cause);
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException ignored) {
            // nothing was written through it
        }
    }
}
