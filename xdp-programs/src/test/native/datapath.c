/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* The datapath as this process runs it: the sources that the kernel gets, and no others. */
#include "balancer.bpf.c"

#include "host.h"

/* The maps that are not pinned. */
const struct host_scratch host_scratches[] = {
	{&workspaces, sizeof(*workspaces.value)},
	{&trie_keys, sizeof(*trie_keys.value)},
	{NULL, 0},
};
