/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The flow hash: 64 bits over source address, ports and the VIP's seed. It means the same on every balancer of a
 * fleet, because keys and seeds derive from the cluster's secret and nothing local goes into it. Its
 * Java twin is dev.ballast.datapath.FlowHash.
 *
 * NH (Black et al., UMAC, CRYPTO 1999; RFC 4418 section 5.2.2): the sum of (m[i] + k[i]) * (m[i+1] + k[i+1]), 32x32->64 bits.
 * Two different messages collide for at most one key in 2^32, whatever their difference; a multiply-xorshift chain
 * without a key inside has differences that collide far more often under every key, and a sender who knows one
 * fills a single set of the flow table. The finaliser is a bijection, so it adds no collision; it spreads NH's
 * uneven bits over the tag and the set index.
 *
 * The other hashes here are made of the same parts.
 */
#ifndef LB_HASH_H
#define LB_HASH_H

#include "lb/abi.h"
#include "lb/packet.h"
#include "lb/specialisation.h"

#define HASH_MULTIPLIER 0xd6e8feb86659fd93ULL

static __always_inline __u64 hash_nh(__u32 first, __u32 second, int pair)
{
	__u32 left = first + specialisation.hash_key[2 * pair];
	__u32 right = second + specialisation.hash_key[2 * pair + 1];

	return (__u64)left * right;
}

static __always_inline __u64 hash_finalise(__u64 hash)
{
	hash ^= hash >> 32;
	hash *= specialisation.hash_multiplier;
	hash ^= hash >> 29;
	hash *= HASH_MULTIPLIER;
	return hash ^ hash >> 32;
}

/* Of an address and two words. */
static __always_inline __u64 hash_words(__u8 family, const __u32 address[4], __u32 first, __u32 second)
{
	if (family == 4)
		return hash_finalise(hash_nh(address[0], first, 0) + hash_nh(second, 4, 1));
	return hash_finalise(hash_nh(address[0], address[1], 0) + hash_nh(address[2], address[3], 1) +
			     hash_nh(first, second, 2));
}

static __always_inline __u64 flow_hash(const struct packet *packet, __u32 seed)
{
	return hash_words(packet->family, packet->source, packet->ports, seed);
}

/* The seed of one address of a VIP that is a prefix. */
static __always_inline __u32 hash_fold(const struct packet *packet, __u32 seed)
{
	return hash_words(packet->family, packet->destination, 0, seed) >> 32;
}

/* Of the fragments of one packet; `seed`: of the destination's address row. */
static __always_inline __u64 fragment_hash(const struct packet *packet, __u32 id, __u32 seed)
{
	return hash_words(packet->family, packet->source, id, seed);
}

/* What the slot of a service derives from whose hash mode is neither 5-tuple nor QUIC. No seed goes in: the VIPs of a service
 * share its ring, and one source is to have the same member on all of them. */
static __always_inline __u64 slot_hash(const struct packet *packet, enum hash_mode mode)
{
	__u32 address_mask = mode == HASH_DESTINATION_PORT ? 0 : ~0U, source[4];

	for (int i = 0; i < 4; i++)
		source[i] = packet->source[i] & address_mask;
	return hash_words(packet->family, source, mode == HASH_SOURCE ? 0 : packet->ports & 0xffff, mode);
}

#endif
