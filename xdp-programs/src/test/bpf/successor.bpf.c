// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
// Another program of the same layout, as the next release has one: same verdicts, other instructions.
#define balancer predecessor
#include "../../main/bpf/balancer.bpf.c"
#undef balancer

__u64 handled;

SEC("xdp")
int balancer(struct xdp_md *ctx)
{
	__sync_fetch_and_add(&handled, 1);
	return balance_frame(ctx);
}
