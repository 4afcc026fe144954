/**
 * Linux as the judge of what the datapath emits: the product in a lab whose backend has the kernel's own tunnel devices (ipip,
 * sit, ip6_tunnel, and fou for GUE) in place of a program of ours.
 *
 * <p>{@code packaging/kernels} runs {@code TunnelCheck} in a virtual machine with a stock Debian kernel, which has those devices and is
 * as old as the oldest that Ballast supports. So it also says whether that kernel's verifier takes the programs. Everything is on the
 * caller's thread; what it starts ends with the lab.
 */
@NullMarked
package dev.ballast.perf.kernels;

import org.jspecify.annotations.NullMarked;
