/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Is the packet for a VIP, and of which service? A table of our own in a plain array: the kernel's hash map
 * re-uses a replaced element at once, so that a reader under updates can see a mixed value, or miss a key that
 * is always there, which would reset connections.
 *
 * A key is looked for in its home bucket and at most VIP_PROBE_BUCKETS - 1 that follow; a bucket with an empty
 * way ends the search. Address and port first, then the address with any port, if there are such VIPs.
 */
#ifndef LB_VIP_H
#define LB_VIP_H

#include "lb/abi.h"
#include "lb/packet.h"
#include "lb/specialisation.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct vip4_bucket);
} vips4 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct vip6_bucket);
} vips6 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct settings);
} settings SEC(".maps");

/* What a hit yields: seed << 32 | service. A miss is this, which no VIP has. */
#define VIP_NONE (~0ULL)

static __always_inline __u64 vip_value4(__u64 key)
{
	__u32 bits = specialisation.vip4_bucket_bits;
	__u32 home = key * VIP_MULTIPLIER >> (64 - bits);

	for (int probe = 0; probe < VIP_PROBE_BUCKETS; probe++) {
		__u32 index = (home + probe) & ((1U << bits) - 1);
		struct vip4_bucket *bucket = bpf_map_lookup_elem(&vips4, &index);
		bool last = false;

		if (!bucket)
			return VIP_NONE;
		for (int i = 0; i < VIP4_WAYS; i++) {
			__u64 found = READ_ONCE(bucket->way[i].key);

			if (found == (key | VIP_USED))
				return READ_ONCE(bucket->way[i].value);
			last |= found == VIP_EMPTY;
		}
		if (last)
			return VIP_NONE;
	}
	return VIP_NONE;
}

static __always_inline __u64 vip_value6(__u64 high, __u64 low, __u64 key)
{
	__u32 bits = specialisation.vip6_bucket_bits;
	__u32 home = (high * VIP_MULTIPLIER_HIGH + low * VIP_MULTIPLIER_LOW + key * VIP_MULTIPLIER) >> (64 - bits);

	for (int probe = 0; probe < VIP_PROBE_BUCKETS; probe++) {
		__u32 index = (home + probe) & ((1U << bits) - 1);
		struct vip6_bucket *bucket = bpf_map_lookup_elem(&vips6, &index);
		bool last = false;

		if (!bucket)
			return VIP_NONE;
		for (int i = 0; i < VIP6_WAYS; i++) {
			struct vip6_way *way = &bucket->way[i];
			__u64 found = READ_ONCE(way->key);

			if (found == (key | VIP_USED) && READ_ONCE(way->address_high) == high &&
			    READ_ONCE(way->address_low) == low)
				return READ_ONCE(way->value);
			last |= found == VIP_EMPTY;
		}
		if (last)
			return VIP_NONE;
	}
	return VIP_NONE;
}

static __always_inline bool vip_any_port_exists(__u64 bit)
{
	__u32 row = 0;
	struct settings *current = bpf_map_lookup_elem(&settings, &row);

	return current && READ_ONCE(current->bits) & bit;
}

static __always_inline __u64 vip_find4(const struct packet *packet)
{
	__u64 any_port = (__u64)packet->destination[0] << 32 | (__u32)packet->protocol << 8;
	__u64 value = vip_value4(any_port | (packet->ports & 0xffff) << 16);

	if (value == VIP_NONE && vip_any_port_exists(SETTING_ANY_PORT_4))
		value = vip_value4(any_port);
	return value;
}

static __always_inline __u64 vip_find6(const struct packet *packet)
{
	const __u32 *to = packet->destination;
	__u64 high = (__u64)to[0] << 32 | to[1], low = (__u64)to[2] << 32 | to[3];
	__u32 any_port = (__u32)packet->protocol << 8;
	__u64 value = vip_value6(high, low, any_port | (packet->ports & 0xffff) << 16);

	if (value == VIP_NONE && vip_any_port_exists(SETTING_ANY_PORT_6))
		value = vip_value6(high, low, any_port);
	return value;
}

/* From here on the packet is ours: it is forwarded or dropped, and counted for its service. */
static __always_inline enum verdict_reason vip_lookup(const struct packet *packet, __u32 *service, __u32 *seed)
{
	__u64 value = packet->family == 4 ? vip_find4(packet) : vip_find6(packet);

	if (value == VIP_NONE)
		return PASSED_NOT_VIP;
	*service = value;
	*seed = value >> 32;
	return packet->malformed ? DROPPED_MALFORMED : GO_ON;
}

#endif
