package dev.ballast.attach;

import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** An attachment, exchange or detachment that did not happen. The message names the interface, each cause, and its cure. */
public final class AttachException extends RuntimeException {
    private final String operation;
    private final String interfaceName;
    private final List<Finding> findings;

    AttachException(String operation, String interfaceName, List<Finding> findings) {
        super(operation + " " + interfaceName + ": "
                + findings.stream().map(Finding::toString).collect(Collectors.joining(" | ")));
        this.operation = operation;
        this.interfaceName = interfaceName;
        this.findings = List.copyOf(findings);
    }

    AttachException(String operation, String interfaceName, String causeAndCure, @Nullable Throwable cause) {
        super(operation + " " + interfaceName + ": " + causeAndCure, cause);
        this.operation = operation;
        this.interfaceName = interfaceName;
        this.findings = List.of();
    }

    /** What was attempted: {@code attach}, {@code swap}, {@code detach}, {@code adopt}. */
    public String operation() {
        return operation;
    }

    /** The interface that it failed on. */
    public String interfaceName() {
        return interfaceName;
    }

    /** The checks that refused it; empty if the kernel did. */
    public List<Finding> findings() {
        return findings;
    }
}
