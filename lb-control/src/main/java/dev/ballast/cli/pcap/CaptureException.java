package dev.ballast.cli.pcap;

import java.io.IOException;

/** A capture file that cannot be read or written on; the message names the file, the packet and what to do. */
public final class CaptureException extends IOException {
    private static final long serialVersionUID = 1;

    CaptureException(String message) {
        super(message);
    }
}
