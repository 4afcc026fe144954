package dev.ballast.control.model;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.List;

/** Configurations for tests. */
final class Configs {
    /** Line 1 to 2 of most tests' files; services follow from line 3. */
    static final String NODE = """
            version: 1
            node: {name: lb1, interfaces: [{name: eth0}]}
            """;

    private Configs() {}

    /** A file with one service, {@code web}, whose keys stand from line 5, column 5. */
    static String service(String... lines) {
        return NODE + "services:\n  web:\n    " + String.join("\n    ", lines) + "\n";
    }

    static Config read(String yaml) {
        try {
            return ConfigReader.read("test.yaml", yaml.getBytes(UTF_8));
        } catch (ConfigException e) {
            throw new AssertionError("refused:\n" + e.getMessage() + "\nin:\n" + yaml, e);
        }
    }

    /** The one service of a file. */
    static Service readService(String yaml) {
        return read(yaml).services().values().iterator().next();
    }

    /** What is wrong, one line each; none when the file is taken. */
    static List<String> errors(String yaml) {
        return errors(yaml.getBytes(UTF_8));
    }

    static List<String> errors(byte[] yaml) {
        try {
            ConfigReader.read("test.yaml", yaml);
            return List.of();
        } catch (ConfigException e) {
            return e.errors().stream().map(ConfigError::toString).toList();
        }
    }
}
