package dev.ballast.control.loop;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** The short name of what a change asks for: the first half of its SHA-256 (FIPS 180-4), in hexadecimal digits. Pure. */
final class RequestDigest {
    private static final int BYTES = 16;

    private RequestDigest() {}

    /** What was asked for, of 32 digits. */
    static String of(Event.ChangeRequest request) {
        MessageDigest sha = sha256();
        for (String part : new String[] {request.operation(), request.object()}) {
            byte[] bytes = part.getBytes(UTF_8);
            sha.update(ByteBuffer.allocate(4).putInt(bytes.length).flip());
            sha.update(bytes);
        }
        sha.update(request.content());
        return HexFormat.of().formatHex(sha.digest(), 0, BYTES);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has SHA-256", e);
        }
    }
}
