package dev.ballast.netlink;

/**
 * Hears what changes in the network. All calls come from the one thread of {@link NetlinkEvents}; it reads no further events while a call
 * lasts, so hand work over and return.
 */
public interface NetlinkListener {
    /** One change, in the order of the kernel. */
    void changed(NetlinkEvent event);

    /**
     * Everything may have changed: read the tables anew. The first call of all, right after the subscription, and again whenever events
     * were lost. What is read inside or after this call can only be newer than the events that were lost.
     *
     * @param reason why, in words for a log
     */
    void resync(String reason);

    /** The last call: the subscription broke and no event will follow. Not called after {@link NetlinkEvents#close}. */
    void failed(NetlinkException cause);
}
