package dev.ballast.datapath;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.HexFormat;

/** The objects that this build ships. Any thread. */
public final class DatapathObjects {
    private static final String BALANCER = "balancer.bpf.o";
    private static final int TAG_BYTES = 8;

    private DatapathObjects() {}

    /** {@code balancer.bpf.c}, compiled; a new array each time. */
    public static byte[] balancer() {
        try (InputStream in = DatapathObjects.class.getResourceAsStream(BALANCER)) {
            if (in == null) {
                throw new IllegalStateException(BALANCER + " is not beside " + DatapathObjects.class.getName()
                        + ": the jar is incomplete, build it again");
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What an object is called: the first 16 hex digits of its SHA-256. */
    public static String tag(byte[] object) {
        return tagOfDigest(Abi.sha256(object));
    }

    static String tagOfDigest(byte[] digest) {
        return HexFormat.of().formatHex(digest, 0, TAG_BYTES);
    }
}
