package dev.ballast.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** A file that a verb writes. */
final class OutputFile {
    private OutputFile() {}

    /**
     * Creates it, or empties the one that is there.
     *
     * @param consequence of a failure, for its message
     */
    static OutputStream create(Path file, String consequence) throws IOException {
        try {
            return Files.newOutputStream(file);
        } catch (NoSuchFileException e) {
            throw new CommandFailure(ExitStatus.USAGE, file + ": there is no such directory; " + consequence);
        } catch (AccessDeniedException e) {
            throw new CommandFailure(
                    ExitStatus.USAGE,
                    file + ": user " + System.getProperty("user.name") + " may not write it; " + consequence);
        }
    }
}
