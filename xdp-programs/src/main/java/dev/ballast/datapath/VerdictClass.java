package dev.ballast.datapath;

import java.util.Locale;

/** What becomes of a packet; C: {@code enum verdict_class}. */
public enum VerdictClass {
    /** To a member. */
    FORWARDED(0),
    /** By the balancer itself. */
    ANSWERED(1),
    /** To the kernel, untouched. */
    PASSED(2),
    /** Always for a VIP. */
    DROPPED(3);

    private final int number;

    VerdictClass(int number) {
        this.number = number;
    }

    int number() {
        return number;
    }

    static VerdictClass ofNumber(int number) {
        return switch (number) {
            case 0 -> FORWARDED;
            case 1 -> ANSWERED;
            case 2 -> PASSED;
            case 3 -> DROPPED;
            default -> throw new IllegalArgumentException("verdict class " + number + " is not 0 to 3");
        };
    }

    /** As operators read it: {@code forwarded}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
