package dev.ballast.attach;

/**
 * Something that speaks against attaching to an interface, or that an operator should know before.
 *
 * @param check which check found it
 * @param blocks whether the attachment is refused for it
 * @param cause what is so
 * @param cure what to do about it
 */
public record Finding(Check check, boolean blocks, String cause, String cure) {
    /** The checks, in the order in which they are made. */
    public enum Check {
        PRIVILEGES,
        BTF,
        BPF_FILE_SYSTEM,
        INTERFACE_EXISTS,
        INTERFACE_UP,
        FOREIGN_PROGRAM,
        VLAN_DEVICE,
        BOND,
        MULTI_BUFFER,
        VETH_PEER,
        STRIPPED_TAGS,
        EGRESS
    }

    @Override
    public String toString() {
        return cause + "; " + cure;
    }
}
