/**
 * What survives the daemon: the accepted revisions, each with its author and what it led to, and with it the drains that an
 * operator ordered.
 *
 * <p>{@link dev.ballast.control.journal.Journal} is one file: records with checksums are appended and synced, and a change is
 * answered only after that, so whatever was acknowledged is found again after a crash, and nothing is found half. A torn tail is
 * cut, damage anywhere else refused. {@link dev.ballast.control.journal.History} reads what is kept, beside the loop. {@link
 * dev.ballast.control.journal.InstanceLock} keeps it for one daemon. Caller: the control loop's thread, and {@code Main} at start.
 */
@NullMarked
package dev.ballast.control.journal;

import org.jspecify.annotations.NullMarked;
