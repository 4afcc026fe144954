package dev.ballast.control.loop;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.control.journal.Accepted;
import dev.ballast.control.journal.Journal;
import dev.ballast.control.journal.JournalException;
import dev.ballast.control.loop.ChangeRefusedException.Kind;
import dev.ballast.control.loop.Control.Change;
import dev.ballast.control.loop.Control.ChangeOptions;
import dev.ballast.control.model.Address;
import dev.ballast.control.model.Config;
import dev.ballast.control.model.ConfigException;
import dev.ballast.control.model.ConfigReader;
import dev.ballast.control.reconcile.Reconciler;
import dev.ballast.health.schedule.ProbeScheduler;
import dev.ballast.netlink.NetworkView;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.function.Function;
import org.junit.jupiter.api.io.TempDir;

/**
 * A writer wired as {@link Daemon} wires it, with a journal on disk; kernel and network are those of the class that extends this. Events
 * go in by hand, on the test's thread, time passes when told to, and backends answer to probes until one is told not to.
 */
abstract class WriterFixture {
    /** As {@code apply --allow-delete} gives them. */
    static final ChangeOptions ALLOW_DELETE =
            new ChangeOptions(0, false, false, true, Optional.empty(), Control.Origin.DAEMON);

    @TempDir
    Path state;

    /** All clocks but those of probes. */
    long nowMs = 1_000;

    final LoopStatistics statistics = LoopStatistics.of(() -> 0);
    final EventLog events = new EventLog(() -> nowMs, 0);
    FakeProbing probing;
    Reconciler reconciler;
    Journal journal;
    Writer writer;
    Executor answers = Runnable::run;
    Executor questions = Runnable::run;

    boolean tornDown;

    /** A daemon's parts, as they are after its start. */
    void wire(Reconciler kernel, NetworkView network) {
        probing = new FakeProbing();
        reconciler = kernel;
        journal = journal();
        HealthChecks health =
                new HealthChecks(new ProbeScheduler(probing, probing, new Random(1), 100), () -> {}, () -> nowMs);
        NextHops hops = new NextHops(network, _ -> {}, _ -> {}, () -> nowMs * 1_000_000);
        writer = new Writer(
                new Writer.Parts(
                        journal,
                        reconciler,
                        health,
                        hops,
                        () -> Set.of(Address.parse("10.0.1.2")),
                        () -> nowMs,
                        new OffLoop(work -> answers.execute(work), work -> questions.execute(work)),
                        statistics,
                        new Chronicle(events, statistics),
                        _ -> {},
                        () -> tornDown = true),
                new SnapshotWriter(
                        new Identity("default", "test", 1, 0, "file"), reconciler, health, hops, () -> nowMs));
    }

    /** What the loop does with an event; whoever waits is answered when this returns. */
    abstract void handle(Event event);

    <T> T ask(Function<CompletableFuture<T>, Event> event) {
        CompletableFuture<T> reply = new CompletableFuture<>();
        handle(event.apply(reply));
        assertThat(reply).isDone();
        try {
            return reply.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof ChangeRefusedException refused) {
                throw refused;
            }
            throw e;
        }
    }

    Change apply(String yaml, ChangeOptions options) {
        return ask(reply -> new Event.Apply(ByteBuffer.wrap(yaml.getBytes(UTF_8)), "test.yaml", options, reply));
    }

    Change apply(String yaml) {
        return apply(yaml, ALLOW_DELETE);
    }

    Change drain(String member, boolean on) {
        return ask(reply -> new Event.Drain(member, on, ChangeOptions.NONE, reply));
    }

    /** What a start does with what the journal has. */
    void restore(Accepted accepted) {
        long revision = this.<Long>ask(reply -> new Event.Restore(read(accepted.configYaml()), accepted, reply));
        assertThat(revision).isEqualTo(accepted.revision());
    }

    static Kind refusal(Runnable change) {
        try {
            change.run();
        } catch (ChangeRefusedException e) {
            return e.kind();
        }
        throw new AssertionError("it was not refused");
    }

    Journal journal() {
        try {
            return Journal.open(state);
        } catch (JournalException e) {
            throw new AssertionError(e.getMessage(), e);
        }
    }

    static Config read(String yaml) {
        try {
            return ConfigReader.read("test.yaml", yaml.getBytes(UTF_8));
        } catch (ConfigException e) {
            throw new AssertionError(e.getMessage(), e);
        }
    }
}
