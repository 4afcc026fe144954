package dev.ballast.health.probe;

import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/** What a probe asks a backend. Equal specs ask the same, so that a scheduler may share the answer. */
public sealed interface ProbeSpec {
    /** The address that probes come from, of the target's family; null: what the kernel's routes choose. */
    @Nullable
    InetAddress source();

    /** Whether a TCP connection can be opened; it is reset at once, without a byte sent. */
    record TcpConnect(@Nullable InetAddress source) implements ProbeSpec {
        @Override
        public String toString() {
            return source == null ? "tcp" : "tcp from " + source.getHostAddress();
        }
    }
}
