package dev.ballast.control.loop;

/**
 * What there is to say of the state in a line. Made with each event, so that who only asks whether all is well neither waits for a busy loop
 * nor makes it put a {@link Snapshot} together.
 *
 * @param timeUnixMs when the last event was handled
 * @param node its name; "": nothing is configured
 * @param revision 0: nothing is configured
 * @param progress whether the kernel holds it
 * @param reason why not
 * @param awaited to which backends the way is asked for the first time, so that no ring has them yet, in words; "": to none
 * @param services that are configured
 */
public record Brief(
        long timeUnixMs,
        String node,
        long revision,
        Snapshot.Progress progress,
        String reason,
        String awaited,
        int services) {
    /** Of a state. */
    public static Brief of(Snapshot snapshot) {
        return new Brief(
                snapshot.timeUnixMs(),
                snapshot.node(),
                snapshot.revision(),
                snapshot.progress(),
                snapshot.reason(),
                "",
                snapshot.services().size());
    }
}
