// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The balancer: every frame of an interface, from the driver to its verdict.
 *
 * Read balance() as the table of contents. Each stage has its header under lb/, works on struct packet and
 * the tables, and returns GO_ON or the reason for which the packet leaves here. Only this file knows
 * struct xdp_md; only verdict() returns an XDP code.
 *
 * Runs in the driver's softirq, on all CPUs at once, without locks. The tables' contents are written by
 * dev.ballast.datapath, except for the flow tables, which both write by compare-and-set.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "lb/abi.h"
#include "lb/encap.h"
#include "lb/flow.h"
#include "lb/hash.h"
#include "lb/member.h"
#include "lb/packet.h"
#include "lb/ring.h"
#include "lb/specialisation.h"
#include "lb/verdict.h"
#include "lb/vip.h"

/* Written and read by the daemon alone; here so that it is loaded and pinned with the rest. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct meta);
} meta SEC(".maps");

/* BTF has only the enums that something has the type of: with this one the daemon can check its own. */
const volatile struct {
	enum vip_layout vip_layout;
	enum vip_way_state vip_way_state;
	enum service_flags service_flags;
	enum ring_layout ring_layout;
	enum member_state member_state;
	enum encap encap;
	enum flow_layout flow_layout;
	enum flow_state flow_state;
	enum verdict_class verdict_class;
	enum verdict_reason verdict_reason;
	enum setting_bits setting_bits;
	struct clock_reading clock_reading;
} vocabulary;

static __always_inline __u32 ticks_now(void)
{
	return bpf_jiffies64() >> specialisation.tick_shift;
}

/* Grows the frame at its head and writes the outer header there. */
static __always_inline enum verdict_reason encap_push(struct xdp_md *ctx, const struct packet *packet,
						      const struct outer *outer)
{
	if (bpf_xdp_adjust_head(ctx, -(int)encap_growth(outer)))
		return DROPPED_NO_HEADROOM;
	return encap_write((void *)(long)ctx->data, (void *)(long)ctx->data_end, packet, outer);
}

static __always_inline enum verdict_reason balance(struct xdp_md *ctx, struct packet *packet, struct decision *decision)
{
	struct choice choice = {.packet = packet};
	const struct member *member;
	struct outer outer;
	enum verdict_reason reason;
	__u32 service, seed;

	reason = packet_parse(packet, (void *)(long)ctx->data, (void *)(long)ctx->data_end, specialisation.ipv6);
	if (reason)
		return reason;

	reason = vip_lookup(packet, &service, &seed);
	if (reason == PASSED_NOT_VIP)
		return reason;
	decision->service = service;
	if (reason)
		return reason;

	choice.service = bpf_map_lookup_elem(&services, &service);
	if (!choice.service)
		return DROPPED_BROKEN_TABLE;
	choice.hash = flow_hash(packet, seed);
	choice.now = ticks_now();
	reason = member_choose(&choice, decision);
	if (reason)
		return reason;

	member = bpf_map_lookup_elem(&members, &decision->member);
	if (!member)
		return DROPPED_BROKEN_TABLE;
	decision->ifindex = READ_ONCE(member->ifindex);
	outer = encap_prepare(member, flow_tag(choice.hash));
	reason = encap_check(packet, &outer);
	if (reason)
		return reason;

	reason = encap_push(ctx, packet, &outer);
	return reason ?: decision->forwarded;
}

SEC("xdp")
int balancer(struct xdp_md *ctx)
{
	struct decision decision = {.service = NO_SERVICE, .member = NO_MEMBER};
	struct packet packet = {};
	__u32 ingress_ifindex = ctx->ingress_ifindex;
	enum verdict_reason reason = balance(ctx, &packet, &decision);

	return verdict(reason, &decision, packet.frame_length, ingress_ifindex);
}

/* What time it is in the flow tables: the daemon has no other way to read jiffies. */
SEC("syscall")
int clock(struct clock_reading *reading)
{
	reading->jiffies = bpf_jiffies64();
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
