package dev.ballast.cli;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.TypeConversionException;

/** A share as somebody types it: {@code 2%}, {@code 0.5%}. As everywhere, the unit is part of it. */
record Share(int basisPoints) {
    private static final Pattern PERCENT = Pattern.compile("([0-9]{1,3})(?:\\.([0-9]{1,2}))?%");
    private static final Pattern NUMBER = Pattern.compile("[0-9]+(\\.[0-9]+)?");
    private static final int ALL = 10_000;

    static Share parse(String text) {
        Matcher matcher = PERCENT.matcher(text);
        if (!matcher.matches()) {
            throw new TypeConversionException((NUMBER.matcher(text).matches()
                                    ? "'%s' has no unit"
                                    : "'%s' is no percentage from 0%% to 100%% with two decimals at most")
                            .formatted(text)
                    + "; write it as 2% or 0.5%");
        }
        String decimals = matcher.group(2) == null ? "" : matcher.group(2);
        int basisPoints =
                Integer.parseInt(matcher.group(1)) * 100 + Integer.parseInt((decimals + "00").substring(0, 2));
        if (basisPoints > ALL) {
            throw new TypeConversionException("'%s' is more than 100%%, which is everything".formatted(text));
        }
        return new Share(basisPoints);
    }
}
