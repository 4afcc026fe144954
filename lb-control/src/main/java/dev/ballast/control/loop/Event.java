package dev.ballast.control.loop;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.ballast.control.journal.Accepted;
import dev.ballast.control.loop.Control.Change;
import dev.ballast.control.loop.Control.ChangeOptions;
import dev.ballast.control.loop.Control.Preview;
import dev.ballast.control.loop.Control.Swap;
import dev.ballast.control.model.Config;
import dev.ballast.control.model.ConfigEdit;
import dev.ballast.datapath.LiveSamples;
import dev.ballast.datapath.Sampling;
import dev.ballast.datapath.TwinSource;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** What reaches the single writer, in the order of its ring. */
sealed interface Event {
    /** An event that somebody waits for. */
    sealed interface Request<T> extends Event {
        CompletableFuture<T> reply();
    }

    /** The first event of a daemon that has a past. */
    record Restore(Config config, Accepted accepted, CompletableFuture<Long> reply) implements Request<Long> {
        @Override
        public String toString() {
            return "Restore[revision " + accepted.revision() + "]";
        }
    }

    /** A change that leads to another configuration, or to another administrative state of members. */
    sealed interface ChangeRequest extends Request<Change> {
        ChangeOptions options();

        /** The verb, as history has it: {@code apply}. */
        String operation();

        /** What it is done to: a file, a member, a revision. */
        String object();

        /** What else was handed in: two requests that differ in it are not the same. */
        default ByteBuffer content() {
            return ByteBuffer.allocate(0);
        }
    }

    record Apply(ByteBuffer yaml, String fileName, ChangeOptions options, CompletableFuture<Change> reply)
            implements ChangeRequest {
        @Override
        public String operation() {
            return "apply";
        }

        @Override
        public String object() {
            return fileName;
        }

        @Override
        public ByteBuffer content() {
            return yaml.duplicate();
        }

        @Override
        public String toString() {
            return "Apply[" + fileName + ", " + options + "]";
        }
    }

    record Edit(List<ConfigEdit> edits, ChangeOptions options, CompletableFuture<Change> reply)
            implements ChangeRequest {
        @Override
        public String operation() {
            return "edit";
        }

        /** The first place, and how many more there are. */
        @Override
        public String object() {
            String first = edits.getFirst().path();
            return edits.size() == 1 ? first : first + " and " + (edits.size() - 1) + " more";
        }

        /** Every path with what shall stand there. */
        @Override
        public ByteBuffer content() {
            return ByteBuffer.wrap(edits.toString().getBytes(UTF_8));
        }

        @Override
        public String toString() {
            return "Edit[" + object() + ", " + options + "]";
        }
    }

    record Plan(ByteBuffer yaml, String fileName, ChangeOptions options, CompletableFuture<Preview> reply)
            implements Request<Preview> {
        @Override
        public String toString() {
            return "Plan[" + fileName + ", " + options + "]";
        }
    }

    record Drain(String member, boolean on, ChangeOptions options, CompletableFuture<Change> reply)
            implements ChangeRequest {
        @Override
        public String operation() {
            return on ? "drain" : "undrain";
        }

        @Override
        public String object() {
            return member;
        }
    }

    record Rollback(long revision, ChangeOptions options, CompletableFuture<Change> reply) implements ChangeRequest {
        @Override
        public String operation() {
            return "rollback";
        }

        @Override
        public String object() {
            return "revision " + revision;
        }
    }

    /** Somebody looks at what was accepted; {@code look} is called off the loop. */
    record LookBack<T>(Function<Past, T> look, CompletableFuture<T> reply) implements Request<T> {}

    record SwapProgram(Optional<Control.ObjectFile> object, ChangeOptions options, CompletableFuture<Swap> reply)
            implements Request<Swap> {}

    record Teardown(boolean force, CompletableFuture<List<String>> reply) implements Request<List<String>> {}

    record Checks(String service, CompletableFuture<Map<String, List<Control.CheckStatus>>> reply)
            implements Request<Map<String, List<Control.CheckStatus>>> {}

    record CountFlows(CompletableFuture<FlowCounts> reply) implements Request<FlowCounts> {}

    record CopyProgram(CompletableFuture<TwinSource> reply) implements Request<TwinSource> {}

    record BeginCapture(String service, Sampling outcomes, CompletableFuture<LiveSamples> reply)
            implements Request<LiveSamples> {}

    record EndCapture(LiveSamples samples, CompletableFuture<Void> reply) implements Request<Void> {}

    /** Makes the state that readers see. */
    record Show(CompletableFuture<Snapshot> reply) implements Request<Snapshot> {}

    /** Somebody watches who has seen no state yet. */
    record WatchAdded() implements Event {}

    /** Health transitions wait in their own slots: the latest of each member. */
    record HealthChanged() implements Event {}

    /** Links, addresses, routes or neighbours changed. */
    record NetworkChanged() implements Event {}

    /** A grace period is over: no reader in the kernel still sees what was replaced before it. */
    record GraceEnded(long number) implements Event {}

    record Tick() implements Event {}

    record Stop(CompletableFuture<Void> reply) implements Request<Void> {}
}
