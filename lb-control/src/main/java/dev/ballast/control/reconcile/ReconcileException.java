package dev.ballast.control.reconcile;

import dev.ballast.attach.AttachException;
import dev.ballast.bpf.BpfException;
import dev.ballast.datapath.DatapathException;
import dev.ballast.netlink.NetlinkException;
import java.util.List;
import java.util.function.Supplier;

/** The kernel does not hold what is planned; the message names what refused, why, and the cure. */
public final class ReconcileException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final transient List<String> written;

    public ReconcileException(String message) {
        this(message, List.of());
    }

    ReconcileException(String message, List<String> written) {
        super(message);
        this.written = List.copyOf(written);
    }

    public ReconcileException(RuntimeException cause) {
        super(String.valueOf(cause.getMessage()), cause);
        this.written = List.of();
    }

    /** What was written into the tables all the same, in words. */
    public List<String> written() {
        return written;
    }

    /** Does the work; what the datapath, the interfaces or the kernel refuse of it comes out as this exception. */
    static <T> T attempt(Supplier<T> work) {
        try {
            return work.get();
        } catch (DatapathException | AttachException | BpfException | NetlinkException e) {
            throw new ReconcileException(e);
        }
    }
}
