package dev.ballast.cli;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * What surrounds a command: its streams and terminal, and how it learns of Ctrl-C.
 *
 * @param out buffered; a command flushes it when a reader should see what is there
 */
record Shell(InputStream in, PrintStream out, PrintStream err, Terminal terminal, Interrupts interrupts) {
    /** Ctrl-C and SIGTERM. */
    interface Interrupts {
        /** Runs {@code farewell} when the command is interrupted, which then ends with {@link ExitStatus#DONE}. */
        Registration whileOpen(Runnable farewell);

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
                Shell::atShutdown);
    }

    private static PrintStream stream(FileDescriptor descriptor, boolean autoFlush) {
        return new PrintStream(
                new BufferedOutputStream(new FileOutputStream(descriptor), 8192), autoFlush, StandardCharsets.UTF_8);
    }

    /** The JVM turns both signals into a shutdown, whose exit status only halt() can still choose. */
    private static Interrupts.Registration atShutdown(Runnable farewell) {
        Thread hook = new Thread(
                () -> {
                    farewell.run();
                    Runtime.getRuntime().halt(ExitStatus.DONE);
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
