package dev.ballast.bpf;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What of CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON this process lacks: EPERM itself never says which.
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/capabilities.7.html">capabilities(7)</a>
 */
public final class Capabilities {
    private static final int CAP_NET_ADMIN = 12;
    private static final int CAP_SYS_ADMIN = 21;
    private static final int CAP_PERFMON = 38;
    private static final int CAP_BPF = 39;
    private static final Path STATUS = Path.of("/proc/self/status");

    static final String CURE = "run as root or with CAP_BPF, CAP_NET_ADMIN, CAP_PERFMON";

    private Capabilities() {}

    /** The cure of an EPERM: what is missing if anything is, otherwise {@code otherwise}. */
    static String cureOr(String otherwise) {
        List<String> missing = missing();
        return missing.isEmpty() ? otherwise : "this process lacks " + String.join(", ", missing) + "; " + CURE;
    }

    /** Their names, such as {@code CAP_BPF}; empty if the process has all three. */
    public static List<String> missing() {
        return missing(effective());
    }

    static List<String> missing(long effective) {
        List<String> missing = new ArrayList<>();
        boolean admin =
                has(effective, CAP_SYS_ADMIN); // stands for CAP_BPF and CAP_PERFMON since they were split off in 5.8
        if (!admin && !has(effective, CAP_BPF)) {
            missing.add("CAP_BPF");
        }
        if (!has(effective, CAP_NET_ADMIN)) {
            missing.add("CAP_NET_ADMIN");
        }
        if (!admin && !has(effective, CAP_PERFMON)) {
            missing.add("CAP_PERFMON");
        }
        return missing;
    }

    private static boolean has(long mask, int capability) {
        return (mask >>> capability & 1) != 0;
    }

    /** All ones where /proc does not tell: then nothing is called missing. */
    private static long effective() {
        try {
            for (String line : Files.readAllLines(STATUS)) {
                if (line.startsWith("CapEff:")) {
                    return Long.parseUnsignedLong(
                            line.substring("CapEff:".length()).strip(), 16);
                }
            }
        } catch (IOException | NumberFormatException e) {
            return -1L;
        }
        return -1L;
    }
}
