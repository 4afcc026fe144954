// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * reflect: sends UDP packets for port 7 (echo) back where they came from, out of the same interface:
 * the smallest program that shows that frames sent with XDP_TX arrive. Swapping addresses and ports
 * leaves every checksum right.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define ECHO_PORT 7

#define swap(a, b)                        \
	do {                              \
		__typeof__(a) saved = (a); \
		(a) = (b);                \
		(b) = saved;              \
	} while (0)

static __always_inline void swap_eth(struct ethhdr *eth)
{
	unsigned char saved[ETH_ALEN];

	__builtin_memcpy(saved, eth->h_dest, ETH_ALEN);
	__builtin_memcpy(eth->h_dest, eth->h_source, ETH_ALEN);
	__builtin_memcpy(eth->h_source, saved, ETH_ALEN);
}

static __always_inline int reflect_udp(struct ethhdr *eth, struct udphdr *udp, void *end)
{
	if ((void *)(udp + 1) > end || udp->dest != bpf_htons(ECHO_PORT))
		return XDP_PASS;
	swap(udp->source, udp->dest);
	swap_eth(eth);
	return XDP_TX;
}

SEC("xdp")
int reflect(struct xdp_md *ctx)
{
	void *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = (void *)(long)ctx->data;
	struct iphdr *ip4 = (void *)(eth + 1);
	struct ipv6hdr *ip6 = (void *)(eth + 1);
	int action = XDP_PASS;

	if ((void *)(ip4 + 1) > end)
		return XDP_PASS;
	if (eth->h_proto == bpf_htons(ETH_P_IP) && ip4->protocol == IPPROTO_UDP) {
		action = reflect_udp(eth, (void *)(ip4 + 1), end);
		if (action == XDP_TX)
			swap(ip4->saddr, ip4->daddr);
	} else if (eth->h_proto == bpf_htons(ETH_P_IPV6) && (void *)(ip6 + 1) <= end && ip6->nexthdr == IPPROTO_UDP) {
		action = reflect_udp(eth, (void *)(ip6 + 1), end);
		if (action == XDP_TX)
			swap(ip6->saddr, ip6->daddr);
	}
	return action;
}

char _license[] SEC("license") = "Dual BSD/GPL";
