package dev.ballast.datapath;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.ballast.datapath.Scenario.Step;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What the files under {@code src/test/resources/scenarios} say.
 *
 * @param configs steps that scenarios begin with, by name
 * @param all in the order of the files
 */
record Scenarios(Map<String, List<Step>> configs, List<Scenario> all) {
    private static final Path FOLDER = Path.of("src/test/resources/scenarios");

    /** Those of this module. */
    static Scenarios read() {
        Scenarios scenarios = new Scenarios(new HashMap<>(), new ArrayList<>());
        try (Stream<Path> files = Files.list(FOLDER)) {
            // Configurations first, so that every file may use them.
            List<Path> sorted = files.filter(file -> file.toString().endsWith(".scenario"))
                    .sorted(Comparator.comparing((Path file) -> !file.endsWith("configs.scenario"))
                            .thenComparing(Path::toString))
                    .toList();
            for (Path file : sorted) {
                new Reader(file, scenarios.configs, scenarios.all).read();
            }
        } catch (IOException e) {
            throw new UncheckedIOException("read " + FOLDER, e);
        }
        Set<String> titles = new HashSet<>();
        for (Scenario scenario : scenarios.all) {
            if (!titles.add(scenario.title())) {
                throw new IllegalArgumentException("two scenarios are called '" + scenario.title() + "'");
            }
        }
        return scenarios;
    }

    /** The one of that title. */
    Scenario titled(String title) {
        return all.stream()
                .filter(scenario -> scenario.title().equals(title))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no scenario is called '" + title + "'"));
    }

    /** A configuration alone, as a scenario that sends nothing. */
    Scenario config(String name) {
        List<Step> steps = configs.get(name);
        if (steps == null) {
            throw new IllegalArgumentException("no configuration '" + name + "' among " + configs.keySet());
        }
        return new Scenario(name, steps);
    }

    /** Every frame that any of them sends, each once. */
    List<byte[]> frames() {
        Set<ByteBuffer> distinct = new LinkedHashSet<>();
        all.forEach(scenario -> scenario.packets().forEach(packet -> distinct.add(ByteBuffer.wrap(packet.bytes()))));
        return distinct.stream().map(ByteBuffer::array).toList();
    }

    /** One file. */
    private static final class Reader {
        private final Path file;
        private final Map<String, List<Step>> configs;
        private final List<Scenario> scenarios;
        private final Map<String, String> definitions = new HashMap<>();
        private List<Step> block = new ArrayList<>();

        Reader(Path file, Map<String, List<Step>> configs, List<Scenario> scenarios) {
            this.file = file;
            this.configs = configs;
            this.scenarios = scenarios;
        }

        void read() throws IOException {
            List<String> lines = Files.readAllLines(file, UTF_8);
            StringBuilder joined = new StringBuilder();
            for (int i = 0; i < lines.size(); i++) {
                String line = lines.get(i).replaceFirst("(^|\\s)#(\\s.*|$)", "").stripTrailing();
                joined.append(joined.isEmpty() ? line : " " + line.strip());
                if (!line.endsWith(" /") && !joined.isEmpty()) {
                    line(file.getFileName() + ":" + (i + 1), joined.toString());
                    joined.setLength(0);
                }
            }
        }

        private void line(String place, String line) {
            String[] words = line.strip().split("\\s+", 2);
            String rest = words.length > 1 ? words[1] : "";
            switch (words[0]) {
                case "define" -> {
                    String[] definition = rest.split("\\s+", 2);
                    definitions.put(definition[0], definition[1]);
                }
                case "config" -> {
                    block = new ArrayList<>();
                    if (configs.put(rest, block) != null) {
                        throw new IllegalArgumentException(place + ": two configurations are called '" + rest + "'");
                    }
                }
                case "scenario" -> {
                    block = new ArrayList<>();
                    scenarios.add(new Scenario(rest, block));
                }
                case "given" -> {
                    List<Step> config = configs.get(rest);
                    if (config == null) {
                        throw new IllegalArgumentException(
                                place + ": no configuration '" + rest + "' among " + configs.keySet());
                    }
                    block.addAll(config);
                }
                default -> block.add(new Step(place, words[0], resolved(rest)));
            }
        }

        /** A layer whose first word is defined begins with what that stands for. */
        private String resolved(String text) {
            List<String> layers = new ArrayList<>();
            for (String layer : text.split(" / ")) {
                String[] words = layer.strip().split("\\s+", 2);
                String meaning = definitions.get(words[0]);
                layers.add(meaning == null ? layer.strip() : words.length > 1 ? meaning + " " + words[1] : meaning);
            }
            return String.join(" / ", layers);
        }
    }
}
