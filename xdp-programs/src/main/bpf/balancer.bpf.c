// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The balancer: every frame of an interface, from the driver to its verdict.
 *
 * Read balance() as the table of contents: it takes plain packets, TCP or UDP right behind an IP header, and is kept small and
 * flat. Everything else goes to balance_odd(), from the beginning: a function of its own, so that it costs the others nothing.
 *
 * Each stage has its header under lb/, works on struct packet and the tables, and returns GO_ON or the reason for which the packet
 * leaves here. Only this file moves the bounds of a frame; the headers get `data` and `end`, but for odd.h, which copies out of
 * the frame by offset and needs struct xdp_md for it. Only verdict() returns an XDP code.
 *
 * Runs in the driver's softirq, on all CPUs at once, without locks. The tables' contents are written by
 * dev.ballast.datapath, except for the flow tables, which both write by compare-and-set.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "lb/abi.h"
#include "lb/encap.h"
#include "lb/filter.h"
#include "lb/flow.h"
#include "lb/hash.h"
#include "lb/icmp.h"
#include "lb/limit.h"
#include "lb/member.h"
#include "lb/odd.h"
#include "lb/packet.h"
#include "lb/quic.h"
#include "lb/ring.h"
#include "lb/specialisation.h"
#include "lb/verdict.h"
#include "lb/vip.h"
#include "lb/workspace.h"

/* Written and read by the daemon alone; here so that it is loaded and pinned with the rest. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct meta);
} meta SEC(".maps");

/* struct sample, one after the other. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} samples SEC(".maps");

/* What time it is in a replay. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct clock_reading);
} replay_clock SEC(".maps");

/* BTF has only the enums that something has the type of: with this one the daemon can check its own. */
const volatile struct {
	enum vip_layout vip_layout;
	enum vip_way_state vip_way_state;
	enum service_flags service_flags;
	enum hash_mode hash_mode;
	enum ring_layout ring_layout;
	enum member_state member_state;
	enum encap encap;
	enum flow_layout flow_layout;
	enum flow_state flow_state;
	enum verdict_class verdict_class;
	enum verdict_reason verdict_reason;
	enum setting_bits setting_bits;
	enum feature_bits feature_bits;
	enum sample_layout sample_layout;
	struct clock_reading clock_reading;
	struct sample sample;
} vocabulary;

static __always_inline __u64 jiffies_now(void)
{
	__u32 row = 0;
	struct clock_reading *clock;

	if (!feature(FEATURE_REPLAY))
		return bpf_jiffies64();
	clock = bpf_map_lookup_elem(&replay_clock, &row);
	return clock ? READ_ONCE(clock->jiffies) : 0;
}

static __always_inline __u32 frame_length(struct xdp_md *ctx)
{
	if (feature(FEATURE_JUMBO))
		return bpf_xdp_get_buff_len(ctx);
	return ctx->data_end - ctx->data;
}

/* --- the way out ----------------------------------------------------------------------------------------------------- */

/* Copies the head of the frame, as it leaves, into the event buffer. `lengths`: frame_length << 16 | ip_offset of the decision,
 * which itself stays in registers that way. */
static __noinline int sample_take(struct xdp_md *ctx, enum verdict_reason reason, __u32 service, __u32 member, __u64 lengths)
{
	__u32 length = frame_length(ctx), received = lengths >> 16, offset = lengths & 0xffff;
	struct sample *sample;

	if (!limit_sample(jiffies_now()))
		return 0;
	sample = bpf_ringbuf_reserve(&samples, sizeof(*sample), 0);
	if (!sample) {
		limit_count_lost_sample(jiffies_now());
		return 0;
	}
	if (!offset || reason == ANSWERED_TOO_BIG || reason == ANSWERED_TOO_BIG_DF_CLEAR)
		offset = 0xffff;
	else
		offset += length - received;
	sample->jiffies = jiffies_now();
	sample->reason = reason;
	sample->service = service;
	sample->member = member;
	sample->ingress_ifindex = ctx->ingress_ifindex;
	sample->frame_length = received;
	sample->packet_offset = offset;
	if (length > SAMPLE_HEAD)
		length = SAMPLE_HEAD;
	/* A comparison with 1 becomes one with 0, from which the verifier of Linux 6.1 does not learn that it is not 0. */
	if (length < ETH_HLEN || bpf_xdp_load_bytes(ctx, 0, sample->head, length))
		length = 0;
	sample->head_length = length;
	bpf_ringbuf_submit(sample, 0);
	return 0;
}

