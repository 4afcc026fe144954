// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
// The balancer behind a driver that leaves no headroom: the frame is moved to where the room begins.
#include "../../main/bpf/balancer.bpf.c"

#define TAKEN 208 /* of XDP_PACKET_HEADROOM (256) less what the kernel keeps at its start */
#define MOVED 128

SEC("xdp")
int starved(struct xdp_md *ctx)
{
	void *data, *end;

	if (bpf_xdp_adjust_head(ctx, -TAKEN))
		return XDP_ABORTED;
	data = (void *)(long)ctx->data;
	end = (void *)(long)ctx->data_end;
	if (data + TAKEN + MOVED > end)
		return XDP_ABORTED;
	for (int i = 0; i < MOVED / 8; i++)
		((__u64 *)data)[i] = ((__u64 *)(data + TAKEN))[i];
	return balance_frame(ctx);
}
