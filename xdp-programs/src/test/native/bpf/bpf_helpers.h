/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * What a BPF program of this project may call, as functions of this process: stands before libbpf's header of that name
 * when the same sources are compiled for the host. A helper that is missing here does not compile, so none is
 * forgotten. host.c has them.
 */
#ifndef NATIVE_BPF_HELPERS_H
#define NATIVE_BPF_HELPERS_H

#include <linux/bpf.h>
#include <linux/types.h>
#include <stddef.h>

#define __uint(name, value) int(*name)[value]
#define __type(name, value) typeof(value) *name

#define SEC(name) __attribute__((used))
#ifndef __always_inline
#define __always_inline inline __attribute__((always_inline))
#endif
#ifndef __noinline
#define __noinline __attribute__((noinline))
#endif

/* libbpf has functions of these names, too, which host.c needs. */
#define bpf_map_lookup_elem host_map_lookup

void *host_map_lookup(void *map, const void *key);

__u64 bpf_jiffies64(void);

long bpf_redirect(__u32 ifindex, __u64 flags);

long bpf_xdp_adjust_head(struct xdp_md *ctx, int by);

long bpf_xdp_adjust_tail(struct xdp_md *ctx, int by);

__u64 bpf_xdp_get_buff_len(struct xdp_md *ctx);

long bpf_xdp_load_bytes(struct xdp_md *ctx, __u32 offset, void *to, __u32 length);

void *bpf_ringbuf_reserve(void *ringbuf, __u64 size, __u64 flags);

void bpf_ringbuf_submit(void *record, __u64 flags);

__s64 bpf_csum_diff(__be32 *from, __u32 from_size, __be32 *to, __u32 to_size, __u32 seed);

#endif
