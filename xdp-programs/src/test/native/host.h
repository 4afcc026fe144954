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
#include <stdint.h>

/* Binds every map under `pins`/maps to the variable of its name, and `specialisation` to what `meta` says of it. */
void host_bind(const char *pins);

/* Writes back what was counted since the last call. */
void host_flush(void);

/* Makes every map here hold what the map of that name under `pins` does. */
void host_take_over(const char *pins);

/* The file descriptor of a pinned map or program; ends the process if there is none. */
int host_open(const char *pins, const char *kind, const char *name);

/* Memory of a mapped map, and its length. */
void *host_memory(const char *name, size_t *length);

/* What bpf_jiffies64() returns from now on. */
extern uint64_t host_jiffies;

/* Runs `balancer` on a copy of a frame behind `metadata` bytes of others' metadata; returns its XDP code. The frame as the program left it is in `*out`,
 * valid until the next run. */
int host_run(const uint8_t *frame, size_t length, size_t metadata, const uint8_t **out, size_t *out_length);

/* Prints a message and ends the process with status 2. */
__attribute__((noreturn, format(printf, 1, 2))) void host_fail(const char *format, ...);

#endif
