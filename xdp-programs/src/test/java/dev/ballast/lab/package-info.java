/**
 * A network in a box: clients, a router, balancers and backends as network namespaces, for tests and for the demo.
 *
 * <p>A {@link dev.ballast.lab.Topology} is data; {@link dev.ballast.lab.Lab#start} makes it real by driving {@code ip}.
 * Nothing is put into the host's own namespace, so that labs run side by side with the same addresses:
 *
 * <pre>
 *   client1..n --- [wan bridge] router [lan bridge] --- balancer1..n, backend1..n
 *                   MTU 1500      ECMP   MTU 1600        (VIPs on the backends' lo)
 * </pre>
 *
 * <p>What a lab owns is found by its name and place alone (namespaces {@code ballast-lab-ID-NODE}, the processes in them,
 * {@code /run/ballast-lab/ID} and the mounts below it), never by memory: so closing a lab, cleaning up a start that
 * failed and sweeping what a killed JVM left behind are one piece of code, {@code Remains}.
 *
 * <p>Thread-safe unless said otherwise; needs root.
 */
@NullMarked
package dev.ballast.lab;

import org.jspecify.annotations.NullMarked;
