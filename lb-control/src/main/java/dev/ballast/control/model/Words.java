package dev.ballast.control.model;

import java.util.Locale;

/** The constants of an enum as they are written in the configuration. */
public final class Words {
    private Words() {}

    /** {@code REFUSE} is written {@code refuse}, {@code FIVE_TUPLE} is {@code 5-tuple}. */
    public static String of(Enum<?> constant) {
        return constant == Service.Hash.FIVE_TUPLE
                ? "5-tuple"
                : constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
