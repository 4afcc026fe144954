package dev.ballast.datapath;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** The objects that the build compiles from src/test/bpf. */
final class TestObject {
    private TestObject() {}

    /** The bytes of {@code name.bpf.o}. */
    static byte[] bytes(String name) {
        try (InputStream in = TestObject.class.getResourceAsStream("/bpf/" + name + ".bpf.o")) {
            if (in == null) {
                throw new AssertionError("/bpf/" + name + ".bpf.o is not built; run mvn process-test-resources");
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
