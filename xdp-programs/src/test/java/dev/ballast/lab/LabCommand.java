package dev.ballast.lab;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Labs for people: {@code up}, {@code list}, {@code down ID}, {@code sweep}. */
public final class LabCommand {
    private static final int HTTP_PORT = 80;
    private static final String USAGE = """
            usage: lab up [CLIENTS BALANCERS BACKENDS]   start a lab (1 2 4) that stays up, HTTP on port 80 of its backends
                   lab list                              the labs of this machine
                   lab down ID                           take one down
                   lab sweep                             remove what killed runs left behind""";

    private LabCommand() {}

    /** Exit status 0: done; 1: refused, with the reason on stderr; 2: usage. */
    public static void main(String[] arguments) {
        System.exit(run(List.of(arguments)));
    }

    private static int run(List<String> arguments) {
        String verb = arguments.isEmpty() ? "" : arguments.getFirst();
        try {
            if (verb.equals("up") && arguments.size() == 1) {
                up(Topology.standard());
            } else if (verb.equals("up") && arguments.size() == 4) {
                up(Topology.builder()
                        .clients(count(arguments.get(1)))
                        .balancers(count(arguments.get(2)))
                        .backends(count(arguments.get(3)))
                        .build());
            } else if (verb.equals("list") && arguments.size() == 1) {
                list();
            } else if (verb.equals("down") && arguments.size() == 2) {
                Lab.remove(arguments.get(1));
            } else if (verb.equals("sweep") && arguments.size() == 1) {
                Lab.sweep().forEach(id -> System.out.println("removed " + id));
            } else {
                System.err.println(USAGE);
                return 2;
            }
            return 0;
        } catch (LabException | IllegalArgumentException e) {
            System.err.println("lab: " + e.getMessage());
            return 1;
        }
    }

    private static int count(String argument) {
        try {
            return Integer.parseInt(argument);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(argument + " is not a count: write a whole number", e);
        }
    }

    private static void up(Topology topology) {
        try (Lab lab = Lab.start(topology)) {
            lab.backends().forEach(backend -> backend.startHttp(HTTP_PORT));
            commandsToTry(lab).forEach(System.out::println);
            lab.keep();
        }
    }

    private static void list() {
        for (String id : Remains.ids()) {
            Optional<Owner> owner = new StateDirectory(id).owner();
            String whose = owner.filter(Owner::alive)
                    .map(alive -> switch (alive) {
                        case Owner.OfProcess process -> "of process " + process.pid();
                        case Owner.Kept kept -> "kept: lab down " + id;
                    })
                    .orElse("its owner has died: lab sweep");
            System.out.printf(
                    "%s  %d namespaces  %s%n", id, Remains.namespaces(id).size(), whose);
        }
    }

    /** What the nodes are, and lines to copy. */
    static List<String> commandsToTry(Lab lab) {
        List<String> lines = new ArrayList<>();
        lines.add("lab %s, VIPs %s, files in %s"
                .formatted(lab.id(), text(lab.topology().vips()), lab.stateDirectory()));
        for (Node node : lab.nodes()) {
            lines.add("  %-11s %-28s %s".formatted(node.name(), text(node.addresses()), node.enterCommand()));
        }
        lines.add("Put a command behind a node's words to run it there, or nothing for a shell.");
        lines.add("To try (a VIP answers once a balancer serves it):");
        Node client = lab.client(1);
        if (!lab.backends().isEmpty()) {
            Backend backend = lab.backend(1);
            lines.add("  %s curl -si http://%s/".formatted(client.enterCommand(), Subnet.urlHost(backend.address4())));
            lines.add("  %s tcpdump -ni %s".formatted(backend.enterCommand(), backend.interfaceName()));
        }
        for (InetAddress vip : lab.topology().vips()) {
            lines.add("  %s curl -si http://%s/".formatted(client.enterCommand(), Subnet.urlHost(vip)));
        }
        lines.add("  %s ip route".formatted(lab.router().enterCommand()));
        return lines;
    }

    private static String text(List<InetAddress> addresses) {
        return addresses.stream().map(Subnet::text).collect(Collectors.joining(" "));
    }
}
