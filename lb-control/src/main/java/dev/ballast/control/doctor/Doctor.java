package dev.ballast.control.doctor;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.ballast.control.loop.Snapshot;
import dev.ballast.control.model.Config;
import dev.ballast.control.model.ConfigException;
import dev.ballast.control.model.ConfigReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** Makes all checks of a running daemon and its machine. Any thread in the daemon's network namespace; each call looks anew. */
public final class Doctor implements Supplier<List<Finding>> {
    private final Supplier<Snapshot> state;
    private final MachineReader machine;

    /**
     * A doctor of one daemon.
     *
     * @param state the daemon's, as of now
     */
    public Doctor(Supplier<Snapshot> state, Path stateDirectory, Path pins, LongSupplier unixMs) {
        this.state = state;
        this.machine = new MachineReader(stateDirectory, pins, unixMs);
    }

    /**
     * What each check found, in the order of machine, interfaces, services.
     *
     * @throws dev.ballast.netlink.NetlinkException if the network cannot be looked at
     */
    @Override
    public List<Finding> get() {
        Snapshot now = state.get();
        return examine(new Case(machine.read(), now, config(now)));
    }

    static List<Finding> examine(Case of) {
        List<Finding> findings = new ArrayList<>(MachineChecks.check(of));
        findings.addAll(InterfaceChecks.check(of));
        findings.addAll(ServiceChecks.check(of));
        return findings;
    }

    private static Optional<Config> config(Snapshot state) {
        if (state.configYaml().isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(ConfigReader.read(
                    "the running configuration", state.configYaml().getBytes(UTF_8)));
        } catch (ConfigException e) {
            throw new IllegalStateException("the daemon cannot read what it wrote: " + e.getMessage(), e);
        }
    }
}
