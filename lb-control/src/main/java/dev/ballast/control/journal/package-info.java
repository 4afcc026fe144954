/**
 * What survives the daemon: the accepted configuration with its revision, and the drains that an operator ordered.
 *
 * <p>One file, replaced as a whole: written beside the old one, synced, renamed over it, and the directory synced. A
 * change is answered only after that, so whatever was acknowledged is found again after a crash, and whatever is found is
 * whole (a checksum guards against a disk that lies). Caller: the control loop's thread, and {@code Main} at start.
 */
@NullMarked
package dev.ballast.control.journal;

import org.jspecify.annotations.NullMarked;
