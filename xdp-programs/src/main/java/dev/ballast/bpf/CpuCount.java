package dev.ballast.bpf;

/** The CPUs that a per-CPU value has room for: the possible ones, which hot-plug may bring, not the ones online now. */
public final class CpuCount {
    private CpuCount() {}

    /**
     * The number of possible CPUs: the length of a per-CPU value as user space reads it. libbpf reads it once.
     *
     * @see <a href="https://docs.ebpf.io/ebpf-library/libbpf/userspace/libbpf_num_possible_cpus/">libbpf_num_possible_cpus</a>
     */
    public static int possible() {
        int count = LibBpf.libbpf_num_possible_cpus();
        if (count < 0) {
            throw new BpfException("count", "possible CPUs", -count, "mount sysfs: mount -t sysfs sysfs /sys");
        }
        return count;
    }
}
