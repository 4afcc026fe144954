package dev.ballast.control.inspect;

import dev.ballast.control.loop.ChangeRefusedException;
import dev.ballast.datapath.Explanation;
import dev.ballast.datapath.Probe;
import dev.ballast.datapath.VerdictClass;
import dev.ballast.datapath.VerdictReason;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** What can be asked about the running datapath. Any thread. */
public interface Inspector {
    /**
     * Begins a replay; the caller closes it.
     *
     * @throws ChangeRefusedException if another one is open, no program runs, or its object is not kept any more
     */
    Replay replay();

    /**
     * What would become of that packet now, and why; nothing live is written or counted.
     *
     * @throws ChangeRefusedException if no program runs, its object is not kept any more, or it takes no such frame
     */
    Explained explain(Probe probe);

    /**
     * Begins a capture; the caller closes it.
     *
     * @throws ChangeRefusedException if another one is open, no program runs, or the tables have no such service
     */
    Capture capture(CaptureFilter filter);

    /**
     * Which packets are captured.
     *
     * @param service name of the only one; "": any, and none
     */
    record CaptureFilter(String service, Optional<VerdictClass> verdictClass, Optional<VerdictReason> reason) {}

    /** Live packets. One thread at a time. */
    interface Capture extends AutoCloseable {
        /**
         * Waits for packets, so long at most, and takes those that came, so many at most. What nobody takes in time is lost.
         *
         * @throws ChangeRefusedException if the datapath has ended
         */
        Portion take(int limit, int timeoutMs);

        @Override
        void close();
    }

    /**
     * Captured packets in their order.
     *
     * @param lost since the capture began
     */
    record Portion(List<Packet> packets, long lost) {}

    /**
     * A captured packet. The array is not copied.
     *
     * @param timeUnixNs as exact as jiffies
     * @param head of the frame as it left
     * @param packetOffset where the received IP packet begins in {@code head}, if it does
     * @param length of the frame as received, bytes
     * @param service name; empty for none
     * @param backend address of the member it was forwarded to; empty for none
     * @param interfaceName where it came in
     */
    @SuppressWarnings("ArrayRecordComponent") // a packet is bytes; nobody compares packets
    record Packet(
            long timeUnixNs,
            byte[] head,
            OptionalInt packetOffset,
            int length,
            VerdictReason reason,
            String service,
            String backend,
            String interfaceName) {}

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

    /**
     * An explanation with names.
     *
     * @param tag of the program that was copied
     * @param revision of the configuration that runs
     * @param explanation what the program would do, and what it would find
     * @param service its name; empty: no VIP takes the packet
     * @param members the members that the explanation names, by id
     */
    record Explained(
            String tag, long revision, Explanation explanation, String service, Map<Integer, NamedMember> members) {
        /** The name of a member by its id; empty for none. */
        public String name(OptionalInt id) {
            return id.isEmpty() ? "" : name(id.getAsInt());
        }

        /** The name of a member by its id. */
        public String name(int id) {
            NamedMember member = members.get(id);
            return member == null ? "a member that has left (id " + id + ")" : member.name();
        }
    }

    /**
     * A member as the configuration and the checks have it.
     *
     * @param name such as {@code web/10.0.1.11}
     * @param health unknown, up, suspect, down; empty: it has left the configuration
     * @param healthReason in words
     * @param admin in, drain, leaving; empty: it has left the configuration
     */
    record NamedMember(String name, String health, String healthReason, String admin) {}
}
