// SPDX-License-Identifier: Apache-2.0
/*
 * Weighted Maglev as one would write it down: probe the ring itself, slot after slot, until one is free. What dev.ballast.ring is
 * measured beside; RingBenchmark calls it and checks first that it builds the same ring.
 *
 * Members come in the order of their turns at one moment, the heavier first, with what is hashed already: offset, skip.
 */
#include <stdint.h>
#include <string.h>

#define NO_MEMBER 0xffff

/* All members of one weight, first to end - 1: they have their turns at the same moments, odd_turn / (2 * weight). */
struct weight_class {
	uint64_t odd_turn;
	uint32_t weight, first, end;
};

static uint32_t step(uint32_t slot, uint32_t skip, uint32_t slots)
{
	slot += skip;
	return slot < slots ? slot : slot - slots;
}

static void take_turn(uint16_t *ring, uint32_t slots, uint32_t *next, const uint32_t *skip, uint32_t member)
{
	uint32_t slot = next[member];

	while (ring[slot] != NO_MEMBER)
		slot = step(slot, skip[member], slots);
	ring[slot] = member;
	next[member] = step(slot, skip[member], slots);
}

static int is_before(const struct weight_class *a, const struct weight_class *b)
{
	uint64_t x = a->odd_turn * b->weight, y = b->odd_turn * a->weight;

	return x != y ? x < y : a->weight > b->weight;
}

static void sift_down(struct weight_class *heap, uint32_t count)
{
	struct weight_class moved = heap[0];
	uint32_t at = 0;

	for (uint32_t child; (child = 2 * at + 1) < count; at = child) {
		if (child + 1 < count && is_before(&heap[child + 1], &heap[child]))
			child++;
		if (!is_before(&heap[child], &moved))
			break;
		heap[at] = heap[child];
	}
	heap[at] = moved;
}

/* The order of turns from a heap of weight classes; heap and next are room for one entry a member. */
void ring_build(uint16_t *ring, uint32_t slots, const uint32_t *offset, const uint32_t *skip, const uint32_t *weight,
		uint32_t members, uint32_t *next, struct weight_class *heap)
{
	uint32_t classes = 0, free = slots;

	memset(ring, 0xff, slots * sizeof(*ring));
	memcpy(next, offset, members * sizeof(*next));
	for (uint32_t i = 0; i < members; i++) {
		if (i == 0 || weight[i] != weight[i - 1])
			heap[classes++] = (struct weight_class){ .odd_turn = 1, .weight = weight[i], .first = i };
		heap[classes - 1].end = i + 1;
	}
	while (free) {
		uint32_t end = heap[0].end - heap[0].first < free ? heap[0].end : heap[0].first + free;

		for (uint32_t i = heap[0].first; i < end; i++)
			take_turn(ring, slots, next, skip, i);
		free -= end - heap[0].first;
		heap[0].odd_turn += 2;
		sift_down(heap, classes);
	}
}

/* The same with the order of turns as an input, one member a slot: probing alone. */
void ring_build_in_order(uint16_t *ring, uint32_t slots, const uint32_t *offset, const uint32_t *skip, uint32_t members,
			 uint32_t *next, const uint16_t *turns)
{
	memset(ring, 0xff, slots * sizeof(*ring));
	memcpy(next, offset, members * sizeof(*next));
	for (uint32_t turn = 0; turn < slots; turn++)
		take_turn(ring, slots, next, skip, turns[turn]);
}
