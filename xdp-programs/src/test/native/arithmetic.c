/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The datapath's arithmetic, for its Java twins to be compared with.
 *
 * arithmetic: questions on stdin, answers on stdout, numbers in the host's byte order, until stdin ends:
 *   struct question  ->  struct answer
 * arithmetic SEED PAIRS: how many of that many pairs of flows with a fixed difference have the same 46 bits of hash that an
 * entry of the flow table keeps. Keys change every 65,536 pairs; prints the number.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "constant.h"
#include "lb/abi.h"
#include "lb/checksum.h"
#include "lb/flow.h"
#include "lb/hash.h"
#include "lb/packet.h"
#include "lb/ring.h"

struct question {
	uint64_t hash_multiplier;
	uint32_t hash_key[6];
	uint32_t source[4];
	uint32_t ports;
	uint32_t seed;
	uint32_t family;
	uint32_t set_bits;
	uint32_t ring_size;
	uint32_t hash_mode; /* HASH_SOURCE to HASH_SOURCE_DESTINATION */
	uint32_t ip_header[5]; /* as on the wire, its checksum 0 */
	uint32_t padding;
};

struct answer {
	uint64_t hash;
	uint32_t tag;
	uint32_t home_set;
	uint32_t spill_set;
	uint32_t ring_slot;
	uint32_t checksum; /* as on the wire */
	uint32_t folded_seed; /* of the source, as if it were the address of a prefix */
	uint64_t slot_hash;
};

static void use_keys(uint64_t multiplier, const uint32_t *key)
{
	struct specialisation keyed = {.hash_multiplier = multiplier};

	memcpy(keyed.hash_key, key, sizeof(keyed.hash_key));
	constant_set(&specialisation, &keyed, sizeof(keyed));
}

static struct answer answer_to(const struct question *question)
{
	struct packet packet = {.family = question->family, .ports = question->ports};
	struct answer answer = {};

	use_keys(question->hash_multiplier, question->hash_key);
	memcpy(packet.source, question->source, sizeof(packet.source));
	answer.hash = flow_hash(&packet, question->seed);
	answer.tag = flow_tag(answer.hash);
	answer.home_set = flow_home_set(answer.hash, question->set_bits);
	answer.spill_set = flow_spill_set(answer.home_set, answer.tag, question->set_bits);
	answer.ring_slot = ring_slot(answer.tag, question->ring_size);
	answer.checksum = checksum_ipv4(question->ip_header);
	memcpy(packet.destination, question->source, sizeof(packet.destination));
	answer.folded_seed = hash_fold(&packet, question->seed);
	answer.slot_hash = slot_hash(&packet, question->hash_mode);
	return answer;
}

/* SplitMix64 (Steele, Lea, Flood, OOPSLA 2014). */
static uint64_t roll(uint64_t *state)
{
	uint64_t x = *state += 0x9e3779b97f4a7c15ULL;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ x >> 27) * 0x94d049bb133111ebULL;
	return x ^ x >> 31;
}

/* What two packets of one sender can differ by: ports and addresses that count up, and single bits. Chains of
 * multiplications and shifts without keys inside collide on some of these in one pair of thousands. */
static const uint32_t differences[][2] = {
	{1, 1},          {1, 0},           {0, 1},          {0x80000000, 0x80000000}, {1 << 16, 1},
	{0xffffffff, 1}, {0x80000000, 0},  {0, 0x80000000}, {0x00010001, 0xffffffff}, {0, 1 << 16},
	{0x100, 0x100},  {0x01000000, 16}, {2, 0xfffffffe}, {0x55555555, 0xaaaaaaaa}, {1 << 31, 1 << 15},
	{3, 1 << 18},
};

#define DIFFERENCES (sizeof(differences) / sizeof(differences[0]))
#define PAIRS_PER_KEY 65536

static uint64_t collisions(uint64_t seed, uint64_t pairs)
{
	uint64_t found = 0;

	for (uint64_t i = 0; i < pairs; i++) {
		struct packet one = {.family = i & 16 ? 6 : 4}, two;
		const uint32_t *difference = differences[i % DIFFERENCES];
		uint64_t random = roll(&seed);
		uint32_t vip = 5, key[6];

		if (i % PAIRS_PER_KEY == 0) {
			for (int word = 0; word < 6; word++)
				key[word] = roll(&seed);
			use_keys(roll(&seed) | 1, key);
		}
		one.source[0] = random;
		one.ports = random >> 32;
		one.source[1] = one.source[2] = one.source[3] = random >> 16;
		two = one;
		two.source[i & 16 ? 3 : 0] ^= difference[0];
		two.ports ^= difference[1];
		found += flow_hash(&one, vip) >> FLOW_HASH_TAG_SHIFT == flow_hash(&two, vip) >> FLOW_HASH_TAG_SHIFT;
	}
	return found;
}

int main(int count, char **words)
{
	struct question question;

	if (count == 3) {
		printf("%" PRIu64 "\n", collisions(strtoull(words[1], NULL, 0), strtoull(words[2], NULL, 0)));
		return 0;
	}
	while (fread(&question, sizeof(question), 1, stdin) == 1) {
		struct answer answer = answer_to(&question);

		fwrite(&answer, sizeof(answer), 1, stdout);
	}
	return fflush(stdout) ? 1 : 0;
}
