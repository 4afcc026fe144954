package dev.ballast.control.journal;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * What a journal's bytes hold.
 *
 * <p>The first record comes with the file. The others are written one after the other, each durable before the next is begun, so
 * what a crash can leave unfinished is the last one: bytes that are no whole frame and have none behind them. Anything else that does not fit was not done by this daemon,
 * and is no reason to start with less than was accepted.
 *
 * @param places of the revisions, the oldest first
 * @param last the newest of them, whole; null: there is none
 * @param state that the last one led to
 * @param end of the last whole frame; what is behind it is a torn tail
 */
record Scan(List<Place> places, @Nullable Revision last, Body.State state, int end) {
    private static final String MAGIC = "ballast-journal ";
    private static final int FORMAT = 1;
    static final byte[] HEAD = (MAGIC + FORMAT + "\n").getBytes(US_ASCII);

    /**
     * Reads a whole file.
     *
     * @throws JournalException if it is not a journal of this format, or damaged anywhere but at its end
     */
    static Scan of(Path file, ByteBuffer bytes) throws JournalException {
        checkHead(file, bytes);
        List<Place> places = new ArrayList<>();
        List<Body> sinceBase = new ArrayList<>();
        Revision last = null;
        int at = HEAD.length;
        for (OptionalInt length = Frame.payloadBytes(bytes, at);
                length.isPresent();
                length = Frame.payloadBytes(bytes, at)) {
            byte[] payload = new byte[length.getAsInt()];
            bytes.get(at + Frame.HEAD_BYTES, payload);
            Entry entry = entry(file, at, payload, places);
            boolean isBase = entry.body() instanceof Body.Base;
            if (isBase) {
                sinceBase.clear();
            }
            sinceBase.add(entry.body());
            last = entry.revision();
            places.add(new Place(entry.revision().withoutEffects(), at, Frame.HEAD_BYTES + payload.length, isBase));
            at += Frame.HEAD_BYTES + payload.length;
        }
        if (places.isEmpty() && at < bytes.limit()) {
            throw damaged(file, "its first record, which was written with the file, matches no checksum");
        }
        OptionalInt next = Frame.next(bytes, at);
        if (next.isPresent()) {
            throw damaged(
                    file,
                    "bytes %d to %d, after revision %d, match no checksum, and whole records follow"
                            .formatted(at, next.getAsInt(), last(places)));
        }
        Body.State state = Body.State.NONE;
        try {
            for (Body body : sinceBase) {
                state = body.after(state);
            }
        } catch (IOException e) {
            throw damaged(
                    file, "the record of revision %d, or one before it, %s".formatted(last(places), e.getMessage()));
        }
        return new Scan(places, last, state, at);
    }

    private static void checkHead(Path file, ByteBuffer bytes) throws JournalException {
        byte[] head = new byte[Math.min(HEAD.length, bytes.limit())];
        bytes.get(0, head);
        String text = new String(head, US_ASCII);
        if (!text.startsWith(MAGIC) || !text.endsWith("\n")) {
            throw damaged(file, "it does not begin with '" + MAGIC + FORMAT + "'");
        }
        String format = text.substring(MAGIC.length()).strip();
        if (!format.equals(Integer.toString(FORMAT))) {
            throw new JournalException("%s has format %s; this build reads format %d. Start the version that wrote it"
                    .formatted(file, format, FORMAT));
        }
    }

    private static Entry entry(Path file, int at, byte[] payload, List<Place> before) throws JournalException {
        Entry entry;
        try {
            entry = Entry.of(payload);
        } catch (IOException e) {
            throw damaged(file, "the record at byte %d %s".formatted(at, e.getMessage()));
        }
        long revision = entry.revision().revision();
        boolean follows = before.isEmpty() ? entry.body() instanceof Body.Base : revision == last(before) + 1;
        if (!follows) {
            throw damaged(
                    file,
                    "the record at byte %d has revision %d after revision %d".formatted(at, revision, last(before)));
        }
        return entry;
    }

    private static long last(List<Place> places) {
        return places.isEmpty() ? 0 : places.getLast().revision().revision();
    }

    private static JournalException damaged(Path file, String how) {
        return new JournalException(
                "%s is damaged: %s. It was not written by this daemon, or the disk changed it: restore it from a backup, or move it away to start from the configuration file; what is pinned goes on forwarding meanwhile"
                        .formatted(file, how));
    }
}
