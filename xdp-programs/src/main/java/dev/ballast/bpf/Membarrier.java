package dev.ballast.bpf;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Waits until every BPF program that was running when the wait began has returned: what those programs read through a mapped
 * array may be overwritten afterwards. Any thread; 8 to 32 ms, so best a thread of its own, one wait for many changes.
 *
 * <p>{@code membarrier(MEMBARRIER_CMD_GLOBAL)} is {@code synchronize_rcu()} in the kernel, and XDP and tc programs run inside an
 * RCU read section. The command is refused under {@code nohz_full}, and with one CPU it returns at once, which says nothing
 * about a preempted program on PREEMPT_RT. Then an update of a map of maps does: since Linux 5.0 it waits for the same grace
 * period, so that the old inner map is out of use when it returns.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/membarrier.2.html">membarrier(2)</a>
 */
public final class Membarrier {
    private static final int MEMBARRIER_CMD_GLOBAL = 1;
    private static final Path ONLINE = Path.of("/sys/devices/system/cpu/online");
    private static final Path REALTIME = Path.of("/sys/kernel/realtime");

    private Membarrier() {}

    /** Returns once a grace period has passed that began after the call. */
    public static void awaitGracePeriod() {
        if (singleCpu() || Files.exists(REALTIME)) {
            updateMapOfMaps();
            return;
        }
        long result = LibC.syscall(syscallNumber(), MEMBARRIER_CMD_GLOBAL, 0, 0);
        if (result == -Errno.EINVAL || result == -Errno.ENOSYS) {
            updateMapOfMaps();
        } else if (result < 0) {
            throw new BpfException(
                    "wait for",
                    "a grace period",
                    (int) -result,
                    "a system call filter forbids membarrier(2); allow it");
        }
    }

    /** The fallback: two maps that live for the call alone. */
    static void updateMapOfMaps() {
        try (Arena arena = Arena.ofConfined();
                BpfMap inner = BpfMap.create(BpfMapType.ARRAY, "grace_inner", 4, 8, 1, 0);
                BpfMap outer = BpfMap.createOfMaps(BpfMapType.ARRAY_OF_MAPS, "grace_outer", 4, 1, inner)) {
            outer.put(arena.allocateFrom(JAVA_INT, 0), arena.allocateFrom(JAVA_INT, inner.fd()));
        }
    }

    /** The list of online CPUs is one number, without a comma or a dash. */
    private static boolean singleCpu() {
        try {
            return Files.readString(ONLINE).strip().chars().allMatch(Character::isDigit);
        } catch (IOException e) {
            return true; // the fallback is right everywhere
        }
    }

    private static long syscallNumber() {
        return switch (System.getProperty("os.arch")) {
            case "amd64" -> 324;
            case "aarch64", "riscv64" -> 283;
            case String other ->
                throw new IllegalStateException("the number of membarrier(2) on " + other + " is not known");
        };
    }
}
