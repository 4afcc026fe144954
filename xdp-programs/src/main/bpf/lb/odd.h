/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * What is not a plain packet: VLAN tags, IPv4 options, IPv6 extension headers, fragments, ICMP, and all that is malformed.
 *
 * packet_parse_odd() reads the frame from its beginning. It refuses nothing for good: what it cannot read leaves for the kernel
 * with a name. A frame whose ports can be read but whose lengths or transport header are wrong is marked malformed, and
 * only if it is for a VIP is it dropped.
 *
 * Headers are copied out of the frame one by one, by offset: they may be anywhere, in any of its buffers, and the verifier has
 * no pointers to follow through loops.
 */
#ifndef LB_ODD_H
#define LB_ODD_H

#include "lb/packet.h"

#define ODD_EXTENSION_HEADERS 8 /* as many as are walked */
#define ODD_VLAN_TAGS 2

/* linux/icmp.h and linux/icmpv6.h drag in more than we need. */
enum icmp_types {
	ICMP4_ECHO_REPLY = 0,
	ICMP4_UNREACHABLE = 3,
	ICMP4_FRAGMENTATION_NEEDED = 4, /* a code of the above */
	ICMP4_ECHO = 8,
	ICMP4_TIME_EXCEEDED = 11,
	ICMP4_PARAMETER_PROBLEM = 12,
	ICMP6_PACKET_TOO_BIG = 2,
	ICMP6_LAST_ERROR = 4, /* 1 to 4: RFC 4443 section 2.1 has errors below 128, these are the ones defined */
	ICMP6_ECHO = 128,
	ICMP6_ECHO_REPLY = 129,
	ICMP6_FIRST_NEIGHBOUR = 133, /* 133 to 137: neighbour discovery, RFC 4861 section 4 */
	ICMP6_LAST_NEIGHBOUR = 137,
};

/* The fixed part of both. */
struct icmp_header {
	__u8 type;
	__u8 code;
	__sum16 checksum;
	__be32 rest; /* id and sequence, or the MTU */
};

enum odd_kind {
	ODD_TRANSPORT,      /* TCP or UDP after all */
	ODD_FIRST_FRAGMENT, /* likewise, and there is more of it */
	ODD_LATER_FRAGMENT, /* without ports */
	ODD_ECHO,           /* an echo request */
	ODD_ICMP_ERROR,     /* the packet's source, ports and protocol are those of the flow that it quotes, as its client has them */
	ODD_ICMP_OTHER,
};

struct odd {
	enum odd_kind kind;
	__u32 fragment_id; /* IPv4: id << 8 | protocol */
	__u32 offset;      /* in the frame, of what is read next; of the ICMP header at the end, if there is one */
	bool malformed;
	bool to_group; /* by its MAC, multicast or broadcast: not to be answered (RFC 1122 section 3.2.2) */
};

/* The next `length` bytes. False: the frame ends before. */
static __always_inline bool odd_read(struct xdp_md *ctx, const struct odd *odd, void *to, __u32 length)
{
	return !bpf_xdp_load_bytes(ctx, odd->offset, to, length);
}

/* --- headers one by one: each moves odd->offset behind what it has read, or returns why it cannot --------------------- */

static __always_inline enum verdict_reason odd_ethernet(struct xdp_md *ctx, struct odd *odd, __be16 *type)
{
	struct ethhdr ethernet;
	struct vlan_tag tag;

	if (!odd_read(ctx, odd, &ethernet, sizeof(ethernet)))
		return PASSED_MALFORMED;
	*type = ethernet.h_proto;
	odd->to_group = ethernet.h_dest[0] & 1;
	odd->offset += sizeof(ethernet);
	for (int i = 0; i < ODD_VLAN_TAGS && packet_is_tagged(*type); i++) {
		if (!odd_read(ctx, odd, &tag, sizeof(tag)))
			return PASSED_MALFORMED;
		*type = tag.type;
		odd->offset += sizeof(tag);
	}
	return packet_is_tagged(*type) ? PASSED_VLAN : GO_ON;
}

static __always_inline enum verdict_reason odd_ipv4(struct xdp_md *ctx, struct packet *packet, struct odd *odd)
{
	__u32 header_length, fragment;
	struct iphdr ip;

	if (!odd_read(ctx, odd, &ip, sizeof(ip)) || ip.version != 4 || ip.ihl < sizeof(ip) / 4)
		return PASSED_MALFORMED;
	header_length = ip.ihl * 4;
	packet_read_ipv4(packet, &ip);
	fragment = bpf_ntohs(ip.frag_off);
	odd->fragment_id = (__u32)bpf_ntohs(ip.id) << 8 | ip.protocol;
	if (fragment & IPV4_FRAGMENT_OFFSET)
		odd->kind = ODD_LATER_FRAGMENT;
	else if (fragment & IPV4_MORE_FRAGMENTS)
		odd->kind = ODD_FIRST_FRAGMENT;
	odd->offset += header_length;
	return packet->ip_length < header_length ? PASSED_MALFORMED : GO_ON;
}

