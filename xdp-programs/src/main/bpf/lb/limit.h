/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * What is limited to so many a window of time, each CPU for itself: so that neither a packet too big nor a SYN, which anybody
 * can forge, makes us work without end.
 */
#ifndef LB_LIMIT_H
#define LB_LIMIT_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "lb/abi.h"
#include "lb/specialisation.h"

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct cpu_state);
} cpu_states SEC(".maps");

/* Samples that a CPU takes in a window, 16,000 a second and more than anybody reads: the event buffer has one lock, which all CPUs
 * would wait for if each took it for each packet of a flood. */
#define SAMPLES_PER_WINDOW 1024

/* This CPU's row, its window the present one. */
static __always_inline struct cpu_state *limit_state(__u64 jiffies)
{
	__u32 row = 0;
	struct cpu_state *state = bpf_map_lookup_elem(&cpu_states, &row);
	__u64 window = jiffies >> specialisation.window_shift;

	if (state && state->window != window) {
		state->window = window;
		state->answers = 0;
		state->syn_reads = 0;
		state->samples = 0;
	}
	return state;
}

/* Whether one more ICMP error may be sent. */
static __always_inline bool limit_answer(__u64 jiffies)
{
	struct cpu_state *state = limit_state(jiffies);

	if (!state || state->answers >= specialisation.answers_per_window)
		return false;
	state->answers++;
	return true;
}

/* Whether the main table may be asked for one more SYN. */
static __always_inline bool limit_syn_read(__u64 jiffies)
{
	struct cpu_state *state = limit_state(jiffies);

	if (!state)
		return false;
	if (state->syn_reads >= specialisation.syn_reads_per_window) {
		state->syns_blind++;
		return false;
	}
	state->syn_reads++;
	return true;
}

/* Whether as many SYNs as may ask the main table came in this window, on this CPU. */
static __always_inline bool limit_syns_flood(__u64 jiffies)
{
	struct cpu_state *state = limit_state(jiffies);

	return !state || state->syn_reads >= specialisation.syn_reads_per_window;
}

/* Whether one more sample may be taken; in a replay always. */
static __always_inline bool limit_sample(__u64 jiffies)
{
	struct cpu_state *state = limit_state(jiffies);

	if (feature(FEATURE_REPLAY))
		return true;
	if (!state)
		return false;
	if (state->samples >= SAMPLES_PER_WINDOW) {
		state->samples_lost++;
		return false;
	}
	state->samples++;
	return true;
}

static __always_inline void limit_count_lost_sample(__u64 jiffies)
{
	struct cpu_state *state = limit_state(jiffies);

	if (state)
		state->samples_lost++;
}

#endif
