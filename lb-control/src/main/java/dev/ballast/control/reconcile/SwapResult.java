package dev.ballast.control.reconcile;

import java.util.List;

/** A program that followed another: their tags, and the interfaces that carry it. */
public record SwapResult(String oldTag, String newTag, List<String> interfaces) {
    /** Copies the names. */
    public SwapResult {
        interfaces = List.copyOf(interfaces);
    }
}
