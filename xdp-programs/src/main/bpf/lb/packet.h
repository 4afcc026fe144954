/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * What a frame says: Ethernet, IPv4 or IPv6, TCP or UDP, read once into plain numbers.
 *
 * packet_parse() refuses nothing for good: what it does not read leaves for the kernel with a name. A frame
 * whose ports can be read but whose lengths or transport header are wrong is marked malformed, and only if
 * it is for a VIP is it dropped. The rest of the program works on struct packet alone and never looks into
 * the frame again, so no bounds check is repeated.
 */
#ifndef LB_PACKET_H
#define LB_PACKET_H

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <stdbool.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "lb/abi.h"

/* linux/ip.h has no name for them. */
#define IPV4_VERSION_AND_LENGTH 0x45 /* version 4, a header of 5 words: no options */
#define IPV4_FRAGMENT_BITS 0x3fff    /* more fragments, or an offset */

enum tcp_flags {
	TCP_FIN = 0x01,
	TCP_SYN = 0x02,
	TCP_RST = 0x04,
	TCP_ACK = 0x10,
};

/* Host order throughout. */
struct packet {
	__u32 frame_length;   /* bytes, as received */
	__u32 ip_length;      /* bytes of IP header and payload, as the IP header says */
	__u32 payload_length; /* bytes after the transport header */
	__u32 source[4];      /* IPv4: [0], the rest 0 */
	__u32 destination[4];
	__u32 ports;          /* source << 16 | destination */
	__u8 family;          /* 4 or 6 */
	__u8 protocol;        /* IPPROTO_TCP or IPPROTO_UDP */
	__u8 traffic_class;   /* TOS, DSCP and ECN */
	__u8 tcp_flags;       /* enum tcp_flags; 0 for UDP */
	bool malformed;
};

/* The first packet of a TCP connection. */
static __always_inline bool packet_opens(const struct packet *packet)
{
	return (packet->tcp_flags & (TCP_SYN | TCP_ACK | TCP_FIN | TCP_RST)) == TCP_SYN;
}

/* One of its last ones. */
static __always_inline bool packet_ends(const struct packet *packet)
{
	return packet->tcp_flags & (TCP_FIN | TCP_RST);
}

static __always_inline void packet_parse_tcp(struct packet *packet, const struct tcphdr *tcp, const void *end,
					     __u32 length)
{
	const __u8 *bytes = (const void *)tcp;
	__u32 header_length;

	if ((const void *)(tcp + 1) > end || length < sizeof(*tcp)) {
		packet->malformed = true;
		return;
	}
	header_length = (bytes[12] >> 4) * 4;
	packet->tcp_flags = bytes[13];
	packet->payload_length = length - header_length;
	packet->malformed |= header_length < sizeof(*tcp) || header_length > length;
}

static __always_inline void packet_parse_udp(struct packet *packet, const struct udphdr *udp, __u32 length)
{
	__u32 udp_length = bpf_ntohs(udp->len);

	packet->payload_length = udp_length - sizeof(*udp);
	packet->malformed |= udp_length < sizeof(*udp) || udp_length > length;
}

/* `header_length` is that of the IP header before `transport`. */
static __always_inline enum verdict_reason packet_parse_transport(struct packet *packet, const void *transport,
								  const void *end, __u32 header_length)
{
	const struct udphdr *udp = transport;
	__u32 length = packet->ip_length - header_length;

	/* The ports stand in the first 4 bytes of both, but less than 8 is neither. */
	if ((const void *)(udp + 1) > end || packet->ip_length < header_length + sizeof(*udp))
		return PASSED_MALFORMED;
	packet->ports = (__u32)bpf_ntohs(udp->source) << 16 | bpf_ntohs(udp->dest);
	packet->malformed = packet->ip_length > packet->frame_length - ETH_HLEN;

	if (packet->protocol == IPPROTO_TCP)
		packet_parse_tcp(packet, transport, end, length);
	else
		packet_parse_udp(packet, udp, length);
	return GO_ON;
}

