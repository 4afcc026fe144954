package dev.ballast.datapath;

/** How a packet is carried to a member; C: {@code enum encap}. */
public enum Encap {
    /** 4in4, 6in6, 4in6 or 6in4, by the families of packet and member. */
    IPIP(1),
    /** In UDP, GUE variant 1, by the same four pairings. */
    GUE(2),
    /** As it is, to the MAC of a member on the same segment; packet and member are of one family. */
    L2(3);

    private final int code;

    Encap(int code) {
        this.code = code;
    }

    int code() {
        return code;
    }

    static Encap ofCode(int code) {
        for (Encap encap : values()) {
            if (encap.code == code) {
                return encap;
            }
        }
        throw new IllegalArgumentException("encapsulation " + code + " is not one of this build");
    }
}
