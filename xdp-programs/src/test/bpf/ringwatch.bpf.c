// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
// A reader of whole rings: loads the word that publishes one, as ring_pick() does, and looks at every slot behind it.
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
} counted;

#define MOST_CHUNKS 16

SEC("xdp")
int watch(struct xdp_md *ctx)
{
	__u32 row = 0;
	struct service *service = bpf_map_lookup_elem(&services, &row);
	__u64 ring;
	__u32 first = 0, differs = 0;

	if (!service)
		return XDP_ABORTED;
	ring = READ_ONCE(service->ring);
	for (__u32 chunk = 0; chunk < MOST_CHUNKS; chunk++) {
		__u32 index = (ring >> RING_BASE_SHIFT) + chunk;
		struct ring_chunk *slots = bpf_map_lookup_elem(&rings, &index);

		if (chunk * RING_CHUNK_SLOTS >= (ring >> RING_SIZE_SHIFT & RING_FIELD_MASK))
			break;
		if (!slots)
			return XDP_ABORTED;
		if (!chunk)
			first = READ_ONCE(slots->slot[0]);
		for (int i = 0; i < RING_CHUNK_SLOTS; i++)
			differs |= READ_ONCE(slots->slot[i]) ^ first;
	}
	counted.seen++;
	counted.mixed += differs != 0;
	return XDP_PASS;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
