// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * decap: the backend's end of the tunnel, for kernels without a tunnel device.
 *
 * Takes the outer headers off IPIP, IP6IP6, 4in6 and 6in4 packets, and off GUE of variant 1 (an IP packet right
 * behind the UDP header, draft-ietf-intarea-gue section 4), and hands the inner packet to the stack; everything else goes
 * on untouched. What a balancer rewrote at layer 2 only is such: the VIP on lo is all that it needs. Attached to the
 * interface that faces the balancers: whatever arrives there under protocol 4 or 41, or for gue_port, is for this host,
 * and a frame that a switch flooded still carries another host's MAC address, so the stack drops it afterwards.
 *
 * Not looked into, hence untouched: VLAN tags, IPv6 extension headers before the inner packet, GUE of variant 0. The
 * stack still checks the inner header (length, checksum); the outer ECN field is not carried over. The outer UDP
 * checksum may be 0 in both families (RFC 6935) and is not verified otherwise: the inner one covers what is used.
 *
 * Context: XDP, any CPU; the counters are per CPU.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>
#include <stdbool.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define IP_MORE_FRAGMENTS 0x2000
#define IP_FRAGMENT_OFFSET 0x1fff

/* Where GUE arrives; set before the load. IANA's port of GUE by default. */
const volatile __u16 gue_port = 6080;

/* What became of a packet; the index into decap_packets. */
enum decap_outcome {
	DECAP_NOT_TUNNEL, /* passed untouched */
	DECAP_FRAGMENT,	  /* passed untouched: the stack reassembles, we cannot */
	DECAP_IP4_IN_IP4, /* stripped and passed, from here to DECAP_IP6_IN_GUE6 */
	DECAP_IP6_IN_IP4,
	DECAP_IP4_IN_IP6,
	DECAP_IP6_IN_IP6,
	DECAP_IP4_IN_GUE4, /* GUE over IPv4 */
	DECAP_IP6_IN_GUE4,
	DECAP_IP4_IN_GUE6, /* GUE over IPv6 */
	DECAP_IP6_IN_GUE6,
	DECAP_TRUNCATED, /* dropped: ends inside a header */
	DECAP_MALFORMED, /* dropped: a header contradicts itself or its protocol number */
	DECAP_NO_ROOM,	 /* dropped: the kernel would not move the head of the packet */
	DECAP_OUTCOMES,
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, DECAP_OUTCOMES);
	__type(key, enum decap_outcome);
	__type(value, __u64);
} decap_packets SEC(".maps");

/* Where parsing stands. A parse_x() moves `at` behind the header it returns, or leaves it. */
struct cursor {
	void *at;
	void *end;
};

struct tunnel {
	__u32 outer_bytes;	/* of the outer headers: IP, and UDP if it is GUE */
	__be16 inner_ethertype;
};

static __always_inline int parse_eth(struct cursor *cursor, struct ethhdr **eth)
{
	*eth = cursor->at;
	if ((void *)(*eth + 1) > cursor->end)
		return -1;
	cursor->at = *eth + 1;
	return 0;
}

static __always_inline int parse_ip4(struct cursor *cursor, struct iphdr **ip4)
{
	*ip4 = cursor->at;
	if ((void *)(*ip4 + 1) > cursor->end)
		return -1;
	cursor->at = *ip4 + 1;
	return 0;
}

static __always_inline int parse_ip6(struct cursor *cursor, struct ipv6hdr **ip6)
{
	*ip6 = cursor->at;
	if ((void *)(*ip6 + 1) > cursor->end)
		return -1;
	cursor->at = *ip6 + 1;
	return 0;
}

static __always_inline enum decap_outcome inner_ip4(struct cursor *cursor, struct tunnel *tunnel,
						    enum decap_outcome stripped)
{
	struct iphdr *ip4;

	if (parse_ip4(cursor, &ip4))
		return DECAP_TRUNCATED;
	if (ip4->version != 4 || ip4->ihl < 5)
		return DECAP_MALFORMED;
	tunnel->inner_ethertype = bpf_htons(ETH_P_IP);
	return stripped;
}

static __always_inline enum decap_outcome inner_ip6(struct cursor *cursor, struct tunnel *tunnel,
						    enum decap_outcome stripped)
{
	struct ipv6hdr *ip6;

	if (parse_ip6(cursor, &ip6))
		return DECAP_TRUNCATED;
	if (ip6->version != 6)
		return DECAP_MALFORMED;
	tunnel->inner_ethertype = bpf_htons(ETH_P_IPV6);
	return stripped;
}

/* `ip4` and `ip6`: the outcomes by the family of the inner packet, which its first nibble tells. */
static __always_inline enum decap_outcome outer_udp(struct cursor *cursor, struct tunnel *tunnel,
						    enum decap_outcome ip4, enum decap_outcome ip6)
{
	struct udphdr *udp = cursor->at;
	__u8 *inner;

	if ((void *)(udp + 1) > cursor->end || udp->dest != bpf_htons(gue_port))
		return DECAP_NOT_TUNNEL;
	if (bpf_ntohs(udp->len) < sizeof(*udp))
		return DECAP_MALFORMED;
	cursor->at = udp + 1;
	tunnel->outer_bytes += sizeof(*udp);

