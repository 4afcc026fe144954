/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The one exit: every packet leaves through verdict(), exactly once, with one reason of the list in abi.h.
 * Nothing else returns an XDP code, so for the machine and for each service
 *   received = forwarded + answered + passed + dropped
 * holds by construction. What the kernel loses after the verdict (a full transmit ring) is not seen here.
 *
 * Counters are per CPU and need no atomics: XDP runs with bottom halves off, one program at a time on a CPU.
 */
#ifndef LB_VERDICT_H
#define LB_VERDICT_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "lb/abi.h"
#include "lb/specialisation.h"

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, VERDICT_ROWS);
	__type(key, __u32); /* enum verdict_reason; the kernel takes no other key type for an array */
	__type(value, struct traffic);
} verdicts SEC(".maps");

/* One row a service. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct service_counters);
} service_counters SEC(".maps");

/* One row a member id: what was forwarded to it. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct traffic);
} member_counters SEC(".maps");

#define NO_SERVICE 0xffffffffU /* outside every table */
#define NO_MEMBER 0xffffffffU

/* What the stages have found out about one packet, for those that follow and for the counters. */
struct decision {
	__u32 service;                 /* index, or NO_SERVICE */
	__u32 member;                  /* id, or NO_MEMBER */
	enum verdict_reason forwarded; /* why this member: the verdict if the packet gets through */
	__u32 ifindex;                 /* where it leaves if forwarded */
	__u32 frame_length;            /* bytes, as received */
	__u16 ip_offset;               /* of the received IP packet in the frame; 0: not found */
	__u8 created : 1;              /* an entry was made in the main flow table */
	__u8 aliased : 1;              /* its entry is another service's */
};

static __always_inline void traffic_add(struct traffic *traffic, __u32 bytes)
{
	traffic->packets++;
	traffic->bytes += bytes;
}

/* Whether the packet is one of those to be sampled, the so many-th of its reason. */
static __always_inline bool verdict_sampled(enum verdict_reason reason, __u32 service, __u64 packets)
{
	return feature(FEATURE_SAMPLES) && !(packets & variant.sample_mask) && reason >= variant.sample_first_reason &&
	       reason <= variant.sample_last_reason &&
	       (variant.sample_service == NO_SERVICE || variant.sample_service == service);
}

/* Counts the packet; whether it is to be sampled. */
static __always_inline bool verdict_count(enum verdict_reason reason, const struct decision *decision, __u32 bytes)
{
	struct service_counters *of_service;
	struct traffic *of_reason, *of_member;
	__u32 key = reason, service = decision->service, member = decision->member; /* the decision stays in registers */
	bool sampled = false;

	of_reason = bpf_map_lookup_elem(&verdicts, &key);
	if (of_reason) {
		traffic_add(of_reason, bytes);
		sampled = verdict_sampled(reason, service, of_reason->packets);
	}
	if (service == NO_SERVICE)
		return sampled;

	of_service = bpf_map_lookup_elem(&service_counters, &service);
	if (of_service) {
		traffic_add(&of_service->by_class[(reason >> VERDICT_CLASS_SHIFT) & 3], bytes);
		/* Nearly every packet is of a known flow: it would add nothing. */
		if (reason != FORWARDED_FLOW || decision->created || decision->aliased) {
			of_service->flows_created += decision->created;
			of_service->flows_untracked += reason == FORWARDED_UNTRACKED;
			of_service->flows_repicked += reason == FORWARDED_REPICKED;
			of_service->flows_aliased += decision->aliased;
		}
	}
	if (reason >> VERDICT_CLASS_SHIFT != CLASS_FORWARDED)
		return sampled;

	of_member = bpf_map_lookup_elem(&member_counters, &member);
	if (of_member)
		traffic_add(of_member, bytes);
	return sampled;
}

/* Returns an XDP code. */
static __always_inline int verdict_code(enum verdict_reason reason, const struct decision *decision, __u32 ingress_ifindex)
{
	switch (reason >> VERDICT_CLASS_SHIFT) {
	case CLASS_FORWARDED:
		return decision->ifindex == ingress_ifindex ? XDP_TX : bpf_redirect(decision->ifindex, 0);
	case CLASS_ANSWERED:
		return XDP_TX;
	case CLASS_PASSED:
		return XDP_PASS;
	default:
		return XDP_DROP;
	}
}

#endif
