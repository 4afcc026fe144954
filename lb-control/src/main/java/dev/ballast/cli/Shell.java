package dev.ballast.cli;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * What surrounds a command: its streams and terminal, how it learns of Ctrl-C, whom it may ask, and where the ids of its
 * changes come from.
 *
 * @param out buffered; a command flushes it when a reader should see what is there
 * @param person who sits before it
 * @param requestIds a new one each time that nobody else has, 1 to 64 printable ASCII characters
 */
record Shell(
        InputStream in,
        PrintStream out,
        PrintStream err,
        Terminal terminal,
        Interrupts interrupts,
        Person person,
        Supplier<String> requestIds) {
    /** Somebody who can be asked, whatever standard input and output are. */
    interface Person {
        /** The line that was answered, "" for the end of input; empty where nobody is there. */
        Optional<String> ask(String question);
    }

    /** Ctrl-C and SIGTERM. */
    interface Interrupts {
        /** Runs {@code farewell} when the command is interrupted, which then ends with {@code exitStatus}. */
        Registration whileOpen(int exitStatus, Runnable farewell);

        /** An interrupt after this ends the command as if nobody had asked. */
        interface Registration extends AutoCloseable {
            @Override
            void close();
        }
    }

    /** The process itself. Text is UTF-8 whatever the locale: the configuration is. */
    static Shell ofProcess() {
        return new Shell(
                System.in,
                stream(FileDescriptor.out, false),
                stream(FileDescriptor.err, true),
                Terminal.ofProcess(System.getenv()),
                Shell::atShutdown,
                Shell::askAtTerminal,
                Shell::randomId);
    }

    /** By the controlling terminal: standard input may be the configuration. */
    private static Optional<String> askAtTerminal(String question) {
        try (RandomAccessFile terminal = new RandomAccessFile("/dev/tty", "rw")) {
            terminal.write(question.getBytes(StandardCharsets.UTF_8));
            return Optional.of(Objects.requireNonNullElse(terminal.readLine(), ""));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** 128 bits of the kernel: SecureRandom would cost a start twenty milliseconds to choose where its own come from. */
    private static String randomId() {
        try (InputStream random = Files.newInputStream(Path.of("/dev/urandom"))) {
            return HexFormat.of().formatHex(random.readNBytes(16));
        } catch (IOException e) {
            throw new CommandFailure(ExitStatus.REFUSED, "/dev/urandom: " + e.getMessage() + "; pass a --request-id");
        }
    }

    private static PrintStream stream(FileDescriptor descriptor, boolean autoFlush) {
        return new PrintStream(
                new BufferedOutputStream(new FileOutputStream(descriptor), 8192), autoFlush, StandardCharsets.UTF_8);
    }

    /** The JVM turns both signals into a shutdown, whose exit status only halt() can still choose. */
    private static Interrupts.Registration atShutdown(int exitStatus, Runnable farewell) {
        Thread hook = new Thread(
                () -> {
                    farewell.run();
                    Runtime.getRuntime().halt(exitStatus);
                },
                "interrupt");
        Runtime.getRuntime().addShutdownHook(hook);
        return () -> {
            try {
                Runtime.getRuntime().removeShutdownHook(hook);
            } catch (IllegalStateException e) {
                // The interrupt has come already and ends the process.
            }
        };
    }
}
