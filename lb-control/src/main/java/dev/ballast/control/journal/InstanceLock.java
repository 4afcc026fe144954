package dev.ballast.control.journal;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Holds an instance's state directory for one daemon. The kernel releases it when the process ends, however it ends. The
 * file holds the owner's pid, so that a second daemon can name the first.
 */
public final class InstanceLock implements AutoCloseable {
    private static final Path RUN = Path.of("/run/ballast");

    private final FileChannel channel;

    /** A second handle on the file, and its name, which is removed at the end; null: it stays. */
    private final @Nullable FileChannel named;

    private final @Nullable Path removed;

    private InstanceLock(FileChannel channel, @Nullable FileChannel named, @Nullable Path removed) {
        this.channel = channel;
        this.named = named;
        this.removed = removed;
    }

    /**
     * Takes the lock.
     *
     * @throws JournalException if another daemon holds it, naming its pid, or if the directory is not writable
     */
    public static InstanceLock take(Path directory, long pid) throws JournalException {
        return new InstanceLock(lock(directory.resolve("lock"), "this instance", pid), null, null);
    }

    /**
     * Takes the lock on a directory of pins: two daemons with state directories of their own would otherwise write the same
     * tables. A BPF file system holds no plain files, and the directory comes and goes with the datapath, so the lock is a file
     * of that directory's name in {@code /run/ballast}, for as long as it is held.
     *
     * @throws JournalException as {@link #take}
     */
    public static InstanceLock takePins(Path pins, long pid) throws JournalException {
        return takePins(RUN, pins, pid);
    }

    static InstanceLock takePins(Path run, Path pins, long pid) throws JournalException {
        String name =
                pins.toAbsolutePath().normalize().toString().replace("_", "__").replace('/', '_');
        Path file = run.resolve("pins" + name + ".lock");
        try {
            if (!Files.isDirectory(run)) {
                Files.createDirectories(run);
                // Not as an attribute of the creation, which the umask would narrow: the API's group has to get
                // through.
                Files.setPosixFilePermissions(run, PosixFilePermissions.fromString("rwxr-xr-x"));
            }
            while (true) {
                FileChannel channel = lock(file, "the datapath pinned in " + pins, pid);
                FileChannel named = sameFile(channel, file);
                if (named != null) {
                    return new InstanceLock(channel, named, file);
                }
                channel.close(); // its owner removed it after it was opened here: what is locked has no name
            }
        } catch (IOException e) {
            throw new JournalException(
                    "lock in %s: %s; run ballastd as root, or by its systemd unit".formatted(run, e), e);
        }
    }

    /**
     * Opens what has this name now, if it is the file that {@code channel} holds, as its content shows: the number of an inode
     * is given to the next file. The caller keeps it open: the kernel releases a lock with the first of a process's handles on
     * the file (fcntl(2), "advisory record locking").
     */
    private static @Nullable FileChannel sameFile(FileChannel channel, Path file) throws IOException {
        FileChannel named;
        try {
            named = FileChannel.open(file, StandardOpenOption.READ);
        } catch (NoSuchFileException e) {
            return null;
        }
        if (read(named).equals(read(channel))) {
            return named;
        }
        named.close();
        return null;
    }

    private static FileChannel lock(Path file, String what, long pid) throws JournalException {
        FileChannel channel = null;
        try {
            channel = FileChannel.open(
                    file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
            if (tryLock(channel) == null) {
                String owner = read(channel).lines().findFirst().orElse("unknown");
                channel.close();
                throw new JournalException(
                        "another ballastd (pid %s) runs %s: it holds %s. Stop it first, or start this one with another --instance"
                                .formatted(owner, what, file));
            }
            channel.truncate(0);
            channel.write(ByteBuffer.wrap(content(pid).getBytes(UTF_8)), 0);
            return channel;
        } catch (IOException e) {
            closeQuietly(channel);
            throw new JournalException("lock %s: %s; its directory has to exist and be writable".formatted(file, e), e);
        }
    }

    /** The owner, and what no other owner writes. */
    private static String content(long pid) {
        return pid + "\n" + UUID.randomUUID() + "\n";
    }

    private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException e) {
            return null; // held by this very process
        }
    }

    private static String read(FileChannel channel) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(64);
        channel.read(buffer, 0);
        return new String(buffer.array(), 0, buffer.position(), UTF_8);
    }

    private static void closeQuietly(@Nullable FileChannel channel) {
        try {
            if (channel != null) {
                channel.close();
            }
        } catch (IOException ignored) {
            // the first failure is the one to report
        }
    }

    /** Gives it up. The file goes while it is still locked, so that nobody else's is removed. */
    @Override
    public void close() throws IOException {
        try (channel;
                named) {
            if (removed != null && channel.isOpen()) {
                Files.deleteIfExists(removed);
            }
        }
    }
}
