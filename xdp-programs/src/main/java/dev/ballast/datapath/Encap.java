package dev.ballast.datapath;

/** How a packet is carried to a member; C: {@code enum encap}. */
public enum Encap {
    /** 4in4, 6in6, 4in6 or 6in4, by the families of packet and member. */
    IPIP(1);

    private final int code;

    Encap(int code) {
        this.code = code;
    }

    int code() {
        return code;
    }

    static Encap ofCode(int code) {
        if (code != IPIP.code) {
            throw new IllegalArgumentException("encapsulation " + code + " is not one of this build");
        }
        return IPIP;
    }
}
