package dev.ballast.control.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The rules that hold between a configuration and the machine that it is for. Pure: the machine is passed in. */
public final class MachineRules {
    private final PrefixMap<Address> localAddresses = new PrefixMap<>();
    private final List<ConfigError> errors = new ArrayList<>();

    private MachineRules(Set<Address> localAddresses) {
        localAddresses.forEach(address -> this.localAddresses.putIfAbsent(Prefix.of(address), address));
    }

    /** The same of a configuration of which nothing is known. */
    public static List<ConfigError> check(Config config, Set<Address> localAddresses) {
        return check(config, localAddresses, Optional.empty());
    }

    /**
     * Whether the configuration fits a machine that has these addresses.
     *
     * @param localAddresses those of all its interfaces
     * @param fits one of the same defaults that was found to fit them: services that are the same there are not looked at again
     * @return what does not fit, in the order of the services; empty when all does. The errors have no line.
     */
    public static List<ConfigError> check(Config config, Set<Address> localAddresses, Optional<Config> fits) {
        Set<String> others = fits.filter(known -> known.defaults().equals(config.defaults()))
                .map(config::otherwiseIn)
                .orElse(config.services().keySet());
        MachineRules rules = new MachineRules(localAddresses);
        Encap fallback = config.defaults().encap();
        rules.encap("defaults", fallback);
        for (String name : others) {
            Service service = config.services().get(name);
            if (service == null) {
                continue; // it is gone
            }
            String path = "services." + service.name();
            rules.vips(path, service.vips());
            if (!service.encap().equals(fallback)) {
                rules.encap(path, service.encap());
            }
            rules.backends(path, service.backends());
        }
        return rules.errors;
    }

    private void vips(String path, List<Vip> vips) {
        for (int i = 0; i < vips.size(); i++) {
            Vip vip = vips.get(i);
            int index = i;
            localAddresses
                    .overlapping(vip.prefix())
                    .ifPresent(local -> add(
                            path + ".vips[" + index + "].address",
                            vip.host(),
                            whichLocal(vip.prefix(), local)
                                    + ": balancing it would cut off what is reached there, SSH and BGP among it",
                            "choose an address that no machine has, or remove it from the interface"));
        }
    }

    private void encap(String path, Encap encap) {
        Optional<Prefix> prefix = encap instanceof Encap.Ipip ipip ? ipip.sourcePrefix() : Optional.empty();
        prefix.ifPresent(source -> localAddresses
                .overlapping(source)
                .ifPresent(local -> add(
                        path + ".encap.sourcePrefix",
                        source.toString(),
                        whichLocal(source, local)
                                + ": what is sent back to outer sources would mix with what is meant for this machine",
                        "name a prefix that is routed here and that no interface has an address of")));
    }

    private void backends(String path, List<Backend> backends) {
        for (int i = 0; i < backends.size(); i++) {
            Address backend = backends.get(i).address();
            if (localAddresses.overlapping(Prefix.of(backend)).isPresent()) {
                add(
                        path + ".backends[" + i + "].address",
                        backend.toString(),
                        "is an address of this machine: a balancer sends packets on and cannot serve them itself",
                        "name a backend on another machine");
            }
        }
    }

    private static String whichLocal(Prefix prefix, Address local) {
        return prefix.isAddress()
                ? "is an address of this machine"
                : "covers " + local + ", an address of this machine";
    }

    private void add(String path, String given, String problem, String cure) {
        errors.add(new ConfigError(path, 0, 0, given, problem, "", cure));
    }
}
