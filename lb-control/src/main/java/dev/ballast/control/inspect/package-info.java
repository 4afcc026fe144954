/**
 * Looks into the datapath without touching it: replay runs packets through a copy of the running program that has the live
 * VIPs, services, members, rings and filters, and flow tables, rates and counters of its own.
 *
 * <p>Nothing here writes what is live: the loop hands out {@linkplain dev.ballast.datapath.TwinSource handles}, and all the rest
 * happens on the caller's thread, which is a call's of the API. What a copy holds in the kernel is small, is there for one
 * replay at a time, and goes when the replay is closed.
 */
@NullMarked
package dev.ballast.control.inspect;

import org.jspecify.annotations.NullMarked;
