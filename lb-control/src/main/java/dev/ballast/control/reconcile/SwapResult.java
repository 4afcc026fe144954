package dev.ballast.control.reconcile;

import java.util.List;

/** A program that followed another: the tags of their objects, their ids in the kernel, and the interfaces that carry it. */
public record SwapResult(String oldTag, String newTag, int oldProgramId, int newProgramId, List<String> interfaces) {
    /** Copies the names. */
    public SwapResult {
        interfaces = List.copyOf(interfaces);
    }
}
