package dev.ballast.attach;

/**
 * An attachment that is no more.
 *
 * @param name the interface's name when it was attached
 * @param reason what became of it, and what was done about its pin
 */
public record LostInterface(String name, String reason) {}
