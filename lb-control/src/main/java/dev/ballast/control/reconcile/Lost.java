package dev.ballast.control.reconcile;

/**
 * Frames that the kernel lost after the program's verdict.
 *
 * @param interfaceName that was to send them
 * @param cause one word for it, as in metrics
 * @param words what happened and what to do
 * @param frames since the datapath was created
 */
public record Lost(String interfaceName, String cause, String words, long frames) {}
