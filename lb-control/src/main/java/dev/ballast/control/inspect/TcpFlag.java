package dev.ballast.control.inspect;

import dev.ballast.datapath.Probe;

/** The flags of TCP that decide something. */
public enum TcpFlag {
    SYN(Probe.SYN),
    ACK(Probe.ACK),
    FIN(Probe.FIN),
    RST(Probe.RST);

    private final int bit;

    TcpFlag(int bit) {
        this.bit = bit;
    }

    /** Its bit in the flag byte of the header. */
    public int bit() {
        return bit;
    }
}
