/**
 * Tells the service manager how the daemon is: ready when the kernel holds the configuration, alive while the control loop turns,
 * and one line of status for {@code systemctl status}.
 *
 * <p>The protocol is that of sd_notify(3): datagrams of {@code KEY=value} lines to the socket that {@code NOTIFY_SOCKET} names. Without
 * that variable nothing is sent. What to say is decided on the control loop's thread, from its snapshots; a thread of its own sends it, and
 * a service manager that does not read loses messages but holds up nobody.
 */
@NullMarked
package dev.ballast.control.systemd;

import org.jspecify.annotations.NullMarked;
