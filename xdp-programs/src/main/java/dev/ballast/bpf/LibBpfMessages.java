package dev.ballast.bpf;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What libbpf prints while it works: collected for the exception of the call that fails, otherwise dropped (libbpf's own
 * default is stderr, which belongs to the application).
 *
 * <p>libbpf calls back on the thread that called it, so the collection is a thread local. An exception that leaves an upcall
 * ends the JVM: the callback catches everything and touches nothing that may block.
 */
final class LibBpfMessages implements AutoCloseable {
    private static final int LIBBPF_WARN = 0;
    private static final int LINE_BYTES = 1024;
    private static final int MAX_LINES = 100;

    private static final ThreadLocal<@Nullable LibBpfMessages> CURRENT = new ThreadLocal<>();

    /** {@code int (*libbpf_print_fn_t)(enum libbpf_print_level, const char *format, va_list)}. */
    static final MemorySegment CALLBACK = callback();

    private final List<String> lines = new ArrayList<>();

    private LibBpfMessages() {}

    /** Collects this thread's warnings until it is closed. */
    static LibBpfMessages collect() {
        LibBpfMessages messages = new LibBpfMessages();
        CURRENT.set(messages);
        return messages;
    }

    /** The warnings so far, without libbpf's prefix, joined by {@code "; "}. */
    String joined() {
        return String.join("; ", lines);
    }

    @Override
    public void close() {
        CURRENT.remove();
    }

    /** Called by libbpf. Whatever happens, it returns: a lost message is nothing beside a lost process. */
    @SuppressWarnings("UnusedMethod") // bound by name below
    private static int print(int level, MemorySegment format, MemorySegment arguments) {
        try {
            LibBpfMessages messages = CURRENT.get();
            if (messages != null && level == LIBBPF_WARN && messages.lines.size() < MAX_LINES) {
                messages.lines.add(format(format, arguments));
            }
        } catch (Throwable e) {
            // Nobody above could do anything about it: there is only C.
            return 0;
        }
        return 0;
    }

    /** A va_list goes through as an address: the System V and AAPCS64 conventions both pass it by reference. */
    private static String format(MemorySegment format, MemorySegment arguments) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment line = arena.allocate(LINE_BYTES);
            int length = LibC.vsnprintf(line, format, arguments);
            byte[] bytes =
                    line.asSlice(0, Math.clamp(length, 0, LINE_BYTES - 1)).toArray(JAVA_BYTE);
            String text = new String(bytes, StandardCharsets.UTF_8).strip();
            return text.startsWith("libbpf: ") ? text.substring("libbpf: ".length()) : text;
        }
    }

    private static MemorySegment callback() {
        try {
            MethodType type = MethodType.methodType(int.class, int.class, MemorySegment.class, MemorySegment.class);
            return NativeLinker.upcall(
                    MethodHandles.lookup().findStatic(LibBpfMessages.class, "print", type),
                    FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, ADDRESS));
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }
}