/* The one exit. */
static __always_inline int verdict(struct xdp_md *ctx, enum verdict_reason reason, const struct decision *decision)
{
	if (verdict_count(reason, decision, decision->frame_length))
		sample_take(ctx, reason, decision->service, decision->member,
			    (__u64)decision->frame_length << 16 | decision->ip_offset);
	return verdict_code(reason, decision, ctx->ingress_ifindex);
}

/* Functions that are not static are verified by themselves, whatever their callers know: what follows a call is looked at once
 * and not once for each way through the function. */

__noinline int odd_parse(struct xdp_md *ctx, struct packet *packet, struct odd *odd)
{
	if (!packet || !odd)
		return PASSED_MALFORMED;
	*packet = (struct packet){.frame_length = frame_length(ctx)};
	*odd = (struct odd){.kind = ODD_TRANSPORT};
	return packet_parse_odd(ctx, packet, odd);
}

/* GO_ON: the packet is that of the flow it quotes now. */
__noinline int odd_quote(struct xdp_md *ctx)
{
	struct workspace *space = workspace();

	if (!space)
		return DROPPED_ICMP;
	space->quoted = (struct packet){};
	space->quoted_odd = (struct odd){.kind = ODD_TRANSPORT, .offset = space->odd.offset + sizeof(struct icmp_header)};
	return odd_quoted_flow(ctx, &space->packet, &space->quoted, &space->quoted_odd) ? GO_ON : DROPPED_ICMP;
}

/* Answers the packet in the workspace, which is longer than `mtu`, if it may be answered. */
__noinline int answer_odd(struct xdp_md *ctx, __u32 mtu)
{
	struct workspace *space = workspace();
	const struct packet *packet;
	const struct odd *odd;

	if (!space)
		return DROPPED_TOO_BIG;
	packet = &space->packet;
	odd = &space->odd;
	if ((odd->kind != ODD_TRANSPORT && odd->kind != ODD_FIRST_FRAGMENT) || odd->to_group)
		return DROPPED_TOO_BIG;
	if (packet->ip_length < icmp_quote_length(packet) || !icmp_answerable(packet) || !limit_answer(jiffies_now()))
		return DROPPED_TOO_BIG;
	if (bpf_xdp_adjust_tail(ctx, (int)(packet->ip_offset + icmp_quote_length(packet)) - (int)packet->frame_length) ||
	    bpf_xdp_adjust_head(ctx, -(int)icmp_growth(packet)))
		return DROPPED_TOO_BIG;
	return icmp_write_too_big((void *)(long)ctx->data, (void *)(long)ctx->data_end, packet, mtu);
}

/* Likewise a plain packet: it is read anew into the workspace, this being nobody's fast path. */
__noinline int answer_plain(struct xdp_md *ctx, __u32 mtu)
{
	struct workspace *space = workspace();

	if (!space || odd_parse(ctx, &space->packet, &space->odd))
		return DROPPED_TOO_BIG;
	return answer_odd(ctx, mtu);
}

/* Gives the frame the head that leads to its member, and says what became of it. `member`: its row, or NULL if that is to be
 * looked up. `plain`: the packet is not in the workspace. */
static __always_inline enum verdict_reason encap_push(struct xdp_md *ctx, const struct packet *packet,
						      const struct member *member, struct decision *decision, __u64 hash,
						      bool plain)
{
	__u32 id = decision->member, mtu;
	enum verdict_reason reason;
	struct outer outer;

	if (!member)
		member = bpf_map_lookup_elem(&members, &id);
	if (!member)
		return DROPPED_BROKEN_TABLE;
	decision->ifindex = READ_ONCE(member->ifindex);
	outer = encap_prepare(member, flow_tag(hash));
	reason = encap_check(packet, &outer);
	if (reason == DROPPED_TOO_BIG) {
		mtu = outer.source.part[3] - encap_header_length(&outer);
		return plain ? answer_plain(ctx, mtu) : answer_odd(ctx, mtu);
	}
	if (reason)
		return reason;
	if (bpf_xdp_adjust_head(ctx, -encap_growth(packet, &outer)))
		return DROPPED_NO_HEADROOM;
	reason = encap_write((void *)(long)ctx->data, (void *)(long)ctx->data_end, packet, &outer);
	return reason ?: decision->forwarded;
}

