/**
 * Looks into the datapath without touching it. Replay runs packets through a copy of the running program that has the live VIPs,
 * services, members, rings and filters, and flow tables, rates and counters of its own. Explain runs one packet through such a copy
 * with what that packet can touch of the live tables, and says each step in words.
 *
 * <p>Capture reads live packets: for as long, the loop has the running program replaced by one that samples them.
 *
 * <p>Nothing else here changes what is live: the loop hands out {@linkplain dev.ballast.datapath.TwinSource handles}, and all the rest
 * happens on the caller's thread, which is a call's of the API. What a copy holds in the kernel is small; that of a replay goes when
 * the replay is closed, that of explanations a minute after the last one.
 */
@NullMarked
package dev.ballast.control.inspect;

import org.jspecify.annotations.NullMarked;
