/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Which member a packet goes to: the one its flow has, else the one the ring gives.
 *
 * member_steady() has the answer for nearly every packet, and nothing to write. member_choose() asks, in this order:
 *   1. the main table, if its entry is beyond doubt;
 *   2. for TCP the half-open table, where the SYN of a newer connection of the same ports would be;
 *   3. the main table, if it has an entry after all and its member is not down;
 *   4. for TCP the ring before, while it is kept and if its member is in use: a packet from the middle of a connection that is
 *      unknown here was on its way through another balancer, most likely since before the ring changed;
 *   5. the ring.
 * What was never seen before (mid-stream, or a first datagram) is entered in the main table as unconfirmed.
 *
 * SYNs come the other way round: half-open, main table, ring, and are entered in half-open only; the first packet after one
 * moves the flow to the main table. Of SYNs unknown to half-open only so many a window get to ask the main table, which is
 * large and not in any cache; the rest, under a flood, go by the ring. What that may cost is a client that uses the ports of a
 * connection again that never ended; no packet of an established flow is sent elsewhere by any SYN. A flow that seems to close
 * keeps its member through a SYN as well, if that takes new flows: so that a forged RST and a forged SYN together move nothing,
 * but from a member that drains.
 *
 * An entry whose member is another service's (two flows with one tag, or a VIP that moved) counts as none, but it is
 * not replaced, lest a live flow is evicted; one whose member row is free is taken over.
 */
#ifndef LB_MEMBER_H
#define LB_MEMBER_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "lb/abi.h"
#include "lb/flow.h"
#include "lb/hash.h"
#include "lb/limit.h"
#include "lb/packet.h"
#include "lb/quic.h"
#include "lb/ring.h"
#include "lb/specialisation.h"
#include "lb/verdict.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct service);
} services SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct member);
} members SEC(".maps");

/* What the choice is made from. */
struct choice {
	const struct packet *packet;
	const struct service *service;
	__u64 hash;
	__u64 jiffies;
	__u32 now; /* ticks */
	enum quic_answer quic;
	__u32 quic_member; /* QUIC_MEMBER: its id */
};

/* --- rows -------------------------------------------------------------------------------------------------------- */

/* The first word of struct member, so that service and state are of one moment. */
union member_role {
	__u64 word;
	struct {
		__u32 service;
		__u8 state;
		__u8 encap;
		__u8 family;
		__u8 reserved;
	};
};

/* Of a row; MEMBER_FREE if there is none. */
static __always_inline union member_role row_role(const struct member *row)
{
	union member_role role = {};

	if (row)
		role.word = READ_ONCE(*(const __u64 *)row);
	return role;
}

static __always_inline union member_role member_role(__u32 id)
{
	return row_role(bpf_map_lookup_elem(&members, &id));
}

/* Whether a flow of `service` that has a member of this role stays there. */
static __always_inline bool role_in_use(union member_role role, __u32 service)
{
	return role.service == service && (role.state == MEMBER_IN || role.state == MEMBER_DRAIN);
}

static __always_inline bool member_in_use(__u32 id, __u32 service)
{
	return role_in_use(member_role(id), service);
}

/* --- a flow's next state ----------------------------------------------------------------------------------------- */

static __always_inline __u32 ticks_min(__u32 a, __u32 b)
{
	return a < b ? a : b;
}

static __always_inline __u32 choice_idle_ticks(const struct choice *choice)
{
	return choice->packet->protocol == IPPROTO_TCP ? choice->service->tcp_idle : choice->service->udp_idle;
}

/* FIN and RST shorten the expiry, they never end a flow: anybody can forge them. What follows tells: data, or more than
 * the one bare ACK that answers the other side's FIN, restores it. */
static __always_inline __u32 choice_next_state(const struct choice *choice, __u32 state)
{
	const struct packet *packet = choice->packet;

	if (packet_ends(packet))
		return state == FLOW_UNCONFIRMED ? FLOW_UNCONFIRMED : FLOW_CLOSING;
	if (state == FLOW_CLOSING && !packet->payload_length)
		return FLOW_CLOSING_ACKED;
	return FLOW_ESTABLISHED;
}

static __always_inline __u32 choice_next_remaining(const struct choice *choice, __u64 entry, __u32 next)
{
	__u32 idle = choice_idle_ticks(choice);

	if (packet_ends(choice->packet))
		return ticks_min(flow_remaining(entry, choice->now), specialisation.closing_ticks);
	return next == FLOW_CLOSING_ACKED ? ticks_min(idle, specialisation.closing_ticks) : idle;
}

