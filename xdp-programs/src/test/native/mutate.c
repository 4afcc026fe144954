/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "host.h"
#include "mutate.h"

/* --- randomness: SplitMix64 (Steele, Lea, Flood, OOPSLA 2014) ---------------------------------------------------------- */

struct dice {
	uint64_t state;
};

static uint64_t dice_roll(struct dice *dice)
{
	uint64_t x = dice->state += 0x9e3779b97f4a7c15ULL;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ x >> 27) * 0x94d049bb133111ebULL;
	return x ^ x >> 31;
}

static size_t dice_below(struct dice *dice, size_t bound)
{
	return dice_roll(dice) % bound;
}

static bool dice_one_in(struct dice *dice, size_t chances)
{
	return dice_below(dice, chances) == 0;
}

/* --- where the headers of a frame are ---------------------------------------------------------------------------------- */

struct anatomy {
	size_t type;      /* offset of the Ethernet type that tells what follows, behind any tags */
	size_t ip;        /* offset of the IP header; 0: none */
	size_t transport; /* offset of what the IP header says comes next, extension headers included; 0: none */
	int family;
};

static uint16_t get16(const struct frame *frame, size_t at)
{
	return frame->bytes[at] << 8 | frame->bytes[at + 1];
}

static void put16(struct frame *frame, size_t at, uint16_t value)
{
	if (at + 2 > frame->length)
		return;
	frame->bytes[at] = value >> 8;
	frame->bytes[at + 1] = value;
}

static void put8(struct frame *frame, size_t at, uint8_t value)
{
	if (at < frame->length)
		frame->bytes[at] = value;
}

static struct anatomy anatomy_of(const struct frame *frame)
{
	struct anatomy anatomy = {.type = 12};

	while (anatomy.type + 6 <= frame->length &&
	       (get16(frame, anatomy.type) == 0x8100 || get16(frame, anatomy.type) == 0x88a8))
		anatomy.type += 4;
	if (anatomy.type + 3 > frame->length)
		return anatomy;
	if (get16(frame, anatomy.type) == 0x0800)
		anatomy.family = 4;
	else if (get16(frame, anatomy.type) == 0x86dd)
		anatomy.family = 6;
	else
		return anatomy;
	anatomy.ip = anatomy.type + 2;
	anatomy.transport = anatomy.ip + (anatomy.family == 6 ? 40 : (frame->bytes[anatomy.ip] & 0xf) * 4);
	if (anatomy.transport >= frame->length)
		anatomy.transport = 0;
	return anatomy;
}

/* --- changes --------------------------------------------------------------------------------------------------------- */

static void frame_insert(struct frame *frame, size_t at, const uint8_t *bytes, size_t length)
{
	if (at > frame->length || frame->length + length > MUTATE_FRAME_MAX)
		return;
	memmove(frame->bytes + at + length, frame->bytes + at, frame->length - at);
	memcpy(frame->bytes + at, bytes, length);
	frame->length += length;
}

static void frame_remove(struct frame *frame, size_t at, size_t length)
{
	if (at + length > frame->length || frame->length - length < MUTATE_FRAME_MIN)
		return;
	memmove(frame->bytes + at, frame->bytes + at + length, frame->length - at - length);
	frame->length -= length;
}

/* Lengths and the like that parsers get wrong: nothing, almost nothing, all, and one off what is there. */
static uint16_t awkward16(struct dice *dice, uint16_t now, size_t rest)
{
	const uint16_t values[] = {0, 1, 7, 8, 19, 20, 27, 28, 39, 40, 0x7fff, 0x8000, 0xffff,
				   now - 1, now + 1, now ^ 0x2000, rest - 1, rest, rest + 1, dice_roll(dice)};

	return values[dice_below(dice, sizeof(values) / sizeof(values[0]))];
}

static uint8_t awkward8(struct dice *dice, uint8_t now)
{
	const uint8_t values[] = {0, 1, 0x7f, 0x80, 0xff, now - 1, now + 1, now ^ 0x10, now << 4 | now >> 4, dice_roll(dice)};

	return values[dice_below(dice, sizeof(values))];
}

static void change_ethernet(struct dice *dice, struct frame *frame, const struct anatomy *anatomy)
{
	static const uint16_t types[] = {0x0800, 0x86dd, 0x8100, 0x88a8, 0x0806, 0x8847, 0x0022};
	uint8_t tag[4] = {0x81, 0x00, dice_roll(dice), dice_roll(dice)};

	switch (dice_below(dice, 3)) {
	case 0:
		put16(frame, anatomy->type, types[dice_below(dice, sizeof(types) / sizeof(types[0]))]);
		break;
	case 1:
		if (dice_one_in(dice, 2)) {
			tag[0] = 0x88;
			tag[1] = 0xa8;
		}
		frame_insert(frame, 12, tag, sizeof(tag));
		break;
	default:
		if (anatomy->type > 12)
			frame_remove(frame, 12, 4);
	}
}

