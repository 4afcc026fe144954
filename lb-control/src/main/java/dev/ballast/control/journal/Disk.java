package dev.ballast.control.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * The steps by which a change becomes durable, each of which a disk can refuse: a test's does so wherever it likes. Any thread.
 */
interface Disk {
    /** The one of this machine. */
    Disk REAL = new Disk() {};

    /** Writes all of {@code bytes} at {@code position}; after an exception some of them may be there. */
    default void write(FileChannel file, ByteBuffer bytes, long position) throws IOException {
        long at = position;
        while (bytes.hasRemaining()) {
            at += file.write(bytes, at);
        }
    }

    /** fdatasync(2): the size is among what it makes durable. */
    default void sync(FileChannel file) throws IOException {
        file.force(false);
    }

    default void truncate(FileChannel file, long bytes) throws IOException {
        file.truncate(bytes);
    }

    /** Replaces {@code to}, in one step for everybody who looks. */
    default void rename(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    }

    /** Makes the names in a directory durable. */
    default void syncDirectory(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
