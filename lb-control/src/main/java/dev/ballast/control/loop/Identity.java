package dev.ballast.control.loop;

/** Which daemon this is: what never changes while it runs. */
public record Identity(String instance, String version, long pid, long startedUnixMs) {}
