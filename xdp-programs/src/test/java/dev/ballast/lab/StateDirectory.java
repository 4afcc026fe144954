package dev.ballast.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * The folder of one lab, {@code /run/ballast-lab/ID}: its owner, its bpffs, its nodes' files.
 *
 * <p>It is made before anything else of the lab and removed after everything else, so whatever exists of a lab can be
 * found from it.
 */
record StateDirectory(String id) {
    static final Path ROOT = Path.of("/run/ballast-lab");

    /** Where daemons lock what they pin. */
    private static final Path DAEMON_LOCKS = Path.of("/run/ballast");

    private static final String ID_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789";
    private static final int ID_LENGTH = 4;
    private static final Object LOCK = new Object();

    Path path() {
        return ROOT.resolve(id);
    }

    Path bpffs() {
        return path().resolve("bpf");
    }

    Path ofNode(String node) {
        return path().resolve("nodes").resolve(node);
    }

    /** A new folder that this process owns. */
    static StateDirectory create() {
        return locked(() -> {
            SecureRandom random = new SecureRandom();
            StateDirectory directory;
            do {
                StringBuilder id = new StringBuilder();
                for (int i = 0; i < ID_LENGTH; i++) {
                    id.append(ID_ALPHABET.charAt(random.nextInt(ID_ALPHABET.length())));
                }
                directory = new StateDirectory(id.toString());
            } while (Files.exists(directory.path()));
            make(directory.path());
            directory.write(Owner.thisProcess());
            return directory;
        });
    }

    /** Whose it is; empty where that cannot be known, which means nobody's. */
    Optional<Owner> owner() {
        try {
            return Owner.parse(Files.readString(ownerFile()));
        } catch (IOException noSuchFile) {
            return Optional.empty();
        }
    }

    void write(Owner owner) {
        try {
            Files.writeString(ownerFile(), owner.line() + "\n");
        } catch (IOException e) {
            throw new LabException("cannot write %s: %s; run as root".formatted(ownerFile(), e.getMessage()), e);
        }
    }

    /** The labs that have a folder. */
    static List<StateDirectory> all() {
        if (!Files.isDirectory(ROOT)) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(ROOT)) {
            return entries.filter(Files::isDirectory)
                    .map(entry -> new StateDirectory(entry.getFileName().toString()))
                    .toList();
        } catch (IOException e) {
            throw new LabException("cannot list %s: %s; run as root".formatted(ROOT, e.getMessage()), e);
        }
    }

    /** Does work while no other process or thread makes, removes or sweeps labs. The lock ends with its process. */
    static <T> T locked(Supplier<T> work) {
        make(ROOT);
        synchronized (LOCK) {
            try (FileChannel channel =
                    FileChannel.open(ROOT.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
                channel.lock(); // until the channel is closed
                return work.get();
            } catch (IOException e) {
                throw new LabException("cannot lock %s: %s; run as root".formatted(ROOT, e.getMessage()), e);
            }
        }
    }

    static Path make(Path folder) {
        try {
            return Files.createDirectories(folder);
        } catch (IOException e) {
            throw new LabException("cannot make the folder %s: %s; run as root".formatted(folder, e.getMessage()), e);
        }
    }

    /** Removes the folder; nothing may be mounted below it. */
    void delete() {
        if (!Files.exists(path())) {
            return;
        }
        try {
            Files.walkFileTree(path(), new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    Files.deleteIfExists(file);
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult postVisitDirectory(Path folder, IOException failure) throws IOException {
                    Files.deleteIfExists(folder);
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Removes the locks on pins that daemons of this lab held when they were killed. */
    void deleteLocks() {
        if (!Files.isDirectory(DAEMON_LOCKS)) {
            return;
        }
        String glob = "pins" + path().toString().replace('/', '_') + "_*.lock";
        try (DirectoryStream<Path> locks = Files.newDirectoryStream(DAEMON_LOCKS, glob)) {
            for (Path lock : locks) {
                Files.deleteIfExists(lock);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path ownerFile() {
        return path().resolve("owner");
    }
}
