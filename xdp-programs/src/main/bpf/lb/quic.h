/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * QUIC: a client may change its address in the middle of a connection, and then only the connection id tells where it belongs.
 * Servers put their server id into the ids they hand out (draft-ietf-quic-load-balancers section 5.2, plaintext); the packets
 * with a short header carry such an id, so they go to its member whatever the flow tables say. Long headers may carry an id of
 * the client's own choice: they go by flow and ring, as does an id that no member has.
 *
 *   short header (RFC 9000 section 17.3.1): [0 1 . . . . . .] [connection id ...
 *   connection id:                           [config 3 | length 5] [server id] [nonce ...
 */
#ifndef LB_QUIC_H
#define LB_QUIC_H

#include <linux/bpf.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "lb/abi.h"
#include "lb/specialisation.h"
#include "lb/verdict.h"
#include "lb/vip.h"

#define QUIC_FORM_AND_FIXED 0xc0
#define QUIC_SHORT 0x40
#define QUIC_CONFIG_SHIFT 5
#define QUIC_CONFIG_UNROUTABLE 7 /* section 3.1: the id carries no server id */
#define QUIC_SERVER_ID_OFFSET 2  /* in the payload of a packet with a short header */
#define QUIC_SERVER_ID_MAX 8

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct vip6_bucket);
} server_ids SEC(".maps");

enum quic_answer {
	QUIC_NO_SERVER_ID, /* a long header, or nothing that can be routed by */
	QUIC_MEMBER,       /* *member is set */
	QUIC_UNKNOWN,      /* a server id of nobody */
};

/* `payload`: of the datagram; it may end anywhere. One of less than 10 bytes is no QUIC packet: the shortest has 21 (RFC 9000
 * section 10.3). */
static __always_inline enum quic_answer quic_member(const void *payload, const void *end, const struct service *service,
						    __u32 index, __u32 *member)
{
	const __u8 *byte = payload;
	__u32 length = service->server_id_bytes;
	__u64 id, value;

	if (payload + QUIC_SERVER_ID_OFFSET + QUIC_SERVER_ID_MAX > end || !length || length > QUIC_SERVER_ID_MAX)
		return QUIC_NO_SERVER_ID;
	if ((byte[0] & QUIC_FORM_AND_FIXED) != QUIC_SHORT || byte[1] >> QUIC_CONFIG_SHIFT == QUIC_CONFIG_UNROUTABLE)
		return QUIC_NO_SERVER_ID;
	id = bpf_be64_to_cpu(*(const __be64 *)(payload + QUIC_SERVER_ID_OFFSET)) >> (64 - 8 * length);
	value = vip_value6(&server_ids, specialisation.server_bucket_bits, id, index, length << 16);
	if (value == VIP_NONE)
		return QUIC_UNKNOWN;
	*member = value;
	return QUIC_MEMBER;
}

#endif
