// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
// A reader of whole rings: loads the word that publishes one, as ring_pick() is given it, and looks at every slot behind it.
#include "lb/abi.h"
#include "lb/ring.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct service);
} services SEC(".maps");

struct {
	__u64 seen;
	__u64 mixed;
	__u64 previous_seen;
} counted;

#define MOST_CHUNKS 16

/* Whether all slots of a ring are the same. The daemon of this test writes them so. */
static __always_inline bool is_whole(__u64 ring)
{
	__u32 first = 0, differs = 0;

	for (__u32 chunk = 0; chunk < MOST_CHUNKS; chunk++) {
		__u32 index = (ring >> RING_BASE_SHIFT) + chunk;
		struct ring_chunk *slots = bpf_map_lookup_elem(&rings, &index);

		if (chunk * RING_CHUNK_SLOTS >= (ring >> RING_SIZE_SHIFT & RING_FIELD_MASK) || !slots)
			break;
		if (!chunk)
			first = READ_ONCE(slots->slot[0]);
		for (int i = 0; i < RING_CHUNK_SLOTS; i++)
			differs |= READ_ONCE(slots->slot[i]) ^ first;
	}
	return !differs;
}

SEC("xdp")
int watch(struct xdp_md *ctx)
{
	__u32 row = 0;
	struct service *service = bpf_map_lookup_elem(&services, &row);
	__u64 previous;

	if (!service)
		return XDP_ABORTED;
	counted.seen++;
	counted.mixed += !is_whole(READ_ONCE(service->ring));
	previous = READ_ONCE(service->previous_ring);
	if (previous) {
		counted.previous_seen++;
		counted.mixed += !is_whole(previous);
	}
	return XDP_PASS;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
