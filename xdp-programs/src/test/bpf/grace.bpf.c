// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
// A slow reader of a published generation, which notices when what it read was retired while it ran.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct shared {
	__u64 published;
	__u64 retired;
	__u64 running;
	__u64 runs;
	__u64 violations;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct shared);
} shared SEC(".maps");

SEC("xdp")
int read_slowly(struct xdp_md *ctx)
{
	__u32 zero = 0;
	struct shared *s = bpf_map_lookup_elem(&shared, &zero);

	if (!s)
		return XDP_ABORTED;
	s->running = 1;
	__u64 generation = *(volatile __u64 *)&s->published;

	for (int i = 0; i < 2000; i++)
		(void)bpf_ktime_get_ns();
	// A retired generation is one below that of `retired`: its memory would have been used again by now.
	if (*(volatile __u64 *)&s->retired > generation)
		s->violations++;
	s->runs++;
	return XDP_PASS;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
