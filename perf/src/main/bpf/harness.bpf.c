// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * What a benchmark of a datapath runs instead of it: each round makes the frame what it was, another flow's if that is asked
 * for, and tail-calls the target. BPF_PROG_TEST_RUN does not restore the frame between its rounds, so without this
 * a program that encapsulates would run out of headroom after a dozen rounds and the figures would be of its drops.
 *
 * The work here is the same whatever the target did to the frame, and it is what is subtracted: the same rounds
 * around `empty`. Headers are stored as words that lie as the fields lie (8 bytes from the IP header on), so that no
 * load of the target spans two stores that are still on their way: that would cost it 4 ns that no real packet costs.
 */
#include <linux/bpf.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define HEADER_WORDS 9              /* from the IP header on: IPv6 and TCP take 60 bytes */
#define FLOW_MULTIPLIER 0x9e3779b1U /* odd: distinct numbers stay distinct */
#define PORT_BITS 15
#define IPV4_HEADER_LENGTH 20
#define OUTER_BYTES 0x4500060008000201ULL /* any */

/* One row, written by dev.ballast.perf.datapath.Harness between runs. Bytes of headers are as on the wire. */
struct frame_plan {
	__u32 length;    /* of the frame, bytes */
	__u32 ipv6;      /* 1: where the source address is */
	__u32 flow_mask; /* flows that take turns, less 1 */
	__u32 next;      /* number of the next frame */
	__u64 ethernet[2]; /* 14 bytes */
	__u64 header[HEADER_WORDS];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct frame_plan);
} plan SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} target SEC(".maps");

struct ethernet_words {
	__u64 first;
	__u32 second;
	__u16 third;
} __attribute__((packed));

struct header_words {
	__u64 word[HEADER_WORDS];
} __attribute__((packed));

/* Gives the frame its length back at its head, wherever the target left that. Called even if there is nothing to adjust,
 * so that the empty target is charged for it too. */
static __always_inline long restore_length(struct xdp_md *ctx, const struct frame_plan *frame)
{
	long length = (void *)(long)ctx->data_end - (void *)(long)ctx->data;

	barrier_var(length); /* clang 14 would subtract the lower halves of the pointers, which Linux 6.18 refuses */
	return bpf_xdp_adjust_head(ctx, length - (long)frame->length);
}

/* Writes all headers, with the last bits of source address and port XORed with the number of a flow. */
static __always_inline void restore_headers(struct ethernet_words *ethernet, struct header_words *header,
					    const struct frame_plan *frame, __u32 flow)
{
	__u64 address = (__u64)bpf_htonl(flow >> PORT_BITS) << 32;
	__u64 port = bpf_htons(flow & ((1 << PORT_BITS) - 1));

	ethernet->first = frame->ethernet[0];
	ethernet->second = frame->ethernet[1];
	ethernet->third = frame->ethernet[1] >> 32;
	header->word[0] = frame->header[0];
	if (frame->ipv6) {
		header->word[1] = frame->header[1];
		header->word[2] = frame->header[2] ^ address;
		header->word[5] = frame->header[5] ^ port;
	} else {
		header->word[1] = frame->header[1] ^ address;
		header->word[2] = frame->header[2] ^ port << 32;
		header->word[5] = frame->header[5];
	}
	header->word[3] = frame->header[3];
	header->word[4] = frame->header[4];
	header->word[6] = frame->header[6];
	header->word[7] = frame->header[7];
	header->word[8] = frame->header[8];
}

SEC("xdp")
int harness(struct xdp_md *ctx)
{
	__u32 row = 0;
	struct frame_plan *frame = bpf_map_lookup_elem(&plan, &row);
	struct ethernet_words *ethernet;
	struct header_words *header;

	if (!frame || restore_length(ctx, frame))
		return XDP_ABORTED;
	ethernet = (void *)(long)ctx->data;
	header = (void *)(ethernet + 1);
	if ((void *)(header + 1) > (void *)(long)ctx->data_end)
		return XDP_ABORTED;
	restore_headers(ethernet, header, frame, (frame->next++ & frame->flow_mask) * FLOW_MULTIPLIER);

	bpf_tail_call(ctx, &target, 0);
	return XDP_ABORTED;
}

SEC("xdp")
int empty(struct xdp_md *ctx)
{
	return XDP_TX;
}

/* The least that carrying a packet in another takes: room, and 34 bytes that are known beforehand. */
SEC("xdp")
int encap_only(struct xdp_md *ctx)
{
	struct {
		__u64 word[4];
		__u16 last;
	} __attribute__((packed)) *outer;

	if (bpf_xdp_adjust_head(ctx, -IPV4_HEADER_LENGTH))
		return XDP_ABORTED;
	outer = (void *)(long)ctx->data;
	if ((void *)(outer + 1) > (void *)(long)ctx->data_end)
		return XDP_ABORTED;
	for (int i = 0; i < 4; i++)
		outer->word[i] = OUTER_BYTES;
	outer->last = (__u16)OUTER_BYTES;
	return XDP_TX;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
