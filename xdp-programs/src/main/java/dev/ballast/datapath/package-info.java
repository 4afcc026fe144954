/**
 * The tables of {@code balancer.bpf.c}, typed: what the daemon writes into the kernel and reads back from it.
 *
 * <p>{@link dev.ballast.datapath.Datapath} loads the program or adopts a pinned one; its tables are views of memory that the
 * kernel maps, so a write is seen by the next packet. Words that packets depend on are stored whole (release) and in an
 * order that {@code lb/abi.h} states; the flow tables, which the program writes too, change by compare-and-set only. What a
 * reader in the kernel may still be looking at is used again only after a {@link dev.ballast.datapath.Grace} period.
 *
 * <p>Nothing here is kept in step with C by hand: every struct, enum and map is checked against the BTF of an object before
 * it is loaded, and a digest of all of them is pinned with the maps ({@link dev.ballast.datapath.Abi}).
 *
 * <p>There is one writer: all methods are called by the control loop's thread, but for what says otherwise. Records are
 * values and belong to any thread.
 */
@NullMarked
package dev.ballast.datapath;

import org.jspecify.annotations.NullMarked;
