package dev.ballast.datapath;

import dev.ballast.bpf.BpfFs;
import dev.ballast.bpf.BpfProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Where a datapath lives without a process: {@code <pins>/maps/<name>}, {@code <pins>/programs/<name>}. A set of pins is whole
 * if and only if {@code maps} exists: everything is pinned under other names first, and {@code maps} is renamed last. So a
 * crash at any point leaves either a whole set, or leftovers that the next {@link #commit} removes. {@code <pins>/links} is not
 * of this class. One process at a time, the one that holds the instance's lock.
 */
final class Pins {
    static final String BALANCER = "balancer";
    static final String CLOCK = "clock";

    /** What follows {@link #BALANCER}, while it goes from link to link. */
    static final String NEXT = "next";

    private static final String UNFINISHED = "-unfinished"; // no dot: bpffs reserves it

    private final Path root;
    private final Path maps;
    private final Path programs;

    Pins(Path root) {
        this.root = root;
        this.maps = root.resolve("maps");
        this.programs = root.resolve("programs");
    }

    Path root() {
        return root;
    }

    Path map(String name) {
        return maps.resolve(name);
    }

    Path program(String name) {
        return programs.resolve(name);
    }

    boolean isWhole() {
        return Files.isDirectory(maps);
    }

    /** Pins a whole set, or nothing that counts. */
    void commit(MapSet newMaps, List<BpfProgram> newPrograms) {
        try {
            createDirectories(root);
            BpfFs.require(root);
            removeLeftovers();
            Files.createDirectory(unfinished(programs));
            for (BpfProgram program : newPrograms) {
                program.pin(unfinished(programs).resolve(program.name()));
            }
            Files.createDirectory(unfinished(maps));
            newMaps.forEach((name, map) -> map.pin(unfinished(maps).resolve(name)));
            move(unfinished(programs), programs);
            move(unfinished(maps), maps);
        } catch (IOException e) {
            removeLeftovers();
            throw failed("pin datapath under", e);
        } catch (RuntimeException e) {
            removeLeftovers();
            throw e;
        }
    }

    /** The pins of a whole set that are not there: somebody removed them. */
    List<Path> missing(MapSet ofMaps, List<BpfProgram> ofPrograms) {
        List<Path> wanted = new ArrayList<>();
        ofPrograms.forEach(each -> wanted.add(program(each.name())));
        ofMaps.forEach((name, _) -> wanted.add(map(name)));
        return wanted.stream().filter(pin -> !Files.exists(pin)).toList();
    }

    /** Pins again what is missing; where the maps' directory is gone, it comes back last, so that no half set looks whole. */
    void restore(MapSet ofMaps, List<BpfProgram> ofPrograms) {
        try {
            createDirectories(root);
            BpfFs.require(root);
            createDirectories(programs);
            for (BpfProgram each : ofPrograms) {
                if (!Files.exists(program(each.name()))) {
                    each.pin(program(each.name()));
                }
            }
            Path directory = maps;
            if (!isWhole()) {
                directory = unfinished(maps);
                removeTree(directory);
                Files.createDirectory(directory);
            }
            Path place = directory;
            ofMaps.forEach((name, map) -> {
                if (!Files.exists(place.resolve(name))) {
                    map.pin(place.resolve(name));
                }
            });
            if (!isWhole()) {
                move(directory, maps);
            }
        } catch (IOException e) {
            throw failed("pin again what was removed from", e);
        }
    }

    /** Everything but the links; from the first step on the set is not whole any more. */
    void remove() {
        try {
            if (isWhole()) {
                removeTree(unfinished(maps));
                move(maps, unfinished(maps));
            }
            removeLeftovers();
            try (Stream<Path> rest = Files.list(root)) {
                if (rest.findAny().isPresent()) {
                    return; // the links' directory
                }
            }
            Files.delete(root);
        } catch (IOException e) {
            throw failed("unpin datapath under", e);
        }
    }

    /** What a crash, or an error, left behind. Programs without maps count for nothing. */
    private void removeLeftovers() {
        try {
            removeTree(unfinished(maps));
            removeTree(unfinished(programs));
            if (!isWhole()) {
                removeTree(programs);
            }
        } catch (IOException e) {
            throw failed("remove leftovers of a datapath under", e);
        }
    }

    private static Path unfinished(Path directory) {
        return directory.resolveSibling(directory.getFileName() + UNFINISHED);
    }

    /** Not Files.createDirectories: it would make a plain directory where the BPF file system is not mounted. */
    private static void createDirectories(Path directory) throws IOException {
        Path parent = directory.getParent();
        if (Files.isDirectory(directory) || parent == null) {
            return;
        }
        createDirectories(parent);
        BpfFs.require(parent);
        Files.createDirectory(directory);
    }

    private static void move(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    }

    /** Pins and directories only go from a BPF file system, by {@link BpfFs#unpin}'s own check. */
    private static void removeTree(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            return;
        }
        try (Stream<Path> entries = Files.list(directory)) {
            entries.toList().forEach(BpfFs::unpin);
        }
        Files.delete(directory);
    }

    private DatapathException failed(String operation, IOException e) {
        return new DatapathException(
                operation, root.toString(), e.toString(), "see the owner and mode of " + root + ", or run as root", e);
    }
}
