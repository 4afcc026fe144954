package dev.ballast.datapath;

/** How far a tracked flow is; C: {@code enum flow_state}. */
public enum FlowState {
    /** A SYN was seen; in the half-open table only. */
    HALF_OPEN(1),
    /** One packet was seen mid-stream, or one datagram: may be replaced. */
    UNCONFIRMED(2),
    /** Never evicted before it expires. */
    ESTABLISHED(3),
    /** FIN or RST seen: expires soon unless data follows. */
    CLOSING(4),
    /** And one bare ACK since. */
    CLOSING_ACKED(5);

    static final int FREE = 0;

    private static final FlowState[] BY_CODE = {null, HALF_OPEN, UNCONFIRMED, ESTABLISHED, CLOSING, CLOSING_ACKED};

    private final int code;

    FlowState(int code) {
        this.code = code;
    }

    int code() {
        return code;
    }

    static FlowState ofCode(int code) {
        if (code <= FREE || code >= BY_CODE.length) {
            throw new IllegalArgumentException("flow state " + code + " is not one of this build");
        }
        return BY_CODE[code];
    }
}
