package dev.ballast.control.loop;

/** Which daemon this is: what never changes while it runs. {@code source}: where its configuration comes from, as {@code file}. */
public record Identity(String instance, String version, long pid, long startedUnixMs, String source) {}
