package dev.ballast.control.grpc;

import java.io.IOException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipalNotFoundException;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The path of a unix socket, owned by one daemon at a time.
 *
 * <p>The socket is bound inside a directory that only its owner can enter, gets its mode and group there, and is then
 * renamed into place: nobody can open it with the permissions of the umask, and a dead daemon's socket is replaced in
 * one step. A lock on {@code PATH.lock}, held as long as the socket, decides between two daemons that start at once.
 *
 * <pre>
 *   claim()      lock, refuse a living daemon     DIR/X.sock.lock
 *   bindPath()   bind here                        DIR/.X.sock/s     (DIR/.X.sock is 0700)
 *   publish()    chgrp, chmod, rename             DIR/X.sock
 *   unpublish()  remove it if it is still ours
 *   close()      unlock
 * </pre>
 *
 * Not thread-safe.
 */
final class SocketFile implements AutoCloseable {
    /** {@code sizeof(sockaddr_un.sun_path)} without the closing NUL, unix(7). */
    private static final int PATH_MAX_BYTES = 107;

    private static final int S_IFMT = 0170000;
    private static final int S_IFSOCK = 0140000;

    private static final Set<PosixFilePermission> OWNER = PosixFilePermissions.fromString("rw-------");
    private static final Set<PosixFilePermission> OWNER_AND_GROUP = PosixFilePermissions.fromString("rw-rw----");

    private final Path path;
    private final Path bindDirectory;
    private final FileChannel lock;
    private @Nullable Object publishedKey;

    private SocketFile(Path path, FileChannel lock) {
        this.path = path;
        this.bindDirectory = path.resolveSibling("." + path.getFileName());
        this.lock = lock;
    }

    /**
     * Takes the path for this daemon. Nothing is bound yet, and a stale socket stays until {@link #publish}.
     *
     * @throws IOException when a living daemon has it, when something else is there, or when the path is unusable
     */
    static SocketFile claim(Path socket) throws IOException {
        Path path = socket.toAbsolutePath().normalize();
        Path directory = path.getParent();
        if (directory == null) {
            throw new IOException(
                    "listen " + socket + ": not the path of a socket; give one such as /run/ballast/x.sock");
        }
        if (!Files.isDirectory(directory)) {
            Files.createDirectories(directory);
            // Not as an attribute of the creation, which the umask would narrow: the group must get through.
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
        SocketFile file = new SocketFile(path, lock(path));
        try {
            file.refuseUnusable();
            file.removeBindDirectory();
            Files.createDirectory(
                    file.bindDirectory,
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            return file;
        } catch (IOException | RuntimeException e) {
            file.lock.close();
            throw e;
        }
    }

    private static FileChannel lock(Path path) throws IOException {
        Path lockPath = path.resolveSibling(path.getFileName() + ".lock");
        FileChannel channel = FileChannel.open(
                lockPath,
                Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(OWNER));
        try {
            if (channel.tryLock() != null) {
                return channel;
            }
        } catch (OverlappingFileLockException e) {
            // Held by this process: the same answer.
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
        channel.close();
        throw inUse(path, "its lock is held");
    }

    private void refuseUnusable() throws IOException {
        int bytes = bindPath().toString().getBytes(StandardCharsets.UTF_8).length;
        if (bytes > PATH_MAX_BYTES) {
            throw new IOException("listen " + path + ": the path is " + (bytes - PATH_MAX_BYTES)
                    + " bytes too long for a unix socket; choose a shorter one");
        }
        int type;
        try {
            type = (int) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS) & S_IFMT;
        } catch (NoSuchFileException e) {
            return;
        }
        if (type != S_IFSOCK) {
            throw new IOException(
                    "listen " + path + ": it exists and is not a socket; remove it or choose another path");
        }
        try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            probe.connect(UnixDomainSocketAddress.of(path));
            throw inUse(path, "it answers");
        } catch (ConnectException refused) {
            // Nobody listens: a daemon that died left it behind.
        }
    }

    private static IOException inUse(Path path, String evidence) {
        return new IOException("listen " + path + ": another daemon serves it (" + evidence
                + "); stop that one, or start this one with another --instance");
    }

    /** Where to bind; {@link #publish} moves the socket from here into place. */
    Path bindPath() {
        return bindDirectory.resolve("s");
    }

    /**
     * Gives the bound socket mode 0660 and the group, or 0600 where there is no such group, and moves it into place.
     *
     * @return what an operator should know, if the group cannot open it
     */
    Optional<String> publish(String group) throws IOException {
        Path bound = bindPath();
        Optional<String> warning = give(bound, group);
        publishedKey = fileKey(bound);
        Files.move(bound, path, StandardCopyOption.ATOMIC_MOVE);
        removeBindDirectory();
        return warning;
    }

    /**
     * Gives the published socket to another group.
     *
     * @return as {@link #publish}
     */
    Optional<String> regroup(String group) throws IOException {
        return give(path, group);
    }

    /** First to nobody: whoever was in the group before and is not in the new one is out of it at once. */
    private Optional<String> give(Path socket, String group) throws IOException {
        PosixFileAttributeView attributes = Files.getFileAttributeView(socket, PosixFileAttributeView.class);
        attributes.setPermissions(OWNER);
        GroupPrincipal principal;
        try {
            principal = path.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByGroupName(group);
        } catch (UserPrincipalNotFoundException e) {
            return Optional.of("group " + group + " does not exist: only the daemon's own user may open " + path
                    + "; create it (groupadd --system " + group + ") and restart, or name another in node.api.group");
        }
        try {
            attributes.setGroup(principal);
        } catch (FileSystemException e) {
            return Optional.of("the daemon's user may not give " + path + " to group " + group + " (" + e.getReason()
                    + "): only that user may open it; make it a member (usermod -aG " + group
                    + " USER) and restart, or name another in node.api.group");
        }
        attributes.setPermissions(OWNER_AND_GROUP);
        return Optional.empty();
    }

    private static @Nullable Object fileKey(Path path) throws IOException {
        return Files.readAttributes(path, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                .fileKey();
    }

    private void removeBindDirectory() throws IOException {
        Files.deleteIfExists(bindPath());
        Files.deleteIfExists(bindDirectory);
    }

    /** Removes the socket, if it is still the one published here; no other daemon can take the path yet. Idempotent. */
    void unpublish() throws IOException {
        removeBindDirectory();
        try {
            if (publishedKey != null && publishedKey.equals(fileKey(path))) {
                Files.delete(path);
            }
        } catch (NoSuchFileException e) {
            // Somebody has removed it already.
        }
        publishedKey = null;
    }

    /** Removes the socket and gives the path free. */
    @Override
    public void close() throws IOException {
        try (lock) {
            unpublish();
        }
    }
}
