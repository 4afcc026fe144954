package dev.ballast.control.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** The rules that hold between a configuration and the machine that it is for. Pure: the machine is passed in. */
public final class MachineRules {
    private MachineRules() {}

    /**
     * Whether the configuration fits a machine that has these addresses.
     *
     * @param localAddresses those of all its interfaces
     * @return what does not fit, in the order of the services; empty when all does. The errors have no line.
     */
    public static List<ConfigError> check(Config config, Set<Address> localAddresses) {
        List<ConfigError> errors = new ArrayList<>();
        for (Service service : config.services().values()) {
            String path = "services." + service.name();
            for (int i = 0; i < service.vips().size(); i++) {
                Vip vip = service.vips().get(i);
                if (localAddresses.contains(vip.address())) {
                    errors.add(new ConfigError(
                            path + ".vips[" + i + "].address",
                            0,
                            0,
                            vip.address().toString(),
                            "is an address of this machine: balancing it would cut off what is reached there, SSH and BGP among it",
                            "",
                            "choose an address that no machine has, or remove it from the interface"));
                }
            }
            for (int i = 0; i < service.backends().size(); i++) {
                Backend backend = service.backends().get(i);
                if (localAddresses.contains(backend.address())) {
                    errors.add(new ConfigError(
                            path + ".backends[" + i + "].address",
                            0,
                            0,
                            backend.address().toString(),
                            "is an address of this machine: a balancer sends packets on and cannot serve them itself",
                            "",
                            "name a backend on another machine"));
                }
            }
        }
        return errors;
    }
}
