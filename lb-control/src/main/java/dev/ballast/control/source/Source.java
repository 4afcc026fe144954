package dev.ballast.control.source;

import dev.ballast.control.loop.ChangeRefusedException;
import dev.ballast.control.loop.Control;
import dev.ballast.control.model.Config;
import java.io.IOException;
import java.util.Optional;

/** Where the desired state comes from. Any thread, but for {@link #start}, which is called once. */
public interface Source extends AutoCloseable {
    /** As {@code node.source.kind} spells it. */
    String kind();

    /**
     * Begins, after what was accepted before has been restored; waits until the first configuration is accepted, if it is this one's to
     * bring.
     *
     * @throws ChangeRefusedException if that is refused
     * @throws IOException if it cannot be read
     */
    void start(Control control) throws IOException;

    /** Tells what is in force from now on. Called on the control loop's thread: it only hands over. */
    void accepted(Config running);

    /** How what the source has differs from what runs, and what to do about it; empty: it does not, or it has nothing. */
    Optional<String> difference();

    @Override
    void close();
}
