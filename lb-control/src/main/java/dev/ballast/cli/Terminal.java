package dev.ballast.cli;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Where standard output goes, and standard error.
 *
 * @param interactive a terminal, whose screen can be redrawn
 * @param interactiveErrors standard error goes to a terminal, which can show a line for a while
 * @param colour it shows colours, and nobody asked for none
 * @param size now; it changes when somebody resizes the window
 */
record Terminal(boolean interactive, boolean interactiveErrors, boolean colour, Supplier<Size> size) {
    /** In characters. */
    record Size(int columns, int rows) {
        static final Size UNLIMITED = new Size(Integer.MAX_VALUE, Integer.MAX_VALUE);
        static final Size COMMON = new Size(80, 24);
    }

    /** The terminal of this process; without one, lines are as long as they like unless COLUMNS says otherwise. */
    static Terminal ofProcess(Map<String, String> environment) {
        boolean interactive = isTerminal(Path.of("/proc/self/fd/1"));
        boolean interactiveErrors = isTerminal(Path.of("/proc/self/fd/2"));
        // https://no-color.org: any value but the empty one.
        boolean colour = interactive
                && environment.getOrDefault("NO_COLOR", "").isEmpty()
                && !environment.getOrDefault("TERM", "dumb").equals("dumb");
        int columns = number(environment.get("COLUMNS"));
        if (!interactive) {
            Size size = columns > 0 ? new Size(columns, Integer.MAX_VALUE) : Size.UNLIMITED;
            return new Terminal(false, interactiveErrors, false, () -> size);
        }
        return new Terminal(true, interactiveErrors, colour, () -> {
            Size size = sizeByStty();
            return columns > 0 ? new Size(columns, size.rows()) : size;
        });
    }

    /** By name: isatty(3) would cost the FFM linker at each start, and System.console() looks at standard input too. */
    private static boolean isTerminal(Path descriptor) {
        try {
            String target = Files.readSymbolicLink(descriptor).toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty") || target.equals("/dev/console");
        } catch (IOException e) {
            return false;
        }
    }

    private static Size sizeByStty() {
        try {
            Process stty = new ProcessBuilder("stty", "size")
                    .redirectInput(new File("/dev/tty"))
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            String[] fields = new String(stty.getInputStream().readAllBytes(), StandardCharsets.US_ASCII)
                    .strip()
                    .split(" ", -1);
            if (fields.length == 2 && number(fields[0]) > 0 && number(fields[1]) > 0) {
                return new Size(number(fields[1]), number(fields[0]));
            }
        } catch (IOException e) {
            // No stty or no controlling terminal: what most windows have.
        }
        return Size.COMMON;
    }

    private static int number(@Nullable String text) {
        try {
            return text == null ? 0 : Integer.parseInt(text);
        } catch (NumberFormatException e) {
            return 0;
        }
    }
}
