/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Memory of a CPU for the packet it is at: what is too much for the 512 bytes of stack that all functions of a program
 * share, and is not on the way of every packet. Nothing in it outlives a packet, and no two packets are under way on a CPU at
 * once (XDP runs with bottom halves off), so it is neither initialised nor pinned.
 */
#ifndef LB_WORKSPACE_H
#define LB_WORKSPACE_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "lb/abi.h"
#include "lb/odd.h"
#include "lb/packet.h"
#include "lb/verdict.h"

struct workspace {
	struct packet packet;
	struct packet quoted; /* by an ICMP error */
	struct odd odd;
	struct odd quoted_odd;
	struct decision decision; /* of balance_odd() */
};

/* Keys of tries; of their own, because the fast path has only these. */
union trie_key {
	struct vip_prefix4 vip4;
	struct vip_prefix6 vip6;
	struct source_prefix4 source4;
	struct source_prefix6 source6;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct workspace);
} workspaces SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, union trie_key);
} trie_keys SEC(".maps");

static __always_inline struct workspace *workspace(void)
{
	__u32 row = 0;

	return bpf_map_lookup_elem(&workspaces, &row);
}

static __always_inline union trie_key *trie_key(void)
{
	__u32 row = 0;

	return bpf_map_lookup_elem(&trie_keys, &row);
}

#endif
