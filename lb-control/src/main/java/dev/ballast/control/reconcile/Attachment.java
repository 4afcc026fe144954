package dev.ballast.control.reconcile;

import java.util.List;

/**
 * An interface that carries the program.
 *
 * @param mode {@code native} or {@code generic}
 * @param pin where its link is pinned
 * @param warnings what an operator has to know of it
 */
public record Attachment(String name, int index, String mode, String pin, List<String> warnings) {
    /** Copies the warnings. */
    public Attachment {
        warnings = List.copyOf(warnings);
    }
}
