/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The Maglev table of a service: which member a new flow gets. The daemon writes a ring into chunks that no
 * service uses, publishes it with one store to service.ring, and re-uses the old chunks only after a grace period,
 * so whoever has loaded the word may read the slots behind it to the end.
 */
#ifndef LB_RING_H
#define LB_RING_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "lb/abi.h"
#include "lb/verdict.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct ring_chunk);
} rings SEC(".maps");

/* A slot for a tag of the flow hash. Only the tag: an entry of the flow table tells its slot, too. */
static __always_inline __u32 ring_slot(__u32 tag, __u32 size)
{
	return (__u64)tag * size >> FLOW_TAG_BITS;
}

/* The id of the member that a tag falls to in a ring of the service, or NO_MEMBER. `ring`: one of its words, which has to be
 * loaded before member_base, see struct service. */
static __always_inline __u32 ring_pick(const struct service *service, __u64 ring, __u32 tag)
{
	__u32 size = ring >> RING_SIZE_SHIFT & RING_FIELD_MASK;
	__u32 slot = ring_slot(tag, size);
	__u32 index = (ring >> RING_BASE_SHIFT) + slot / RING_CHUNK_SLOTS;
	struct ring_chunk *chunk;
	__u32 local;

	if (!size)
		return NO_MEMBER;
	chunk = bpf_map_lookup_elem(&rings, &index);
	if (!chunk)
		return NO_MEMBER;
	local = READ_ONCE(chunk->slot[slot % RING_CHUNK_SLOTS]);
	if (local >= READ_ONCE(service->member_capacity))
		return NO_MEMBER;
	return READ_ONCE(service->member_base) + local;
}

#endif
