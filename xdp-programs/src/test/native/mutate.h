/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Frames that nobody thought of: taken from a corpus of real ones and changed where it hurts. Knows where the headers
 * of a frame begin, so that most of what it makes gets past the first checks of a parser.
 *
 * Pure: the same corpus, seed and number give the same frame, whatever was made before.
 */
#ifndef NATIVE_MUTATE_H
#define NATIVE_MUTATE_H

#include <stddef.h>
#include <stdint.h>

/* What one page holds beside headroom and tailroom, which is what a test run takes, with room to grow. */
#define MUTATE_FRAME_MAX 3072
#define MUTATE_FRAME_MIN 14

struct frame {
	size_t length;
	uint8_t bytes[MUTATE_FRAME_MAX];
};

struct corpus {
	struct frame *frames;
	size_t count;
};

/* Copies a frame; the corpus owns what it holds until the process ends. */
void corpus_add(struct corpus *corpus, const uint8_t *bytes, size_t length);

/* A random number that depends on nothing else. */
uint64_t mutate_random(uint64_t seed, uint64_t number);

/* The frame of that number. The corpus must not be empty. */
void mutate(const struct corpus *corpus, uint64_t seed, uint64_t number, struct frame *frame);

#endif