static void change_ipv4(struct dice *dice, struct frame *frame, const struct anatomy *anatomy)
{
	static const uint8_t protocols[] = {0, 1, 4, 6, 17, 41, 47, 50, 58, 132, 255};
	uint8_t options[40];
	size_t ip = anatomy->ip, words;

	switch (dice_below(dice, 7)) {
	case 0:
		put8(frame, ip, awkward8(dice, frame->bytes[ip]));
		break;
	case 1:
		put8(frame, ip, 0x40 | dice_below(dice, 16));
		break;
	case 2:
		if (ip + 4 <= frame->length)
			put16(frame, ip + 2, awkward16(dice, get16(frame, ip + 2), frame->length - ip));
		break;
	case 3:
		put16(frame, ip + 4, dice_below(dice, 16));
		put16(frame, ip + 6, dice_one_in(dice, 2) ? 0x2000 : dice_below(dice, 0x4000));
		break;
	case 4:
		put8(frame, ip + 9, protocols[dice_below(dice, sizeof(protocols))]);
		break;
	case 5:
		put8(frame, ip + 8, dice_below(dice, 3));
		break;
	default: /* options, with a header length that knows of them */
		words = 1 + dice_below(dice, 10);
		for (size_t i = 0; i < sizeof(options); i++)
			options[i] = dice_one_in(dice, 2) ? 1 : dice_roll(dice);
		if (frame->bytes[ip] != 0x45)
			break;
		frame_insert(frame, ip + 20, options, words * 4);
		put8(frame, ip, 0x45 + words);
		if (dice_one_in(dice, 2))
			put16(frame, ip + 2, get16(frame, ip + 2) + words * 4);
	}
}

static void change_ipv6(struct dice *dice, struct frame *frame, const struct anatomy *anatomy)
{
	static const uint8_t headers[] = {0, 6, 17, 43, 44, 50, 51, 58, 59, 60, 135, 139, 140, 255};
	uint8_t extension[24] = {0};
	size_t ip = anatomy->ip, length;

	switch (dice_below(dice, 5)) {
	case 0:
		put8(frame, ip, awkward8(dice, frame->bytes[ip]));
		break;
	case 1:
		if (ip + 6 <= frame->length)
			put16(frame, ip + 4, awkward16(dice, get16(frame, ip + 4), frame->length - ip - 40));
		break;
	case 2:
		put8(frame, ip + 6, headers[dice_below(dice, sizeof(headers))]);
		break;
	case 3:
		put8(frame, ip + 7, dice_below(dice, 3));
		break;
	default: /* an extension header before whatever comes first now */
		if (ip + 40 > frame->length)
			break;
		length = 8 * (1 + dice_below(dice, 3));
		extension[0] = frame->bytes[ip + 6];
		extension[1] = length / 8 - 1;
		if (dice_one_in(dice, 4))
			extension[1] = dice_roll(dice);
		for (size_t i = 2; i < length; i++)
			extension[i] = dice_one_in(dice, 2) ? 0 : dice_roll(dice);
		frame_insert(frame, ip + 40, extension, length);
		frame->bytes[ip + 6] = headers[dice_below(dice, sizeof(headers))];
		if (!dice_one_in(dice, 4))
			put16(frame, ip + 4, get16(frame, ip + 4) + length);
	}
}

static void change_transport(struct dice *dice, struct frame *frame, const struct anatomy *anatomy)
{
	size_t at = anatomy->transport;

	switch (dice_below(dice, 6)) {
	case 0: /* another flow of few, so that most are met again */
		put16(frame, at, 40000 + dice_below(dice, 1024));
		break;
	case 1:
		put16(frame, at, dice_roll(dice));
		break;
	case 2:
		put16(frame, at + 2, dice_roll(dice));
		break;
	case 3:
		put8(frame, at + 12, awkward8(dice, 0x50));
		break;
	case 4:
		put8(frame, at + 13, dice_roll(dice));
		break;
	default: /* length of UDP, rest of an ICMP header */
		put16(frame, at + 4, awkward16(dice, frame->length - at, frame->length - at));
	}
}