/* --- every packet for a VIP ------------------------------------------------------------------------------------------ */

/* From the service, which vip_lookup() has found, to what the choice of a member takes. */
static __always_inline enum verdict_reason service_enter(struct xdp_md *ctx, const struct packet *packet, __u32 seed,
							 const struct decision *decision, struct choice *choice)
{
	enum verdict_reason reason = GO_ON;
	__u32 service = decision->service;

	choice->service = bpf_map_lookup_elem(&services, &service);
	if (!choice->service)
		return DROPPED_BROKEN_TABLE;
	if (feature(FEATURE_FILTER))
		reason = filter_check(packet, choice->service, service);
	choice->hash = flow_hash(packet, seed);
	choice->jiffies = jiffies_now();
	choice->now = choice->jiffies >> specialisation.tick_shift;
	return reason;
}

static __always_inline void quic_ask(struct xdp_md *ctx, const struct packet *packet, const struct decision *decision,
				     struct choice *choice)
{
	const void *payload = (void *)(long)ctx->data + (packet->payload_offset & HEADER_OFFSET_MASK);

	if (choice->service->hash == HASH_QUIC && packet->protocol == IPPROTO_UDP)
		choice->quic = quic_member(payload, (void *)(long)ctx->data_end, choice->service, decision->service,
					   &choice->quic_member);
}

/* --- odd packets ----------------------------------------------------------------------------------------------------- */

/* Where the first fragment went, later ones follow; without ports, it is the packet whose entropy they have. */
static __always_inline enum verdict_reason odd_follow_fragment(const struct packet *packet, const struct odd *odd, __u32 seed,
							       struct decision *decision, __u64 *hash)
{
	__u32 now = jiffies_now() >> specialisation.tick_shift;
	struct flow_place place;
	union member_role role;

	*hash = fragment_hash(packet, odd->fragment_id, seed);
	place = fragment_lookup(*hash, now);
	if (!place.set)
		return DROPPED_FRAGMENT_ORPHAN;
	role = member_role(flow_member(place.entry));
	if (role.state != MEMBER_IN && role.state != MEMBER_DRAIN)
		return DROPPED_FRAGMENT_ORPHAN;
	decision->service = role.service;
	decision->member = flow_member(place.entry);
	decision->forwarded = FORWARDED_FRAGMENT;
	return GO_ON;
}

/* A call, so that what it needs of the stack is not added to what balance_odd() does. */
static __noinline void odd_remember_fragment(const struct packet *packet, const struct odd *odd, __u32 member, __u32 now)
{
	__u32 service, seed;

	if (!vip_address_lookup(packet, &service, &seed))
		fragment_insert(fragment_hash(packet, odd->fragment_id, seed), member, now);
}

/* Sets the member of a packet with ports, its own or those it quotes. */
static __always_inline enum verdict_reason odd_choose(struct xdp_md *ctx, const struct packet *packet, const struct odd *odd,
						      __u32 seed, struct decision *decision, __u64 *hash)
{
	struct choice choice = {.packet = packet};
	enum verdict_reason reason = service_enter(ctx, packet, seed, decision, &choice);

	*hash = choice.hash;
	if (reason)
		return reason;
	if (odd->malformed)
		return DROPPED_MALFORMED;
	if (odd->kind == ODD_ICMP_ERROR)
		return member_choose_for_error(&choice, decision);
	if (feature(FEATURE_QUIC))
		quic_ask(ctx, packet, decision, &choice);
	reason = member_choose(&choice, decision);
	if (!reason && odd->kind == ODD_FIRST_FRAGMENT)
		odd_remember_fragment(packet, odd, decision->member, choice.now);
	return reason;
}

