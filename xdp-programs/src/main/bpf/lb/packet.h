/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * What a frame says, read once into plain numbers. The rest of the program works on struct packet and never looks into the
 * headers again, so no bounds check is repeated.
 *
 * packet_parse_plain() is the fast path: TCP or UDP right behind an IP header without options, whole and consistent. It
 * says no to everything else, without a reason. packet_parse_odd() (odd.h) then takes the frame from its beginning and finds out.
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
#include "lb/specialisation.h"

/* linux/ip.h has no name for them. */
#define IPV4_VERSION_AND_LENGTH 0x45 /* version 4, a header of 5 words: no options */
#define IPV4_DONT_FRAGMENT 0x4000
#define IPV4_MORE_FRAGMENTS 0x2000
#define IPV4_FRAGMENT_OFFSET 0x1fff /* in units of 8 bytes */

/* For the verifier, of offsets in a frame: more than any header has. */
#define HEADER_OFFSET_MASK 0x7fff
#define IP_OFFSET_MASK 0x1f

enum tcp_flags {
	TCP_FIN = 0x01,
	TCP_SYN = 0x02,
	TCP_RST = 0x04,
	TCP_ACK = 0x10,
};

/* Of 802.1Q and 802.1ad; linux/if_vlan.h has the kernel's own only. */
struct vlan_tag {
	__be16 tag; /* PCP, DEI, VID */
	__be16 type; /* what follows */
};