/* Writes the entry of a hit, if its state, member or expiry is another now: once a tick at most for a steady flow. */
static __always_inline void choice_touch(const struct choice *choice, const struct flow_place *place, __u32 member)
{
	__u32 next = choice_next_state(choice, flow_state(place->entry));
	__u32 expiry = choice->now + choice_next_remaining(choice, place->entry, next);
	__u64 entry = flow_changed(place->entry, member, next, expiry);

	if (entry != place->entry)
		flow_replace(place, entry);
}

/* Enters the flow of the decided member in the main table: at `known` if an entry of the flow is there, else where
 * there is room. */
static __always_inline void choice_enter(const struct choice *choice, struct decision *decision,
					 const struct flow_place *known, __u32 state, __u32 ticks)
{
	__u32 expiry = choice->now + ticks;

	if (decision->aliased)
		decision->created = false;
	else if (known->set)
		decision->created = flow_replace(known, flow_changed(known->entry, decision->member, state, expiry));
	else
		decision->created = flow_insert(choice->hash, decision->member, state, expiry, choice->now);
	if (!decision->created)
		decision->forwarded = FORWARDED_UNTRACKED;
}

/* --- the ways to a member ---------------------------------------------------------------------------------------- */

/* From which the slot of the ring derives: 30 bits. For most services the flow's tag, so that an entry tells its slot. */
static __always_inline __u32 choice_slot_tag(const struct choice *choice)
{
	enum hash_mode mode = choice->service->hash;

	if (feature(FEATURE_HASH) && mode != HASH_FIVE_TUPLE && mode != HASH_QUIC)
		return flow_tag(slot_hash(choice->packet, mode));
	return flow_tag(choice->hash);
}

/* A member that the ring names is right even if its row says down: rows are written before rings. NO_MEMBER: there is none. */
static __always_inline __u32 ring_member(const struct service *service, __u32 index, __u32 slot_tag)
{
	__u32 id = ring_pick(service, READ_ONCE(service->ring), slot_tag);
	union member_role role = member_role(id);

	return role.state == MEMBER_FREE || role.service != index ? NO_MEMBER : id;
}

static __always_inline enum verdict_reason choose_by_ring(const struct choice *choice, struct decision *decision,
							  enum verdict_reason forwarded)
{
	decision->member = ring_member(choice->service, decision->service, choice_slot_tag(choice));
	decision->forwarded = forwarded;
	if (feature(FEATURE_QUIC) && choice->quic == QUIC_UNKNOWN)
		decision->forwarded = FORWARDED_SERVER_ID_UNKNOWN;
	return decision->member == NO_MEMBER ? DROPPED_NO_MEMBER : GO_ON;
}

/*
 * The member that the ring before gave the flow, or NO_MEMBER. Only TCP tells a new flow from an old one. A flood of SYNs pushes
 * half-open entries out before the next packets of their connections come: an unknown flow may as well be a new one then.
 */
static __always_inline __u32 previous_member(const struct choice *choice, __u32 index)
{
	__u64 ring = READ_ONCE(choice->service->previous_ring);
	__u32 id;

	if (!ring || choice->packet->protocol != IPPROTO_TCP)
		return NO_MEMBER;
	if (choice->jiffies >= READ_ONCE(choice->service->previous_until) || limit_syns_flood(choice->jiffies))
		return NO_MEMBER;
	id = ring_pick(choice->service, ring, choice_slot_tag(choice));
	return member_in_use(id, index) ? id : NO_MEMBER;
}

/* For a packet that opens nothing, of a flow that is not known. */
static __always_inline enum verdict_reason choose_for_unknown(const struct choice *choice, struct decision *decision)
{
	enum verdict_reason reason = choose_by_ring(choice, decision, FORWARDED_NEW_FLOW);
	__u32 previous = previous_member(choice, decision->service);

	if (previous == NO_MEMBER || previous == decision->member)
		return reason;
	decision->member = previous;
	decision->forwarded = FORWARDED_PREVIOUS_RING;
	return GO_ON;
}

/* The first other packet of a connection whose SYN was seen: its flow moves to the main table. False: no SYN was
 * seen lately, or its member is not in use. */
