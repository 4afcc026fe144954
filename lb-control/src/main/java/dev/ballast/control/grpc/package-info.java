/**
 * The API of the daemon: {@code ballast.v1} over gRPC on a unix socket.
 *
 * <p>The adapters translate between the protocol and {@link dev.ballast.control.loop.Control}, and decide nothing:
 * what a change needs is the loop's business, and its refusals go out as they come in. Whoever may open the socket is
 * an administrator, so its mode and group are the access control; the caller's uid is read from the socket
 * (SO_PEERCRED) and logged with each change.
 *
 * <p>Threads: one epoll thread carries the bytes; calls run on virtual threads; nothing but handing over runs on the
 * loop's thread. Memory is bounded: the size of a message, the number of calls, and one pending state a watcher.
 */
@NullMarked
package dev.ballast.control.grpc;

import org.jspecify.annotations.NullMarked;
