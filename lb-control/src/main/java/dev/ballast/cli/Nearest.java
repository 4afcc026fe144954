package dev.ballast.cli;

import java.util.Collection;
import java.util.List;

/** Finds what somebody meant by a word that does not exist. */
final class Nearest {
    private Nearest() {}

    /** Those of {@code known} that are nearest to {@code given}, at most a third of its letters away. */
    static List<String> to(String given, Collection<String> known) {
        int best = Math.max(1, given.length() / 3);
        for (String each : known) {
            best = Math.min(best, distance(given, each));
        }
        int least = best;
        return known.stream().filter(each -> distance(given, each) == least).toList();
    }

    /** Letters inserted, left out, replaced or exchanged with their neighbour (optimal string alignment). */
    static int distance(String a, String b) {
        int[][] table = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                if (i == 0 || j == 0) {
                    table[i][j] = i + j;
                    continue;
                }
                int replaced = table[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                table[i][j] = Math.min(replaced, Math.min(table[i - 1][j], table[i][j - 1]) + 1);
                if (i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1)) {
                    table[i][j] = Math.min(table[i][j], table[i - 2][j - 2] + 1);
                }
            }
        }
        return table[a.length()][b.length()];
    }
}
