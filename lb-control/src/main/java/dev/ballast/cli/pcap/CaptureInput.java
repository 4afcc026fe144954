package dev.ballast.cli.pcap;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;

/** The bytes of a capture file in its byte order, and the place that messages name. */
final class CaptureInput {
    private final InputStream in;
    private final String name;
    private ByteOrder order = ByteOrder.LITTLE_ENDIAN;
    private String place = "";

    CaptureInput(InputStream in, String name) {
        this.in = in;
        this.name = name;
    }

    void order(ByteOrder newOrder) {
        order = newOrder;
    }

    ByteOrder order() {
        return order;
    }

    /** What is read from here on, for messages. */
    void at(String newPlace) {
        place = newPlace;
    }

    /** The four bytes that tell the format, little-endian. */
    int firstWord() throws IOException {
        byte[] bytes = in.readNBytes(Integer.BYTES);
        if (bytes.length < Integer.BYTES) {
            throw failure(
                    bytes.length == 0
                            ? "it is empty"
                            : "it has %d bytes, too few for a capture file".formatted(bytes.length));
        }
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getInt();
    }

    /** {@code count} bytes in the file's byte order; empty if the file ends before the first of them. */
    Optional<ByteBuffer> headerOrEnd(int count) throws IOException {
        byte[] bytes = in.readNBytes(count);
        if (bytes.length == 0) {
            return Optional.empty();
        }
        requireWhole(bytes.length, count);
        return Optional.of(ByteBuffer.wrap(bytes).order(order));
    }

    ByteBuffer header(int count) throws IOException {
        return ByteBuffer.wrap(bytes(count)).order(order);
    }

    byte[] bytes(int count) throws IOException {
        byte[] bytes = in.readNBytes(count);
        requireWhole(bytes.length, count);
        return bytes;
    }

    void skip(long count) throws IOException {
        try {
            in.skipNBytes(count);
        } catch (EOFException e) {
            throw (CaptureException) failure("the file ends within it: it was cut short, or is still being written")
                    .initCause(e);
        }
    }

    private void requireWhole(long got, long wanted) throws CaptureException {
        if (got < wanted) {
            throw failure("the file ends after %d of %d bytes: it was cut short, or is still being written"
                    .formatted(got, wanted));
        }
    }

    CaptureException failure(String what) {
        return new CaptureException(name + ": " + (place.isEmpty() ? "" : place + ": ") + what);
    }
}
