package dev.ballast.control.journal;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * Holds an instance's state directory for one daemon. The kernel releases it when the process ends, however it ends. The
 * file holds the owner's pid, so that a second daemon can name the first.
 */
public final class InstanceLock implements AutoCloseable {
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
        Path file = directory.resolve("lock");
        FileChannel channel = null;
        try {
            channel = FileChannel.open(
                    file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
            if (tryLock(channel) == null) {
                String owner = read(channel);
                channel.close();
                throw new JournalException(
                        "another ballastd (pid %s) runs this instance: it holds %s. Stop it first, or start this one with another --instance"
                                .formatted(owner, file));
            }
            channel.truncate(0);
            channel.write(ByteBuffer.wrap((pid + "\n").getBytes(UTF_8)), 0);
            return new InstanceLock(channel);
        } catch (IOException e) {
            closeQuietly(channel);
            throw new JournalException(
                    "lock %s: %s; the state directory has to exist and be writable".formatted(file, e), e);
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
