/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * What the balancer itself answers, for a VIP and nothing else: echo requests, and packets that would not fit once encapsulated
 * (RFC 792 and RFC 1191 "fragmentation needed", RFC 4443 "packet too big").
 *
 * Both answers leave by the interface that the packet came in on, to the MAC it came from, with the tags it had. The VIP is
 * their source: nobody on the way may drop them for a strange one, and Linux looks for the socket by what they quote.
 */
#ifndef LB_ICMP_H
#define LB_ICMP_H

#include <linux/bpf.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "lb/abi.h"
#include "lb/checksum.h"
#include "lb/encap.h"
#include "lb/odd.h"
#include "lb/packet.h"

#define ICMP_TTL 64
#define ICMP4_TOS 0xc0     /* internetwork control (RFC 1812 section 4.3.2.5) */
#define ICMP4_QUOTE 548    /* 576 bytes in all (RFC 1812 section 4.3.2.3) */
#define ICMP6_QUOTE 1232   /* 1,280 bytes in all (RFC 4443 section 2.4c) */
#define ICMP_CSUM_MAX 512  /* as much as bpf_csum_diff() takes */

/* --- to whom --------------------------------------------------------------------------------------------------------- */

/* Whether the source is one that can be answered: a host's (RFC 1122 section 3.2.2, RFC 4443 section 2.4e). */
static __always_inline bool icmp_answerable(const struct packet *packet)
{
	const __u32 *source = packet->source;
	__u32 first = source[0] >> 24;

	if (packet->family == 4)
		return first != 0 && first != 127 && first < 224;
	return first != 0xff && (source[0] | source[1] | source[2] | (source[3] & ~1U));
}

static __always_inline void icmp_swap_macs(struct frame_head *to, const struct frame_head *from)
{
	for (int i = 0; i < 3; i++) {
		__u16 source = from->source[i];

		to->source[i] = from->destination[i];
		to->destination[i] = source;
	}
}

/* --- echo ------------------------------------------------------------------------------------------------------------ */

static __always_inline void icmp_turn_ipv4(struct iphdr *ip, struct icmp_header *icmp)
{
	__be32 source = ip->saddr;
	__be16 before = bpf_htons(ip->ttl << 8 | ip->protocol);

	ip->saddr = ip->daddr;
	ip->daddr = source;
	ip->ttl = ICMP_TTL;
	ip->check = checksum_replace(ip->check, before, bpf_htons(ICMP_TTL << 8 | ip->protocol));
	icmp->checksum = checksum_replace(icmp->checksum, bpf_htons(ICMP4_ECHO << 8), bpf_htons(ICMP4_ECHO_REPLY << 8));
	icmp->type = ICMP4_ECHO_REPLY;
}

static __always_inline void icmp_turn_ipv6(struct ipv6hdr *ip, struct icmp_header *icmp)
{
	struct in6_addr source = ip->saddr;

	ip->saddr = ip->daddr;
	ip->daddr = source;
	ip->hop_limit = ICMP_TTL;
	icmp->checksum = checksum_replace(icmp->checksum, bpf_htons(ICMP6_ECHO << 8), bpf_htons(ICMP6_ECHO_REPLY << 8));
	icmp->type = ICMP6_ECHO_REPLY;
}

/* Turns the request into its reply. A wrong checksum stays a wrong one. */
static __always_inline enum verdict_reason icmp_answer_echo(void *data, const void *end, const struct packet *packet,
							    const struct odd *odd)
{
	struct icmp_header *icmp = data + (odd->offset & HEADER_OFFSET_MASK);
	void *ip = data + (packet->ip_offset & IP_OFFSET_MASK);
	struct frame_head *head = data;

	if ((void *)(head + 1) > end || (void *)(icmp + 1) > end || !icmp_answerable(packet))
		return DROPPED_ICMP;
	if (packet->family == 4) {
		if (ip + sizeof(struct iphdr) > end)
			return DROPPED_ICMP;
		icmp_turn_ipv4(ip, icmp);
	} else {
		if (ip + sizeof(struct ipv6hdr) > end)
			return DROPPED_ICMP;
		icmp_turn_ipv6(ip, icmp);
	}
	icmp_swap_macs(head, head);
	return ANSWERED_ECHO;
}

/* --- too big --------------------------------------------------------------------------------------------------------- */

static __always_inline __u32 icmp_quote_length(const struct packet *packet)
{
	return packet->family == 4 ? ICMP4_QUOTE : ICMP6_QUOTE;
}

/* Of the IP and ICMP headers that come before the quote. */
static __always_inline __u32 icmp_growth(const struct packet *packet)
{
	return (packet->family == 4 ? sizeof(struct iphdr) : sizeof(struct ipv6hdr)) + sizeof(struct icmp_header);
}

