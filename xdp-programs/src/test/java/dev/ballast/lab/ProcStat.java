package dev.ballast.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What {@code /proc/PID/stat} tells of a process: proc(5).
 *
 * @param state one letter; Z has ended and waits to be collected
 * @param group the id of its process group
 * @param startTicks when it started, in clock ticks since boot
 */
record ProcStat(char state, long group, long startTicks) {
    /** Empty if there is no such process, or it has ended. */
    static Optional<ProcStat> of(long pid) {
        try {
            String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
            // Field 2, the program's name in parentheses, may itself hold blanks and parentheses; field 3 follows the
            // last one.
            String[] fromField3 = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
            ProcStat read = new ProcStat(
                    fromField3[0].charAt(0), Long.parseLong(fromField3[5 - 3]), Long.parseLong(fromField3[22 - 3]));
            return read.state == 'Z' ? Optional.empty() : Optional.of(read);
        } catch (IOException ended) {
            return Optional.empty();
        }
    }
}
