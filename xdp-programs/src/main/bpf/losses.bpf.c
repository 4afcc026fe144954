// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * tx_failed: frames that the balancer forwarded or answered and that the kernel lost after the verdict, by
 * interface, place and error. They are outside the accounting of lb/verdict.h, which ends with the verdict.
 *
 * The kernel reports each loss at one of four raw tracepoints. A program sits on each that the kernel has, and is pinned
 * with its map, so that counting goes on while no daemon runs. The tracepoints fire for every interface of the
 * machine: only losses of frames that came in by an interface in `watched` are counted.
 *
 * Two of the tracepoints fire once for every batch sent, with or without a loss, in the softirq of the packets: the
 * first thing that the programs ask is whether there was one.
 *
 * dev.ballast.attach.TransmitLosses loads, pins and reads this; it takes names and layouts from this object's BTF.
 */
#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#define WATCHED_MAX 256
#define LOSSES_MAX 4096

/* What is read of the kernel's own structs (include/linux/netdevice.h), found by their BTF at load. */
#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct ns_common {
	unsigned int inum;
};

struct net {
	struct ns_common ns;
};

typedef struct {
	struct net *net;
} possible_net_t;

struct net_device {
	int ifindex;
	possible_net_t nd_net;
};
#pragma clang attribute pop

/* Indexes of interfaces count within a network namespace; the namespace is named as /proc/self/ns/net names it. */
struct interface_key {
	__u32 netns;
	__u32 ifindex;
};

/* Where a frame was lost; the error tells why. */
enum loss_place {
	LOSS_TX_QUEUE = 1,       /* XDP_TX: the driver did not take it for its queue; error 0: the queue was full */
	LOSS_TX = 2,             /* XDP_TX: it did not get as far as the queue */
	LOSS_REDIRECT_QUEUE = 3, /* to another interface, whose driver did not take it; error 0: the queue was full */
	LOSS_REDIRECT = 4,       /* to another interface, refused by the kernel */
};

struct loss_key {
	struct interface_key interface; /* that was to send it */
	enum loss_place place;
	__s32 error; /* negative errno, or 0 */
};

/* Filled by the daemon: the interfaces that carry the balancer, and what their drivers had counted as lost before. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, WATCHED_MAX);
	__type(key, struct interface_key);
	__type(value, __u64);
} watched SEC(".maps");

/* Frames. A row appears with the first loss of its kind. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, LOSSES_MAX);
	__type(key, struct loss_key);
	__type(value, __u64);
} losses SEC(".maps");

static __always_inline struct interface_key interface_of(const struct net_device *device)
{
	struct interface_key key = {
		.netns = BPF_CORE_READ(device, nd_net.net, ns.inum),
		.ifindex = BPF_CORE_READ(device, ifindex),
	};

	return key;
}

static __always_inline int is_watched(const struct net_device *device)
{
	struct interface_key key = interface_of(device);

	return bpf_map_lookup_elem(&watched, &key) != NULL;
}

/* Per CPU and with bottom halves off, as the packets: nobody else adds to this CPU's count meanwhile. */
static __always_inline void loss_add(const struct loss_key *key, __u64 frames)
{
	__u64 none = 0;
	__u64 *count = bpf_map_lookup_elem(&losses, key);

	if (!count) {
		bpf_map_update_elem(&losses, key, &none, BPF_NOEXIST);
		count = bpf_map_lookup_elem(&losses, key);
	}
	if (count)
		*count += frames;
}

/* (device, sent, drops, error): a driver has sent a batch of XDP_TX. */
SEC("raw_tp/xdp_bulk_tx")
int xdp_bulk_tx(struct bpf_raw_tracepoint_args *ctx)
{
	const struct net_device *device = (void *)ctx->args[0];
	int drops = ctx->args[2];

	if (drops <= 0 || !is_watched(device))
		return 0;

	struct loss_key key = {
		.interface = interface_of(device),
		.place = LOSS_TX_QUEUE,
		.error = ctx->args[3],
	};
	loss_add(&key, drops);
	return 0;
}

/* (device, program, act): a driver could not carry out a verdict. What becomes of a redirect is told by the two below. */
SEC("raw_tp/xdp_exception")
int xdp_exception(struct bpf_raw_tracepoint_args *ctx)
{
	const struct net_device *device = (void *)ctx->args[0];
	__u32 act = ctx->args[2];

	if (act != XDP_TX || !is_watched(device))
		return 0;

	struct loss_key key = {
		.interface = interface_of(device),
		.place = LOSS_TX,
	};
	loss_add(&key, 1);
	return 0;
}

/* (from, to, sent, drops, error): a driver was given a batch of redirected frames. */
SEC("raw_tp/xdp_devmap_xmit")
int xdp_devmap_xmit(struct bpf_raw_tracepoint_args *ctx)
{
	const struct net_device *from = (void *)ctx->args[0];
	const struct net_device *to = (void *)ctx->args[1];
	int drops = ctx->args[3];

	if (drops <= 0 || !is_watched(from))
		return 0;

	struct loss_key key = {
		.interface = interface_of(to),
		.place = LOSS_REDIRECT_QUEUE,
		.error = ctx->args[4],
	};
	loss_add(&key, drops);
	return 0;
}

/* (from, program, target, error, map type, map id, index): a redirect was refused; without a map, index is the interface. */
SEC("raw_tp/xdp_redirect_err")
int xdp_redirect_err(struct bpf_raw_tracepoint_args *ctx)
{
	const struct net_device *from = (void *)ctx->args[0];

	if (!is_watched(from))
		return 0;

	struct loss_key key = {
		.interface = interface_of(from),
		.place = LOSS_REDIRECT,
		.error = ctx->args[3],
	};
	key.interface.ifindex = ctx->args[6];
	loss_add(&key, 1);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
