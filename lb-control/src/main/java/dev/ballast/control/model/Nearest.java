package dev.ballast.control.model;

import java.util.Collection;
import java.util.Optional;

/** Which known word somebody meant who wrote an unknown one. */
public final class Nearest {
    /** Beyond this nobody mistypes a key, and the distance would cost its product of lengths. */
    private static final int MAX_LENGTH = 40;

    private Nearest() {}

    /** The known word within a third of its length in edits (one at least), the first of several equally near. */
    public static Optional<String> to(String word, Collection<String> known) {
        if (word.length() > MAX_LENGTH) {
            return Optional.empty();
        }
        String nearest = null;
        int nearestDistance = Integer.MAX_VALUE;
        for (String candidate : known) {
            int distance = distance(word, candidate);
            if (distance < nearestDistance && distance <= Math.max(1, candidate.length() / 3)) {
                nearest = candidate;
                nearestDistance = distance;
            }
        }
        return Optional.ofNullable(nearest);
    }

    /** The same as a cure, or "" when nothing is near. */
    public static String didYouMean(String word, Collection<String> known) {
        return to(word, known).map(near -> "did you mean " + near + "?").orElse("");
    }

    /** Insertions, deletions, replacements and swaps of neighbours, letter case aside (optimal string alignment). */
    private static int distance(String a, String b) {
        int[][] d = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            d[i][0] = i;
        }
        for (int j = 0; j <= b.length(); j++) {
            d[0][j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            for (int j = 1; j <= b.length(); j++) {
                int replaced = d[i - 1][j - 1] + (same(a, i - 1, b, j - 1) ? 0 : 1);
                d[i][j] = Math.min(replaced, Math.min(d[i - 1][j], d[i][j - 1]) + 1);
                if (i > 1 && j > 1 && same(a, i - 1, b, j - 2) && same(a, i - 2, b, j - 1)) {
                    d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
                }
            }
        }
        return d[a.length()][b.length()];
    }

    private static boolean same(String a, int i, String b, int j) {
        return Character.toLowerCase(a.charAt(i)) == Character.toLowerCase(b.charAt(j));
    }
}
