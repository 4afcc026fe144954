// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
// Programs that no verifier lets pass, each for a reason of its own, beside one that every verifier does.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8);
	__type(key, __u32);
	__type(value, __u64);
} table SEC(".maps");

SEC("xdp")
int fine(struct xdp_md *ctx)
{
	return XDP_PASS;
}

// Reads a byte of the packet that nothing has shown to exist.
SEC("xdp")
int no_bounds_check(struct xdp_md *ctx)
{
	__u8 *data = (void *)(long)ctx->data;

	return data[12];
}

// Uses what a look-up returned without asking whether it found anything.
SEC("xdp")
int no_null_check(struct xdp_md *ctx)
{
	__u32 key = 1;
	__u64 *value = bpf_map_lookup_elem(&table, &key);

	*value += 1;
	return XDP_PASS;
}

// Has a long way to its error: the log is in the thousands of lines.
SEC("xdp")
int deep_error(struct xdp_md *ctx)
{
	__u8 *data = (void *)(long)ctx->data;
	__u8 *end = (void *)(long)ctx->data_end;
	__u32 sum = 0;

	for (int i = 0; i < 300; i++) {
		__u8 *byte = data + i;

		asm volatile("" : "+r"(byte)); // clang would compare with end - i, which the verifier has an opinion on
		if (byte + 1 > end)
			return XDP_DROP;
		sum += *byte;
	}
	if (data + 300 > end)
		return XDP_DROP;
	return sum + data[300];
}

// Hands a helper a pointer of the wrong kind.
SEC("xdp")
int wrong_argument(struct xdp_md *ctx)
{
	return bpf_map_lookup_elem(&table, ctx) ? XDP_PASS : XDP_DROP;
}

// Never ends.
SEC("xdp")
int endless(struct xdp_md *ctx)
{
	volatile __u32 i = 0;

	while (i < 10)
		i = i & 7;
	return XDP_PASS;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
