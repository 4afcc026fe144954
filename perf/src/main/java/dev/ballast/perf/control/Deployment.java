package dev.ballast.perf.control;

import java.net.InetAddress;
import java.util.List;

/**
 * A generated configuration: services with one VIP each, whose members are spread over fewer addresses, so that each
 * address serves in several services, as behind real balancers. The last service, in the order of names, is the lab's: it alone can be connected to.
 *
 * <p>Addresses are of 10.64.0.0/10, all behind the balancer's default route: one gateway, as in a routed fabric. They are not checked: nobody
 * answers there, and what probes cost is measured elsewhere.
 *
 * @param members of all services together, but for the last one's
 * @param slots of each ring
 */
record Deployment(int services, int members, int addresses, int slots) {
    /** The most members that a table of ids has. */
    private static final int MAX_MEMBERS = 262_144;

    /** The least that a configuration may ask for. */
    private static final long MIN_RING_SLOTS_KI = 64;

    private static final int FIRST_BACKEND = 10 << 24 | 64 << 16;
    private static final int FIRST_VIP = 198 << 24 | 18 << 16;
    private static final int DEFAULT_WEIGHT = 100;
    /** In this order of names: behind all others. */
    private static final String LAST = "zz-lab";

    /** The last service's name. */
    String last() {
        return LAST;
    }

    /** The name of service {@code number}, from 0. */
    static String service(int number) {
        return "svc-%05d".formatted(number);
    }

    int membersEach() {
        return members / services;
    }

    /** The address of a service's member. */
    String backend(int service, int member) {
        return text(FIRST_BACKEND + (int) (((long) service * membersEach() + member) % addresses));
    }

    /** Where, within the configuration, the weight of a member is. */
    static String weightPath(int service, String backend) {
        return "services." + service(service) + ".backends[" + backend + "].weight";
    }

    /**
     * The whole text.
     *
     * @param vip of the last service
     * @param backend its only one
     */
    String yaml(String interfaceName, InetAddress vip, int port, InetAddress backend) {
        StringBuilder yaml =
                new StringBuilder("""
                version: 1
                node:
                  name: lb1
                  interfaces: [{name: %s}]
                  limits: {flows: 1Mi, services: %d, members: %d, ringSlots: %dKi}
                defaults:
                  ring: {size: %d}
                services:
                """.formatted(interfaceName, services + 1, MAX_MEMBERS, ringSlotsKi(), slots));
        for (int service = 0; service < services; service++) {
            yaml.append("  ").append(service(service)).append(":\n    vips: [{address: ");
            yaml.append(text(FIRST_VIP + service))
                    .append(", port: 80, protocol: tcp}]\n    checks: []\n    backends:\n");
            for (int member = 0; member < membersEach(); member++) {
                yaml.append("      - {address: ").append(backend(service, member));
                yaml.append(", weight: ").append(DEFAULT_WEIGHT).append("}\n");
            }
        }
        return yaml.append("""
                  %s:
                    vips: [{address: %s, port: %d, protocol: tcp}]
                    checks: []
                    backends: [{address: %s}]
                """.formatted(LAST, vip.getHostAddress(), port, backend.getHostAddress()))
                .toString();
    }

    /** Room for all rings and for the ones before them, each in whole chunks of 32, in units of 1024. */
    private long ringSlotsKi() {
        return Math.max(MIN_RING_SLOTS_KI, 2L * (services + 2) * ((slots + 31L) / 32 * 32) / 1024 + 1);
    }

    private static String text(int address) {
        return List.of(address >>> 24, address >>> 16 & 0xff, address >>> 8 & 0xff, address & 0xff)
                .toString()
                .replace(", ", ".")
                .replace("[", "")
                .replace("]", "");
    }
}
