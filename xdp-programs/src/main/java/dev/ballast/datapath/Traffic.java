package dev.ballast.datapath;

/**
 * Packets and the bytes of their frames, as received.
 *
 * @param packets since the maps were created
 * @param bytes since the maps were created
 */
public record Traffic(long packets, long bytes) {
    /** Nothing. */
    public static final Traffic NONE = new Traffic(0, 0);

    /** Both together. */
    public Traffic plus(Traffic other) {
        return new Traffic(packets + other.packets, bytes + other.bytes);
    }
}
