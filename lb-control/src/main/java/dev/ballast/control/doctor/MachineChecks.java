package dev.ballast.control.doctor;

import static dev.ballast.control.doctor.Finding.ok;
import static dev.ballast.control.doctor.Finding.problem;
import static dev.ballast.control.doctor.Finding.warning;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Kernel, rights, disk and clock. Pure. */
final class MachineChecks {
    static final String JIT = "net.core.bpf_jit_enable";
    static final String UNPRIVILEGED_BPF = "kernel.unprivileged_bpf_disabled";
    static final String BPF_STATISTICS = "kernel.bpf_stats_enabled";

    private static final Pattern RELEASE = Pattern.compile("(\\d+)\\.(\\d+).*");
    private static final int MIN_MAJOR = 6;
    private static final int MIN_MINOR = 1;
    /** What the journal may take (64 MiB), and as much again while it is written anew. */
    private static final long JOURNAL_BYTES = 128L << 20;
    /** Less than a change of a large configuration needs. */
    private static final long TIGHT_BYTES = 16L << 20;
    /** Probes under way, connections of the API and of metrics, maps and links. */
    private static final long DESCRIPTORS = 8_192;

    private static final long CLOCK_SLACK_MS = 60_000;

    private MachineChecks() {}

    static List<Finding> check(Case of) {
        Machine machine = of.machine();
        List<Finding> findings = new ArrayList<>();
        findings.add(kernel(machine));
        findings.add(jit(machine));
        findings.add(statistics(machine));
        findings.add(unprivileged(machine));
        findings.add(capabilities(machine));
        findings.add(bpfFileSystem(machine));
        findings.add(descriptors(machine));
        findings.add(disk(machine.disk()));
        findings.add(clock(of));
        return findings;
    }

    private static Finding kernel(Machine machine) {
        Matcher release = RELEASE.matcher(machine.kernel());
        boolean old = release.matches()
                && Integer.parseInt(release.group(1)) * 1_000 + Integer.parseInt(release.group(2))
                        < MIN_MAJOR * 1_000 + MIN_MINOR;
        if (old) {
            return problem(
                    "kernel",
                    "Linux %s is older than 6.1, and lacks what the program and its next hops need"
                            .formatted(machine.kernel()),
                    "boot Linux 6.1 or newer: `apt install linux-image-amd64`");
        }
        return machine.btf()
                ? ok("kernel", "Linux " + machine.kernel() + ", with BTF")
                : problem(
                        "kernel",
                        "Linux %s does not describe its types (no /sys/kernel/btf/vmlinux), so no program can be loaded"
                                .formatted(machine.kernel()),
                        "boot a kernel with CONFIG_DEBUG_INFO_BTF=y, as those of Debian have it");
    }

    private static Finding jit(Machine machine) {
        Long enabled = machine.switches().get(JIT);
        if (enabled == null) {
            return ok("bpf compiler", JIT + " is not shown in this network namespace");
        }
        return enabled == 0
                ? problem(
                        "bpf compiler",
                        JIT + " is 0: programs that are loaded now are interpreted, and a packet costs many times more",
                        "`sysctl -w " + JIT + "=1`, then `ballast swap`")
                : ok("bpf compiler", JIT + " is " + enabled);
    }

    private static Finding statistics(Machine machine) {
        return machine.switches().getOrDefault(BPF_STATISTICS, 0L) != 0
                ? warning(
                        "bpf statistics",
                        BPF_STATISTICS + " is on: the kernel reads the clock twice for each packet",
                        "`sysctl -w " + BPF_STATISTICS + "=0`")
                : ok("bpf statistics", "off");
    }

    private static Finding unprivileged(Machine machine) {
        return machine.switches().getOrDefault(UNPRIVILEGED_BPF, 2L) == 0
                ? warning(
                        "unprivileged bpf",
                        UNPRIVILEGED_BPF + " is 0: any user of this machine may load programs into its kernel",
                        "`sysctl -w " + UNPRIVILEGED_BPF + "=1`")
                : ok("unprivileged bpf", "users without rights may not load programs");
    }

    private static Finding capabilities(Machine machine) {
        return machine.missingCapabilities().isEmpty()
                ? ok("capabilities", "the daemon has those that it needs")
                : problem(
                        "capabilities",
                        "the daemon lacks " + String.join(", ", machine.missingCapabilities())
                                + ": it cannot load programs or write tables",
                        "run it by its systemd unit, which grants them: `systemctl restart ballastd`");
    }

    private static Finding bpfFileSystem(Machine machine) {
        return machine.pinsOnBpfFs()
                ? ok("bpf file system", "what is pinned outlives the daemon")
                : problem(
                        "bpf file system",
                        "the directory of pins is on no BPF file system: forwarding would end with the daemon",
                        "`mount -t bpf bpf /sys/fs/bpf`, or start ballastd with --pins and a directory on one");
    }

    private static Finding descriptors(Machine machine) {
        return machine.descriptors() < DESCRIPTORS
                ? warning(
                        "open files",
                        "the daemon may have %d files open: with many backends, probes fail for the lack of sockets"
                                .formatted(machine.descriptors()),
                        "set LimitNOFILE=%d in ballastd.service (`systemctl edit ballastd`), or `ulimit -n %d` before the start"
                                .formatted(DESCRIPTORS * 8, DESCRIPTORS * 8))
                : ok("open files", "enough for probes and callers");
    }

    private static Finding disk(Machine.Disk disk) {
        String free = "%d MiB of %d MiB are free in %s"
                .formatted(disk.freeBytes() >> 20, disk.totalBytes() >> 20, disk.directory());
        if (!disk.writable()) {
            return problem(
                    "state directory",
                    disk.directory() + " cannot be written: every change is refused, and forwarding goes on as it is",
                    "`findmnt -T %1$s` and `ls -ld %1$s` show why; remount it read-write, or give it to the daemon's user"
                            .formatted(disk.directory()));
        }
        String cure = "`du -xh --max-depth=2 %s/..` shows what fills it; remove what is not needed"
                .formatted(disk.directory());
        if (disk.freeBytes() < TIGHT_BYTES) {
            return problem("state directory", free + ": changes are refused when the journal finds no room", cure);
        }
        return disk.freeBytes() < JOURNAL_BYTES
                ? warning(
                        "state directory", free + ": the journal may take up to 128 MiB while it is written anew", cure)
                : ok("state directory", free);
    }

    private static Finding clock(Case of) {
        long behindMs = of.state()
                .journal()
                .latest()
                .map(latest -> latest.timeUnixMs() - of.machine().timeUnixMs())
                .orElse(0L);
        return behindMs > CLOCK_SLACK_MS
                ? warning(
                        "clock",
                        "it is %d s behind the last accepted change: history and events have wrong times"
                                .formatted(behindMs / 1_000),
                        "`timedatectl set-ntp true`, or set it")
                : ok("clock", "not behind the last accepted change");
    }
}
