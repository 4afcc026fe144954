package dev.ballast.packaging;

import java.nio.file.Files;
import java.nio.file.Path;

/** The distribution under test. */
final class Distribution {
    private static final String PROPERTY = "ballast.distribution";

    private Distribution() {}

    /**
     * The folder with {@code bin/ballast} and {@code bin/ballastd}.
     *
     * @throws IllegalStateException if it was not named or not built
     */
    static Path home() {
        String named = System.getProperty(PROPERTY, "");
        if (named.isEmpty()) {
            throw new IllegalStateException(
                    "the system property " + PROPERTY
                            + " does not name the distribution: run these tests by `mvn verify`, or set it to packaging/target/ballast");
        }
        Path home = Path.of(named).toAbsolutePath();
        if (!Files.isExecutable(home.resolve("bin/ballastd")) || !Files.isExecutable(home.resolve("bin/ballast"))) {
            throw new IllegalStateException(
                    home + " is not a distribution, it lacks bin/ballast or bin/ballastd: build it by `mvn package`");
        }
        return home;
    }
}
