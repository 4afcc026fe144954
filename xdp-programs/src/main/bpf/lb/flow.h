/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The flow tables: which member a flow has. Three tables of the same entries (abi.h): `flows`, large, for
 * flows; `half_open`, small enough for the second-level cache, for SYNs, so that a flood of them neither
 * fills the one nor pays for its misses; `fragments`, for where the first fragment of a packet went.
 *
 * A way is read once and changed by one compare-and-set, by any CPU and by the daemon. One that fails means that
 * somebody else changed the same way: the change is then given up, the packet still goes to the member that
 * was found, and the flow's next packet tries again. No live entry of a confirmed flow is ever replaced.
 *
 * What is decided here is where an entry is and what becomes of its state and expiry; which member a packet
 * gets is decided in member.h. Ways are indices, not pointers: clang 19 may merge tests of several map pointers
 * into arithmetic on them, which the verifier refuses (Linux 6.18; may go when clang keeps them apart).
 */
#ifndef LB_FLOW_H
#define LB_FLOW_H

#include <linux/bpf.h>
#include <stdbool.h>
#include <bpf/bpf_helpers.h>

#include "lb/abi.h"
#include "lb/packet.h"
#include "lb/specialisation.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct flow_set);
} flows SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct flow_set);
} half_open SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct flow_set);
} fragments SEC(".maps");

/* A way, and what stood there when it was read. */
struct flow_place {
	struct flow_set *set; /* NULL: no such way */
	__u32 way;
	__u64 entry;
};

/* --- an entry -------------------------------------------------------------------------------------------------- */

static __always_inline __u32 flow_tag(__u64 hash)
{
	return hash >> FLOW_HASH_TAG_SHIFT & ((1U << FLOW_TAG_BITS) - 1);
}

static __always_inline __u32 flow_state(__u64 entry)
{
	return entry & FLOW_STATE_MASK;
}

static __always_inline __u32 flow_member(__u64 entry)
{
	return entry >> FLOW_MEMBER_SHIFT & FLOW_MEMBER_MASK;
}

/* Ticks until an entry expires; FLOW_EXPIRY_HORIZON and more: it has. */
static __always_inline __u32 flow_remaining(__u64 entry, __u32 now)
{
	return ((__u32)(entry >> FLOW_EXPIRY_SHIFT) - now) & FLOW_EXPIRY_MASK;
}

static __always_inline bool flow_live(__u64 entry, __u32 now)
{
	return flow_state(entry) != FLOW_FREE && flow_remaining(entry, now) < FLOW_EXPIRY_HORIZON;
}

/* `entry` with another member, state and expiry; its tag and whether it is spilled stay. */
static __always_inline __u64 flow_changed(__u64 entry, __u32 member, __u32 state, __u32 expiry)
{
	const __u64 kept = ~0ULL << FLOW_TAG_SHIFT | FLOW_SPILLED;

	return (entry & kept) | (__u64)member << FLOW_MEMBER_SHIFT |
	       (expiry & FLOW_EXPIRY_MASK) << FLOW_EXPIRY_SHIFT | state;
}

/* --- a table --------------------------------------------------------------------------------------------------- */

static __always_inline __u32 flow_home_set(__u64 hash, __u32 set_bits)
{
	return hash >> (64 - set_bits);
}

static __always_inline __u32 flow_spill_set(__u32 home, __u32 tag, __u32 set_bits)
{
	return home ^ (tag * FLOW_SPILL_MULTIPLIER >> (32 - set_bits) | 1);
}

static __always_inline bool flow_same(__u64 entry, __u64 wanted)
{
	const __u64 compared = ~0ULL << FLOW_TAG_SHIFT | FLOW_SPILLED;

	return ((entry ^ wanted) & compared) == 0 && flow_state(entry) != FLOW_FREE;
}

/* The way of `set` that holds `wanted` (tag and FLOW_SPILLED), live or not. The home way is tried first, outside of
 * the loop: nearly all flows of a table that is not full are there. */
static __always_inline struct flow_place flow_find(struct flow_set *set, __u64 wanted)
{
	struct flow_place place = {.set = set, .way = wanted >> FLOW_TAG_SHIFT & (FLOW_WAYS - 1)};
	int tried;

	if (!set)
		return place;
	place.entry = READ_ONCE(set->way[place.way]);
	if (flow_same(place.entry, wanted))
		return place;
#pragma clang loop unroll(disable)
	for (tried = 1; tried < FLOW_WAYS; tried++) {
		place.way = (place.way + 1) & (FLOW_WAYS - 1);
		place.entry = READ_ONCE(set->way[place.way]);
		if (flow_same(place.entry, wanted))
			return place;
	}
	place.set = NULL;
	return place;
}

/* The first way of `set`, from the home way on, that a new flow may take. */
static __always_inline struct flow_place flow_vacant(struct flow_set *set, __u32 tag, __u32 now, bool unconfirmed_too)
{
	struct flow_place place = {.set = set, .way = tag & (FLOW_WAYS - 1)};
	int tried;

	if (!set)
		return place;
#pragma clang loop unroll(disable)
	for (tried = 0; tried < FLOW_WAYS; tried++) {
		place.entry = READ_ONCE(set->way[place.way]);
		if (!flow_live(place.entry, now) || (unconfirmed_too && flow_state(place.entry) == FLOW_UNCONFIRMED))
			return place;
		place.way = (place.way + 1) & (FLOW_WAYS - 1);
	}
	place.set = NULL;
	return place;
}

/* One compare-and-set of the way at `place`; false: somebody was faster. */
static __always_inline bool flow_replace(const struct flow_place *place, __u64 entry)
{
	return __sync_val_compare_and_swap(&place->set->way[place->way & (FLOW_WAYS - 1)], place->entry, entry) ==
	       place->entry;
}

