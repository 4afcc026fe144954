package dev.ballast.lab;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Runs programs to their end, with limits on time and output. */
final class Command {
    static final int MAX_OUTPUT_BYTES = 1 << 20;
    static final Duration TIME_LIMIT = Duration.ofSeconds(30);

    /** How long a child that outlives the program may go on writing into its output. */
    private static final long STRAGGLER_MS = 500;

    private Command() {}

    /** Runs a program of the host with nothing to read. */
    static ExecResult run(String... command) {
        return run("host", List.of(command), "", TIME_LIMIT);
    }

    /**
     * Runs a program and waits for it.
     *
     * @param where for messages
     * @param input given as its standard input
     * @throws LabException when it cannot be started, or takes longer than the limit (it and its children are killed)
     */
    static ExecResult run(String where, List<String> command, String input, Duration limit) {
        String spelled = String.join(" ", command);
        try {
            Process process = builder(command).start();
            try {
                Output stdout = new Output(process.getInputStream());
                Output stderr = new Output(process.getErrorStream());
                write(process.getOutputStream(), input);
                if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                    throw new LabException("%s: `%s` still ran after %d s and was killed; it had said: %s%s"
                            .formatted(where, spelled, limit.toSeconds(), stdout.text(), stderr.text()));
                }
                stdout.awaitEnd();
                stderr.awaitEnd();
                return new ExecResult(where, command, process.exitValue(), stdout.text(), stderr.text());
            } finally {
                if (process.isAlive()) {
                    process.descendants().forEach(ProcessHandle::destroyForcibly);
                    process.destroyForcibly();
                }
            }
        } catch (IOException e) {
            throw new LabException("%s: cannot run `%s`: %s".formatted(where, spelled, e.getMessage()), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LabException("%s: interrupted while `%s` ran".formatted(where, spelled), e);
        }
    }

    /** A builder whose programs are found in {@link Tool#SEARCH_PATH} and speak English. */
    static ProcessBuilder builder(List<String> command) {
        // env(1) searches the PATH given here, Java would search its own.
        ProcessBuilder builder = new ProcessBuilder(
                Stream.concat(Stream.of("/usr/bin/env"), command.stream()).toList());
        builder.environment().put("PATH", Tool.SEARCH_PATH);
        builder.environment().put("LC_ALL", "C");
        return builder;
    }

    private static void write(OutputStream stdin, String input) {
        try (stdin) {
            stdin.write(input.getBytes(StandardCharsets.UTF_8));
        } catch (IOException programLeftEarly) {
            // Its exit status and its words say why, better than a broken pipe does.
        }
    }

    /** One output of a program, read while it runs. The rest beyond the limit is read and forgotten. */
    private static final class Output {
        private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
        private final Thread reader;
        private long forgottenBytes;

        Output(InputStream in) {
            reader = Thread.ofPlatform().name("lab-output").daemon().start(() -> collect(in));
        }

        private void collect(InputStream in) {
            byte[] chunk = new byte[8192];
            try (in) {
                for (int length = in.read(chunk); length >= 0; length = in.read(chunk)) {
                    keep(chunk, length);
                }
            } catch (IOException closedByTheEndOfTheProcess) {
                // What was read until then is what there is.
            }
        }

        private synchronized void keep(byte[] chunk, int length) {
            int room = Math.min(length, MAX_OUTPUT_BYTES - kept.size());
            kept.write(chunk, 0, room);
            forgottenBytes += length - room;
        }

        void awaitEnd() throws InterruptedException {
            reader.join(STRAGGLER_MS);
        }

        synchronized String text() {
            String text = kept.toString(StandardCharsets.UTF_8);
            return forgottenBytes == 0 ? text : text + "\n(and %d bytes more)\n".formatted(forgottenBytes);
        }
    }
}
