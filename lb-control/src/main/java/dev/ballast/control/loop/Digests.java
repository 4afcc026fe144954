package dev.ballast.control.loop;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.ballast.control.plan.MemberKey;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.SortedSet;

/** Short names of contents: the first half of what they would be in SHA-256 (FIPS 180-4), or a quarter, in hexadecimal digits. Pure. */
final class Digests {
    private static final int STATE_BYTES = 8;
    private static final int REQUEST_BYTES = 16;

    private Digests() {}

    /**
     * What was configured for a fleet, of 16 digits: two balancers with the same services and drains have the same one, whatever
     * their names and interfaces.
     *
     * @param yaml as {@link dev.ballast.control.model.ConfigWriter} writes it, with {@code node} in a block of its own
     */
    static String configured(String yaml, SortedSet<MemberKey> drains) {
        MessageDigest sha = sha256();
        int node = yaml.indexOf("\nnode:") + 1;
        int shared = node;
        do {
            shared = yaml.indexOf('\n', shared) + 1;
        } while (shared < yaml.length() && yaml.charAt(shared) == ' ');
        sha.update(yaml.substring(0, node).getBytes(UTF_8));
        sha.update(yaml.substring(shared).getBytes(UTF_8));
        drains.forEach(member -> sha.update((member + "\n").getBytes(UTF_8)));
        return hex(sha, STATE_BYTES);
    }

    /** What was asked for, of 32 digits. */
    static String request(Event.ChangeRequest request) {
        MessageDigest sha = sha256();
        for (String part : new String[] {request.operation(), request.object()}) {
            byte[] bytes = part.getBytes(UTF_8);
            sha.update(ByteBuffer.allocate(4).putInt(bytes.length).flip());
            sha.update(bytes);
        }
        sha.update(request.content());
        return hex(sha, REQUEST_BYTES);
    }

    private static String hex(MessageDigest sha, int bytes) {
        return HexFormat.of().formatHex(sha.digest(), 0, bytes);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has SHA-256", e);
        }
    }
}
