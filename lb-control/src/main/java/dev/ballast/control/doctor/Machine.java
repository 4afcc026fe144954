package dev.ballast.control.doctor;

import dev.ballast.netlink.Address;
import dev.ballast.netlink.Link;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What of a machine decides whether a balancer does well on it, as of one moment.
 *
 * @param kernel its release, as {@code 6.12.9-amd64}
 * @param btf whether it describes its types
 * @param switches by their names in {@code sysctl}; those that this network namespace does not show are left out
 * @param missingCapabilities of those that the daemon takes
 * @param pinsOnBpfFs whether the directory of pins is on a BPF file system
 * @param descriptors how many the daemon may have open
 * @param disk that has the state directory
 * @param links of the network namespace
 * @param offloads that are on, by the interface's name, as ethtool spells them: {@code rx-lro}
 * @param receiveQueues by the name of an interface of hardware, where it can be told
 */
record Machine(
        String kernel,
        boolean btf,
        Map<String, Long> switches,
        List<String> missingCapabilities,
        boolean pinsOnBpfFs,
        long descriptors,
        Disk disk,
        int processors,
        long timeUnixMs,
        List<Link> links,
        List<Address> addresses,
        Map<String, Set<String>> offloads,
        Map<String, Integer> receiveQueues) {

    /** Room and rights of the state directory. */
    record Disk(String directory, long freeBytes, long totalBytes, boolean writable) {}

    Optional<Link> link(String name) {
        return links.stream().filter(link -> link.name().equals(name)).findFirst();
    }
}
