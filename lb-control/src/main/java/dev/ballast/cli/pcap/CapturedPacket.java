package dev.ballast.cli.pcap;

/**
 * One packet of a capture file. The array is not copied.
 *
 * @param timeNs since 1970-01-01 UTC, nanoseconds; 0 where the file has no time
 * @param head the frame from its Ethernet header, as far as it was captured
 * @param length of the frame on the wire, bytes; at least that of {@code head}
 */
@SuppressWarnings("ArrayRecordComponent") // a packet is bytes; nobody compares packets
public record CapturedPacket(long timeNs, byte[] head, int length) {
    /** A whole one. */
    public CapturedPacket(long timeNs, byte[] frame) {
        this(timeNs, frame, frame.length);
    }

    /** Whether the snap length of the capture took its end away. */
    public boolean isCut() {
        return head.length < length;
    }
}
