/**
 * How a program gets onto interfaces and stays there: checks before, native mode where the driver has it and generic mode where the
 * operator allows it, an exchange on all interfaces or on none, and pins by which the next process finds what this one attached.
 *
 * <p>Every attachment is a {@code bpf_link}, so nobody replaces it by accident, and it ends in one of three ways only: an explicit detach,
 * the interface's own end, or the removal of its last pin with no process left. It knows nothing of what the program does.
 *
 * <p>{@link dev.ballast.attach.XdpInterfaces} is the only class that changes anything. Its callers stand in the network namespace of the
 * interfaces: the kernel reads an interface's number in the namespace of the calling thread.
 */
@NullMarked
package dev.ballast.attach;

import org.jspecify.annotations.NullMarked;
