package dev.ballast.datapath;

/** What a member's row says of the flows it has and gets; C: {@code enum member_state}. A free row is no member. */
public enum MemberState {
    /** Takes new flows. */
    IN(1),
    /** Keeps the flows it has. */
    DRAIN(2),
    /** Takes none; its flows are picked again. */
    DOWN(3);

    /** The state of a row without a member. */
    static final int FREE = 0;

    private final int code;

    MemberState(int code) {
        this.code = code;
    }

    int code() {
        return code;
    }

    static MemberState ofCode(int code) {
        return switch (code) {
            case 1 -> IN;
            case 2 -> DRAIN;
            case 3 -> DOWN;
            default -> throw new IllegalArgumentException("member state " + code + " is not one of this build");
        };
    }
}
