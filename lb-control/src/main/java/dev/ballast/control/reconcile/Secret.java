package dev.ballast.control.reconcile;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.ballast.ring.HashKey;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Set;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The secret behind flow hash and rings: 32 random bytes in the state directory, mode 0600, made once. Without it, outsiders
 * cannot choose ports that fall on one member or into one set of the flow table.
 */
public final class Secret {
    private static final int BYTES = 32;
    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rw-------");

    private final byte[] bytes;

    private Secret(byte[] bytes) {
        this.bytes = bytes;
    }

    /**
     * Reads {@code DIRECTORY/secret}, or makes it.
     *
     * @throws IOException if it can be neither read nor made, if others can read it, or if it is not 32 bytes long
     */
    public static Secret of(Path directory) throws IOException {
        Path file = directory.resolve("secret");
        if (Files.exists(file)) {
            Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(file);
            if (!OWNER_ONLY.containsAll(permissions)) {
                throw new IOException("%s has mode %s: others could read it; chmod 600 %s"
                        .formatted(file, PosixFilePermissions.toString(permissions), file));
            }
            byte[] bytes = Files.readAllBytes(file);
            if (bytes.length != BYTES) {
                throw new IOException(
                        "%s has %d bytes instead of %d: restore it from a backup. Removing it makes a new one, and flows change their member once"
                                .formatted(file, bytes.length, BYTES));
            }
            return new Secret(bytes);
        }
        byte[] bytes = new byte[BYTES];
        new SecureRandom().nextBytes(bytes);
        Path fresh = directory.resolve("secret.new");
        Files.deleteIfExists(fresh);
        Files.createFile(fresh, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
        try (FileChannel channel = FileChannel.open(fresh, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(bytes));
            channel.force(true);
        }
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true); // the rename itself: the tables will be keyed by it
        }
        return new Secret(bytes);
    }

    byte[] bytes() {
        return bytes.clone();
    }

    /** The key of the rings, of its own: what one of them gives away tells nothing of the other. */
    HashKey ringKey() {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(bytes, "HmacSHA256"));
            byte[] derived = mac.doFinal("ballast ring 1".getBytes(US_ASCII));
            return HashKey.of(Arrays.copyOf(derived, HashKey.BYTES));
        } catch (GeneralSecurityException e) {
            throw new AssertionError("every JDK has HmacSHA256", e);
        }
    }
}
