package dev.ballast.lab;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/** A program that runs in a node, in a process group of its own, until it ends, is killed, or the lab is closed. */
public final class LabProcess {
    private static final long POLL_NS = 5_000_000;

    private final String node;
    private final List<String> command;
    private final Process process;
    private final Path log;

    private LabProcess(String node, List<String> command, Process process, Path log) {
        this.node = node;
        this.command = command;
        this.process = process;
        this.log = log;
    }

    static LabProcess start(NodeNamespace namespace, String node, List<String> command, Path log) {
        // nsenter and setsid both become the program, so that the process we know is its group's leader.
        List<String> inGroup = Stream.concat(Stream.of(Tool.SETSID.command()), command.stream())
                .toList();
        ProcessBuilder builder = Command.builder(namespace.prefixed(inGroup))
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        try {
            return new LabProcess(node, List.copyOf(command), builder.start(), log);
        } catch (IOException e) {
            throw new LabException(
                    "%s: cannot start `%s`: %s".formatted(node, String.join(" ", command), e.getMessage()), e);
        }
    }

    public long pid() {
        return process.pid();
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /** The file that holds what it says, on both outputs. */
    public Path log() {
        return log;
    }

    /** The beginning of what it has said so far, up to 1 MiB. */
    public String output() {
        try (InputStream in = Files.newInputStream(log)) {
            return new String(in.readNBytes(Command.MAX_OUTPUT_BYTES), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new LabException("%s: cannot read %s: %s; its lab is closed".formatted(node, log, e.getMessage()), e);
        }
    }

    /** Signals it and the children that share its group, all at once. One that has ended is left alone. */
    public void signal(Signal signal) {
        // Until setsid(1) has made the group there is one process only.
        if (!LibC.kill(-process.pid(), signal) && process.isAlive()) {
            LibC.kill(process.pid(), signal);
        }
    }

    /**
     * Waits for its end and that of the children that share its group.
     *
     * @return its exit status; 128 + the signal's number where one ended it
     * @throws LabException when some still run after the limit; they are left running
     */
    public int waitFor(Duration limit) {
        long deadlineNs = System.nanoTime() + limit.toNanos();
        while (process.isAlive() || groupIsAlive()) {
            if (System.nanoTime() - deadlineNs > 0) {
                throw new LabException("%s: `%s` still runs after %d ms; it said: %s"
                        .formatted(node, this, limit.toMillis(), output()));
            }
            if (Thread.currentThread().isInterrupted()) {
                throw new LabException("%s: interrupted while waiting for `%s`".formatted(node, this));
            }
            LockSupport.parkNanos(POLL_NS);
        }
        return process.exitValue();
    }

    private boolean groupIsAlive() {
        return ProcessHandle.allProcesses()
                .anyMatch(each -> ProcStat.of(each.pid())
                        .filter(stat -> stat.group() == process.pid())
                        .isPresent());
    }

    @Override
    public String toString() {
        return String.join(" ", command);
    }
}
