package dev.ballast.ring;

import java.util.Arrays;

/**
 * Whose turn it is, window by window. The k-th turn of a contender of weight w stands at the moment (k - 1/2) / w; a window is the time from
 * one turn of the heaviest to its next, 1 / heaviest, its end included. So nobody has two turns in one window. Contenders of one weight, a
 * class, have all their turns at the same moments, and are followed as one.
 *
 * <p>All arithmetic is in integers and exact. In each window a class gains 2 w of credit, and a turn costs 2 * heaviest; it starts with
 * half of that. What is left after its turn says where in the window the turn stood: left / 2w of a window before the end.
 *
 * <p>A class that has a turn in many of the windows is asked in each. The light ones, which would be asked in vain most of the time, wait
 * in a calendar: a list by window, around a wheel that is longer than anybody waits.
 */
final class Turns {
    /** What has less than this part of the heaviest weight waits in the calendar. Measured: 4 to 16 cost the same. */
    private static final int LIGHT = 8;

    /** With so many turns for each class that has one, putting the classes in order costs next to nothing. */
    private static final int CHEAP_TO_SORT = 8;

    private static final int NOBODY = -1;

    /** Bits of a sort key for the class; above them, how far before the end of the window its turn is, in steps of 2^-32 windows. */
    private static final int CLASS_BITS = 16;

    private final int heaviest;

    /** By contender. */
    private final short[] classOf;

    private final int classCount;

    /** Whether every class is one contender. Then they have the same numbers, and {@link #dueClasses} is {@link #due}. */
    private final boolean isOneEach;

    /** By class: the heavier first, as contenders are. */
    private final int[] weight;

    /** By class, and one more: its first contender. */
    private final int[] first;

    /** By class. Of one in the calendar: what will be left after its next turn. */
    private final int[] credit;

    /** The first class that waits in the calendar, as all after it do. */
    private final int firstLight;

    /** The calendar: by window modulo the length of the wheel, the first class of its list. */
    private final int[] wheel;

    /** By class: the next one of its list in the calendar. */
    private final int[] link;

    private final int[] dueClasses;
    private final int[] due;
    private final long[] sortKeys;
    private int window;
    private int dueClassCount;
    private boolean isInOrder;

    /** At least one contender. */
    Turns(Contenders contenders) {
        int[] weights = contenders.weight;
        heaviest = weights[0];
        classOf = new short[weights.length];
        weight = new int[weights.length];
        first = new int[weights.length + 1];
        int classes = 0;
        for (int contender = 0; contender < weights.length; contender++) {
            if (contender == 0 || weights[contender] != weights[contender - 1]) {
                first[classes] = contender;
                weight[classes++] = weights[contender];
            }
            classOf[contender] = (short) (classes - 1);
        }
        first[classes] = weights.length;
        classCount = classes;
        credit = new int[classes];
        Arrays.fill(credit, heaviest);
        due = new int[weights.length + 1];
        isOneEach = classes == weights.length;
        dueClasses = isOneEach ? due : new int[classes + 1];
        sortKeys = new long[classes];
        int light = classes;
        while (weight[light - 1] * LIGHT < heaviest) {
            light--;
        }
        firstLight = light;
        boolean hasLight = firstLight < classes;
        int longestWait = heaviest / weight[classes - 1] + 1;
        wheel = new int[hasLight ? 2 * Integer.highestOneBit(longestWait) : 0];
        Arrays.fill(wheel, NOBODY);
        link = new int[hasLight ? classes : 0];
        for (int waiting = firstLight; waiting < classes; waiting++) {
            enter(waiting);
        }
    }

    /** Goes on to the next window; returns how many turns are in it, which may be none. */
    int advance() {
        if (firstLight < classCount) {
            // Before the window changes: what had a turn in the last one waits from there.
            for (int i = 0; i < dueClassCount; i++) {
                if (dueClasses[i] >= firstLight) {
                    enter(dueClasses[i]);
                }
            }
        }
        window++;
        dueClassCount = findHeavy();
        if (firstLight < classCount) {
            int at = window & (wheel.length - 1);
            for (int light = wheel[at]; light != NOBODY; light = link[light]) {
                dueClasses[dueClassCount++] = light;
            }
            wheel[at] = NOBODY;
        }
        int count = dueClassCount;
        if (!isOneEach) {
            count = 0;
            for (int i = 0; i < dueClassCount; i++) {
                count += first[dueClasses[i] + 1] - first[dueClasses[i]];
            }
        }
        isInOrder = false;
        if (dueClassCount == 1 || count >= CHEAP_TO_SORT * dueClassCount) {
            sort();
        } else {
            listContenders();
        }
        return count;
    }

    private int findHeavy() {
        // In locals: the compiler cannot know that the stores below do not change the fields.
        int[] weights = weight;
        int[] credits = credit;
        int[] found = dueClasses;
        int price = 2 * heaviest;
        int count = 0;
        for (int heavy = 0; heavy < firstLight; heavy++) {
            int left = credits[heavy] + 2 * weights[heavy] - price;
            // All ones if it cannot pay, else 0. No branch: for most weights it would be a coin toss each time.
            int cannot = left >> (Integer.SIZE - 1);
            found[count] = heavy;
            count += 1 + cannot;
            credits[heavy] = left + (cannot & price);
        }
        return count;
    }

    private void listContenders() {
        if (isOneEach) {
            return;
        }
        int count = 0;
        for (int i = 0; i < dueClassCount; i++) {
            int end = first[dueClasses[i] + 1];
            for (int contender = first[dueClasses[i]]; contender < end; contender++) {
                due[count++] = contender;
            }
        }
    }

    /** Who has a turn in this window: the first entries, as many as {@link #advance} returned. Valid until the next window. */
    int[] due() {
        return due;
    }

    /** Whether {@link #due} is in the order of the turns. */
    boolean isInOrder() {
        return isInOrder;
    }

    /** Whether the turn of one comes before that of the other; both are in this window. At most 20,000 * 10,000: no overflow. */
    boolean isBefore(int one, int other) {
        int classOfOne = Short.toUnsignedInt(classOf[one]);
        int classOfOther = Short.toUnsignedInt(classOf[other]);
        int ofOne = credit[classOfOne] * weight[classOfOther];
        int ofOther = credit[classOfOther] * weight[classOfOne];
        return ofOne == ofOther ? one < other : ofOne > ofOther;
    }

    /**
     * Puts the turns of this window in their order.
     *
     * <p>Exact, although it divides: two moments that differ do so by 1 / (20,000 * 20,000) of a window at least, ten steps of the sort key,
     * and equal fractions have equal quotients.
     */
    void sort() {
        if (isInOrder) {
            return;
        }
        if (dueClassCount > 1) {
            for (int i = 0; i < dueClassCount; i++) {
                int dueClass = dueClasses[i];
                long beforeEnd = (long) (0x1p32 * credit[dueClass] / (2.0 * weight[dueClass]));
                sortKeys[i] = ((1L << 32) - beforeEnd) << CLASS_BITS | dueClass;
            }
            Arrays.sort(sortKeys, 0, dueClassCount);
            for (int i = 0; i < dueClassCount; i++) {
                dueClasses[i] = (int) sortKeys[i] & ((1 << CLASS_BITS) - 1);
            }
        }
        listContenders();
        isInOrder = true;
    }

    private void enter(int light) {
        int gain = 2 * weight[light];
        int price = 2 * heaviest;
        int windows = (price - credit[light] + gain - 1) / gain;
        credit[light] += windows * gain - price;
        int at = (window + windows) & (wheel.length - 1);
        link[light] = wheel[at];
        wheel[at] = light;
    }
}