/* --- the main table -------------------------------------------------------------------------------------------- */

static __always_inline struct flow_set *flow_set_of(__u32 index)
{
	return bpf_map_lookup_elem(&flows, &index);
}

static __always_inline struct flow_place flow_lookup(__u64 hash)
{
	__u32 bits = specialisation.flow_set_bits, home = flow_home_set(hash, bits), tag = flow_tag(hash);
	__u64 wanted = (__u64)tag << FLOW_TAG_SHIFT;
	struct flow_place place = flow_find(flow_set_of(home), wanted);

	if (place.set)
		return place;
	return flow_find(flow_set_of(flow_spill_set(home, tag, bits)), wanted | FLOW_SPILLED);
}

/* Puts an entry into a set that is full of confirmed flows: one of them moves to its second set. The copy is made first, so that
 * its packets, which look there last, find one or the other. A spilled one stays: between its home set, where the copy is not
 * yet, and this one, where it is no more, a packet would find neither. */
static __always_inline bool flow_displace(__u32 index, __u64 entry, __u32 bits, __u32 now)
{
	struct flow_place from = {.set = flow_set_of(index)}, to;
	int tried;

	if (!from.set)
		return false;
#pragma clang loop unroll(disable)
	for (tried = 0; tried < FLOW_WAYS; tried++) {
		__u32 tag;

		from.way = tried;
		from.entry = READ_ONCE(from.set->way[from.way & (FLOW_WAYS - 1)]);
		if (from.entry & FLOW_SPILLED)
			continue;
		tag = from.entry >> FLOW_TAG_SHIFT;
		to = flow_vacant(flow_set_of(flow_spill_set(index, tag, bits)), tag, now, true);
		if (!to.set || !flow_replace(&to, from.entry | FLOW_SPILLED))
			continue;
		if (flow_replace(&from, entry))
			return true;
		to.entry = from.entry | FLOW_SPILLED; /* a packet of it was faster: the copy is not needed */
		flow_replace(&to, 0);
		return false;
	}
	return false;
}

/* Makes an entry: in the home set before the second one, in free or expired ways before unconfirmed ones, and where all ways of
 * both are confirmed, in that of a flow that can move. False: none can, or another CPU was faster. A call, since only new
 * flows take it. */
static __noinline bool flow_insert(__u64 hash, __u32 member, __u32 state, __u32 expiry, __u32 now)
{
	__u32 bits = specialisation.flow_set_bits, home = flow_home_set(hash, bits), tag = flow_tag(hash);
	__u64 entry = flow_changed((__u64)tag << FLOW_TAG_SHIFT, member, state, expiry);
	int attempt;

#pragma clang loop unroll(disable)
	for (attempt = 0; attempt < 4; attempt++) {
		bool spill = attempt & 1, unconfirmed_too = attempt >= 2;
		struct flow_set *set = flow_set_of(spill ? flow_spill_set(home, tag, bits) : home);
		struct flow_place place = flow_vacant(set, tag, now, unconfirmed_too);

		if (place.set)
			return flow_replace(&place, spill ? entry | FLOW_SPILLED : entry);
	}
	return flow_displace(home, entry, bits, now);
}

/* --- the small tables: each flow has its home set only ---------------------------------------------------------- */

static __always_inline struct flow_set *half_open_set_of(__u64 hash)
{
	__u32 index = flow_home_set(hash, specialisation.half_open_set_bits);

	return bpf_map_lookup_elem(&half_open, &index);
}

static __always_inline struct flow_set *fragment_set_of(__u64 hash)
{
	__u32 index = flow_home_set(hash, specialisation.fragment_set_bits);

	return bpf_map_lookup_elem(&fragments, &index);
}

static __always_inline struct flow_place flow_find_live(struct flow_set *set, __u64 hash, __u32 now)
{
	struct flow_place place = flow_find(set, (__u64)flow_tag(hash) << FLOW_TAG_SHIFT);

	if (place.set && !flow_live(place.entry, now))
		place.set = NULL;
	return place;
}

/* Makes or renews an entry. A full set gives up its home way: under a flood that has as good as nobody's entry. */
static __always_inline void flow_put(struct flow_set *set, __u64 hash, __u32 member, __u32 state, __u32 expiry, __u32 now)
{
	__u32 tag = flow_tag(hash);
	__u64 identity = (__u64)tag << FLOW_TAG_SHIFT;
	struct flow_place place = flow_find(set, identity);

	if (!set)
		return;
	if (!place.set)
		place = flow_vacant(set, tag, now, false);
	if (!place.set) {
		place.set = set; /* flow_vacant() went once around: place.way is the home way again */
		place.entry = READ_ONCE(set->way[place.way]);
	}
	flow_replace(&place, flow_changed(identity, member, state, expiry));
}

/* The live entry of a flow, if a SYN of it was seen lately. */
static __always_inline struct flow_place half_open_lookup(__u64 hash, __u32 now)
{
	return flow_find_live(half_open_set_of(hash), hash, now);
}

static __always_inline void half_open_insert(__u64 hash, __u32 member, __u32 now)
{
	flow_put(half_open_set_of(hash), hash, member, FLOW_HALF_OPEN, now + specialisation.half_open_ticks, now);
}

/* Where the first fragment of a packet went. */
static __always_inline struct flow_place fragment_lookup(__u64 hash, __u32 now)
{
	return flow_find_live(fragment_set_of(hash), hash, now);
}

static __always_inline void fragment_insert(__u64 hash, __u32 member, __u32 now)
{
	flow_put(fragment_set_of(hash), hash, member, FLOW_ESTABLISHED, now + specialisation.fragment_ticks, now);
}

#endif
