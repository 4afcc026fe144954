package dev.ballast.control.inspect;

import dev.ballast.control.loop.ChangeRefusedException;

/** What can be asked about the running datapath. Any thread. */
public interface Inspector {
    /**
     * Begins a replay; the caller closes it.
     *
     * @throws ChangeRefusedException if another one is open, no program runs, or its object is not kept any more
     */
    Replay replay();

    /** A copy of the running program and what its packets have left in its tables. One thread at a time. */
    interface Replay extends AutoCloseable {
        /** The tag of the program that was copied; a swap since does not change it. */
        String tag();

        /**
         * Runs one packet.
         *
         * @param timeUnixNs when; before an earlier packet's it counts as the same time as that
         * @param head the frame from its Ethernet header, as far as it is known
         * @param length of the whole frame, bytes; zeros stand for what {@code head} lacks
         * @throws ChangeRefusedException if the kernel cannot run such a frame
         */
        Verdict run(long timeUnixNs, byte[] head, int length);

        @Override
        void close();
    }

    /**
     * What became of a packet. The array is not copied.
     *
     * @param verdictClass forwarded, answered, passed or dropped
     * @param reason as counters name it
     * @param service name; empty for none
     * @param backend address of the member it was forwarded to; empty for none
     * @param sent the frame that would leave; empty for none
     */
    @SuppressWarnings("ArrayRecordComponent") // a packet is bytes; nobody compares verdicts
    record Verdict(String verdictClass, String reason, String service, String backend, byte[] sent) {}
}
