package dev.ballast.packaging;

import dev.ballast.lab.Backend;
import dev.ballast.lab.Subnet;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Configuration files as an operator would write them, with small tables and quick checks. Immutable.
 *
 * @param interfaceName the one that carries the program
 * @param defaults lines of the section {@code defaults}
 * @param services one entry of the section {@code services} each
 */
record ConfigText(String interfaceName, List<String> defaults, List<String> services) {
    /** What a dead backend needs to be seen as such: fall x interval + timeout. */
    private static final String QUICK_CHECK = "check: {interval: 200ms, timeout: 200ms, rise: 2, fall: 2}";

    private static final String SMALL_RING = "ring: {size: 4099}";

    ConfigText {
        defaults = List.copyOf(defaults);
        services = List.copyOf(services);
    }

    /** One without services. */
    static ConfigText empty() {
        return new ConfigText("eth0", List.of(QUICK_CHECK, SMALL_RING), List.of());
    }

    /**
     * Together with a service.
     *
     * @param vips as {@link #tcp} gives them
     * @param backends as {@link #backends} gives them
     * @param more its other keys, {@code key: value}
     */
    ConfigText with(String name, List<String> vips, List<String> backends, String... more) {
        StringBuilder service = new StringBuilder("  " + name + ":\n");
        for (String line : more) {
            service.append("    ").append(line).append('\n');
        }
        list(service, "vips", vips);
        list(service, "backends", backends);
        List<String> all = new ArrayList<>(services);
        all.add(service.toString());
        return new ConfigText(interfaceName, defaults, all);
    }

    private static void list(StringBuilder service, String key, List<String> entries) {
        if (entries.isEmpty()) {
            service.append("    ").append(key).append(": []\n");
            return;
        }
        service.append("    ").append(key).append(":\n");
        entries.forEach(entry -> service.append("      - ").append(entry).append('\n'));
    }

    ConfigText on(String otherInterface) {
        return new ConfigText(otherInterface, defaults, services);
    }

    /** A VIP; the port is a number or {@code any}. */
    static String tcp(InetAddress vip, Object port) {
        return "{address: \"%s\", port: %s, protocol: tcp}".formatted(Subnet.text(vip), port);
    }

    /** Likewise. */
    static String udp(InetAddress vip, Object port) {
        return "{address: \"%s\", port: %s, protocol: udp}".formatted(Subnet.text(vip), port);
    }

    /** By their IPv4 addresses, with default weight. */
    static List<String> backends(List<Backend> backends) {
        return backends(backends, Backend::address4);
    }

    static List<String> backends(List<Backend> backends, Function<Backend, InetAddress> address) {
        return backends.stream()
                .map(backend -> "{address: \"%s\"}".formatted(Subnet.text(address.apply(backend))))
                .toList();
    }

    @Override
    public String toString() {
        return """
                version: 1
                node:
                  name: lb1
                  interfaces: [{name: %s}]
                  limits: {flows: 512Ki, services: 16, members: 256, ringSlots: 256Ki}
                defaults:
                %sservices:%s
                %s""".formatted(
                        interfaceName,
                        defaults.stream().map(line -> "  " + line + "\n").collect(Collectors.joining()),
                        services.isEmpty() ? " {}" : "",
                        String.join("", services));
    }
}
