package dev.ballast.cli;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** A file that a command hands to the daemon, which must be below 16 MiB. {@code name} is for messages. */
record InputFile(String name, ByteString bytes) {
    private static final int MAX_BYTES = 16 * 1024 * 1024;

    /** Reads {@code path}, or standard input for {@code -}. */
    static InputFile read(Path path, Shell shell) {
        String name = path.toString().equals("-") ? "<stdin>" : path.toString();
        try (InputStream in = path.toString().equals("-") ? shell.in() : Files.newInputStream(path)) {
            byte[] bytes = in.readNBytes(MAX_BYTES);
            if (bytes.length == MAX_BYTES) {
                throw new CommandFailure(ExitStatus.REFUSED, name + ": it must be below 16 MiB; nothing was sent");
            }
            return new InputFile(name, ByteString.copyFrom(bytes));
        } catch (NoSuchFileException e) {
            throw new CommandFailure(ExitStatus.USAGE, name + ": there is no such file");
        } catch (AccessDeniedException e) {
            throw new CommandFailure(
                    ExitStatus.USAGE, name + ": user " + System.getProperty("user.name") + " may not read it");
        } catch (IOException e) {
            throw new CommandFailure(ExitStatus.USAGE, name + ": " + e.getMessage());
        }
    }
}
