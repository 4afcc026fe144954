package dev.ballast.control.journal;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.file.Path;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * A process that changes as fast as its disk lets it, and says a revision when it is acknowledged. What each of them leads to
 * follows from its number, so whoever reads the journal afterwards knows what should be there.
 */
final class JournalProcess {
    /** Small ones, so that a kill meets a compaction now and then. */
    static final Journal.Bounds BOUNDS = new Journal.Bounds(40, 10, 1 << 20, 16);

    private JournalProcess() {}

    static SortedSet<String> drains(long revision) {
        SortedSet<String> drains = new TreeSet<>();
        for (int bit = 0; bit < 5; bit++) {
            if ((revision >> bit & 1) == 1) {
                drains.add("web/10.0.1." + bit);
            }
        }
        return drains;
    }

    static String config(long revision) {
        return ("  weight: " + revision / 2 + "\n").repeat(50) + "last: " + revision / 3 + "\n";
    }

    public static void main(String[] arguments) throws JournalException {
        Journal journal = Journal.open(Path.of(arguments[0]), Disk.REAL, BOUNDS);
        long revision = journal.latest().map(Accepted::revision).orElse(0L);
        while (true) {
            revision++;
            journal.append(
                    Revisions.number(revision),
                    drains(revision),
                    Optional.of(config(revision).getBytes(UTF_8)));
            System.out.println(revision);
        }
    }
}
