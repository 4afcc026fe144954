package dev.ballast.control.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/** The real disk, that says no where a test wants it to. */
final class FailingDisk implements Disk {
    enum Step {
        WRITE,
        SYNC,
        TRUNCATE,
        RENAME,
        SYNC_DIRECTORY
    }

    /** Every step fails. */
    boolean failing;
    /** The steps that are done before one fails, once; negative: none does. */
    int stepsUntilFailure = -1;
    /** What failed last by {@link #stepsUntilFailure}. */
    Step failed = Step.WRITE;

    private void step(Step step) throws IOException {
        if (failing || stepsUntilFailure-- == 0) {
            failed = step;
            throw new IOException(step + ": the disk says no");
        }
    }

    /** Half of it is written before it fails. */
    @Override
    public void write(FileChannel file, ByteBuffer bytes, long position) throws IOException {
        try {
            step(Step.WRITE);
        } catch (IOException e) {
            Disk.REAL.write(file, bytes.slice(bytes.position(), bytes.remaining() / 2), position);
            throw e;
        }
        Disk.REAL.write(file, bytes, position);
    }

    @Override
    public void sync(FileChannel file) throws IOException {
        step(Step.SYNC);
        Disk.REAL.sync(file);
    }

    @Override
    public void truncate(FileChannel file, long bytes) throws IOException {
        step(Step.TRUNCATE);
        Disk.REAL.truncate(file, bytes);
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
        step(Step.RENAME);
        Disk.REAL.rename(from, to);
    }

    @Override
    public void syncDirectory(Path directory) throws IOException {
        step(Step.SYNC_DIRECTORY);
        Disk.REAL.syncDirectory(directory);
    }
}
