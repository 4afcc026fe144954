package dev.ballast.bpf;

/**
 * A tc program attached to an interface. On Linux 6.6 and newer it is a {@link TcxLink}; before, a {@link ClsactFilter}, which
 * has no pin and no owner, so that what differs shows in the type.
 *
 * <p>Interface indices are those of the calling thread's network namespace, which for a filter holds for every later call.
 */
public sealed interface TcLink extends AutoCloseable permits TcxLink, ClsactFilter {
    /** Which way frames pass. */
    enum Direction {
        /** Frames that come in, before the network stack. */
        INGRESS,
        /** Frames that go out, after it. */
        EGRESS
    }

    /**
     * Attaches behind whatever is attached already.
     *
     * @throws BpfException with its cure
     */
    static TcLink attach(BpfProgram program, int ifindex, Direction direction) {
        try {
            return TcxLink.attach(program, ifindex, direction);
        } catch (BpfException e) {
            if (e.errno() == Errno.EINVAL && program.type() == BpfProgramType.SCHED_CLS) {
                return ClsactFilter.attach(
                        program, ifindex, direction); // a kernel before 6.6 does not know the attach type
            }
            throw e;
        }
    }

    /** Where it is attached; 0 once the interface is gone. */
    int ifindex();

    /** Which frames it sees. */
    Direction direction();

    /** The kernel's id of the attached program. */
    int programId();

    /** Exchanges the program: each frame meets the old one or the new one. */
    void update(BpfProgram next, BpfProgram expectedOld);

    /** Detaches at once, whoever else holds it. */
    void detach();

    /** Gives it up: it is detached with that, unless it was pinned or kept. A second close does nothing. */
    @Override
    void close();
}
