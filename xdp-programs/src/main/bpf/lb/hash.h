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

static __always_inline __u64 flow_hash(const struct packet *packet, __u32 seed)
{
	const __u32 *source = packet->source;

	if (packet->family == 4)
		return hash_finalise(hash_nh(source[0], packet->ports, 0) + hash_nh(seed, 4, 1));
	return hash_finalise(hash_nh(source[0], source[1], 0) + hash_nh(source[2], source[3], 1) +
			     hash_nh(packet->ports, seed, 2));
}

#endif
