package dev.ballast.control.journal;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * The payload of one record: a revision and what it led to. Numbers are big-endian, texts as {@link DataOutputStream#writeUTF}
 * has them:
 *
 * <pre>
 * 'B' or 'S'  revision 8  from 8  time 8  author  operation  object  request id  request digest  config digest
 * effects: count 4, text each
 * B: drains: count 4, text each; length of the configuration 4; configuration, deflated
 * S: drained, undrained: count 4, text each; prefix 4; suffix 4; length of the middle 4; middle, deflated
 * </pre>
 */
record Entry(Revision revision, Body body) {
    private static final char BASE = 'B';
    private static final char STEP = 'S';
    private static final int LIST_MAX = 1 << 20;

    byte[] payload() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(512);
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeByte(body instanceof Body.Base ? BASE : STEP);
            out.writeLong(revision.revision());
            out.writeLong(revision.fromRevision());
            out.writeLong(revision.timeUnixMs());
            out.writeUTF(revision.author());
            out.writeUTF(revision.operation());
            out.writeUTF(revision.object());
            out.writeUTF(revision.requestId());
            out.writeUTF(revision.requestDigest());
            out.writeUTF(revision.configDigest());
            write(out, revision.effects());
            switch (body) {
                case Body.Base base -> {
                    write(out, base.drains());
                    out.writeInt(base.config().length);
                    out.write(Body.deflate(base.config()));
                }
                case Body.Step step -> {
                    write(out, step.drained());
                    write(out, step.undrained());
                    out.writeInt(step.prefix());
                    out.writeInt(step.suffix());
                    out.writeInt(step.middle().length);
                    out.write(Body.deflate(step.middle()));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("memory does not fail", e);
        }
        return bytes.toByteArray();
    }

    private static void write(DataOutputStream out, Collection<String> texts) throws IOException {
        out.writeInt(texts.size());
        for (String text : texts) {
            out.writeUTF(text);
        }
    }

    /**
     * Reads what {@link #payload} gave.
     *
     * @throws IOException if it is none
     */
    static Entry of(byte[] payload) throws IOException {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(payload))) {
            int kind = in.readUnsignedByte();
            if (kind != BASE && kind != STEP) {
                throw new IOException("is of an unknown kind " + kind);
            }
            long number = in.readLong();
            long from = in.readLong();
            long timeUnixMs = in.readLong();
            String author = in.readUTF();
            String operation = in.readUTF();
            String object = in.readUTF();
            String requestId = in.readUTF();
            String requestDigest = in.readUTF();
            String configDigest = in.readUTF();
            Revision revision = new Revision(
                    number,
                    from,
                    timeUnixMs,
                    author,
                    operation,
                    object,
                    requestId,
                    requestDigest,
                    texts(in),
                    configDigest);
            return new Entry(revision, kind == BASE ? base(in) : step(in));
        }
    }

    private static Body base(DataInputStream in) throws IOException {
        SortedSet<String> drains = new TreeSet<>(texts(in));
        int length = in.readInt();
        return new Body.Base(drains, Body.inflate(in.readAllBytes(), length));
    }

    private static Body step(DataInputStream in) throws IOException {
        SortedSet<String> drained = new TreeSet<>(texts(in));
        SortedSet<String> undrained = new TreeSet<>(texts(in));
        int prefix = in.readInt();
        int suffix = in.readInt();
        int length = in.readInt();
        if (prefix < 0 || suffix < 0) {
            throw new IOException("shares less than nothing with the record before");
        }
        return new Body.Step(drained, undrained, prefix, suffix, Body.inflate(in.readAllBytes(), length));
    }

    private static List<String> texts(DataInputStream in) throws IOException {
        int count = in.readInt();
        if (count < 0 || count > LIST_MAX) {
            throw new IOException("has a list of " + count + " texts");
        }
        List<String> texts = new ArrayList<>(Math.min(count, 1_000));
        for (int i = 0; i < count; i++) {
            texts.add(in.readUTF());
        }
        return texts;
    }
}
