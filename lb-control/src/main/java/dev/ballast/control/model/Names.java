package dev.ballast.control.model;

import java.util.regex.Pattern;

/** What a balancer or a service may be called: a DNS label in lower case (RFC 1123, 2.1). */
public final class Names {
    /** The whole name must match. */
    public static final Pattern PATTERN = Pattern.compile("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?");

    static final String PROBLEM = "is not a name";
    static final String ALLOWED = "1 to 63 of a-z, 0-9 and -, no - at either end";

    private Names() {}

    /** Whether {@code name} can name a balancer or a service. */
    public static boolean isName(String name) {
        return PATTERN.matcher(name).matches();
    }
}
