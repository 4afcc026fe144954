package dev.ballast.bpf;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

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
