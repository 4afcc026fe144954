/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The way to the backend: IPIP in all four pairings of families (RFC 2003, RFC 2473, RFC 4213), the packet in UDP
 * (GUE variant 1, draft-ietf-intarea-gue section 4), or the packet as it is to a neighbour (L2); with an 802.1Q tag where the next hop is
 * behind one.
 *
 *   before        [Ethernet](tags)[inner IP ...
 *   after  [Ethernet](tag)[outer IP][UDP][inner IP ...
 *
 * The inner packet is not touched: a backend that answers directly must see what the client sent. Its TTL is not
 * decremented either, like in Katran: the balancer is the first half of a tunnel, not a hop (RFC 2003 section 3.1 would
 * decrement when forwarding; the tunnel then counts as one hop less in a traceroute). A VIP that a backend lacks
 * cannot loop for ever, since the backend and the router decrement it on every round.
 *
 * DF is always set: a fragmented outer packet would lose its ports to every ECMP hop on the way and cost the backend
 * reassembly. The outer id is 0, as RFC 6864 allows with DF. The traffic class is copied, ECN too (RFC 6040 section 4.1).
 * The UDP checksum is 0 over both families (RFC 6935 section 5): the inner packet has its own, and a sum over it would cost a
 * look at each of its bytes.
 *
 * So that a backend's NIC spreads the flows over its queues, each flow has its own GUE source port, or IPv6 flow label, or
 * low bits of the outer IPv4 source, if the operator owns a prefix for that (member.source_bits).
 */
#ifndef LB_ENCAP_H
#define LB_ENCAP_H

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "lb/abi.h"
#include "lb/checksum.h"
#include "lb/packet.h"
#include "lb/specialisation.h"
#include "lb/verdict.h"

#define OUTER_TTL 64
#define FLOW_LABEL_MASK 0xfffff
#define VLAN_TAG_LENGTH 4
#define GUE_SOURCE_PORT 0xc000 /* of the dynamic ports (RFC 6335 section 6), all of them */
#define GUE_SOURCE_PORT_MASK 0x3fff

/* An Ethernet header in 16-bit units: MACs are copied from words that were loaded whole. */
struct frame_head {
	__u16 destination[3];
	__u16 source[3];
	__be16 type;
} __attribute__((packed, aligned(2)));

struct frame_tag {
	__be16 tag; /* follows ETH_P_8021Q in frame_head.type */
	__be16 type;
} __attribute__((packed, aligned(2)));

/* A word of struct member: a MAC, and what shares its word. */
union mac_word {
	__u64 word;
	__u16 part[4];
};

/* The way out, read from the member's row once. */
struct outer {
	union mac_word next_hop; /* part[3]: the VLAN tag, big endian; 0: none */
	union mac_word source;   /* part[3]: the MTU, host order */
	const struct member *member;
	__u32 entropy; /* 30 bits that differ from flow to flow */
	__u8 family;
	__u8 encap;
};

/* The feature comes last: the verifier knows `encap` of a program with neither, so that only the comparison is left, and not
 * the load of a constant. */
static __always_inline bool outer_is(const struct outer *outer, enum encap encap)
{
	if (encap == ENCAP_GUE)
		return outer->encap == ENCAP_GUE && feature(FEATURE_GUE);
	return outer->encap == ENCAP_L2 && feature(FEATURE_L2);
}

/* Of all that comes before the inner packet and after Ethernet and its tag, bytes. */
static __always_inline __u32 encap_header_length(const struct outer *outer)
{
	__u32 length = outer->family == 4 ? sizeof(struct iphdr) : sizeof(struct ipv6hdr);

	if (outer_is(outer, ENCAP_L2))
		return 0;
	return outer_is(outer, ENCAP_GUE) ? length + sizeof(struct udphdr) : length;
}

/* By how much the frame grows at its head, bytes; less than 0 if tags come off and little goes on. */
static __always_inline int encap_growth(const struct packet *packet, const struct outer *outer)
{
	return (int)encap_header_length(outer) + (outer->next_hop.part[3] ? VLAN_TAG_LENGTH : 0) -
	       (packet->ip_offset - ETH_HLEN);
}

/* Whether the packet can go there at all: GO_ON or the reason why not. */
static __always_inline enum verdict_reason encap_check(const struct packet *packet, const struct outer *outer)
{
	__u16 mtu = outer->source.part[3];

	if (!mtu)
		return DROPPED_NEXT_HOP_UNRESOLVED;
	if (packet->ip_length + encap_header_length(outer) > mtu)
		return DROPPED_TOO_BIG;
	return GO_ON;
}

static __always_inline struct outer encap_prepare(const struct member *member, __u32 tag)
{
	struct outer outer = {
		.next_hop.word = READ_ONCE(*(const __u64 *)member->next_hop),
		.source.word = READ_ONCE(*(const __u64 *)member->source_mac),
		.member = member,
		.entropy = tag,
		.family = member->family,
		.encap = feature(FEATURE_GUE | FEATURE_L2) ? member->encap : ENCAP_IPIP,
	};

	return outer;
}

/* What the outer header says of that which it carries. */
static __always_inline __u8 encap_protocol(const struct packet *packet, const struct outer *outer)
{
	if (outer_is(outer, ENCAP_GUE))
		return IPPROTO_UDP;
	return packet->family == 4 ? IPPROTO_IPIP : IPPROTO_IPV6;
}

static __always_inline __be32 encap_source4(const struct outer *outer)
{
	__be32 source = outer->member->outer_source[0];

	if (feature(FEATURE_ENTROPY))
		source |= bpf_htonl(outer->entropy & ((1U << (outer->member->source_bits & 31)) - 1));
	return source;
}

/* The UDP header, where there is one. */
static __always_inline enum verdict_reason encap_write_gue(struct udphdr *udp, const void *end, const struct packet *packet,
							   const struct outer *outer)
{
	if (!outer_is(outer, ENCAP_GUE))
		return GO_ON;
	if ((void *)(udp + 1) > end)
		return DROPPED_NO_HEADROOM;
	udp->source = bpf_htons(GUE_SOURCE_PORT | (outer->entropy & GUE_SOURCE_PORT_MASK));
	udp->dest = outer->member->gue_port;
	udp->len = bpf_htons(packet->ip_length + sizeof(*udp));
	udp->check = 0;
	return GO_ON;
}

static __always_inline enum verdict_reason encap_write_ipv4(struct iphdr *ip, const void *end, const struct packet *packet,
							    const struct outer *outer)
{
	if ((void *)(ip + 1) > end)
		return DROPPED_NO_HEADROOM;
	ipv4_write(ip, packet->traffic_class, packet->ip_length + encap_header_length(outer), OUTER_TTL,
		   encap_protocol(packet, outer), encap_source4(outer), outer->member->outer_destination[0]);
	return encap_write_gue((void *)(ip + 1), end, packet, outer);
}

static __always_inline enum verdict_reason encap_write_ipv6(struct ipv6hdr *ip, const void *end, const struct packet *packet,
							    const struct outer *outer)
{
	if ((void *)(ip + 1) > end)
		return DROPPED_NO_HEADROOM;
	*(__be32 *)ip = bpf_htonl(6U << 28 | (__u32)packet->traffic_class << 20 | (outer->entropy & FLOW_LABEL_MASK));
	ip->payload_len = bpf_htons(packet->ip_length + encap_header_length(outer) - sizeof(*ip));
	ip->nexthdr = encap_protocol(packet, outer);
	ip->hop_limit = OUTER_TTL;
	for (int i = 0; i < 4; i++) {
		ip->saddr.in6_u.u6_addr32[i] = outer->member->outer_source[i];
		ip->daddr.in6_u.u6_addr32[i] = outer->member->outer_destination[i];
	}
	return encap_write_gue((void *)(ip + 1), end, packet, outer);
}

/* Writes Ethernet and what follows it into a frame whose head has grown by encap_growth(). */
static __always_inline enum verdict_reason encap_write(void *data, const void *end, const struct packet *packet,
						       const struct outer *outer)
{
	struct frame_head *head = data;
	struct frame_tag *tag = (void *)(head + 1);
	__u8 family = outer_is(outer, ENCAP_L2) ? packet->family : outer->family;
	__be16 type = family == 4 ? bpf_htons(ETH_P_IP) : bpf_htons(ETH_P_IPV6);
	void *ip = tag;

	if ((void *)(tag + 1) > end)
		return DROPPED_NO_HEADROOM;
	for (int i = 0; i < 3; i++) {
		head->destination[i] = outer->next_hop.part[i];
		head->source[i] = outer->source.part[i];
	}
	head->type = type;
	if (outer->next_hop.part[3]) {
		head->type = bpf_htons(ETH_P_8021Q);
		tag->tag = outer->next_hop.part[3];
		tag->type = type;
		ip = tag + 1;
	}
	if (outer_is(outer, ENCAP_L2))
		return GO_ON;

	return outer->family == 4 ? encap_write_ipv4(ip, end, packet, outer) : encap_write_ipv6(ip, end, packet, outer);
}

#endif
