/**
 * Makes the kernel hold what is planned, whatever it holds now.
 *
 * <p>Written in the order in which a packet reads backwards (members, services, rings, VIPs), removed in the other, so that
 * a packet always finds what its VIP leads to. Compared with the tables themselves, not with what was written last: what an
 * earlier daemon or somebody else left there is found. Of a ring that is the word by which its service publishes it; slots
 * are compared when a ring is adopted, and by checksum in an audit. What was given out is remembered and nothing else is taken
 * back: a word in a table can be anybody's. Interfaces come last: they carry the program when it has its tables.
 *
 * <p>Owns the {@code Datapath} and the {@code XdpInterfaces}. On the control loop's thread only.
 */
@NullMarked
package dev.ballast.control.reconcile;

import org.jspecify.annotations.NullMarked;
