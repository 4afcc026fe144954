// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
// Sends every frame out of one other interface, which is chosen before the load.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

const volatile __u32 target;
__u64 sent;

SEC("xdp")
int redirect(struct xdp_md *ctx)
{
	__sync_fetch_and_add(&sent, 1);
	return bpf_redirect(target, 0);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
