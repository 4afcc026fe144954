package dev.ballast.attach;

/**
 * An interface as the configuration names it.
 *
 * @param name its name in the network namespace of the caller
 * @param generic what to do where the driver has no XDP
 */
public record InterfaceSpec(String name, GenericPolicy generic) {}
