package dev.ballast.cli;

import com.google.protobuf.UnsafeByteOperations;
import dev.ballast.cli.pcap.CaptureException;
import dev.ballast.cli.pcap.CaptureReader;
import dev.ballast.cli.pcap.CapturedPacket;
import dev.ballast.v1.ReplayPacket;
import dev.ballast.v1.ReplayRequest;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The capture file of a replay, in portions that fit a message. Of a file that grows only what was there at the start is
 * read; what is wrong with the file comes up after the packets before it.
 */
final class ReplayInput implements AutoCloseable {
    /** Enough to make the round trip to the daemon small beside the packets, and still a moment's work for it. */
    private static final int PORTION_PACKETS = 256;

    private static final int PORTION_BYTES = 1 << 20;
    private static final int BUFFER_BYTES = 1 << 16;

    private final String name;
    private final InputStream bytes;
    private final CaptureReader reader;
    private @Nullable CaptureException damage;
    private boolean ended;

    private ReplayInput(String name, InputStream bytes, CaptureReader reader) {
        this.name = name;
        this.bytes = bytes;
        this.reader = reader;
    }

    /** Opens {@code path}, or standard input for {@code -}, and reads its head. */
    static ReplayInput open(Path path, Shell shell) {
        boolean standardInput = path.toString().equals("-");
        String name = standardInput ? "<stdin>" : path.toString();
        InputStream bytes = null;
        try {
            bytes = standardInput ? shell.in() : asOfNow(path);
            return new ReplayInput(name, bytes, CaptureReader.open(new BufferedInputStream(bytes, BUFFER_BYTES), name));
        } catch (NoSuchFileException e) {
            throw new CommandFailure(ExitStatus.USAGE, name + ": there is no such file");
        } catch (AccessDeniedException e) {
            throw new CommandFailure(
                    ExitStatus.USAGE, name + ": user " + System.getProperty("user.name") + " may not read it");
        } catch (CaptureException e) {
            closeQuietly(bytes);
            throw new CommandFailure(ExitStatus.REFUSED, String.valueOf(e.getMessage()));
        } catch (IOException e) {
            closeQuietly(bytes);
            throw new CommandFailure(ExitStatus.USAGE, name + ": " + e.getMessage());
        }
    }

    private static InputStream asOfNow(Path path) throws IOException {
        return Files.isRegularFile(path)
                ? new PrefixInputStream(Files.newInputStream(path), Files.size(path))
                : Files.newInputStream(path);
    }

    /** Whether times are finer than a microsecond. */
    boolean hasNanoseconds() {
        return reader.hasNanoseconds();
    }

    /** The next packets; empty after the last. */
    List<CapturedPacket> next() {
        List<CapturedPacket> portion = new ArrayList<>();
        int portionBytes = 0;
        try {
            while (!ended && portion.size() < PORTION_PACKETS && portionBytes < PORTION_BYTES) {
                Optional<CapturedPacket> packet = reader.next();
                ended = packet.isEmpty();
                packet.ifPresent(portion::add);
                portionBytes += packet.map(each -> each.head().length).orElse(0);
            }
        } catch (CaptureException e) {
            ended = true;
            damage = e;
        } catch (IOException e) {
            throw new CommandFailure(ExitStatus.USAGE, name + ": " + e.getMessage());
        }
        return portion;
    }

    /** What ended the file before its end; empty if nothing did. */
    Optional<String> damage() {
        return Optional.ofNullable(damage).map(CaptureException::getMessage);
    }

    static ReplayRequest request(List<CapturedPacket> packets) {
        ReplayRequest.Builder request = ReplayRequest.newBuilder();
        for (CapturedPacket packet : packets) {
            request.addPackets(ReplayPacket.newBuilder()
                    .setTimeUnixNs(packet.timeNs())
                    .setHead(UnsafeByteOperations.unsafeWrap(packet.head()))
                    .setLength(packet.length()));
        }
        return request.build();
    }

    private static void closeQuietly(@Nullable InputStream bytes) {
        try {
            if (bytes != null) {
                bytes.close();
            }
        } catch (IOException e) {
            // It was only read.
        }
    }

    @Override
    public void close() {
        closeQuietly(bytes);
    }
}
