package dev.ballast.bpf;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * What matters of a verifier's log: the error, and on the path that led to it the last source line and the instructions of it.
 * A log of a real program has tens of thousands of lines, of which the last few say everything.
 */
final class VerifierLog {
    /** Enough for the instructions of one C statement. */
    private static final int MAX_INSTRUCTIONS = 8;

    private static final int MAX_ERROR_LINES = 12;

    /** {@code 12: (61) r1 = *(u32 *)(r1 +4)}, perhaps with the registers behind it. */
    private static final Pattern INSTRUCTION = Pattern.compile("\\d+: \\([0-9a-f]{2}\\) .*");

    /** {@code ; if (data + 14 > data_end) @ balancer.bpf.c:12}. */
    private static final Pattern SOURCE = Pattern.compile("; .*");

    /** Register states, branches and the verifier's book-keeping: the way, not the reason. */
    private static final Pattern STATE = Pattern.compile(
            "\\d+: .*|R\\d+(_\\w+)?=.*|from \\d+ to \\d+.*|last_idx .*|regs=.*|parent .*|mark_precise: .*|func#\\d+ .*|arg#\\d+ .*"
                    + "|Live regs before insn:|Func#\\d+ .*|caller:|callee:|returning from callee:"
                    + "|to caller at \\d+:|frame\\d+: .*|\\s+frame\\d+: .*|propagating .*|;.*|Validating .*|-- BEGIN .*|-- END .*");

    private static final Pattern STATISTICS =
            Pattern.compile("processed \\d+ insns .*|verification time .*|stack depth .*|peak_states .*");

    private VerifierLog() {}

    /** The useful lines in their order, indented, and how many were left out. */
    static String digest(String log) {
        List<String> lines = log.lines().filter(line -> !line.isBlank()).toList();
        if (lines.isEmpty()) {
            return "  (it wrote no log)";
        }
        int end = lines.size();
        while (end > 0 && STATISTICS.matcher(lines.get(end - 1)).matches()) {
            end--;
        }
        int errorStart = end;
        while (errorStart > 0
                && end - errorStart < MAX_ERROR_LINES
                && !STATE.matcher(lines.get(errorStart - 1)).matches()) {
            errorStart--;
        }
        List<String> kept = new ArrayList<>(lines.subList(errorStart, end));
        int instructions = 0;
        boolean source = false;
        for (int i = errorStart - 1; i >= 0 && instructions < MAX_INSTRUCTIONS && !source; i--) {
            String line = lines.get(i);
            source = SOURCE.matcher(line).matches();
            boolean instruction = INSTRUCTION.matcher(line).matches();
            instructions += instruction ? 1 : 0;
            if (source || instruction) {
                kept.addFirst(line);
            }
        }
        if (!source) {
            // The statement is longer than what is shown of it: its source line is worth one more.
            for (int i = errorStart - 1; i >= 0 && !source; i--) {
                source = SOURCE.matcher(lines.get(i)).matches();
                if (source) {
                    kept.addFirst(lines.get(i));
                }
            }
        }
        StringBuilder digest = new StringBuilder();
        for (String line : kept) {
            digest.append("  ").append(line.strip()).append('\n');
        }
        int leftOut = lines.size() - kept.size();
        return leftOut == 0
                ? digest.toString().stripTrailing()
                : digest.append("  … ")
                        .append(leftOut)
                        .append(leftOut == 1 ? " line" : " lines")
                        .append(" left out")
                        .toString();
    }
}
