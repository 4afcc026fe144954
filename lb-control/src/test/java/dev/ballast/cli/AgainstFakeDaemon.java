package dev.ballast.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The command, and a daemon that answers as it is told. */
@Timeout(60)
abstract class AgainstFakeDaemon {
    @TempDir
    Path directory;

    final RunCommand command = new RunCommand();
    Path socket;
    Path file;
    FakeDaemon daemon;

    @BeforeEach
    void start() throws Exception {
        socket = directory.resolve("x.sock");
        daemon = new FakeDaemon(socket);
        file = Files.writeString(directory.resolve("new.yaml"), "version: 1\n");
    }

    @AfterEach
    void stop() {
        daemon.close();
    }

    /** Runs {@code ballast WORDS}. */
    RunCommand.Result ballast(String... words) {
        return command.run(Stream.concat(Stream.of(words), Stream.of("--socket", socket.toString()))
                .toArray(String[]::new));
    }
}
