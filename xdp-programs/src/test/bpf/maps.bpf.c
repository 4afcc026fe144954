// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
// One map of each kind that the tests of dev.ballast.bpf read and write, and an XDP program that uses them.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

enum colour { RED, GREEN = 5 };

// Every shape of field that a view has to find.
struct entry {
	__u64 packets;
	__s32 delta;
	__u16 port;
	__u8 mac[6];
	struct {
		__u32 low : 5;
		__u32 high : 27;
	};
	union {
		__u32 v4;
		__u8 bytes[4];
	};
	enum colour colour;
	_Bool active;
};

struct flow_key {
	__u32 address;
	__u16 port;
	__u16 protocol;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1000);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct entry);
} entries SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, struct flow_key);
	__type(value, struct entry);
} flows SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u32);
} per_cpu SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 128);
	__type(key, __u32);
	__type(value, __u64);
} recent SEC(".maps");

// 12 bytes: an element of a mapped array takes 16.
struct odd {
	__u32 words[3];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 10);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct odd);
} odd_stride SEC(".maps");

struct prefix {
	__u32 bits;
	__u8 address[4];
};

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, 16);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct prefix);
	__type(value, __u32);
} prefixes SEC(".maps");

const volatile __u32 verdict = XDP_PASS;
const volatile __u8 switched_on;
const volatile __u8 secret[16];
__u64 first_value = 40;
__u64 counter;
__s16 small;

// Adds to entry 0 what the global says, counts, and returns the verdict that was set before load.
SEC("xdp")
int count_and_return(struct xdp_md *ctx)
{
	__u32 zero = 0;
	struct entry *entry = bpf_map_lookup_elem(&entries, &zero);
	__u32 *mine = bpf_map_lookup_elem(&per_cpu, &zero);

	if (!entry || !mine)
		return XDP_ABORTED;
	__sync_fetch_and_add(&entry->packets, switched_on ? 100 + secret[3] : 1);
	*mine += 1;
	counter += first_value + small;
	return verdict;
}

struct pair {
	__u64 left;
	__u64 sum;
};

SEC("syscall")
int add(struct pair *pair)
{
	pair->sum = pair->left + counter;
	return 7;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