/* Sets the member of a packet without ports and what its entropy derives from, or answers it. */
static __always_inline enum verdict_reason odd_without_ports(struct xdp_md *ctx, const struct packet *packet,
							     const struct odd *odd, __u32 seed, struct decision *decision,
							     __u64 *hash)
{
	if (odd->malformed)
		return DROPPED_MALFORMED;
	if (odd->kind == ODD_LATER_FRAGMENT)
		return odd_follow_fragment(packet, odd, seed, decision, hash);
	if (odd->kind == ODD_ECHO)
		return icmp_answer_echo((void *)(long)ctx->data, (void *)(long)ctx->data_end, packet, odd);
	return DROPPED_ICMP;
}

static __always_inline bool odd_has_ports(const struct odd *odd)
{
	return odd->kind == ODD_TRANSPORT || odd->kind == ODD_FIRST_FRAGMENT || odd->kind == ODD_ICMP_ERROR;
}

/* balance() once more, for all that it does not take. */
static __always_inline enum verdict_reason odd_balance(struct xdp_md *ctx, struct workspace *space, struct decision *decision)
{
	const struct packet *packet = &space->packet;
	struct odd *odd = &space->odd;
	enum verdict_reason reason;
	__u64 hash = 0;
	__u32 seed;

	reason = odd_parse(ctx, &space->packet, odd);
	decision->ip_offset = packet->ip_offset;
	if (reason)
		return reason;
	if (odd->kind == ODD_ICMP_ERROR && odd_quote(ctx))
		odd->kind = ODD_ICMP_OTHER;

	if (odd_has_ports(odd)) {
		reason = vip_lookup(packet, &decision->service, &seed);
		if (!reason)
			reason = odd_choose(ctx, packet, odd, seed, decision, &hash);
	} else {
		reason = vip_address_lookup(packet, &decision->service, &seed);
		if (!reason)
			reason = odd_without_ports(ctx, packet, odd, seed, decision, &hash);
	}
	if (reason)
		return reason;
	return encap_push(ctx, packet, NULL, decision, hash, false);
}

/* A function of its own for the verifier, too. The decision is in the workspace: on the stack it would take what the functions
 * called from here need of the 512 bytes, of which older kernels count each function's in steps of 32. Returns an XDP code. */
__noinline int balance_odd(struct xdp_md *ctx)
{
	const struct decision none = {.service = NO_SERVICE, .member = NO_MEMBER, .frame_length = frame_length(ctx)};
	struct workspace *space = workspace();

	if (!space)
		return verdict(ctx, DROPPED_BROKEN_TABLE, &none);
	space->decision = none;
	return verdict(ctx, odd_balance(ctx, space, &space->decision), &space->decision);
}

/* --- plain packets --------------------------------------------------------------------------------------------------- */

static __always_inline enum verdict_reason balance(struct xdp_md *ctx, struct packet *packet, struct decision *decision)
{
	struct choice choice = {.packet = packet};
	const struct member *member;
	enum verdict_reason reason;
	__u32 seed;

	reason = vip_lookup(packet, &decision->service, &seed);
	if (reason)
		return reason;
	reason = service_enter(ctx, packet, seed, decision, &choice);
	if (reason)
		return reason;
	if (feature(FEATURE_QUIC))
		quic_ask(ctx, packet, decision, &choice);
	member = member_steady(&choice, decision);
	reason = member ? GO_ON : member_choose(&choice, decision);
	if (reason)
		return reason;
	return encap_push(ctx, packet, member, decision, choice.hash, true);
}

/* Returns an XDP code. */
static __always_inline int balance_frame(struct xdp_md *ctx)
{
	struct packet packet = {.frame_length = frame_length(ctx)};
	struct decision decision = {.service = NO_SERVICE, .member = NO_MEMBER, .frame_length = packet.frame_length};
	enum verdict_reason reason;

	if (!packet_parse_plain(&packet, (void *)(long)ctx->data, (void *)(long)ctx->data_end))
		return balance_odd(ctx);
	decision.ip_offset = packet.ip_offset;
	reason = balance(ctx, &packet, &decision);
	return verdict(ctx, reason, &decision);
}

SEC("xdp")
int balancer(struct xdp_md *ctx)
{
	return balance_frame(ctx);
}

/* What time it is in the flow tables: the daemon has no other way to read jiffies. */
SEC("syscall")
int clock(struct clock_reading *reading)
{
	reading->jiffies = bpf_jiffies64();
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
