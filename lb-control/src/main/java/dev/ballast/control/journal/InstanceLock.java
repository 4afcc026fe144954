package dev.ballast.control.journal;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * Holds an instance's state directory for one daemon. The kernel releases it when the process ends, however it ends. The
 * file holds the owner's pid, so that a second daemon can name the first.
 */
public final class InstanceLock implements AutoCloseable {
    private static final Path RUN = Path.of("/run/ballast");

    private final FileChannel channel;

    private InstanceLock(FileChannel channel) {
        this.channel = channel;
    }

    /**
     * Takes the lock.
     *
     * @throws JournalException if another daemon holds it, naming its pid, or if the directory is not writable
     */
    public static InstanceLock take(Path directory, long pid) throws JournalException {
        return lock(directory.resolve("lock"), "this instance", pid);
    }

    /**
     * Takes the lock on a directory of pins: two daemons with state directories of their own would otherwise write the same
     * tables. A BPF file system holds no plain files, so the lock is a file of that directory's name in {@code /run/ballast}.
     *
     * @throws JournalException as {@link #take}
     */
    public static InstanceLock takePins(Path pins, long pid) throws JournalException {
        String name =
                pins.toAbsolutePath().normalize().toString().replace("_", "__").replace('/', '_');
        try {
            Files.createDirectories(RUN);
        } catch (IOException e) {
            throw new JournalException("make %s: %s; run ballastd as root".formatted(RUN, e), e);
        }
        return lock(RUN.resolve("pins" + name + ".lock"), "the datapath pinned in " + pins, pid);
    }

    private static InstanceLock lock(Path file, String what, long pid) throws JournalException {
        FileChannel channel = null;
        try {
            channel = FileChannel.open(
                    file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
            if (tryLock(channel) == null) {
                String owner = read(channel);
                channel.close();
                throw new JournalException(
                        "another ballastd (pid %s) runs %s: it holds %s. Stop it first, or start this one with another --instance"
                                .formatted(owner, what, file));
            }
            channel.truncate(0);
            channel.write(ByteBuffer.wrap((pid + "\n").getBytes(UTF_8)), 0);
            return new InstanceLock(channel);
        } catch (IOException e) {
            closeQuietly(channel);
            throw new JournalException("lock %s: %s; its directory has to exist and be writable".formatted(file, e), e);
        }
    }

    private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException e) {
            return null; // held by this very process
        }
    }

    private static String read(FileChannel channel) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(32);
        channel.read(buffer, 0);
        String text = new String(buffer.array(), 0, buffer.position(), UTF_8).strip();
        return text.isEmpty() ? "unknown" : text;
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

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
