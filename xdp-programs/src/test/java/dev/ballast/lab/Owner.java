package dev.ballast.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Whose a lab is. A process is known by its id, its start and the boot: ids are used again.
 *
 * <p>Kept as one line in the lab's folder: {@code BOOT PID START}, or {@code BOOT kept}.
 */
sealed interface Owner {
    /** The kernel's id of the boot in which this was written. */
    String boot();

    /** Whether the lab may not be swept away. */
    boolean alive();

    String line();

    /** A process, as {@code /proc/PID/stat} knows it; the start counts clock ticks since boot. */
    record OfProcess(String boot, long pid, long startTicks) implements Owner {
        @Override
        public boolean alive() {
            return boot.equals(currentBoot())
                    && ProcStat.of(pid)
                            .filter(process -> process.startTicks() == startTicks)
                            .isPresent();
        }

        @Override
        public String line() {
            return boot + " " + pid + " " + startTicks;
        }
    }

    /** Nobody: left up on purpose, until it is taken down by name or the machine restarts. */
    record Kept(String boot) implements Owner {
        @Override
        public boolean alive() {
            return boot.equals(currentBoot());
        }

        @Override
        public String line() {
            return boot + " kept";
        }
    }

    static Owner thisProcess() {
        long pid = ProcessHandle.current().pid();
        return new OfProcess(currentBoot(), pid, ProcStat.of(pid).orElseThrow().startTicks());
    }

    static Owner nobody() {
        return new Kept(currentBoot());
    }

    /** Empty for a line that was never finished. */
    static Optional<Owner> parse(String line) {
        String[] words = line.strip().split(" ");
        try {
            return switch (words.length) {
                case 2 -> Optional.of(new Kept(words[0]));
                case 3 -> Optional.of(new OfProcess(words[0], Long.parseLong(words[1]), Long.parseLong(words[2])));
                default -> Optional.empty();
            };
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    private static String currentBoot() {
        try {
            return Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip();
        } catch (IOException e) {
            throw new LabException("cannot read the boot id: " + e.getMessage() + "; is /proc mounted?", e);
        }
    }
}