static __always_inline bool choose_by_half_open(const struct choice *choice, struct decision *decision,
						const struct flow_place *known)
{
	struct flow_place waiting = half_open_lookup(choice->hash, choice->now);
	__u32 idle = choice_idle_ticks(choice);

	if (!waiting.set || !member_in_use(flow_member(waiting.entry), decision->service))
		return false;
	decision->member = flow_member(waiting.entry);
	decision->forwarded = FORWARDED_FLOW;
	if (packet_ends(choice->packet))
		choice_enter(choice, decision, known, FLOW_CLOSING, ticks_min(idle, specialisation.closing_ticks));
	else
		choice_enter(choice, decision, known, FLOW_ESTABLISHED, idle);
	if (decision->created)
		flow_replace(&waiting, 0);
	return true;
}

/* What the main table says of a packet's flow. */
enum standing {
	STANDING_UNKNOWN,  /* nothing, or what may be taken over */
	STANDING_KNOWN,    /* its member, beyond doubt */
	STANDING_DOUBTFUL, /* its member, unless half-open knows better */
	STANDING_DOWN,     /* a member that is down */
	STANDING_ALIASED,  /* a member of another service */
};

/* Sets known->set to NULL if there is no live entry. */
static __always_inline enum standing flow_standing(__u64 hash, __u32 now, __u32 service, __u8 protocol,
						   struct flow_place *known)
{
	union member_role role;

	*known = flow_lookup(hash);
	if (!known->set)
		return STANDING_UNKNOWN;
	if (!flow_live(known->entry, now)) {
		known->set = NULL;
		return STANDING_UNKNOWN;
	}
	role = member_role(flow_member(known->entry));
	if (role.state == MEMBER_FREE)
		return STANDING_UNKNOWN;
	if (role.service != service)
		return STANDING_ALIASED;
	if (role.state == MEMBER_DOWN)
		return STANDING_DOWN;
	if (protocol == IPPROTO_TCP && flow_state(known->entry) != FLOW_ESTABLISHED)
		return STANDING_DOUBTFUL;
	return STANDING_KNOWN;
}

/* What choose_syn() has to say in one word. */
union syn_choice {
	__u64 word;
	struct {
		__u32 member;    /* NO_MEMBER: there is none */
		__u32 forwarded; /* enum verdict_reason */
	};
};

/* The first packet of a connection: only the half-open table is written. A call, so that it is not on the way of the others. */
static __noinline __u64 choose_syn(__u64 hash, __u64 jiffies, const struct service *service, __u32 index, __u32 slot_tag)
{
	__u32 now = jiffies >> specialisation.tick_shift;
	struct flow_place waiting = half_open_lookup(hash, now), known;
	union syn_choice choice = {.forwarded = FORWARDED_FLOW};
	enum standing standing = STANDING_UNKNOWN;

	if (waiting.set && member_in_use(flow_member(waiting.entry), index)) {
		choice.member = flow_member(waiting.entry);
	} else {
		if (limit_syn_read(jiffies))
			standing = flow_standing(hash, now, index, IPPROTO_TCP, &known);
		if (standing == STANDING_KNOWN) {
			choice.member = flow_member(known.entry);
			return choice.word;
		}
		if (standing == STANDING_DOUBTFUL && member_role(flow_member(known.entry)).state == MEMBER_IN)
			choice.member = flow_member(known.entry);
		else
			choice.member = ring_member(service, index, slot_tag);
		choice.forwarded = FORWARDED_NEW_FLOW;
	}
	if (choice.member != NO_MEMBER)
		half_open_insert(hash, choice.member, now);
	return choice.word;
}

static __always_inline enum verdict_reason choose_for_syn(const struct choice *choice, struct decision *decision)
{
	union syn_choice chosen = {.word = choose_syn(choice->hash, choice->jiffies, choice->service, decision->service,
						      choice_slot_tag(choice))};

	decision->member = chosen.member;
	decision->forwarded = chosen.forwarded;
	return chosen.member == NO_MEMBER ? DROPPED_NO_MEMBER : GO_ON;
}

/* The ring's member takes over a flow whose own is down. */
static __always_inline enum verdict_reason choose_again(const struct choice *choice, struct decision *decision,
							const struct flow_place *known)
{
	enum verdict_reason reason = choose_by_ring(choice, decision, FORWARDED_REPICKED);

	if (!reason)
		choice_touch(choice, known, decision->member);
	return reason;
}

