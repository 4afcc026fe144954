package dev.ballast.datapath;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A one-line mistake in the datapath, out of {@code src/test/mutants}.
 *
 * @param title what it gets wrong
 * @param file under {@code src/main/bpf}
 * @param line as it stands there, once, without its indentation
 * @param becomes what stands there instead
 * @param fails title of the scenario that finds it
 */
record Mutant(String title, String file, String line, String becomes, String fails) {
    private static final Path TABLE = Path.of("src/test/mutants/datapath.mutants");
    private static final Path SOURCES = Path.of("src/main/bpf");
    private static final String PROGRAM = "balancer.bpf.c";

    /** All of them. */
    static List<Mutant> all() {
        List<Mutant> mutants = new ArrayList<>();
        Map<String, String> fields = new HashMap<>();
        try {
            for (String line : Files.readAllLines(TABLE, UTF_8)) {
                String[] words = line.strip().split("\\s+", 2);
                if (words[0].isEmpty() || words[0].equals("#")) {
                    continue;
                }
                if (words[0].equals("mutant")) {
                    fields.clear();
                }
                fields.put(words[0], words[1]);
                if (words[0].equals("fails")) {
                    mutants.add(new Mutant(
                            field(fields, "mutant"),
                            field(fields, "file"),
                            field(fields, "line"),
                            field(fields, "becomes"),
                            field(fields, "fails")));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("read " + TABLE, e);
        }
        return mutants;
    }

    private static String field(Map<String, String> fields, String name) {
        String value = fields.get(name);
        if (value == null) {
            throw new IllegalArgumentException(TABLE + ": the mutant of " + fields + " lacks '" + name + "'");
        }
        return value;
    }

    /**
     * The datapath with this mistake in it, compiled for this machine in {@code scratch}, an empty directory.
     *
     * @throws AssertionError if the line has moved away, or the result does not compile
     */
    Path compile(Path scratch) {
        Path sources = scratch.resolve("bpf");
        try {
            copySources(sources);
            Path target = sources.resolve(file);
            Files.write(target, mutated(Files.readAllLines(target, UTF_8)), UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("compile the mutant '" + title + "'", e);
        }
        return NativeBuild.ofSources(sources, scratch.resolve("objects"));
    }

    private static void copySources(Path to) throws IOException {
        Files.createDirectories(to.resolve("lb"));
        List<Path> files = new ArrayList<>(List.of(Path.of(PROGRAM)));
        try (Stream<Path> headers = Files.list(SOURCES.resolve("lb"))) {
            headers.forEach(header -> files.add(SOURCES.relativize(header)));
        }
        for (Path source : files) {
            Files.copy(SOURCES.resolve(source), to.resolve(source), java.nio.file.StandardCopyOption.COPY_ATTRIBUTES);
        }
    }

    private List<String> mutated(List<String> source) {
        long found = source.stream().filter(text -> text.strip().equals(line)).count();
        if (found != 1) {
            throw new AssertionError("the mutant '" + title + "' wants to change the line\n  " + line + "\nof " + file
                    + ", which stands there " + found + " times; change " + TABLE + " to what the line is now");
        }
        return source.stream()
                .map(text -> text.strip().equals(line) ? becomes : text)
                .toList();
    }

    @Override
    public String toString() {
        return title;
    }
}
