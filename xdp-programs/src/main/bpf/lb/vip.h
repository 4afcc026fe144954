/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Is the packet for a VIP, and of which service? A table of our own in a plain array: the kernel's hash map
 * re-uses a replaced element at once, so that a reader under updates can see a mixed value, or miss a key that
 * is always there, which would reset connections.
 *
 * A key is looked for in its home bucket and at most VIP_PROBE_BUCKETS - 1 that follow; a bucket with an empty
 * way ends the search. Address and port first, then the address with any port, if there are such VIPs, then the prefixes, if
 * there are such: those are in tries of the kernel, whose readers miss nothing either (a node is replaced by one store).
 */
#ifndef LB_VIP_H
#define LB_VIP_H

#include <linux/bpf.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "lb/abi.h"
#include "lb/hash.h"
#include "lb/packet.h"
#include "lb/specialisation.h"
#include "lb/workspace.h"

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
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1);
	__type(key, struct vip_prefix4);
	__type(value, __u64);
} vip_prefixes4 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1);
	__type(key, struct vip_prefix6);
	__type(value, __u64);
} vip_prefixes6 SEC(".maps");

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

/* In `table`, of 2^bits buckets: vips6, or the server ids of quic.h. */
static __always_inline __u64 vip_value6(void *table, __u32 bits, __u64 high, __u64 low, __u64 key)
{
	__u32 home = (high * VIP_MULTIPLIER_HIGH + low * VIP_MULTIPLIER_LOW + key * VIP_MULTIPLIER) >> (64 - bits);

	for (int probe = 0; probe < VIP_PROBE_BUCKETS; probe++) {
		__u32 index = (home + probe) & ((1U << bits) - 1);
		struct vip6_bucket *bucket = bpf_map_lookup_elem(table, &index);
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

static __always_inline __u64 vip_exact4(const struct packet *packet, __u8 protocol, __u16 port)
{
	return vip_value4((__u64)packet->destination[0] << 32 | (__u32)port << 16 | (__u32)protocol << 8);
}

static __always_inline __u64 vip_exact6(const struct packet *packet, __u8 protocol, __u16 port)
{
	const __u32 *to = packet->destination;

	return vip_value6(&vips6, specialisation.vip6_bucket_bits, (__u64)to[0] << 32 | to[1], (__u64)to[2] << 32 | to[3],
			  (__u32)port << 16 | (__u32)protocol << 8);
}

static __always_inline __u64 vip_exact(const struct packet *packet, __u8 protocol, __u16 port)
{
	return packet->family == 4 ? vip_exact4(packet, protocol, port) : vip_exact6(packet, protocol, port);
}

static __always_inline __u64 vip_trie(const struct packet *packet, __u8 protocol, __u16 port)
{
	union trie_key *key = trie_key();
	__u64 *value;

	if (!key)
		return VIP_NONE;
	if (packet->family == 4) {
		key->vip4 = (struct vip_prefix4){.prefix_length = 64, .protocol = protocol, .port = bpf_htons(port)};
		key->vip4.address = bpf_htonl(packet->destination[0]);
		value = bpf_map_lookup_elem(&vip_prefixes4, &key->vip4);
	} else {
		key->vip6.prefix_length = 160;
		key->vip6.protocol = protocol;
		key->vip6.reserved = 0;
		key->vip6.port = bpf_htons(port);
		for (int i = 0; i < 4; i++)
			key->vip6.address[i] = bpf_htonl(packet->destination[i]);
		value = bpf_map_lookup_elem(&vip_prefixes6, &key->vip6);
	}
	return value ? *value : VIP_NONE;
}

/* The value of the prefix, its seed that of the address. */
static __always_inline __u64 vip_folded(const struct packet *packet, __u64 value)
{
	if (value == VIP_NONE)
		return value;
	return (__u64)hash_fold(packet, value >> 32) << 32 | (__u32)value;
}

/* The longest prefix with the port, else the longest one with any. */
static __always_inline __u64 vip_prefix(const struct packet *packet)
{
	__u64 value = vip_trie(packet, packet->protocol, packet->ports & 0xffff);

	if (value == VIP_NONE)
		value = vip_trie(packet, packet->protocol, 0);
	return vip_folded(packet, value);
}

/* From here on the packet is ours: it is forwarded or dropped, and counted for its service. */
static __always_inline enum verdict_reason vip_lookup(const struct packet *packet, __u32 *service, __u32 *seed)
{
	__u64 any_port = packet->family == 4 ? SETTING_ANY_PORT_4 : SETTING_ANY_PORT_6;
	__u64 value = vip_exact(packet, packet->protocol, packet->ports);

	if (value == VIP_NONE && vip_any_port_exists(any_port))
		value = vip_exact(packet, packet->protocol, 0);
	if (feature(FEATURE_PREFIX) && value == VIP_NONE)
		value = vip_prefix(packet);
	if (value == VIP_NONE)
		return PASSED_NOT_VIP;
	*service = value;
	*seed = value >> 32;
	return GO_ON;
}

/* Whether the destination is a VIP's address, whatever the port: by its address row. */
static __always_inline enum verdict_reason vip_address_lookup(const struct packet *packet, __u32 *service, __u32 *seed)
{
	__u64 value = vip_exact(packet, 0, 0);

	if (feature(FEATURE_PREFIX) && value == VIP_NONE)
		value = vip_folded(packet, vip_trie(packet, 0, 0));
	if (value == VIP_NONE)
		return PASSED_NOT_VIP;
	*service = value;
	*seed = value >> 32;
	return GO_ON;
}

#endif
