/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The Internet checksum (RFC 1071), and the IPv4 header of what the balancer itself makes, the only header that has one to
 * itself. Sums are of words as they lie in the frame: the checksum comes out in the same order.
 */
#ifndef LB_CHECKSUM_H
#define LB_CHECKSUM_H

#include <linux/ip.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "lb/packet.h"

#define IPV4_HEADER_WORDS (sizeof(struct iphdr) / sizeof(__be32))

/* Of a sum of at most 2^16 - 2 words of 32 bits: what the first fold leaves is so little above 2^32 that the second one leaves at
 * most 2^17 - 2, and the third 16 bits. */
static __always_inline __sum16 checksum_fold(__u64 sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

/* RFC 1624, equation 3: the checksum after a 16-bit word has changed. */
static __always_inline __sum16 checksum_replace(__sum16 checksum, __be16 from, __be16 to)
{
	return checksum_fold((__u64)(__u16)~checksum + (__u16)~from + to);
}

/* Of a header without options whose checksum field is 0. */
static __always_inline __sum16 checksum_ipv4(const __be32 word[IPV4_HEADER_WORDS])
{
	__u64 sum = 0;

	for (__u32 i = 0; i < IPV4_HEADER_WORDS; i++)
		sum += word[i];
	return checksum_fold(sum);
}

/* `length`: of the whole packet, bytes. Made of words, so that it is summed in registers and written once. */
static __always_inline void ipv4_write(struct iphdr *ip, __u8 traffic_class, __u16 length, __u8 ttl, __u8 protocol,
				       __be32 source, __be32 destination)
{
	__be32 *to = (void *)ip;
	__be32 word[IPV4_HEADER_WORDS] = {
		bpf_htonl(IPV4_VERSION_AND_LENGTH << 24 | (__u32)traffic_class << 16 | length),
		bpf_htonl(IPV4_DONT_FRAGMENT), /* behind an id of 0 */
		bpf_htonl((__u32)ttl << 24 | (__u32)protocol << 16),
		source,
		destination,
	};

	word[2] |= bpf_htonl(bpf_ntohs(checksum_ipv4(word)));
	for (__u32 i = 0; i < IPV4_HEADER_WORDS; i++)
		to[i] = word[i];
}

#endif
