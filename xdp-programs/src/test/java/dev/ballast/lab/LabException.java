package dev.ballast.lab;

import org.jspecify.annotations.Nullable;

/** A lab could not do what was asked. The message names the operation, the object and the cure. */
public final class LabException extends RuntimeException {
    LabException(String message) {
        super(message);
    }

    LabException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
