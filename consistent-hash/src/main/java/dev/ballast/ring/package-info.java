/**
 * Weighted Maglev rings: which member of a service a new flow goes to.
 *
 * <p>Everything here is pure. A {@link dev.ballast.ring.Ring} is a function of the <em>set</em> of its members (address and weight), its
 * size and the cluster's secret: two balancers that know the same members build the same ring, whatever the order of their
 * configuration and whatever local indexes they gave out. Built rings are immutable and may be shared between threads; building is
 * single-threaded and allocates, so it belongs to the control loop and never to a packet's path.
 *
 * <p>Source: D. E. Eisenbud et al., "Maglev: A Fast and Reliable Software Network Load Balancer", NSDI 2016, section 3.4. Weights are
 * ours: {@link dev.ballast.ring.Maglev} says how turns are dealt and why the shares hold. {@link dev.ballast.ring.CalibratedRendezvous} makes the
 * same kind of ring from the same inputs another way: slower, and a change of members moves fewer slots.
 */
@NullMarked
package dev.ballast.ring;

import org.jspecify.annotations.NullMarked;