static void change_any(struct dice *dice, struct frame *frame)
{
	size_t at = dice_below(dice, frame->length < 128 ? frame->length : 128);

	if (dice_one_in(dice, 2))
		put8(frame, at, awkward8(dice, frame->bytes[at]));
	else if (at + 2 <= frame->length)
		put16(frame, at, awkward16(dice, get16(frame, at), frame->length - at));
}

static void change_length(struct dice *dice, struct frame *frame, const struct anatomy *anatomy)
{
	size_t header_end = (anatomy->transport ? anatomy->transport : anatomy->type) + 24, length;

	if (dice_one_in(dice, 4)) {
		length = frame->length + dice_below(dice, 64);
		if (length > MUTATE_FRAME_MAX)
			return;
		memset(frame->bytes + frame->length, 0, length - frame->length);
	} else {
		length = dice_below(dice, (header_end < frame->length ? header_end : frame->length) + 1);
		if (length < MUTATE_FRAME_MIN)
			length = MUTATE_FRAME_MIN;
	}
	frame->length = length;
}

/* The front of this one and the back of another. */
static void change_splice(struct dice *dice, struct frame *frame, const struct corpus *corpus)
{
	const struct frame *other = &corpus->frames[dice_below(dice, corpus->count)];
	size_t at = MUTATE_FRAME_MIN + dice_below(dice, 80);

	if (at >= frame->length || at >= other->length)
		return;
	memcpy(frame->bytes + at, other->bytes + at, other->length - at);
	frame->length = other->length;
}

/* To where another one goes: its addresses and ports, if it is of the same family. */
static void change_flow(struct dice *dice, struct frame *frame, const struct anatomy *anatomy, const struct corpus *corpus)
{
	const struct frame *other = &corpus->frames[dice_below(dice, corpus->count)];
	struct anatomy theirs = anatomy_of(other);
	size_t source = anatomy->family == 4 ? 12 : 8, length = anatomy->family == 4 ? 8 : 32;

	if (!anatomy->transport || !theirs.transport || anatomy->family != theirs.family ||
	    anatomy->transport + 4 > frame->length || theirs.transport + 4 > other->length)
		return;
	memcpy(frame->bytes + anatomy->ip + source, other->bytes + theirs.ip + source, length);
	memcpy(frame->bytes + anatomy->transport, other->bytes + theirs.transport, 4);
}

static void change(struct dice *dice, struct frame *frame, const struct corpus *corpus)
{
	struct anatomy anatomy = anatomy_of(frame);

	switch (dice_below(dice, 18)) {
	case 16:
	case 17:
		change_flow(dice, frame, &anatomy, corpus);
		break;
	case 0:
		change_ethernet(dice, frame, &anatomy);
		break;
	case 1:
		change_length(dice, frame, &anatomy);
		break;
	case 2:
		change_any(dice, frame);
		break;
	case 3:
		change_splice(dice, frame, corpus);
		break;
	case 4:
	case 5:
	case 6:
	case 7:
		if (anatomy.family == 4)
			change_ipv4(dice, frame, &anatomy);
		else if (anatomy.family == 6)
			change_ipv6(dice, frame, &anatomy);
		break;
	default:
		if (anatomy.transport)
			change_transport(dice, frame, &anatomy);
	}
}

void corpus_add(struct corpus *corpus, const uint8_t *bytes, size_t length)
{
	struct frame *frame;

	if (length > MUTATE_FRAME_MAX || length < MUTATE_FRAME_MIN)
		return;
	corpus->frames = realloc(corpus->frames, (corpus->count + 1) * sizeof(*corpus->frames));
	if (!corpus->frames)
		host_fail("no memory for a corpus of %zu frames", corpus->count + 1);
	frame = &corpus->frames[corpus->count++];
	frame->length = length;
	memcpy(frame->bytes, bytes, length);
}

uint64_t mutate_random(uint64_t seed, uint64_t number)
{
	struct dice dice = {.state = seed ^ number * 0xd1342543de82ef95ULL};

	dice_roll(&dice);
	return dice_roll(&dice);
}

void mutate(const struct corpus *corpus, uint64_t seed, uint64_t number, struct frame *frame)
{
	struct dice dice = {.state = seed ^ number * 0xd1342543de82ef95ULL};
	const struct frame *origin;
	size_t changes;

	dice_roll(&dice);
	origin = &corpus->frames[dice_below(&dice, corpus->count)];
	frame->length = origin->length;
	memcpy(frame->bytes, origin->bytes, origin->length);
	changes = dice_below(&dice, 5);
	while (changes--)
		change(&dice, frame, corpus);
}
