// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * pass: an XDP program that does nothing, for the far end of a veth pair. Frames that a program sends
 * with XDP_TX or XDP_REDIRECT out of a veth arrive only where the peer runs native XDP, too.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("xdp")
int pass(struct xdp_md *ctx)
{
	return XDP_PASS;
}

char _license[] SEC("license") = "Dual BSD/GPL";
