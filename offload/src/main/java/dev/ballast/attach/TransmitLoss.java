package dev.ballast.attach;

/**
 * Frames that were lost after the program's verdict, for one cause on one interface.
 *
 * @param interfaceIndex of the interface that was to send them, which may be gone by now
 * @param cause why
 * @param frames since counting began
 */
public record TransmitLoss(int interfaceIndex, LossCause cause, long frames) {}
