package dev.ballast.datapath;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The datapath's sources as programs of this machine, built at first use by {@code src/test/native/compile}. */
final class NativeBuild {
    private static final Path SCRIPT = Path.of("src/test/native/compile");
    private static final Path OUT = Path.of("target/native");

    private static @Nullable Path built;

    private NativeBuild() {}

    /** The datapath of other sources, built into {@code out} without sanitizers. */
    static Path ofSources(Path sources, Path out) {
        HostCommand.run(SCRIPT.toAbsolutePath().toString(), out.toString(), sources.toString());
        return out.resolve("native");
    }

    /** The program of that name: {@code native}, with sanitizers, or {@code arithmetic}, without. */
    static synchronized Path program(String name) {
        if (built == null) {
            HostCommand.run(SCRIPT.toAbsolutePath().toString(), OUT.toString());
            built = OUT.toAbsolutePath();
        }
        return built.resolve(name);
    }
}