static __always_inline enum verdict_reason packet_parse_ipv4(struct packet *packet, const struct iphdr *ip,
							     const void *end)
{
	__u8 version_and_length;

	if ((const void *)(ip + 1) > end)
		return PASSED_MALFORMED;
	version_and_length = *(const __u8 *)ip;
	if (version_and_length != IPV4_VERSION_AND_LENGTH)
		return version_and_length >> 4 == 4 && version_and_length > IPV4_VERSION_AND_LENGTH
			       ? PASSED_IPV4_OPTIONS
			       : PASSED_MALFORMED;
	if (ip->frag_off & bpf_htons(IPV4_FRAGMENT_BITS))
		return PASSED_FRAGMENT;
	if (ip->protocol != IPPROTO_TCP && ip->protocol != IPPROTO_UDP)
		return ip->protocol == IPPROTO_ICMP ? PASSED_ICMP : PASSED_PROTOCOL;

	packet->family = 4;
	packet->protocol = ip->protocol;
	packet->traffic_class = ip->tos;
	packet->ip_length = bpf_ntohs(ip->tot_len);
	packet->source[0] = bpf_ntohl(ip->saddr);
	packet->destination[0] = bpf_ntohl(ip->daddr);
	return packet_parse_transport(packet, ip + 1, end, sizeof(*ip));
}

/* What a next header means that is neither TCP nor UDP. */
static __always_inline enum verdict_reason packet_other_ipv6(__u8 next_header)
{
	switch (next_header) {
	case IPPROTO_ICMPV6:
		return PASSED_ICMP;
	case IPPROTO_FRAGMENT:
		return PASSED_FRAGMENT;
	case IPPROTO_HOPOPTS:
	case IPPROTO_ROUTING:
	case IPPROTO_DSTOPTS:
	case IPPROTO_AH:
	case IPPROTO_MH:
		return PASSED_EXTENSION_HEADER;
	default:
		return PASSED_PROTOCOL;
	}
}

static __always_inline void packet_read_address6(__u32 address[4], const struct in6_addr *from)
{
	for (int i = 0; i < 4; i++)
		address[i] = bpf_ntohl(from->in6_u.u6_addr32[i]);
}

static __always_inline enum verdict_reason packet_parse_ipv6(struct packet *packet, const struct ipv6hdr *ip,
							     const void *end)
{
	const __u8 *bytes = (const void *)ip;

	if ((const void *)(ip + 1) > end || bytes[0] >> 4 != 6)
		return PASSED_MALFORMED;
	if (ip->nexthdr != IPPROTO_TCP && ip->nexthdr != IPPROTO_UDP)
		return packet_other_ipv6(ip->nexthdr);

	packet->family = 6;
	packet->protocol = ip->nexthdr;
	packet->traffic_class = (bytes[0] & 0x0f) << 4 | bytes[1] >> 4;
	packet->ip_length = sizeof(*ip) + bpf_ntohs(ip->payload_len);
	packet_read_address6(packet->source, &ip->saddr);
	packet_read_address6(packet->destination, &ip->daddr);
	return packet_parse_transport(packet, ip + 1, end, sizeof(*ip));
}

/* `data` to `end` is the whole frame. */
static __always_inline enum verdict_reason packet_parse(struct packet *packet, const void *data, const void *end,
							bool ipv6)
{
	const struct ethhdr *ethernet = data;

	packet->frame_length = end - data;
	if ((const void *)(ethernet + 1) > end)
		return PASSED_MALFORMED;
	switch (ethernet->h_proto) {
	case bpf_htons(ETH_P_IP):
		return packet_parse_ipv4(packet, (const void *)(ethernet + 1), end);
	case bpf_htons(ETH_P_IPV6):
		return ipv6 ? packet_parse_ipv6(packet, (const void *)(ethernet + 1), end) : PASSED_IPV6_OFF;
	case bpf_htons(ETH_P_8021Q):
	case bpf_htons(ETH_P_8021AD):
		return PASSED_VLAN;
	default:
		return PASSED_NOT_IP;
	}
}

#endif