/* What all extension headers begin with, RFC 8200 section 4. */
struct extension_header {
	__u8 next;
	__u8 length; /* in units of 8 bytes, the first not counted; of 4, the first two not, in an AH (RFC 4302 section 2.2) */
	__be16 fragment; /* offset in units of 8 bytes << 3 | more; of a routing header: type << 8 | segments left */
	__be32 id;
};

static __always_inline bool odd_is_extension(__u8 protocol)
{
	return protocol == IPPROTO_HOPOPTS || protocol == IPPROTO_ROUTING || protocol == IPPROTO_DSTOPTS ||
	       protocol == IPPROTO_MH || protocol == IPPROTO_AH || protocol == IPPROTO_FRAGMENT;
}

static __always_inline void odd_fragment_header(struct odd *odd, const struct extension_header *header)
{
	__u16 fragment = bpf_ntohs(header->fragment);

	odd->fragment_id = bpf_ntohl(header->id);
	if (fragment & ~7)
		odd->kind = ODD_LATER_FRAGMENT;
	else if (fragment & 1) /* else it is whole (RFC 6946) */
		odd->kind = ODD_FIRST_FRAGMENT;
}

static __always_inline enum verdict_reason odd_ipv6(struct xdp_md *ctx, struct packet *packet, struct odd *odd)
{
	struct extension_header header;
	struct ipv6hdr ip;
	__u32 length;

	if (!odd_read(ctx, odd, &ip, sizeof(ip)) || ip.version != 6)
		return PASSED_MALFORMED;
	packet_read_ipv6(packet, &ip);
	odd->offset += sizeof(ip);
	for (int i = 0; i < ODD_EXTENSION_HEADERS; i++) {
		if (odd->kind == ODD_LATER_FRAGMENT || !odd_is_extension(packet->protocol))
			return packet->protocol == IPPROTO_NONE ? PASSED_EXTENSION_HEADER : GO_ON;
		if (!odd_read(ctx, odd, &header, sizeof(header)))
			return PASSED_MALFORMED;
		/* The destination is a stage on its way then, not its end (RFC 8200 section 4.4). */
		if (packet->protocol == IPPROTO_ROUTING && bpf_ntohs(header.fragment) & 0xff)
			return PASSED_EXTENSION_HEADER;
		length = (header.length + 1) * 8;
		if (packet->protocol == IPPROTO_AH)
			length = (header.length + 2) * 4;
		if (packet->protocol == IPPROTO_FRAGMENT) {
			length = sizeof(header);
			odd_fragment_header(odd, &header);
		}
		packet->protocol = header.next;
		odd->offset += length;
	}
	return odd_is_extension(packet->protocol) && odd->kind != ODD_LATER_FRAGMENT ? PASSED_EXTENSION_HEADER : GO_ON;
}

/* --- ICMP ------------------------------------------------------------------------------------------------------------ */

static __always_inline bool odd_same_address(const __u32 a[4], const __u32 b[4])
{
	return !((a[0] ^ b[0]) | (a[1] ^ b[1]) | (a[2] ^ b[2]) | (a[3] ^ b[3]));
}

static __always_inline bool odd_is_transport(__u8 protocol)
{
	return protocol == IPPROTO_TCP || protocol == IPPROTO_UDP;
}

/* Puts the flow that an error quotes in the packet's place, `odd` being where the quote begins: a backend has sent the quoted
 * packet with the VIP as its source. False: it quotes nothing of that kind. RFC 792 promises 8 bytes of the transport header,
 * so no more is asked for. */
static __always_inline bool odd_quoted_flow(struct xdp_md *ctx, struct packet *packet, struct packet *quoted, struct odd *odd)
{
	enum verdict_reason reason = packet->family == 4 ? odd_ipv4(ctx, quoted, odd) : odd_ipv6(ctx, quoted, odd);
	struct udphdr transport;

	if (reason || odd->kind == ODD_LATER_FRAGMENT || !odd_is_transport(quoted->protocol) ||
	    !odd_same_address(quoted->source, packet->destination) || !odd_read(ctx, odd, &transport, sizeof(transport)))
		return false;
	packet->protocol = quoted->protocol;
	packet->ports = (__u32)bpf_ntohs(transport.dest) << 16 | bpf_ntohs(transport.source);
	for (int i = 0; i < 4; i++)
		packet->source[i] = quoted->destination[i];
	return true;
}

