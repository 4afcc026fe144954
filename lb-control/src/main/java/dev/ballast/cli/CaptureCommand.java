package dev.ballast.cli;

import dev.ballast.cli.pcap.PcapNgWriter;
import dev.ballast.v1.CaptureReply;
import dev.ballast.v1.CaptureRequest;
import dev.ballast.v1.CapturedPacket;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "capture",
        header = "Shows live packets and what became of them.",
        description = {
            "One line a packet until Ctrl-C: when, where it came in, its addresses, its length, the reason of its verdict, its"
                    + " service and the backend that it was forwarded to. With -o json, an object a line.",
            "Meanwhile a program that samples packets runs in the place of one that does not: connections stay. It samples"
                    + " about 16,000 packets a second and CPU at most; those beyond that are counted as lost, as are those"
                    + " that nobody reads in time. One capture at a time."
        })
final class CaptureCommand extends Verb<CaptureRequest> {
    private static final int DURATION_MAX_S = 86_400;
    private static final Path STANDARD_OUTPUT = Path.of("-");

    @Parameters(arity = "0..1", paramLabel = "SERVICE", description = "Only packets of this one.")
    private String service = "";

    @Option(
            names = "--class",
            paramLabel = "CLASS",
            description = "Only packets that end so: forwarded, answered, passed or dropped.")
    private String verdictClass = "";

    @Option(
            names = "--reason",
            paramLabel = "REASON",
            description = "Only packets with this reason, such as dropped_no_member; a wrong one lists them.")
    private String reason = "";

    @Option(
            names = {"-c", "--count"},
            paramLabel = "N",
            description = "Ends after so many packets.")
    private @Nullable Integer count;

    @Option(names = "--duration", paramLabel = "SECONDS", description = "Ends after so long, 1 to 86400.")
    private @Nullable Integer durationS;

    @Option(
            names = {"-w", "--write"},
            paramLabel = "OUT.pcapng",
            description =
                    "Write pcapng here instead of lines, - for standard output: the packets as they were received, 128"
                            + " bytes at most, each with its verdict as a comment. An existing file is replaced.")
    private @Nullable Path file;

    private @Nullable PcapNgWriter writer;
    private boolean begun;
    private long packets;
    private long lost;
    private boolean ended;

    @Override
    CaptureRequest request() {
        if (count != null && count < 1) {
            throw main().misuse("--count " + count + ": it is 1 or more; leave it out to go on until Ctrl-C");
        }
        if (durationS != null && (durationS < 1 || durationS > DURATION_MAX_S)) {
            throw main().misuse("--duration " + durationS + ": it is 1 to " + DURATION_MAX_S + " seconds");
        }
        return CaptureRequest.newBuilder()
                .setService(service)
                .setClass_(verdictClass)
                .setReason(reason)
                .setLimit(count == null ? 0 : count)
                .setDurationMs(durationS == null ? 0 : durationS * 1_000)
                .build();
    }

    @Override
    int ask(Daemon daemon, CaptureRequest request) {
        try (var _ = main().shell().interrupts().whileOpen(ExitStatus.DONE, this::end)) {
            daemon.capture(request, this::take);
        } finally {
            end();
        }
        return ExitStatus.DONE;
    }

    /** False when nobody reads any more. The first one is empty: until then nothing may be written, as the daemon may refuse. */
    private synchronized boolean take(CaptureReply reply) {
        if (ended) {
            return false;
        }
        begun = true;
        lost = reply.getLost();
        try {
            if (file != null && writer == null) {
                writer = new PcapNgWriter(create(file));
            }
            for (CapturedPacket packet : reply.getPacketsList()) {
                packets++;
                if (writer == null) {
                    main().printOfStream(
                                    packet,
                                    each -> main().shell()
                                            .out()
                                            .println(CapturedFrame.of(each).line()));
                } else {
                    writer.write(
                            packet.getInterface(),
                            CapturedFrame.of(packet).received(),
                            CapturedFrame.of(packet).comment());
                }
            }
            if (writer != null) {
                writer.flush();
            }
        } catch (IOException e) {
            throw cannotWrite(e);
        }
        return !main().shell().out().checkError();
    }

    private OutputStream create(Path place) throws IOException {
        return place.equals(STANDARD_OUTPUT) ? main().shell().out() : OutputFile.create(place, "nothing was captured");
    }

    private CommandFailure cannotWrite(IOException failure) {
        return new CommandFailure(
                ExitStatus.REFUSED,
                "%s: cannot be written: %s; the capture ended at packet %d"
                        .formatted(file, failure.getMessage(), packets));
    }

    /** However it ends, and once: the interrupt comes from another thread. */
    private synchronized void end() {
        if (ended) {
            return;
        }
        ended = true;
        if (!begun) {
            return; // refused: the reason says it all
        }
        Shell shell = main().shell();
        shell.out().flush();
        shell.err().println("packets: " + packets + "; lost: " + lost);
        if (lost > 0) {
            shell.err()
                    .println("warning: more packets came than could be sampled or shown; narrow the capture by SERVICE,"
                            + " --class or --reason, or write it with -w");
        }
        try (var _ = writer) {
            writer = null;
        } catch (IOException e) {
            throw cannotWrite(e);
        }
    }
}