/* Host order throughout. */
struct packet {
	__u32 frame_length;   /* bytes, as received */
	__u32 ip_length;      /* bytes of IP header and payload, as the IP header says */
	__u32 payload_length; /* bytes after the transport header */
	__u32 source[4];      /* IPv4: [0], the rest 0 */
	__u32 destination[4];
	__u32 ports;          /* source << 16 | destination */
	__u16 ip_offset;      /* of the IP header in the frame */
	__u16 payload_offset; /* UDP: of what follows the transport header, in the frame */
	__u8 family;          /* 4 or 6 */
	__u8 protocol;        /* IPPROTO_TCP or IPPROTO_UDP */
	__u8 traffic_class;   /* TOS, DSCP and ECN */
	__u8 tcp_flags;       /* enum tcp_flags; 0 for UDP */
	bool dont_fragment;   /* DF, or IPv6 */
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

static __always_inline bool packet_is_tagged(__be16 ethertype)
{
	return ethertype == bpf_htons(ETH_P_8021Q) || ethertype == bpf_htons(ETH_P_8021AD);
}

static __always_inline void packet_read_address6(__u32 address[4], const struct in6_addr *from)
{
	for (int i = 0; i < 4; i++)
		address[i] = bpf_ntohl(from->in6_u.u6_addr32[i]);
}

/* The ports stand in the first 4 bytes of both TCP and UDP. */
static __always_inline void packet_read_ports(struct packet *packet, const struct udphdr *transport)
{
	packet->ports = (__u32)bpf_ntohs(transport->source) << 16 | bpf_ntohs(transport->dest);
}

/* `length`: of transport header and payload, bytes. False: it contradicts itself. */
static __always_inline bool packet_read_tcp(struct packet *packet, const struct tcphdr *tcp, __u32 length)
{
	const __u8 *bytes = (const void *)tcp;
	__u32 header_length = (bytes[12] >> 4) * 4;

	packet->tcp_flags = bytes[13];
	packet->payload_length = length - header_length;
	return header_length >= sizeof(*tcp) && header_length <= length;
}

static __always_inline bool packet_read_udp(struct packet *packet, const struct udphdr *udp, __u32 length)
{
	__u32 udp_length = bpf_ntohs(udp->len);

	packet->payload_length = udp_length - sizeof(*udp);
	return udp_length >= sizeof(*udp) && udp_length <= length;
}

/* The fields of an IPv4 header that do not depend on what follows it. */
static __always_inline void packet_read_ipv4(struct packet *packet, const struct iphdr *ip)
{
	packet->family = 4;
	packet->protocol = ip->protocol;
	packet->traffic_class = ip->tos;
	packet->dont_fragment = ip->frag_off & bpf_htons(IPV4_DONT_FRAGMENT);
	packet->ip_length = bpf_ntohs(ip->tot_len);
	packet->source[0] = bpf_ntohl(ip->saddr);
	packet->destination[0] = bpf_ntohl(ip->daddr);
}

static __always_inline void packet_read_ipv6(struct packet *packet, const struct ipv6hdr *ip)
{
	const __u8 *bytes = (const void *)ip;

	packet->family = 6;
	packet->protocol = ip->nexthdr;
	packet->traffic_class = (bytes[0] & 0x0f) << 4 | bytes[1] >> 4;
	packet->dont_fragment = true;
	packet->ip_length = sizeof(*ip) + bpf_ntohs(ip->payload_len);
	packet_read_address6(packet->source, &ip->saddr);
	packet_read_address6(packet->destination, &ip->daddr);
}

static __always_inline bool packet_parse_plain_transport(struct packet *packet, const void *transport, const void *end,
							 __u32 ip_header_length)
{
	__u32 length = packet->ip_length - ip_header_length;
	const struct tcphdr *tcp = transport;
	const struct udphdr *udp = transport;

	if (packet->ip_length < ip_header_length || packet->ip_length > packet->frame_length - packet->ip_offset)
		return false;
	packet->payload_offset = packet->ip_offset + ip_header_length + sizeof(*udp);
	if (packet->protocol == IPPROTO_TCP) {
		if ((const void *)(tcp + 1) > end || length < sizeof(*tcp))
			return false;
		packet_read_ports(packet, udp);
		return packet_read_tcp(packet, tcp, length);
	}
	if (packet->protocol != IPPROTO_UDP || (const void *)(udp + 1) > end || length < sizeof(*udp))
		return false;
	packet_read_ports(packet, udp);
	return packet_read_udp(packet, udp, length);
}

static __always_inline bool packet_parse_plain_ipv4(struct packet *packet, const struct iphdr *ip, const void *end)
{
	if ((const void *)(ip + 1) > end || *(const __u8 *)ip != IPV4_VERSION_AND_LENGTH ||
	    ip->frag_off & bpf_htons(IPV4_MORE_FRAGMENTS | IPV4_FRAGMENT_OFFSET))
		return false;
	packet_read_ipv4(packet, ip);
	return packet_parse_plain_transport(packet, ip + 1, end, sizeof(*ip));
}

static __always_inline bool packet_parse_plain_ipv6(struct packet *packet, const struct ipv6hdr *ip, const void *end)
{
	if ((const void *)(ip + 1) > end || *(const __u8 *)ip >> 4 != 6)
		return false;
	packet_read_ipv6(packet, ip);
	return packet_parse_plain_transport(packet, ip + 1, end, sizeof(*ip));
}

/* `data` to `end` is the frame, or its first buffer; packet->frame_length is set. False: not one of the plain ones. */
static __always_inline bool packet_parse_plain(struct packet *packet, const void *data, const void *end)
{
	const struct ethhdr *ethernet = data;
	const struct vlan_tag *tag = (const void *)(ethernet + 1);
	const void *ip = tag;
	__be16 type;

	if (ip > end)
		return false;
	type = ethernet->h_proto;
	packet->ip_offset = sizeof(*ethernet);
	if (feature(FEATURE_VLAN) && packet_is_tagged(type)) {
		if ((const void *)(tag + 1) > end)
			return false;
		type = tag->type;
		packet->ip_offset += sizeof(*tag);
		ip = tag + 1;
	}
	if (type == bpf_htons(ETH_P_IP))
		return packet_parse_plain_ipv4(packet, ip, end);
	if (feature(FEATURE_IPV6) && type == bpf_htons(ETH_P_IPV6))
		return packet_parse_plain_ipv6(packet, ip, end);
	return false;
}

#endif
