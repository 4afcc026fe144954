package dev.ballast.control;

import dev.ballast.cli.ConfigurationCheck;
import dev.ballast.control.model.Config;
import dev.ballast.control.model.ConfigError;
import dev.ballast.control.model.ConfigException;
import dev.ballast.control.model.ConfigReader;
import dev.ballast.v1.Problem;
import java.util.List;
import java.util.stream.Stream;

/** {@code ballast check}: the model's own reader, in the process of the command. */
public final class FileCheck implements ConfigurationCheck {
    @Override
    public Outcome check(String fileName, byte[] yaml) {
        try {
            Config config = ConfigReader.read(fileName, yaml);
            return new Outcome(
                    List.of(),
                    "valid; services: %d, interfaces: %d"
                            .formatted(
                                    config.services().size(),
                                    config.node().interfaces().size()));
        } catch (ConfigException e) {
            Stream<Problem> errors = e.errors().stream().map(FileCheck::problem);
            Stream<Problem> rest = e.omitted() == 0
                    ? Stream.of()
                    : Stream.of(Problem.newBuilder()
                            .setMessage("and " + e.omitted() + " more in " + fileName)
                            .build());
            return new Outcome(Stream.concat(errors, rest).toList(), "");
        }
    }

    private static Problem problem(ConfigError error) {
        return Problem.newBuilder()
                .setPath(error.path())
                .setLine(error.line())
                .setColumn(error.column())
                .setGiven(error.given())
                .setAllowed(error.allowed())
                .setCure(error.cure())
                .setMessage(error.withoutPlace().toString())
                .build();
    }
}
