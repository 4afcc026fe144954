package dev.ballast.control.source;

import dev.ballast.control.loop.ChangeRefusedException;
import dev.ballast.control.loop.Control;
import dev.ballast.control.model.Config;
import dev.ballast.control.model.ConfigException;
import dev.ballast.control.model.ConfigReader;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file, applied where nothing was ever accepted. Later changes of it are never applied by themselves, but they do not go unnoticed
 * either: after each accepted change, and when the file has another time, it is read and compared with what runs.
 */
public final class FileSource implements Source {
    private static final Logger LOG = LoggerFactory.getLogger(FileSource.class);

    /** So often the file's time is looked at. */
    private static final long LOOK_MS = 10_000;

    /** At least so long between two comparisons that changes ask for. */
    private static final long PAUSE_MS = 1_000;

    /** A file of ten thousand services takes a second to read: comparing may take this part of a processor, and no more. */
    private static final int SHARE_OF_TIME = 20;

    private final Path file;
    private final long lookMs;
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("ballast-source").daemon().factory());
    private final AtomicBoolean waiting = new AtomicBoolean();
    private volatile @Nullable Config running;
    private volatile Optional<String> difference = Optional.empty();
    private volatile long pauseUntilNs = System.nanoTime();

    /** What a file looks like from outside; another one has another content, most probably. */
    private record Stamp(FileTime modified, long bytes) {}

    /** What was compared last; the source's thread only, but for the first time. */
    private @Nullable Config compared;

    private Optional<Stamp> comparedStamp = Optional.empty();

    /** Of {@code file}, which need not exist. */
    public FileSource(Path file) {
        this(file, LOOK_MS);
    }

    FileSource(Path file, long lookMs) {
        this.file = file;
        this.lookMs = lookMs;
    }

    @Override
    public String kind() {
        return "file";
    }

    @Override
    public void start(Control control) throws IOException {
        if (running == null) {
            applyFirst(control);
        }
        look();
        ScheduledFuture<?> _ = thread.scheduleWithFixedDelay(this::look, lookMs, lookMs, TimeUnit.MILLISECONDS);
    }

    private void applyFirst(Control control) throws IOException {
        if (!Files.exists(file)) {
            LOG.atInfo()
                    .addKeyValue("file", file)
                    .log("no configuration file and none accepted before: waiting for `ballast apply -f FILE`");
            return;
        }
        try {
            control.apply(bytes(), file.toString(), Control.ChangeOptions.NONE).join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof ChangeRefusedException refused) {
                throw refused;
            }
            throw e;
        }
    }

    private byte[] bytes() throws IOException {
        try {
            return Files.readAllBytes(file);
        } catch (AccessDeniedException e) {
            throw new IOException(
                    "%s: this user may not read it; as root, for the systemd unit: `chgrp ballast %s && chmod 640 %s`"
                            .formatted(file, file, file),
                    e);
        } catch (IOException e) {
            throw new IOException(
                    "%s cannot be read: %s; put a configuration file there, or name one with --config"
                            .formatted(file, e.getMessage()),
                    e);
        }
    }

    @Override
    public void accepted(Config nowRunning) {
        running = nowRunning;
        if (waiting.compareAndSet(false, true)) {
            try {
                ScheduledFuture<?> _ =
                        thread.schedule(this::look, pauseUntilNs - System.nanoTime(), TimeUnit.NANOSECONDS);
            } catch (RejectedExecutionException e) {
                LOG.debug("stopping: the next start compares the file");
            }
        }
    }

    @Override
    public Optional<String> difference() {
        return difference;
    }

    /** Compares, if file or configuration are others than the last time. */
    private synchronized void look() {
        waiting.set(false);
        Config now = running;
        Optional<Stamp> stamp = stamp();
        if (now == null || (now.equals(compared) && stamp.equals(comparedStamp))) {
            return;
        }
        long startedNs = System.nanoTime();
        Optional<String> found = compare(now);
        if (!found.equals(difference)) {
            found.ifPresent(LOG::warn);
        }
        difference = found;
        compared = now;
        comparedStamp = stamp;
        long endedNs = System.nanoTime();
        pauseUntilNs =
                endedNs + Math.max(TimeUnit.MILLISECONDS.toNanos(PAUSE_MS), SHARE_OF_TIME * (endedNs - startedNs));
    }

    private Optional<Stamp> stamp() {
        try {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            return Optional.of(new Stamp(attributes.lastModifiedTime(), attributes.size()));
        } catch (IOException e) {
            return Optional.empty(); // what keeps it from being read is said where it is read
        }
    }

    private Optional<String> compare(Config now) {
        try {
            return ConfigReader.read(file.toString(), Files.readAllBytes(file)).saysTheSameAs(now)
                    ? Optional.empty()
                    : Optional.of(
                            "%s differs from the running configuration; `ballast diff -f %s` shows how, `ballast apply -f %s` takes it over"
                                    .formatted(file, file, file));
        } catch (NoSuchFileException e) {
            return Optional.empty(); // applied from elsewhere, or from a pipe
        } catch (IOException e) {
            return Optional.of("%s cannot be read: %s; the last accepted configuration is running".formatted(file, e));
        } catch (ConfigException e) {
            return Optional.of(
                    "%s is not valid; the last accepted configuration is running. %s".formatted(file, e.getMessage()));
        }
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
