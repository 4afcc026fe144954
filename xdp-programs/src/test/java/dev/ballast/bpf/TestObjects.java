package dev.ballast.bpf;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** The objects that the build compiles from src/test/bpf. */
final class TestObjects {
    private TestObjects() {}

    /** The bytes of {@code name.bpf.o}. */
    static byte[] bytes(String name) {
        try (InputStream in = TestObjects.class.getResourceAsStream("/bpf/" + name + ".bpf.o")) {
            if (in == null) {
                throw new AssertionError("/bpf/" + name + ".bpf.o is not built; run mvn process-test-resources");
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A section of a 64-bit ELF file. */
    static byte[] section(byte[] elf, String name) {
        ByteBuffer file = ByteBuffer.wrap(elf).order(ByteOrder.nativeOrder());
        int headers = (int) file.getLong(0x28);
        int headerSize = file.getShort(0x3a);
        int count = file.getShort(0x3c);
        int names = (int) file.getLong(headers + file.getShort(0x3e) * headerSize + 0x18);
        for (int header = headers; header < headers + count * headerSize; header += headerSize) {
            if (string(elf, names + file.getInt(header)).equals(name)) {
                int offset = (int) file.getLong(header + 0x18);
                return Arrays.copyOfRange(elf, offset, offset + (int) file.getLong(header + 0x20));
            }
        }
        throw new AssertionError("the object has no section " + name);
    }

    private static String string(byte[] bytes, int start) {
        int end = start;
        while (bytes[end] != 0) {
            end++;
        }
        return new String(bytes, start, end - start, StandardCharsets.UTF_8);
    }

    /** Opened, not loaded. */
    static BpfObject open(String name) {
        return BpfObject.open(name, bytes(name));
    }

    /** Opened and loaded. */
    static BpfObject load(String name) {
        BpfObject object = open(name);
        object.load();
        return object;
    }
}