static __always_inline enum verdict_reason icmp_write_too_big4(struct iphdr *ip, const void *end, const struct packet *packet,
							       __u32 mtu)
{
	struct icmp_header *icmp = (void *)(ip + 1);
	const __u32 length = sizeof(*icmp) + ICMP4_QUOTE;
	__s64 sum;

	if ((void *)icmp + length > end)
		return DROPPED_TOO_BIG;
	ipv4_write(ip, ICMP4_TOS, sizeof(*ip) + length, ICMP_TTL, IPPROTO_ICMP, bpf_htonl(packet->destination[0]),
		   bpf_htonl(packet->source[0]));
	*icmp = (struct icmp_header){
		.type = ICMP4_UNREACHABLE,
		.code = ICMP4_FRAGMENTATION_NEEDED,
		.rest = bpf_htonl(mtu),
	};
	sum = bpf_csum_diff(NULL, 0, (void *)icmp, ICMP_CSUM_MAX, 0);
	sum = bpf_csum_diff(NULL, 0, (void *)icmp + ICMP_CSUM_MAX, length - ICMP_CSUM_MAX, sum);
	icmp->checksum = checksum_fold(sum);
	return packet->dont_fragment ? ANSWERED_TOO_BIG : ANSWERED_TOO_BIG_DF_CLEAR;
}

static __always_inline enum verdict_reason icmp_write_too_big6(struct ipv6hdr *ip, const void *end, const struct packet *packet,
							       __u32 mtu)
{
	struct icmp_header *icmp = (void *)(ip + 1);
	const __u32 length = sizeof(*icmp) + ICMP6_QUOTE;
	__s64 sum;

	if ((void *)icmp + length > end)
		return DROPPED_TOO_BIG;
	*(__be32 *)ip = bpf_htonl(6U << 28);
	ip->payload_len = bpf_htons(length);
	ip->nexthdr = IPPROTO_ICMPV6;
	ip->hop_limit = ICMP_TTL;
	for (int i = 0; i < 4; i++) {
		ip->saddr.in6_u.u6_addr32[i] = bpf_htonl(packet->destination[i]);
		ip->daddr.in6_u.u6_addr32[i] = bpf_htonl(packet->source[i]);
	}
	*icmp = (struct icmp_header){.type = ICMP6_PACKET_TOO_BIG, .rest = bpf_htonl(mtu)};
	/* The pseudo-header of RFC 8200 section 8.1: both addresses, length, next header. The last two are added in host
	 * order: as words of the wire their sum would lose a carry. */
	sum = bpf_csum_diff(NULL, 0, (void *)&ip->saddr, 2 * sizeof(ip->saddr), bpf_htonl(length + IPPROTO_ICMPV6));
	sum = bpf_csum_diff(NULL, 0, (void *)icmp, ICMP_CSUM_MAX, sum);
	sum = bpf_csum_diff(NULL, 0, (void *)icmp + ICMP_CSUM_MAX, ICMP_CSUM_MAX, sum);
	sum = bpf_csum_diff(NULL, 0, (void *)icmp + 2 * ICMP_CSUM_MAX, length - 2 * ICMP_CSUM_MAX, sum);
	icmp->checksum = checksum_fold(sum);
	return ANSWERED_TOO_BIG;
}

/* Writes the answer before its quote, into a frame that was cut behind the quote and whose head has grown by icmp_growth().
 * `mtu`: the longest packet that would have fitted. */
static __always_inline enum verdict_reason icmp_write_too_big(void *data, const void *end, const struct packet *packet, __u32 mtu)
{
	const struct frame_head *before = data + icmp_growth(packet);
	void *ip = data + (packet->ip_offset & IP_OFFSET_MASK);
	struct frame_head *head = data;
	const __u16 *tags = (const void *)&before->type;
	__u16 *new_tags = (void *)&head->type;

	/* The growth is longer than any Ethernet header, so nothing is overwritten before it is read. */
	if ((const void *)before + ETH_HLEN + ODD_VLAN_TAGS * VLAN_TAG_LENGTH > end)
		return DROPPED_TOO_BIG;
	icmp_swap_macs(head, before);
	for (__u32 i = 0; i < (sizeof(head->type) + ODD_VLAN_TAGS * VLAN_TAG_LENGTH) / sizeof(*tags); i++)
		new_tags[i] = tags[i];
	return packet->family == 4 ? icmp_write_too_big4(ip, end, packet, mtu) : icmp_write_too_big6(ip, end, packet, mtu);
}

#endif
