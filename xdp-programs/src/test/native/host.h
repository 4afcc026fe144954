/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The kernel's part, for a datapath that runs in this process: maps, clock and frames.
 *
 * The maps are those of a pinned datapath: mapped memory is shared with the daemon's side, what cannot be mapped
 * is copied at first use and written back by host_flush(). So whoever configures and reads that datapath cannot
 * tell who ran its program.
 *
 * A frame stands in an allocation of exactly its length, and moves to a new one whenever a helper changes its bounds:
 * a byte beyond, or a pointer kept from before, is found by the address sanitizer. One thread only.
 */
#ifndef NATIVE_HOST_H
#define NATIVE_HOST_H

#include <linux/bpf.h>
#include <stddef.h>
#include <stdint.h>

/* A per-CPU array of one row that is not pinned; ends with one without definition. */
struct host_scratch {
	void *definition;
	size_t value_size;
};

extern const struct host_scratch host_scratches[];

/* Binds every map under `pins`/maps to the variable of its name, and the constants of the load to what `meta` has of them. */
void host_bind(const char *pins);

/* Writes back what was counted since the last call. */
void host_flush(void);

/* Forgets what was counted: somebody has cleared the maps. */
void host_reset(void);

/* The file descriptor of a pinned map or program; ends the process if there is none. */
int host_open(const char *pins, const char *kind, const char *name);

/* Memory of a mapped map of the bound datapath. */
void *host_memory(const char *name);

/* Likewise, of the one that is pinned elsewhere. */
void *host_map_memory(const char *pins, const char *name);

/* What bpf_jiffies64() returns from now on. */
extern uint64_t host_jiffies;

/* Runs `balancer` on a copy of a frame behind `metadata` bytes of others' metadata; returns its XDP code. The frame as the program left it is in `*out`,
 * valid until the next run. */
int host_run(const uint8_t *frame, size_t length, size_t metadata, const uint8_t **out, size_t *out_length);

/* Prints a message and ends the process with status 2. */
__attribute__((noreturn, format(printf, 1, 2))) void host_fail(const char *format, ...);

#endif
