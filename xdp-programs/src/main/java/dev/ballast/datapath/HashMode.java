package dev.ballast.datapath;

/** From what the slot of a service's ring derives; C: {@code enum hash_mode}. Tracking is always by 5-tuple. */
public enum HashMode {
    FIVE_TUPLE(0),
    /** The source address. */
    SOURCE(1),
    DESTINATION_PORT(2),
    /** Source address and destination port. */
    SOURCE_DESTINATION(3),
    /** Short headers by the server id in the connection id, all else as 5-tuple. */
    QUIC(4);

    private final int code;

    HashMode(int code) {
        this.code = code;
    }

    /** Whether the slot derives from the tag of the flow hash alone, which an entry of the flow table has. */
    public boolean isByTag() {
        return this == FIVE_TUPLE || this == QUIC;
    }

    int code() {
        return code;
    }

    static HashMode ofCode(int code) {
        for (HashMode mode : values()) {
            if (mode.code == code) {
                return mode;
            }
        }
        throw new IllegalArgumentException("hash mode " + code + " is not one of this build");
    }
}