/* Never seen before: kept if there is room. `known`: an entry to take over, if any. */
static __always_inline enum verdict_reason choose_first(const struct choice *choice, struct decision *decision,
							const struct flow_place *known)
{
	__u32 ticks = choice_idle_ticks(choice);
	enum verdict_reason reason = choose_for_unknown(choice, decision);

	/* A datagram may be the only one for as long as its service says; what it takes can be taken from it. */
	if (choice->packet->protocol == IPPROTO_TCP)
		ticks = ticks_min(ticks, specialisation.unconfirmed_ticks);
	if (!reason)
		choice_enter(choice, decision, known, FLOW_UNCONFIRMED, ticks);
	return reason;
}

/*
 * member_choose() for nearly every packet: one of an established flow, whose entry is in its home way and what this packet would
 * make it anyway. One comparison tells: an entry that the packet would write now is live, confirmed and not spilled, and nothing is
 * left to write. Returns the member's row, so that it is looked up once; NULL: member_choose() is to decide.
 */
static __always_inline const struct member *member_steady(const struct choice *choice, struct decision *decision)
{
	const __u64 but_member = ~((__u64)FLOW_MEMBER_MASK << FLOW_MEMBER_SHIFT);
	__u32 tag = flow_tag(choice->hash), expiry = choice->now + choice_idle_ticks(choice), id;
	const struct member *row;
	struct flow_set *set;
	__u64 entry;

	if (choice->packet->tcp_flags & (TCP_SYN | TCP_FIN | TCP_RST) || !(choice->service->flags & SERVICE_TRACK))
		return NULL;
	if (feature(FEATURE_QUIC) && choice->quic == QUIC_MEMBER)
		return NULL;
	set = flow_set_of(flow_home_set(choice->hash, specialisation.flow_set_bits));
	if (!set)
		return NULL;
	entry = READ_ONCE(set->way[tag & (FLOW_WAYS - 1)]);
	if ((entry & but_member) != flow_changed((__u64)tag << FLOW_TAG_SHIFT, 0, FLOW_ESTABLISHED, expiry))
		return NULL;
	id = flow_member(entry);
	row = bpf_map_lookup_elem(&members, &id);
	if (!role_in_use(row_role(row), decision->service))
		return NULL;
	decision->member = id;
	decision->forwarded = FORWARDED_FLOW;
	return row;
}

/* Sets decision->member and ->forwarded. */
static __always_inline enum verdict_reason member_choose(const struct choice *choice, struct decision *decision)
{
	const struct packet *packet = choice->packet;
	struct flow_place known;
	enum standing standing;

	if (feature(FEATURE_QUIC) && choice->quic == QUIC_MEMBER && member_in_use(choice->quic_member, decision->service)) {
		decision->member = choice->quic_member;
		decision->forwarded = FORWARDED_SERVER_ID;
		return GO_ON;
	}
	if (!(choice->service->flags & SERVICE_TRACK))
		return choose_by_ring(choice, decision, FORWARDED_STATELESS);
	if (packet_opens(packet))
		return choose_for_syn(choice, decision);

	standing = flow_standing(choice->hash, choice->now, decision->service, packet->protocol, &known);
	decision->aliased = standing == STANDING_ALIASED;
	if (standing != STANDING_KNOWN) {
		if (packet->protocol == IPPROTO_TCP && choose_by_half_open(choice, decision, &known))
			return GO_ON;
		if (standing == STANDING_DOWN)
			return choose_again(choice, decision, &known);
		if (standing != STANDING_DOUBTFUL)
			return choose_first(choice, decision, &known);
	}
	decision->member = flow_member(known.entry);
	decision->forwarded = FORWARDED_FLOW;
	choice_touch(choice, &known, decision->member);
	return GO_ON;
}

/* The member of the flow that an ICMP error is about. The flow is none the fresher for it: anybody can forge an error. */
static __always_inline enum verdict_reason member_choose_for_error(const struct choice *choice, struct decision *decision)
{
	enum verdict_reason reason = GO_ON;
	struct flow_place known;
	enum standing standing =
		flow_standing(choice->hash, choice->now, decision->service, choice->packet->protocol, &known);

	if (standing == STANDING_UNKNOWN)
		known = half_open_lookup(choice->hash, choice->now);
	if (known.set && member_in_use(flow_member(known.entry), decision->service))
		decision->member = flow_member(known.entry);
	else
		reason = choose_for_unknown(choice, decision);
	decision->forwarded = FORWARDED_ICMP_ERROR;
	return reason;
}

#endif
