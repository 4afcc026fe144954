package dev.ballast.cli;

import dev.ballast.cli.pcap.CapturedPacket;
import dev.ballast.cli.pcap.PcapWriter;
import dev.ballast.v1.ReplayReply;
import dev.ballast.v1.ReplayVerdict;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "replay",
        header = "Runs a capture through a copy of the program.",
        description = {
            "Runs the packets of a capture file through a copy of the running program, with its VIPs, rings, members and"
                    + " filters, but flow tables and counters of the copy's own: nothing live changes.",
            "Prints for each packet its index (from 0), verdict, reason, service and backend: with -o json one object a line."
        })
final class ReplayCommand extends Verb<ReplayInput> {
    private static final String FORWARDED = "forwarded";

    @Parameters(
            paramLabel = "IN.pcap",
            description = "pcap or pcapng of Ethernet frames, as `tcpdump -w` writes it on the interface; - for"
                    + " standard input.")
    private Path in = Path.of("-");

    @Option(
            names = "--out",
            paramLabel = "OUT.pcap",
            description =
                    "Write the frames here that would leave the machine, in their order. An existing file is replaced.")
    @Nullable
    private Path out;

    private final Map<String, Long> packetsByVerdict = new TreeMap<>();
    private long packets;
    private long cut;
    private long sent;
    private String tag = "";

    @Override
    ReplayInput request() {
        return ReplayInput.open(in, main().shell());
    }

    @Override
    int ask(Daemon daemon, ReplayInput input) {
        try (input;
                Daemon.Replay replay = daemon.replay();
                PcapWriter writer = new PcapWriter(create(), input.hasNanoseconds())) {
            run(input, replay, writer);
        } catch (CommandFailure e) {
            throw e.linesOnly();
        } catch (IOException e) {
            throw new CommandFailure(
                    ExitStatus.REFUSED,
                    "%s: cannot be written: %s; the replay ended at packet %d".formatted(out, e.getMessage(), packets));
        }
        sayWhatCame();
        input.damage().ifPresent(damage -> {
            throw new CommandFailure(ExitStatus.REFUSED, damage + "; the packets before it were replayed");
        });
        return ExitStatus.DONE;
    }

    private void run(ReplayInput input, Daemon.Replay replay, PcapWriter writer) throws IOException {
        ReplayLines lines = new ReplayLines(main().output(), main().shell().out());
        for (List<CapturedPacket> portion = input.next(); !portion.isEmpty(); portion = input.next()) {
            ReplayReply reply = replay.run(ReplayInput.request(portion));
            tag = reply.getProgramTag();
            for (int i = 0; i < reply.getVerdictsCount(); i++) {
                ReplayVerdict verdict = reply.getVerdicts(i);
                lines.print(packets, verdict);
                packets++;
                packetsByVerdict.merge(verdict.getClass_(), 1L, Long::sum);
                cut += portion.get(i).isCut() ? 1 : 0;
                if (!verdict.getSent().isEmpty()) {
                    sent++;
                    writer.write(sent(portion.get(i), verdict));
                }
            }
            if (reply.getVerdictsCount() < portion.size()) {
                replay.run(ReplayInput.request(List.of())); // says what ended it
            }
            if (main().shell().out().checkError()) {
                throw new CommandFailure(
                        ExitStatus.REFUSED, "standard output is closed or full; the replay ended at packet " + packets);
            }
        }
    }

    /** What was not captured does not leave either: the daemon had zeros for it. */
    private static CapturedPacket sent(CapturedPacket packet, ReplayVerdict verdict) {
        byte[] frame = verdict.getSent().toByteArray();
        int missing = verdict.getClass_().equals(FORWARDED) ? packet.length() - packet.head().length : 0;
        return new CapturedPacket(
                packet.timeNs(), Arrays.copyOf(frame, Math.max(0, frame.length - missing)), frame.length);
    }

    private void sayWhatCame() {
        String byVerdict = packetsByVerdict.entrySet().stream()
                .map(each -> each.getValue() + " " + each.getKey())
                .collect(Collectors.joining(", "));
        main().shell()
                .err()
                .println(
                        packets == 0
                                ? "no packets"
                                : "packets: %d (%s); frames that would leave: %d; program %s"
                                        .formatted(packets, byVerdict, sent, tag));
        if (cut > 0) {
            main().shell()
                    .err()
                    .printf(
                            "warning: packets that the capture's snap length cut: %d; zeros stood for what is missing, so"
                                    + " trust their verdicts where all headers are there, or capture whole ones: tcpdump -s 0%n",
                            cut);
        }
    }

    private OutputStream create() throws IOException {
        Path file = out;
        if (file == null) {
            return OutputStream.nullOutputStream();
        }
        if (Files.exists(file) && Files.exists(in) && Files.isSameFile(file, in)) {
            throw new CommandFailure(
                    ExitStatus.USAGE, file + ": is the file that is read; name another one with --out");
        }
        return OutputFile.create(file, "nothing was replayed");
    }
}
