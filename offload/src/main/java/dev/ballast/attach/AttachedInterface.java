package dev.ballast.attach;

import dev.ballast.bpf.XdpMode;
import java.util.List;

/**
 * An interface that carries our program.
 *
 * @param name its present name
 * @param index its number in its network namespace
 * @param mode where the program runs
 * @param programId the kernel's id of the program
 * @param warnings what an operator should know about this attachment, each with what to do; empty if all is as it should be
 */
public record AttachedInterface(String name, int index, XdpMode mode, int programId, List<String> warnings) {
    public AttachedInterface {
        warnings = List.copyOf(warnings);
    }
}
