package dev.ballast.control.loop;

import dev.ballast.control.journal.Revision;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The state as of one moment, for readers: immutable, made by the loop when somebody asks. Times are Unix
 * milliseconds; traffic counts since the datapath was created, over restarts and swaps. {@code features} is what the running
 * program has; {@code source} is where the configuration comes from. {@code countedUnixMs}: when the counters were read, 0 if they
 * were not; a change makes a state between two readings.
 */
public record Snapshot(
        String node,
        String instance,
        String version,
        long pid,
        long startedUnixMs,
        long timeUnixMs,
        long countedUnixMs,
        long revision,
        Progress progress,
        String reason,
        String configYaml,
        String configJson,
        String programTag,
        String builtInTag,
        List<String> features,
        List<Interface> interfaces,
        List<Service> services,
        List<Verdict> verdicts,
        List<TransmitLoss> txFailed,
        Flows flows,
        List<String> warnings,
        Journal journal,
        String source,
        Digests digests) {

    /** Whether the datapath holds what was accepted. */
    public enum Progress {
        PENDING,
        DONE,
        FAILED
    }

    /** What is kept of the past; {@code latest} is empty while nothing was accepted, {@code failure} empty if the last change could be made durable. */
    public record Journal(long oldestRevision, int revisions, long bytes, String failure, Optional<Revision> latest) {
        /** Before anything was accepted. */
        public static final Journal NOTHING = new Journal(0, 0, 0, "", Optional.empty());
    }

    /**
     * What balancers are compared by; see {@link dev.ballast.control.plan.StateDigest}. "" while nothing is configured.
     *
     * @param effective made when it is first asked for, on the thread that asks: tens of milliseconds where there are ten thousand
     *     services
     */
    public record Digests(String configured, Supplier<String> effective) {
        /** Before anything was accepted. */
        public static final Digests NONE = new Digests("", () -> "");
    }

    /** One attached interface; mode is native or generic. */
    public record Interface(String name, int index, String mode, String pin) {}

    /**
     * One service, its VIPs as {@code address:port/protocol}; {@code encap}, {@code hash} and {@code sources} as the configuration
     * spells them. {@code previousRingUntilUnixMs}: 0 if no previous ring is kept.
     */
    public record Service(
            String name,
            List<String> vips,
            String encap,
            String hash,
            String sources,
            Progress progress,
            String reason,
            int ringSize,
            int ringGeneration,
            long previousRingUntilUnixMs,
            List<Member> members,
            Traffic forwarded,
            Traffic answered,
            Traffic passed,
            Traffic dropped,
            long flowsCreated,
            long flowsUntracked,
            long flowsRepicked) {}

    /** One backend in one service. {@code admin}: in, drain, leaving; {@code health}: unknown, up, suspect, down; {@code flows}: open ones. */
    public record Member(
            String name,
            String address,
            int weight,
            String admin,
            String health,
            String healthReason,
            long healthSinceUnixMs,
            boolean inRing,
            double ringShare,
            String nextHop,
            Traffic forwarded,
            long flows) {}

    /** Packets and bytes of frames as received. */
    public record Traffic(long packets, long bytes) {
        public static final Traffic NONE = new Traffic(0, 0);
    }

    /** Frames that left by one named reason. */
    public record Verdict(String verdictClass, String reason, Traffic traffic) {}

    /** Frames that the kernel lost after the verdict, on one interface for one cause; {@code words} say what to do. */
    public record TransmitLoss(String interfaceName, String cause, String words, long frames) {}

    /** Fill of the flow tables at the last census. */
    public record Flows(long capacity, long live, long halfOpen, long censusUnixMs) {}
}
