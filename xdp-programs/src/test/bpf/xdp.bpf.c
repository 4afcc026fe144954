// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
// XDP programs that differ in nothing but their verdict and in what they count.
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <bpf/bpf_helpers.h>

__u64 passed;
__u64 dropped;

SEC("xdp")
int pass(struct xdp_md *ctx)
{
	__sync_fetch_and_add(&passed, 1);
	return XDP_PASS;
}

SEC("xdp")
int drop(struct xdp_md *ctx)
{
	__sync_fetch_and_add(&dropped, 1);
	return XDP_DROP;
}

// Eight bytes in front of the packet, the first of them 0xba.
SEC("xdp")
int grow(struct xdp_md *ctx)
{
	if (bpf_xdp_adjust_head(ctx, -8))
		return XDP_ABORTED;
	__u8 *data = (void *)(long)ctx->data;
	if (data + 1 > (__u8 *)(long)ctx->data_end)
		return XDP_ABORTED;
	*data = 0xba;
	return XDP_TX;
}

// Sends a frame out of the interface it came in on, writing what it relies on: live frames come as the last user left them.
SEC("xdp")
int send(struct xdp_md *ctx)
{
	struct ethhdr *eth = (void *)(long)ctx->data;

	if ((void *)(eth + 1) > (void *)(long)ctx->data_end)
		return XDP_ABORTED;
	__builtin_memset(eth->h_dest, 0xff, ETH_ALEN);
	return XDP_TX;
}

// The interface the frame came in on, as the context tells.
SEC("xdp")
int ingress(struct xdp_md *ctx)
{
	return ctx->ingress_ifindex;
}

SEC("tc")
int tc_count(struct __sk_buff *skb)
{
	__sync_fetch_and_add(&passed, 1);
	return 0; // TC_ACT_OK
}

SEC("tc")
int tc_drop(struct __sk_buff *skb)
{
	__sync_fetch_and_add(&dropped, 1);
	return 2; // TC_ACT_SHOT
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
