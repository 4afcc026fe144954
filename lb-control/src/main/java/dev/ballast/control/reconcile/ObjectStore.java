package dev.ballast.control.reconcile;

import dev.ballast.datapath.DatapathObjects;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The objects that ran, as {@code objects/TAG.o} in the state directory: the way back from a swap, when the package that
 * brought them is gone. The newest few are kept.
 */
public final class ObjectStore {
    private static final Logger LOG = LoggerFactory.getLogger(ObjectStore.class);
    private static final int KEPT = 10;

    private final Path directory;

    public ObjectStore(Path stateDirectory) {
        this.directory = stateDirectory.resolve("objects");
    }

    /** Keeps an object under its program's tag. A disk that refuses is a warning: it must not stop a swap. */
    void keep(String tag, byte[] object) {
        Path file = place(tag);
        try {
            Files.createDirectories(directory);
            Path fresh = directory.resolve(tag + ".new");
            Files.write(fresh, object);
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            removeOldest();
        } catch (IOException e) {
            LOG.atWarn()
                    .addKeyValue("file", file)
                    .addKeyValue("reason", e)
                    .log("the object could not be kept; make room, a later way back to it needs its package");
        }
    }

    /** Where the object of that tag is kept, if it is. */
    Path place(String tag) {
        return directory.resolve(tag + ".o");
    }

    /** The object of that tag; empty if it is not kept, or is not the one it was. */
    Optional<byte[]> find(String tag) {
        Path file = place(tag);
        try {
            byte[] object = Files.readAllBytes(file);
            if (DatapathObjects.tag(object).equals(tag)) {
                return Optional.of(object);
            }
            LOG.atWarn()
                    .addKeyValue("file", file)
                    .log("the object is not the one that was kept: its content has changed");
        } catch (NoSuchFileException e) {
            LOG.atDebug().addKeyValue("file", file).log("the object is not kept");
        } catch (IOException e) {
            LOG.atWarn().addKeyValue("file", file).addKeyValue("reason", e).log("the object cannot be read");
        }
        return Optional.empty();
    }

    private void removeOldest() throws IOException {
        List<Path> oldestLast;
        try (Stream<Path> files = Files.list(directory)) {
            oldestLast = files.filter(file -> file.toString().endsWith(".o"))
                    .sorted(Comparator.comparing(ObjectStore::modified).reversed())
                    .toList();
        }
        for (Path old : oldestLast.stream().skip(KEPT).toList()) {
            Files.deleteIfExists(old);
        }
    }

    private static FileTime modified(Path file) {
        try {
            return Files.getLastModifiedTime(file);
        } catch (IOException e) {
            return FileTime.fromMillis(0);
        }
    }
}
