package dev.ballast.perf.control;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * What a process holds, by the kernel's own account (proc(5), {@code status}). Tables are memory of the kernel that the daemon has
 * mapped: they count in neither.
 *
 * @param anonymousMib now: code, stacks, classes, and the heap
 * @param peakMib the most that was resident at once, mapped files and libraries with it
 */
record ProcessMemory(double anonymousMib, double peakMib) {
    private static final double KIB_A_MIB = 1024;

    static ProcessMemory of(long pid) {
        Path file = Path.of("/proc", Long.toString(pid), "status");
        Map<String, Long> kib = new HashMap<>();
        try {
            Files.readAllLines(file).stream()
                    .filter(line -> line.endsWith(" kB"))
                    .map(line -> line.split("[:\\s]+"))
                    .forEach(words -> kib.put(words[0], Long.parseLong(words[1])));
        } catch (IOException e) {
            throw new IllegalStateException("cannot read " + file + ": " + e + "; has the daemon ended?", e);
        }
        return new ProcessMemory(mib(kib, "RssAnon"), mib(kib, "VmHWM"));
    }

    private static double mib(Map<String, Long> kib, String key) {
        Long value = kib.get(key);
        if (value == null) {
            throw new IllegalStateException("/proc/PID/status has no " + key + "; is this kernel older than 4.5?");
        }
        return value / KIB_A_MIB;
    }
}
