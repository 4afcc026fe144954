package dev.ballast.attach;

import java.util.List;

/**
 * What a process found of the attachments of the one before it.
 *
 * @param attached still there, and ours from now on
 * @param lost pinned, but without their interface; to be attached again
 */
public record Adoption(List<AttachedInterface> attached, List<LostInterface> lost) {
    public Adoption {
        attached = List.copyOf(attached);
        lost = List.copyOf(lost);
    }
}
