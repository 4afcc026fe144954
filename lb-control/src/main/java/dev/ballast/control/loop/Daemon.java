package dev.ballast.control.loop;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.ballast.control.journal.Accepted;
import dev.ballast.control.journal.Journal;
import dev.ballast.control.journal.JournalException;
import dev.ballast.control.model.Address;
import dev.ballast.control.model.Config;
import dev.ballast.control.model.ConfigException;
import dev.ballast.control.model.ConfigReader;
import dev.ballast.control.reconcile.ObjectStore;
import dev.ballast.control.reconcile.Reconciler;
import dev.ballast.control.reconcile.Secret;
import dev.ballast.health.probe.ProbeLoop;
import dev.ballast.health.schedule.ProbeScheduler;
import dev.ballast.netlink.NeighbourKey;
import dev.ballast.netlink.Netlink;
import dev.ballast.netlink.NetlinkEvent;
import dev.ballast.netlink.NetlinkEvents;
import dev.ballast.netlink.NetlinkException;
import dev.ballast.netlink.NetlinkListener;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The running parts behind {@link Control}: loop, writer, probes, netlink. Closing it leaves the datapath as it is: pinned,
 * attached, forwarding.
 */
public final class Daemon implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Daemon.class);
    /** Sockets that probes may hold at once. */
    private static final int PROBE_BUDGET = 4096;

    private final ControlLoop loop;
    private final Reconciler reconciler;
    private final HealthChecks health;
    private final NextHops hops;
    private final Netlink netlink;
    private final SnapshotWriter snapshots;
    private final ExecutorService answers = OffLoop.worker("answers");
    private final ExecutorService questions = OffLoop.worker("questions");
    private @Nullable NetlinkEvents events;

    private Daemon(
            ControlLoop loop,
            Reconciler reconciler,
            HealthChecks health,
            NextHops hops,
            Netlink netlink,
            SnapshotWriter snapshots) {
        this.loop = loop;
        this.reconciler = reconciler;
        this.health = health;
        this.hops = hops;
        this.netlink = netlink;
        this.snapshots = snapshots;
    }

    /**
     * Starts: adopts what is pinned, and restores what was accepted last.
     *
     * @param onConfig told, on the loop's thread, what is in force: at the start, if there is something, and at each change
     * @param onTeardown called on the loop's thread after a teardown; the caller ends the process
     * @throws ChangeRefusedException if what was accepted cannot be restored
     * @throws JournalException if the state cannot be read, or holds what this build does not understand
     */
    public static Daemon start(
            Identity identity, Path stateDirectory, Path pins, Consumer<Config> onConfig, Runnable onTeardown)
            throws JournalException, IOException {
        Journal journal = Journal.open(stateDirectory);
        Optional<Accepted> accepted = journal.latest();
        Optional<Config> restored =
                accepted.isPresent() ? Optional.of(read(accepted.get(), stateDirectory)) : Optional.empty();
        Secret secret = Secret.of(stateDirectory);
        Netlink netlink = Netlink.open();
        Daemon daemon = null;
        try {
            ControlLoop[] loop = new ControlLoop[1];
            Reconciler reconciler = new Reconciler(
                    pins,
                    secret,
                    new ObjectStore(stateDirectory),
                    netlink,
                    number -> loop[0].graceEnded(number),
                    System::currentTimeMillis);
            ProbeLoop probes = ProbeLoop.open();
            HealthChecks health = new HealthChecks(
                    new ProbeScheduler(probes, probes, new Random(), PROBE_BUDGET),
                    () -> loop[0].healthChanged(),
                    System::currentTimeMillis);
            NextHops hops = new NextHops(
                    netlink, key -> keepResolved(netlink, key), key -> release(netlink, key), System::nanoTime);
            netlink.kept().forEach(hops::rememberKept);
            SnapshotWriter snapshots =
                    new SnapshotWriter(identity, reconciler, health, hops, System::currentTimeMillis);
            EventLog events = EventLog.sinceNow(System::currentTimeMillis);
            loop[0] = ControlLoop.create(snapshots.empty(), events);
            daemon = new Daemon(loop[0], reconciler, health, hops, netlink, snapshots);
            Writer writer = new Writer(
                    new Writer.Parts(
                            journal,
                            reconciler,
                            health,
                            hops,
                            () -> localAddresses(netlink),
                            System::currentTimeMillis,
                            new OffLoop(daemon.answers, daemon.questions),
                            loop[0].statistics(),
                            new Chronicle(events, loop[0].statistics()),
                            onConfig,
                            onTeardown),
                    snapshots);
            loop[0].run(writer);
            if (accepted.isPresent() && restored.isPresent()) {
                settled(loop[0].restore(restored.get(), accepted.get()));
            }
            daemon.listen();
            return daemon;
        } catch (RuntimeException e) {
            if (daemon != null) {
                daemon.close();
            } else {
                netlink.close();
            }
            throw e;
        }
    }

    private static Config read(Accepted accepted, Path stateDirectory) throws JournalException {
        try {
            return ConfigReader.read("journal", accepted.configYaml().getBytes(UTF_8));
        } catch (ConfigException e) {
            throw new JournalException(
                    "%s holds a configuration that this build does not understand: %s. Start the version that accepted it"
                            .formatted(stateDirectory.resolve("journal"), e.getMessage()),
                    e);
        }
    }

    private static void keepResolved(Netlink netlink, NeighbourKey key) {
        try {
            if (netlink.resolve(key) == Netlink.Keeping.ASKED) {
                LOG.atDebug()
                        .addKeyValue("neighbour", key)
                        .log("this kernel does not keep it resolved; it is asked again with each look at the network");
            }
        } catch (NetlinkException e) {
            LOG.atWarn()
                    .addKeyValue("neighbour", key)
                    .addKeyValue("reason", e.getMessage())
                    .log("cannot be kept resolved");
        }
    }

    private static void release(Netlink netlink, NeighbourKey key) {
        try {
            netlink.release(key);
        } catch (NetlinkException e) {
            LOG.atDebug()
                    .addKeyValue("neighbour", key)
                    .addKeyValue("reason", e.getMessage())
                    .log("cannot be released; it stays resolved");
        }
    }

    private static Set<Address> localAddresses(Netlink netlink) {
        return netlink.addresses().stream()
                .map(address -> Address.of(address.address()))
                .collect(Collectors.toSet());
    }

    private static void settled(CompletableFuture<?> change) {
        try {
            change.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof ChangeRefusedException refused) {
                throw refused;
            }
            throw e;
        }
    }

    private void listen() {
        events = NetlinkEvents.open(new NetlinkListener() {
            @Override
            public void changed(NetlinkEvent event) {
                hops.heard(event);
                loop.networkChanged();
            }

            @Override
            public void resync(String reason) {
                hops.heardLoss();
                loop.networkChanged();
            }

            @Override
            public void failed(NetlinkException cause) {
                LOG.atError()
                        .addKeyValue("reason", cause.getMessage())
                        .log("network events are lost from here on; the network is still looked at every few seconds");
            }
        });
    }

    /** What the edges may ask. */
    public Control control() {
        return loop;
    }

    /** Shows what {@code edge} warns of, from the next state on. Any thread; {@code edge} is asked on the loop's and does not block. */
    public void warnOf(Supplier<Optional<String>> edge) {
        snapshots.warnOf(edge);
    }

    /** How its loop keeps up. */
    public LoopStatistics statistics() {
        return loop.statistics();
    }

    @Override
    public void close() {
        if (events != null) {
            events.close();
        }
        loop.close();
        answers.shutdown();
        questions.shutdown();
        health.close();
        reconciler.close();
        netlink.close();
    }
}
