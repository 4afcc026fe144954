/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The kernel's header, but for struct xdp_md: its `data` and `data_end` are 32-bit numbers that the verifier turns into
 * pointers. Here they are pointers, so that a frame can stand anywhere the allocator puts it.
 */
#ifndef NATIVE_LINUX_BPF_H
#define NATIVE_LINUX_BPF_H

#define xdp_md kernel_xdp_md
#include_next <linux/bpf.h>
#undef xdp_md

struct xdp_md {
	void *data;
	void *data_end;
	void *data_meta;
	__u32 ingress_ifindex;
	__u32 rx_queue_index;
	__u32 egress_ifindex;
};

#endif
