package dev.ballast.datapath;

/** The transport protocols that are balanced. */
public enum Protocol {
    TCP(6),
    UDP(17);

    private final int number;

    Protocol(int number) {
        this.number = number;
    }

    /** As it stands in the IP header. */
    public int number() {
        return number;
    }

    static boolean isKnown(int number) {
        return number == TCP.number || number == UDP.number;
    }

    static Protocol ofNumber(int number) {
        return switch (number) {
            case 6 -> TCP;
            case 17 -> UDP;
            default -> throw new IllegalArgumentException("protocol " + number + " is neither TCP (6) nor UDP (17)");
        };
    }
}
