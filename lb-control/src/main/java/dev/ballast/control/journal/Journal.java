package dev.ballast.control.journal;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The file {@code journal} of an instance's state directory, mode 0600: a line that says its format, a record of all that was in
 * force at one revision (the snapshot), and one for each change since. Loop thread only, but for what {@link #history} gives.
 *
 * <p>A change is accepted when its record is appended and synced. When the file outgrows its bounds it is written anew, without
 * its oldest revisions, beside the old one, synced, renamed over it, and the directory synced; both files hold whatever was
 * accepted, so a crash in between loses nothing, and a failure is no reason to refuse the change that came before.
 *
 * <p><b>When the disk says no.</b> After a failed write the file is cut back to its last whole record. After a failed fsync that
 * is not enough: Linux marks the pages clean that it could not write (fsync(2); "PostgreSQL's fsync() surprise", LWN 752063), so a
 * later fsync that succeeds says nothing about them. Such a file is not appended to any more: it is written anew as a whole
 * before the next record. A name that could not be synced into the directory is synced before the next record, too. The file is
 * opened for each record, so that a disk that is made read-only, filled or replaced is noticed by the next change, and works again
 * with the first one after its repair.
 */
public final class Journal {
    private static final Logger LOG = LoggerFactory.getLogger(Journal.class);

    /**
     * How much is kept.
     *
     * @param revisions that stay when the file is written anew: their request ids are known
     * @param slack further ones that may gather until it is
     * @param bytes that it is kept below: twice what stays
     * @param steps between two bases; as many have to be put together to see an old revision
     */
    record Bounds(int revisions, int slack, long bytes, int steps) {
        /**
         * A change of a configuration of 16 MiB that touches its beginning and its end takes about 1.5 MiB, one of a single member
         * a few hundred bytes: 64 MiB hold 40 of the one and all thousand of the other.
         */
        static final Bounds USUAL = new Bounds(1_000, 250, 64 << 20, 256);
    }

    /** Counts and failures, for the status. */
    public record Status(long oldestRevision, int revisions, long bytes, String failure) {}

    private final Path directory;
    private final Path file;
    private final Disk disk;
    private final Bounds bounds;

    /** No journal grows so large: see {@link #append}. */
    private static final long FILE_MAX_BYTES = 256 << 20;

    private List<Place> places = new ArrayList<>();
    private final Map<String, Revision> byRequest = new HashMap<>();
    private @Nullable Revision last;
    private Body.State state = Body.State.NONE;
    /** Of the last whole record; 0: there is no file yet. */
    private long end;
    /** Whether the file may hold on the disk what it does not hold in memory, and has to be written anew. */
    private boolean suspect;
    /** Whether its name is not durable yet. */
    private boolean nameUnsynced;

    private String failure = "";
    /** The state file of an older version, while it is not in the journal yet. */
    private @Nullable Accepted former;

    private Journal(Path directory, Disk disk, Bounds bounds) {
        this.directory = directory;
        this.file = directory.resolve("journal");
        this.disk = disk;
        this.bounds = bounds;
    }

    /**
     * Takes up what was accepted: cuts a torn tail, and takes over the state file of an older version.
     *
     * @throws JournalException if the journal cannot be read, or holds what this build does not understand: starting without it
     *     would undo what an operator did
     */
    public static Journal open(Path directory) throws JournalException {
        return open(directory, Disk.REAL, Bounds.USUAL);
    }

    static Journal open(Path directory, Disk disk, Bounds bounds) throws JournalException {
        Journal journal = new Journal(directory, disk, bounds);
        journal.read();
        journal.readFormatOne();
        return journal;
    }

    // --- what there is -------------------------------------------------------------------------------------------

    /** The last accepted state; empty when nothing was ever accepted here. */
    public Optional<Accepted> latest() {
        if (former != null) {
            return Optional.of(former);
        }
        return latestRevision()
                .map(newest -> new Accepted(
                        newest.revision(), newest.timeUnixMs(), state.drains(), new String(state.config(), UTF_8)));
    }

    /** The last accepted change. */
    public Optional<Revision> latestRevision() {
        return Optional.ofNullable(last);
    }

    /** The kept change that was accepted with this request id, without its effects. */
    public Optional<Revision> byRequest(String requestId) {
        return Optional.ofNullable(byRequest.get(requestId));
    }

    public Status status() {
        return new Status(places.isEmpty() ? 0 : places.getFirst().revision().revision(), places.size(), end, failure);
    }

    /**
     * What is kept now; empty when nothing was ever accepted. The caller closes it.
     *
     * @throws JournalException if the file cannot be opened
     */
    public Optional<History> history() throws JournalException {
        if (places.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(new History(file, FileChannel.open(file, StandardOpenOption.READ), places));
        } catch (IOException e) {
            throw new JournalException(
                    "open %s: %s; forwarding goes on. Check the disk and the file's permissions".formatted(file, e), e);
        }
    }

    private void read() throws JournalException {
        ByteBuffer bytes;
        try {
            if (Files.size(file) > FILE_MAX_BYTES) {
                throw new JournalException(
                        "%s is larger than %d bytes: it was not written by this daemon. Restore it from a backup, or move it away to start from the configuration file"
                                .formatted(file, FILE_MAX_BYTES));
            }
            bytes = ByteBuffer.wrap(Files.readAllBytes(file));
        } catch (NoSuchFileException e) {
            return;
        } catch (IOException e) {
            throw new JournalException("read %s: %s; check the disk and the file's permissions".formatted(file, e), e);
        }
        Scan scan = Scan.of(file, bytes);
        hold(scan.places(), scan.end());
        state = scan.state();
        last = scan.last();
        int torn = bytes.limit() - scan.end();
        if (torn > 0) {
            LOG.atWarn()
                    .addKeyValue("file", file)
                    .addKeyValue("at_byte", scan.end())
                    .addKeyValue("bytes", torn)
                    .addKeyValue("revision", scan.places().getLast().revision().revision())
                    .log("the journal ends with half a record, of a change that was never acknowledged; it is cut off");
            cutAtStart();
        }
    }

    /** Half a record hinders nobody from reading, so a disk that cannot be written is no reason not to start. */
    private void cutAtStart() {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            disk.truncate(channel, end);
            disk.sync(channel);
        } catch (IOException e) {
            suspect = true;
            failure = "truncate %s: %s".formatted(file, e);
            LOG.atWarn()
                    .addKeyValue("reason", failure)
                    .log("the half record is still there; the next change tries again");
        }
    }

    private void hold(List<Place> kept, long keptEnd) {
        places = new ArrayList<>(kept);
        end = keptEnd;
        byRequest.clear();
        places.forEach(this::knowRequest);
    }

    private void knowRequest(Place place) {
        if (!place.revision().requestId().isEmpty()) {
            byRequest.put(place.revision().requestId(), place.revision());
        }
    }

    /** What cannot be written yet is in force all the same: an upgrade on a full disk has to check health, too. */
    private void readFormatOne() throws JournalException {
        Path old = directory.resolve("state");
        if (!Files.exists(old)) {
            return;
        }
        try {
            if (places.isEmpty()) {
                former = new FormatOne(directory).read().orElse(null);
                takeOver();
            }
            Path aside = directory.resolve("state.format-1");
            disk.rename(old, aside);
            LOG.atInfo()
                    .addKeyValue("revision", places.getLast().revision().revision())
                    .addKeyValue("file", file)
                    .addKeyValue("kept", aside)
                    .log("took the state of format 1 over into the journal");
        } catch (IOException e) {
            failure = "take %s over into the journal: %s; make room or make %s writable".formatted(old, e, directory);
            LOG.atWarn()
                    .addKeyValue("reason", failure)
                    .log(
                            "the state of format 1 is in force, and not in the journal yet; the next start or change tries again");
        }
    }

    private void takeOver() throws IOException {
        Accepted accepted = former;
        if (accepted == null) {
            return;
        }
        Revision revision = new Revision(
                accepted.revision(),
                accepted.revision() - 1,
                accepted.timeUnixMs(),
                "unknown",
                "apply",
                "the state file of an older version",
                "",
                "",
                List.of(),
                "");
        accept(revision, new Body.State(accepted.drains(), accepted.configYaml().getBytes(UTF_8)));
        former = null;
    }

    // --- a change ------------------------------------------------------------------------------------------------

    /**
     * Makes a change durable. When it returns, a crash of the machine finds it again; when it throws, the former state is still
     * the last one.
     *
     * @param what one more than the last revision
     * @param drains all that are in force then
     * @param configYaml in UTF-8, and not changed any more; empty: as it was
     */
    public void append(Revision what, SortedSet<String> drains, Optional<byte[]> configYaml) throws JournalException {
        byte[] config = configYaml.orElseGet(this::latestConfig);
        if (config.length > Body.CONFIG_MAX_BYTES) {
            throw new JournalException(
                    "the configuration takes %d bytes when it is written out with its defaults, and only %d could be read back. The change was refused; split the services between two balancers"
                            .formatted(config.length, Body.CONFIG_MAX_BYTES));
        }
        try {
            takeOver();
            if (end > bounds.bytes() * 2 && !compactIfDue()) {
                throw new IOException("it cannot be compacted, and has %d bytes".formatted(end));
            }
            accept(what, new Body.State(drains, config));
        } catch (IOException e) {
            failure = refusal(e);
            throw new JournalException(failure, e);
        }
        failure = "";
        compactIfDue();
    }

    private byte[] latestConfig() {
        return former == null ? state.config() : former.configYaml().getBytes(UTF_8);
    }

    private void accept(Revision what, Body.State next) throws IOException {
        Body body = body(next);
        ByteBuffer frame = Frame.of(new Entry(what, body).payload());
        int bytes = frame.remaining();
        boolean isFirst = places.isEmpty();
        Place place =
                new Place(what.withoutEffects(), isFirst ? Scan.HEAD.length : end, bytes, body instanceof Body.Base);
        if (isFirst) {
            create(frame, place);
        } else {
            prepare();
            write(frame);
            places.add(place);
            knowRequest(place);
            end = place.end();
        }
        state = next;
        last = what;
    }

    /** A base now and then, so that an old revision is put together of few steps; and where a step would be no smaller. */
    private Body body(Body.State next) {
        int steps = 0;
        while (steps < places.size() && !places.get(places.size() - 1 - steps).isBase()) {
            steps++;
        }
        if (places.isEmpty() || steps >= bounds.steps()) {
            return new Body.Base(next.drains(), next.config());
        }
        Body.Step step = Body.between(state, next);
        return step.middle().length > next.config().length / 2 ? new Body.Base(next.drains(), next.config()) : step;
    }

    /** The first record comes with the file, so that it is never half there. */
    private void create(ByteBuffer frame, Place place) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(Scan.HEAD.length + place.bytes());
        replace(bytes.put(Scan.HEAD).put(frame).flip(), List.of(place));
        try {
            syncName();
        } catch (IOException e) {
            hold(List.of(), Scan.HEAD.length); // with a name or without, it has to hold nothing: the change is refused
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                cut(channel, e);
            }
            throw e;
        }
    }

    /** Catches up on what failed before. */
    private void prepare() throws IOException {
        if (suspect) {
            rewrite(0);
            LOG.atInfo().addKeyValue("file", file).log("the journal was written anew after a failure of the disk");
        }
        syncName();
    }

    private void syncName() throws IOException {
        if (nameUnsynced) {
            disk.syncDirectory(directory);
            nameUnsynced = false;
        }
    }

    private void write(ByteBuffer frame) throws IOException {
        FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE);
        try {
            if (channel.size() != end) {
                throw new IOException(
                        "it has %d bytes instead of %d: somebody else changed it. Save the configuration (`ballast get -o yaml`), stop the daemon, move the file away and start from what was saved"
                                .formatted(channel.size(), end));
            }
            try {
                disk.write(channel, frame, end);
            } catch (IOException e) {
                cut(channel, e);
                throw e;
            }
            try {
                disk.sync(channel);
            } catch (IOException e) {
                cut(channel, e);
                suspect = true;
                repair(e);
                throw e;
            }
        } finally {
            closeQuietly(channel);
        }
    }

    /** What was written of a record that is refused must not be found again. */
    private void cut(FileChannel channel, IOException cause) {
        try {
            disk.truncate(channel, end);
            disk.sync(channel);
        } catch (IOException e) {
            suspect = true;
            cause.addSuppressed(e);
        }
    }

    /** At once, so that the refusal is final; else before the next record. */
    private void repair(IOException cause) {
        try {
            rewrite(0);
            syncName();
        } catch (IOException e) {
            cause.addSuppressed(e);
        }
    }

    /** It was synced, or it failed: closing says nothing new. */
    private static void closeQuietly(@Nullable FileChannel channel) {
        try {
            if (channel != null) {
                channel.close();
            }
        } catch (IOException e) {
            LOG.atDebug().addKeyValue("reason", e).log("close");
        }
    }

    private String refusal(IOException e) {
        String uncertain = suspect
                ? " The file could not be cut back either, so a crash of this machine before the next accepted change may bring the refused one into force."
                : "";
        return "write %s: %s. The change was refused, forwarding goes on; make room or make %s writable, then repeat it.%s"
                .formatted(file, e, directory, uncertain)
                .strip();
    }

    // --- writing it anew -----------------------------------------------------------------------------------------

    /** Whether it is within its bounds now. */
    private boolean compactIfDue() {
        if (places.size() < bounds.revisions() + bounds.slack() && end <= bounds.bytes()) {
            return true;
        }
        int first = Math.max(0, places.size() - bounds.revisions());
        while (first < places.size() - 1 && end - places.get(first).offset() > bounds.bytes() / 2) {
            first++;
        }
        if (first == 0) {
            return true;
        }
        long before = end;
        try {
            rewrite(first);
            syncName();
            LOG.atInfo()
                    .addKeyValue("revisions", places.size())
                    .addKeyValue("bytes", end)
                    .addKeyValue("bytes_before", before)
                    .log("the journal was compacted");
            return true;
        } catch (IOException e) {
            failure = "compact %s: %s; make room or make %s writable".formatted(file, e, directory);
            LOG.atWarn()
                    .addKeyValue("reason", failure)
                    .log("the journal cannot be compacted; it grows, and the next change tries again");
            return false;
        }
    }

    /**
     * Writes the kept revisions into a new file that takes the place of the old one: the first of them as a base, the others as
     * they are.
     */
    private void rewrite(int first) throws IOException {
        Place base = places.get(first);
        byte[] frame = baseFrame(base);
        long rest = end - base.end();
        ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(Scan.HEAD.length + frame.length + rest));
        bytes.put(Scan.HEAD).put(frame);
        try (FileChannel old = FileChannel.open(file, StandardOpenOption.READ)) {
            int restAt = bytes.position();
            while (bytes.hasRemaining() && old.read(bytes, base.end() + bytes.position() - restAt) >= 0) {
                // until all is there, or the file ends
            }
        }
        bytes.flip();
        List<Place> moved = new ArrayList<>();
        moved.add(new Place(base.revision(), Scan.HEAD.length, frame.length, true));
        long distance = Scan.HEAD.length + frame.length - base.end();
        places.subList(first + 1, places.size()).forEach(place -> moved.add(place.movedBy(distance)));
        for (Place place : moved) {
            if (Frame.payloadBytes(bytes, Math.toIntExact(place.offset())).isEmpty()) {
                throw new IOException("revision %d in it does not match its checksum any more"
                        .formatted(place.revision().revision()));
            }
        }
        replace(bytes, moved);
    }

    private byte[] baseFrame(Place place) throws IOException {
        try (History history = new History(file, FileChannel.open(file, StandardOpenOption.READ), places)) {
            long revision = place.revision().revision();
            Accepted accepted = history.state(revision).orElseThrow();
            Revision whole = history.page(revision + 1, 1).getFirst();
            Body base = new Body.Base(accepted.drains(), accepted.configYaml().getBytes(UTF_8));
            return Frame.of(new Entry(whole, base).payload()).array();
        } catch (JournalException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    /** When it throws, either the old file is still there, or {@link #nameUnsynced} says what is left to be done. */
    private void replace(ByteBuffer bytes, List<Place> kept) throws IOException {
        Path fresh = directory.resolve("journal.new");
        long length = bytes.remaining();
        try {
            Files.deleteIfExists(fresh);
            try (FileChannel channel = FileChannel.open(
                    fresh,
                    Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW),
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
                disk.write(channel, bytes, 0);
                disk.sync(channel);
            }
            disk.rename(fresh, file);
        } catch (IOException e) {
            deleteQuietly(fresh); // it takes room where there may be none
            throw e;
        }
        nameUnsynced = true;
        suspect = false;
        hold(kept, length);
    }

    private static void deleteQuietly(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException ignored) {
            // the failure before it is the one to report
        }
    }
}
