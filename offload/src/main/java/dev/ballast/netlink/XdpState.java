package dev.ballast.netlink;

/**
 * The XDP program on a link, as IFLA_XDP reports it.
 *
 * @param mode how it is attached
 * @param programId the kernel's id of the program, as {@code bpftool prog show id} takes it; 0 without one, and with several
 */
public record XdpState(Mode mode, int programId) {
    /** No program. */
    public static final XdpState NONE = new XdpState(Mode.NONE, 0);

    /** Where a program runs; in the kernel's order (XDP_ATTACHED_*). */
    public enum Mode {
        NONE,
        /** In the driver. */
        NATIVE,
        /** In the stack, after the socket buffer is built. */
        GENERIC,
        /** On the NIC. */
        HARDWARE,
        /** One on the NIC and one in the driver or the stack. */
        MULTIPLE;

        private static final Mode[] VALUES = values();

        static Mode of(int value) {
            if (value < 0 || value >= VALUES.length) {
                throw new MalformedMessageException("XDP mode " + value + " is unknown");
            }
            return VALUES[value];
        }
    }

    /** Whether any program is attached. */
    public boolean attached() {
        return mode != Mode.NONE;
    }
}