static __always_inline bool odd_is_icmp(const struct packet *packet)
{
	return packet->protocol == (packet->family == 4 ? IPPROTO_ICMP : IPPROTO_ICMPV6);
}

static __always_inline bool icmp_is_error(__u8 family, __u8 type)
{
	if (family == 4)
		return type == ICMP4_UNREACHABLE || type == ICMP4_TIME_EXCEEDED || type == ICMP4_PARAMETER_PROBLEM;
	return type >= 1 && type <= ICMP6_LAST_ERROR;
}

/* Routers ask the owner of an address whether it is still there: for the kernel, also if the address is a VIP's. */
static __always_inline bool icmp_is_neighbour_discovery(__u8 family, __u8 type)
{
	return family == 6 && type >= ICMP6_FIRST_NEIGHBOUR && type <= ICMP6_LAST_NEIGHBOUR;
}

/* The quote of an error is read by odd_quoted_flow(), later. */
static __always_inline enum verdict_reason odd_icmp(struct xdp_md *ctx, const struct packet *packet, struct odd *odd)
{
	bool whole = odd->kind == ODD_TRANSPORT;
	struct icmp_header icmp;

	odd->kind = ODD_ICMP_OTHER;
	if (odd->offset + sizeof(icmp) > packet->ip_offset + packet->ip_length || !odd_read(ctx, odd, &icmp, sizeof(icmp))) {
		odd->malformed = true;
		return GO_ON;
	}
	if (whole && icmp_is_neighbour_discovery(packet->family, icmp.type))
		return PASSED_PROTOCOL;
	if (whole && !odd->to_group && icmp.type == (packet->family == 4 ? ICMP4_ECHO : ICMP6_ECHO))
		odd->kind = ODD_ECHO;
	else if (whole && icmp_is_error(packet->family, icmp.type))
		odd->kind = ODD_ICMP_ERROR;
	return GO_ON;
}

/* --- all of it ------------------------------------------------------------------------------------------------------- */

static __always_inline enum verdict_reason odd_transport(struct xdp_md *ctx, struct packet *packet, struct odd *odd)
{
	__u32 end = packet->ip_offset + packet->ip_length, length = end - odd->offset;
	struct udphdr udp;
	struct tcphdr tcp;
	bool consistent;

	if (end < odd->offset || length < sizeof(udp) || !odd_read(ctx, odd, &udp, sizeof(udp)))
		return PASSED_MALFORMED;
	packet_read_ports(packet, &udp);
	packet->payload_offset = odd->offset + sizeof(udp);
	if (packet->protocol == IPPROTO_UDP) {
		/* The length of a datagram is that of all its fragments. */
		consistent = packet_read_udp(packet, &udp, length) || odd->kind == ODD_FIRST_FRAGMENT;
	} else {
		consistent = length >= sizeof(tcp) && odd_read(ctx, odd, &tcp, sizeof(tcp)) &&
			     packet_read_tcp(packet, &tcp, length);
	}
	odd->malformed |= !consistent;
	return GO_ON;
}

/* Whether a later fragment may be of a packet that is ours: behind an extension header nobody can say. */
static __always_inline bool odd_may_have_ports(const struct packet *packet)
{
	return odd_is_transport(packet->protocol) || odd_is_icmp(packet) ||
	       (packet->family == 6 && odd_is_extension(packet->protocol));
}

/* packet->frame_length is set. */
static __always_inline enum verdict_reason packet_parse_odd(struct xdp_md *ctx, struct packet *packet, struct odd *odd)
{
	enum verdict_reason reason;
	__be16 type;

	reason = odd_ethernet(ctx, odd, &type);
	if (reason)
		return reason;
	packet->ip_offset = odd->offset;
	if (type == bpf_htons(ETH_P_IP))
		reason = odd_ipv4(ctx, packet, odd);
	else if (type != bpf_htons(ETH_P_IPV6))
		reason = PASSED_NOT_IP;
	else if (feature(FEATURE_IPV6))
		reason = odd_ipv6(ctx, packet, odd);
	else
		reason = PASSED_IPV6_OFF;
	if (reason)
		return reason;

	odd->malformed = packet->ip_length > packet->frame_length - packet->ip_offset;
	if (odd->kind == ODD_LATER_FRAGMENT)
		return odd_may_have_ports(packet) ? GO_ON : PASSED_PROTOCOL;
	if (odd_is_icmp(packet))
		return odd_icmp(ctx, packet, odd);
	return odd_is_transport(packet->protocol) ? odd_transport(ctx, packet, odd) : PASSED_PROTOCOL;
}

#endif