	inner = cursor->at;
	if ((void *)(inner + 1) > cursor->end)
		return DECAP_TRUNCATED;
	switch (*inner >> 4) {
	case 4:
		return inner_ip4(cursor, tunnel, ip4);
	case 6:
		return inner_ip6(cursor, tunnel, ip6);
	default:
		return DECAP_NOT_TUNNEL;
	}
}

static __always_inline bool carries_tunnel(__u8 protocol)
{
	return protocol == IPPROTO_IPIP || protocol == IPPROTO_IPV6 || protocol == IPPROTO_UDP;
}

static __always_inline enum decap_outcome outer_ip4(struct cursor *cursor, struct tunnel *tunnel)
{
	struct iphdr *ip4;
	__u32 options;

	/* A packet that is no tunnel's is the stack's to judge, however broken. */
	if (parse_ip4(cursor, &ip4))
		return DECAP_NOT_TUNNEL;
	if (!carries_tunnel(ip4->protocol))
		return DECAP_NOT_TUNNEL;
	if (ip4->version != 4 || ip4->ihl < 5)
		return DECAP_MALFORMED;
	if (ip4->frag_off & bpf_htons(IP_MORE_FRAGMENTS | IP_FRAGMENT_OFFSET))
		return DECAP_FRAGMENT;

	options = ip4->ihl * 4 - sizeof(*ip4);
	if (cursor->at + options > cursor->end)
		return DECAP_TRUNCATED;
	cursor->at += options;
	tunnel->outer_bytes = sizeof(*ip4) + options;

	switch (ip4->protocol) {
	case IPPROTO_IPIP:
		return inner_ip4(cursor, tunnel, DECAP_IP4_IN_IP4);
	case IPPROTO_IPV6:
		return inner_ip6(cursor, tunnel, DECAP_IP6_IN_IP4);
	default:
		return outer_udp(cursor, tunnel, DECAP_IP4_IN_GUE4, DECAP_IP6_IN_GUE4);
	}
}

static __always_inline enum decap_outcome outer_ip6(struct cursor *cursor, struct tunnel *tunnel)
{
	struct ipv6hdr *ip6;

	if (parse_ip6(cursor, &ip6))
		return DECAP_NOT_TUNNEL;
	if (!carries_tunnel(ip6->nexthdr))
		return DECAP_NOT_TUNNEL;
	if (ip6->version != 6)
		return DECAP_MALFORMED;
	tunnel->outer_bytes = sizeof(*ip6);

	switch (ip6->nexthdr) {
	case IPPROTO_IPIP:
		return inner_ip4(cursor, tunnel, DECAP_IP4_IN_IP6);
	case IPPROTO_IPV6:
		return inner_ip6(cursor, tunnel, DECAP_IP6_IN_IP6);
	default:
		return outer_udp(cursor, tunnel, DECAP_IP4_IN_GUE6, DECAP_IP6_IN_GUE6);
	}
}

static __always_inline enum decap_outcome tunnel_parse(struct xdp_md *ctx, struct tunnel *tunnel)
{
	struct cursor cursor = {
		.at = (void *)(long)ctx->data,
		.end = (void *)(long)ctx->data_end,
	};
	struct ethhdr *eth;

	if (parse_eth(&cursor, &eth))
		return DECAP_NOT_TUNNEL;
	if (eth->h_proto == bpf_htons(ETH_P_IP))
		return outer_ip4(&cursor, tunnel);
	if (eth->h_proto == bpf_htons(ETH_P_IPV6))
		return outer_ip6(&cursor, tunnel);
	return DECAP_NOT_TUNNEL;
}

static __always_inline bool outcome_strips(enum decap_outcome outcome)
{
	return outcome >= DECAP_IP4_IN_IP4 && outcome <= DECAP_IP6_IN_GUE6;
}

/* Moves the Ethernet header over the end of the outer headers. `stripped` when it could. */
static __always_inline enum decap_outcome tunnel_strip(struct xdp_md *ctx, const struct tunnel *tunnel,
						       enum decap_outcome stripped)
{
	struct cursor cursor = {
		.at = (void *)(long)ctx->data,
		.end = (void *)(long)ctx->data_end,
	};
	struct ethhdr *eth, saved;

	if (parse_eth(&cursor, &eth))
		return DECAP_TRUNCATED;
	saved = *eth;
	saved.h_proto = tunnel->inner_ethertype;

	if (bpf_xdp_adjust_head(ctx, tunnel->outer_bytes))
		return DECAP_NO_ROOM;

	cursor.at = (void *)(long)ctx->data;
	cursor.end = (void *)(long)ctx->data_end;
	if (parse_eth(&cursor, &eth))
		return DECAP_TRUNCATED;
	*eth = saved;
	return stripped;
}

/* The only exit: counts the packet and says where it goes. */
static __always_inline int decap_verdict(enum decap_outcome outcome)
{
	__u64 *packets = bpf_map_lookup_elem(&decap_packets, &outcome);

	if (packets)
		(*packets)++;
	return outcome >= DECAP_TRUNCATED ? XDP_DROP : XDP_PASS;
}

SEC("xdp")
int decap(struct xdp_md *ctx)
{
	struct tunnel tunnel = {};
	enum decap_outcome outcome = tunnel_parse(ctx, &tunnel);

	if (outcome_strips(outcome))
		outcome = tunnel_strip(ctx, &tunnel, outcome);
	return decap_verdict(outcome);
}

char _license[] SEC("license") = "Dual BSD/GPL";
