package dev.ballast.datapath;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.ballast.bpf.TestRun;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * The program {@code native} of {@code src/test/native}: the datapath in a process of its own, with the address and undefined
 * sanitizers, on the maps that are pinned; its head has the protocol. What a sanitizer finds, and any disagreement with the
 * kernel, ends the process, and fails the call with its report.
 */
final class NativeDatapath implements AutoCloseable {
    private static final int RUN = 1;
    private static final int ADD = 2;
    private static final int FUZZ = 3;
    private static final int RESET = 4;
    private static final int XDP_CODES = 5;

    private final Process process;
    private final OutputStream requests;
    private final InputStream answers;
    private final Path errors;

    private NativeDatapath(List<String> command) {
        try {
            errors = Files.createTempFile("ballast-native", ".log");
            ProcessBuilder builder = new ProcessBuilder(command).redirectError(errors.toFile());
            // Leaks are not looked for: what the maps hold lives until the process ends.
            builder.environment().put("ASAN_OPTIONS", "detect_leaks=0:abort_on_error=0");
            builder.environment().put("UBSAN_OPTIONS", "print_stacktrace=1");
            process = builder.start();
        } catch (IOException e) {
            throw new UncheckedIOException("start " + command, e);
        }
        requests = process.getOutputStream();
        answers = process.getInputStream();
    }

    /** On the maps of a pinned datapath, whose own program is not run. */
    static NativeDatapath of(Path program, Path pins) {
        return new NativeDatapath(List.of(program.toString(), pins.toString()));
    }

    /** Each frame also through the program pinned at {@code kernelPins}, configured alike: both must agree on it. */
    static NativeDatapath besideKernel(Path pins, Path kernelPins) {
        return new NativeDatapath(
                List.of(NativeBuild.program("native").toString(), pins.toString(), kernelPins.toString()));
    }

    /** One frame, with that much metadata in front of it: so much less room for headers. */
    TestRun.Result run(byte[] frame, int metadataBytes) {
        byte[] request = buffer(Integer.BYTES + frame.length)
                .putInt(metadataBytes)
                .put(frame)
                .array();
        ByteBuffer answer = ask(RUN, request);
        int code = answer.getInt();
        byte[] out = new byte[answer.remaining()];
        answer.get(out);
        return new TestRun.Result(code, 0, out, new byte[0]);
    }

    /** After the maps were cleared: counts begin at 0 again. */
    void reset() {
        ask(RESET, new byte[0]);
    }

    /** A frame for {@link #fuzz} to start from; frames longer than what a page holds are left out. */
    void add(byte[] frame) {
        ask(ADD, frame);
    }

    /** What became of frames, by XDP code. */
    record Fuzzed(List<Traffic> byCode) {
        Traffic total() {
            return byCode.stream().reduce(Traffic.NONE, Traffic::plus);
        }
    }

    /** Runs the generated frames of those numbers; the same seed and numbers are the same frames. */
    Fuzzed fuzz(long seed, long first, long count) {
        ByteBuffer request = buffer(3 * Long.BYTES).putLong(seed).putLong(first).putLong(count);
        ByteBuffer answer = ask(FUZZ, request.array());
        List<Traffic> byCode = new ArrayList<>();
        for (int code = 0; code < XDP_CODES; code++) {
            byCode.add(new Traffic(answer.getLong(), answer.getLong()));
        }
        return new Fuzzed(byCode);
    }

    private static ByteBuffer buffer(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.nativeOrder());
    }

    private ByteBuffer ask(int kind, byte[] body) {
        try {
            requests.write(buffer(8 + body.length)
                    .putInt(kind)
                    .putInt(body.length)
                    .put(body)
                    .array());
            requests.flush();
            byte[] length = answers.readNBytes(Integer.BYTES);
            if (length.length < Integer.BYTES) {
                throw new EOFException();
            }
            byte[] answer = answers.readNBytes(
                    ByteBuffer.wrap(length).order(ByteOrder.nativeOrder()).getInt());
            return ByteBuffer.wrap(answer).order(ByteOrder.nativeOrder());
        } catch (IOException e) {
            throw new AssertionError("the native datapath ended:\n" + report().orElse(e.toString()), e);
        }
    }

    private Optional<String> report() {
        try {
            process.waitFor(5, TimeUnit.SECONDS);
            String text = new String(Files.readAllBytes(errors), UTF_8);
            return text.isBlank() ? Optional.empty() : Optional.of(text);
        } catch (IOException e) {
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    @Override
    public void close() {
        process.destroy();
        try {
            Files.deleteIfExists(errors);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
