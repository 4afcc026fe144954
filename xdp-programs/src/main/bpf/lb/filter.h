/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Source filters: per service, the prefixes that alone may use it, or that may not. Two tries of the kernel (LPM), asked
 * only for services that have a filter, and not in a program without FEATURE_FILTER.
 */
#ifndef LB_FILTER_H
#define LB_FILTER_H

#include <linux/bpf.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "lb/abi.h"
#include "lb/packet.h"
#include "lb/specialisation.h"
#include "lb/workspace.h"

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1);
	__type(key, struct source_prefix4);
	__type(value, __u64);
} sources4 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1);
	__type(key, struct source_prefix6);
	__type(value, __u64);
} sources6 SEC(".maps");

static __always_inline bool filter_has(const struct packet *packet, __u32 service)
{
	union trie_key *key = trie_key();

	if (!key)
		return false;
	if (packet->family == 4) {
		key->source4.prefix_length = 64;
		key->source4.service = bpf_htonl(service);
		key->source4.address = bpf_htonl(packet->source[0]);
		return bpf_map_lookup_elem(&sources4, &key->source4);
	}
	key->source6.prefix_length = 160;
	key->source6.service = bpf_htonl(service);
	for (int i = 0; i < 4; i++)
		key->source6.address[i] = bpf_htonl(packet->source[i]);
	return bpf_map_lookup_elem(&sources6, &key->source6);
}

/* GO_ON or DROPPED_SOURCE_DENIED. */
static __always_inline enum verdict_reason filter_check(const struct packet *packet, const struct service *service,
							__u32 index)
{
	__u32 flags = service->flags;

	if (!(flags & (SERVICE_ALLOW | SERVICE_DENY)))
		return GO_ON;
	return filter_has(packet, index) == !(flags & SERVICE_DENY) ? GO_ON : DROPPED_SOURCE_DENIED;
}

#endif
