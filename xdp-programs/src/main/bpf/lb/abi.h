/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * What balancer.bpf.c and the daemon agree on: the layout of every map, byte by byte.
 *
 * The Java side (dev.ballast.datapath) checks each struct and enum below against this object's BTF before it
 * writes a byte, and keeps a digest of all of them in the pinned `meta` map: two programs may follow each
 * other in a swap only if their digests are the same.
 *
 * Words that the daemon changes while packets flow are aligned u64: it stores each of them whole, and the
 * program reads each of them once (READ_ONCE). Byte order is the host's unless the type says __be. What
 * both sides must compute alike is an enumerator, not a macro, so that BTF carries it.
 */
#ifndef LB_ABI_H
#define LB_ABI_H

#include <linux/types.h>

#define READ_ONCE(x) (*(const volatile typeof(x) *)&(x))

/* --- VIPs: open addressing in buckets of one cache line, at most VIP_PROBE_BUCKETS in a row ---------------- */

enum vip_layout {
	VIP_PROBE_BUCKETS = 4,
	VIP4_WAYS = 4,
	VIP6_WAYS = 2,
};

/* The low byte of a key. An empty way ends the search after its bucket. A removed way stays a tombstone
 * until a grace period has passed, so that no reader can pair an old key with a new value. */
enum vip_way_state {
	VIP_EMPTY = 0,
	VIP_USED = 1,
	VIP_TOMBSTONE = 2,
};

/*
 * key4: address (host order) << 32 | port (host order, 0 = any) << 16 | protocol << 8 | vip_way_state
 * key6: the two halves of the address in host order, then port << 16 | protocol << 8 | vip_way_state
 * Protocol 0 and port 0: the address row. It says that the address is a VIP's at all, whatever port and protocol, for echo
 * requests and fragments without ports; its service is the one with the lowest index among the address's VIPs.
 * value: seed << 32 | service index. The seed is a keyed hash of (address, protocol): the same on every
 * balancer of a fleet, because it goes into the flow hash.
 *
 * The home bucket in a table of 2^bits buckets, of a key with its low byte cleared:
 *   4: (key * VIP_MULTIPLIER) >> (64 - bits)
 *   6: (address_high * VIP_MULTIPLIER_HIGH + address_low * VIP_MULTIPLIER_LOW + key * VIP_MULTIPLIER) >> (64 - bits)
 * The operator chooses the keys, so these multipliers need not be secret. Addresses and ports of VIPs come in rows: of
 * random odd numbers these spread up to 256 keys in steps of 1, 16, 256 and 65536 most evenly (the golden ratio's
 * 0x9e3779b97f4a7c15 puts neighbouring IPv4 addresses side by side).
 *
 * The daemon writes the value before the key; a reader loads the key before the value.
 */
#define VIP_MULTIPLIER 0x11a64bee9d35b885ULL
#define VIP_MULTIPLIER_HIGH 0x9493c42b289a5753ULL
#define VIP_MULTIPLIER_LOW 0x6f0f6c3a2f129c45ULL

struct vip4_way {
	__u64 key;
	__u64 value;
};

struct vip6_way {
	__u64 address_high;
	__u64 address_low;
	__u64 key;
	__u64 value;
};

struct vip4_bucket {
	struct vip4_way way[VIP4_WAYS];
};

struct vip6_bucket {
	struct vip6_way way[VIP6_WAYS];
};

/*
 * VIPs that are prefixes: LPM tries of the kernel, asked only after vips4 and vips6 had nothing, and only by a program
 * with FEATURE_PREFIX. prefix_length counts the first 32 bits too: 32 + the length of the VIP's prefix. Their value is as
 * above; the seed is folded with the destination address before it goes into the flow hash (hash_fold() in hash.h).
 */
struct vip_prefix4 {
	__u32 prefix_length;
	__u8 protocol; /* 0, with port 0: the address row of the prefix */
	__u8 reserved;
	__be16 port; /* 0: any */
	__be32 address;
};

struct vip_prefix6 {
	__u32 prefix_length;
	__u8 protocol;
	__u8 reserved;
	__be16 port;
	__be32 address[4];
};

/* --- source filters -------------------------------------------------------------------------------------------- */

/* LPM tries: 32 + the length of the source prefix. What a hit means is the service's flag: SERVICE_ALLOW or SERVICE_DENY.
 * The value is 1 and never looked at. */
struct source_prefix4 {
	__u32 prefix_length;
	__be32 service; /* index */
	__be32 address;
};

struct source_prefix6 {
	__u32 prefix_length;
	__be32 service;
	__be32 address[4];
};

/* --- services ------------------------------------------------------------------------------------------------- */

enum service_flags {
	SERVICE_TRACK = 1 << 0, /* keep flows in the flow tables */
	SERVICE_ALLOW = 1 << 1, /* only sources that the filter has */
	SERVICE_DENY = 1 << 2,  /* all sources but those that the filter has */
};

/* What the slot of the ring derives from. Tracking is always by 5-tuple. */
enum hash_mode {
	HASH_FIVE_TUPLE = 0,
	HASH_SOURCE = 1,             /* source address */
	HASH_DESTINATION_PORT = 2,
	HASH_SOURCE_DESTINATION = 3, /* source address and destination port */
	HASH_QUIC = 4,               /* the server id of the connection id, else 5-tuple */
};

/* ring: base chunk (24 bits) << 40 | size in slots (20 bits) << 20 | generation (20 bits). One word, so a
 * reader sees either the old ring or the new one. Size 0: no usable member. */
enum ring_layout {
	RING_BASE_SHIFT = 40,
	RING_SIZE_SHIFT = 20,
	RING_FIELD_MASK = 0xfffff,
	RING_CHUNK_SLOTS = 32,
};

/*
 * The ring is loaded before member_base. A block that moves keeps the local index of each of its members, its
 * new rows are written first, then member_base, then the new ring: old and new may be mixed that way.
 *
 * A change that keeps the ring before it writes, in this order: previous_ring = 0, previous_until, previous_ring = ring, ring. So
 * a reader of previous_ring finds slots that stand, though for a moment with another end, or those of the ring itself.
 */
struct service {
	__u64 ring;
	__u32 member_base;     /* id of local index 0 */
	__u32 member_capacity; /* ids of the block at member_base */
	__u32 flags;           /* enum service_flags */
	__u16 tcp_idle;        /* ticks, below 2048 */
	__u16 udp_idle;        /* ticks, below 2048 */
	__u64 name_hash;       /* first 8 bytes of SHA-256(name), big endian; 0: the row is free */
	__u8 hash;             /* enum hash_mode */
	__u8 server_id_bytes;  /* HASH_QUIC: length of its server ids, 1 to 8; 0: it has none */
	__u8 reserved0[6];
	__u64 previous_ring;   /* the ring before this one, a word of the same layout; 0: none is kept */
	__u64 previous_until;  /* jiffies; from then on it does not count */
	__u64 reserved;
};

/*
 * Server ids of QUIC services (draft-ietf-quic-load-balancers, plaintext): buckets like those of vips6, with
 *   address_high: the server id as a number, its first byte the most significant one
 *   address_low:  service index
 *   key:          length in bytes << 16 | vip_way_state
 *   value:        member id
 * and the home bucket of a 6 key. Asked only by a program with FEATURE_QUIC.
 */

/* --- members -------------------------------------------------------------------------------------------------- */

enum member_state {
	MEMBER_FREE = 0,
	MEMBER_IN = 1,    /* takes new flows (its slots are in the ring) */
	MEMBER_DRAIN = 2, /* keeps the flows it has; not in the ring */
	MEMBER_DOWN = 3,  /* its flows are re-picked */
};

enum encap {
	ENCAP_IPIP = 1, /* 4in4, 6in6, 4in6 or 6in4, by the families of packet and member */
	ENCAP_GUE = 2,  /* the packet in UDP (GUE variant 1), all four pairings */
	ENCAP_L2 = 3,   /* the packet as it is to the member's MAC; `family` is the packet's */
};

/*
 * One cache line. The first four words may change while packets flow, each stored whole. A next hop that
 * moves to another interface is two words: a packet in between leaves with the new address on the old
 * interface, or the reverse, and is lost as a frame on a wire may be.
 */
struct member {
	__u32 service; /* index of its service */
	__u8 state;    /* enum member_state */
	__u8 encap;    /* enum encap */
	__u8 family;   /* of the outer header: 4 or 6 */
	__u8 reserved0;

	__u8 next_hop[6];  /* destination MAC */
	__be16 vlan;       /* tag on the wire (PCP, DEI, VID); 0: none */

	__u8 source_mac[6];
	__u16 mtu;         /* largest outer packet (IP header included), bytes; 0: next hop not resolved */

	__u32 ifindex;     /* where it leaves; a lower device, never a VLAN device */
	__be16 gue_port;   /* ENCAP_GUE: destination port */
	__u8 source_bits;  /* ENCAP_IPIP over IPv4: that many low bits of outer_source are the flow's; 0: none */
	__u8 reserved1;

	__be32 outer_source[4];      /* IPv4: [0], the rest 0; its low source_bits are 0 */
	__be32 outer_destination[4]; /* the backend */
};

/* --- rings ------------------------------------------------------------------------------------------------------ */

/* A slot holds a member's local index; id = service.member_base + index. */
struct ring_chunk {
	__u16 slot[RING_CHUNK_SLOTS];
};

/* --- flows ------------------------------------------------------------------------------------------------------ */

/*
 * A set is one cache line of 8 ways; a way is one word, changed by compare-and-set only:
 *
 *   63            34 33            16 15         4  3  2     0
 *  +----------------+----------------+------------+---+-------+
 *  |     tag 30     |  member id 18  | expiry 12  | s | state |   s: FLOW_SPILLED
 *  +----------------+----------------+------------+---+-------+
 *
 * tag = bits 47..18 of the flow hash; home set = its top n bits (16 <= n <= 24 in the main table), so that
 * (set, tag) always gives bits 63..18 back and an entry can be placed in a table of any size. Within a set
 * the home way, tag & 7, is tried first, then the next ones. Where the home set has no way, the second one
 * is tried: home ^ (((tag * FLOW_SPILL_MULTIPLIER) mod 2^32) >> (32 - n) | 1), an involution, so that a
 * spilled entry too tells where it belongs.
 *
 * Expiry is in ticks modulo 4096, a tick being the jiffies shift nearest to 4 s. An entry is live while
 * (expiry - now) mod 4096 < 2048: idle times stay below 2048 ticks, and the sweeper frees an entry before
 * it has been expired for as long, lest it come to life again.
 */
enum flow_layout {
	FLOW_WAYS = 8,
	FLOW_TAG_BITS = 30,
	FLOW_TAG_SHIFT = 34,
	FLOW_HASH_TAG_SHIFT = 18,
	FLOW_MEMBER_SHIFT = 16,
	FLOW_MEMBER_MASK = 0x3ffff,
	FLOW_EXPIRY_SHIFT = 4,
	FLOW_EXPIRY_MASK = 0xfff,
	FLOW_EXPIRY_HORIZON = 0x800,
	FLOW_SPILLED = 0x8,
	FLOW_STATE_MASK = 0x7,
};

#define FLOW_SPILL_MULTIPLIER 0x9e3779b1U

enum flow_state {
	FLOW_FREE = 0,
	FLOW_HALF_OPEN = 1,     /* half-open table only: a SYN was seen */
	FLOW_UNCONFIRMED = 2,   /* one packet seen mid-stream, or one datagram: may be replaced */
	FLOW_ESTABLISHED = 3,   /* never evicted before its expiry */
	FLOW_CLOSING = 4,       /* FIN or RST seen: short expiry, data restores it */
	FLOW_CLOSING_ACKED = 5, /* and a bare ACK since, as after any FIN; a second one restores it too */
};

struct flow_set {
	__u64 way[FLOW_WAYS];
};

/*
 * Fragments: sets and entries as above, of a hash over source address, id, protocol and the seed of the destination's
 * address row, always in the home set, with the state FLOW_ESTABLISHED. The first fragment makes the entry, those that follow
 * find their member there.
 */

/* --- verdicts --------------------------------------------------------------------------------------------------- */

enum verdict_class {
	CLASS_FORWARDED = 0, /* to a member */
	CLASS_ANSWERED = 1,  /* by the balancer itself */
	CLASS_PASSED = 2,    /* to the kernel, untouched */
	CLASS_DROPPED = 3,   /* always for a VIP */
};

/* Each class has room for 32 reasons: a new one moves no other, and its class is its number >> 5. */
#define VERDICT_CLASS_SHIFT 5
#define VERDICT_ROWS (4 << VERDICT_CLASS_SHIFT)

#define VERDICT_REASONS(X)                                                                                       \
	/* forwarded */                                                                                          \
	X(FORWARDED_FLOW, 1)         /* its flow was known */                                                    \
	X(FORWARDED_NEW_FLOW, 2)     /* by the ring; its flow is known from now on */                            \
	X(FORWARDED_REPICKED, 3)     /* its flow was known, but the member is down: by the ring */               \
	X(FORWARDED_UNTRACKED, 4)    /* by the ring; no way was free in the flow tables */                       \
	X(FORWARDED_STATELESS, 5)    /* by the ring; the service does not track flows */                         \
	X(FORWARDED_FRAGMENT, 6)     /* a later fragment, to where the first one went */                         \
	X(FORWARDED_ICMP_ERROR, 7)   /* to the member of the flow that it quotes */                              \
	X(FORWARDED_SERVER_ID, 8)    /* QUIC: to the member that the connection id names */                      \
	X(FORWARDED_SERVER_ID_UNKNOWN, 9) /* QUIC: by the ring, no member has the server id */                   \
	X(FORWARDED_PREVIOUS_RING, 10) /* from the middle of an unknown flow: by the ring before, which disagrees */ \
	/* answered */                                                                                           \
	X(ANSWERED_ECHO, 32)         /* ICMP and ICMPv6 */                                                       \
	X(ANSWERED_TOO_BIG, 33)      /* fragmentation needed, or packet too big */                               \
	X(ANSWERED_TOO_BIG_DF_CLEAR, 34) /* likewise, though its sender allows fragments: we make none */        \
	/* passed */                                                                                             \
	X(PASSED_NOT_IP, 64)                                                                                     \
	X(PASSED_VLAN, 65)           /* more than two tags */                                                    \
	X(PASSED_MALFORMED, 66)      /* ends or contradicts itself before the ports: nobody can say for whom */  \
	X(PASSED_EXTENSION_HEADER, 67) /* more extension headers than are walked, no payload, or a route to go on */ \
	X(PASSED_PROTOCOL, 68)       /* neither TCP, UDP nor ICMP; or IPv6 neighbour discovery */                \
	X(PASSED_IPV6_OFF, 69)       /* the program is without FEATURE_IPV6 */                                   \
	X(PASSED_NOT_VIP, 70)                                                                                    \
	/* dropped */                                                                                            \
	X(DROPPED_NO_MEMBER, 96)     /* the service's ring is empty */                                           \
	X(DROPPED_NEXT_HOP_UNRESOLVED, 97)                                                                       \
	X(DROPPED_TOO_BIG, 98)       /* would not fit, and may not be answered: over the rate, or itself an error */ \
	X(DROPPED_MALFORMED, 99)     /* the transport header or a length is wrong */                             \
	X(DROPPED_NO_HEADROOM, 100)  /* the driver left no room for the outer header */                          \
	X(DROPPED_BROKEN_TABLE, 101) /* a table points outside another: the daemon's fault */                    \
	X(DROPPED_FRAGMENT_ORPHAN, 102) /* its first fragment was not seen, or too long ago */                   \
	X(DROPPED_ICMP, 103)         /* for a VIP, but neither an echo request nor an error about a flow */      \
	X(DROPPED_SOURCE_DENIED, 104) /* by the service's filter */

/* 0: no verdict yet, go on with the next stage. */
#define VERDICT_AS_ENUMERATOR(name, number) name = number,
enum verdict_reason {
	GO_ON = 0,
	VERDICT_REASONS(VERDICT_AS_ENUMERATOR)
};

/* --- counters --------------------------------------------------------------------------------------------------- */

struct traffic {
	__u64 packets;
	__u64 bytes; /* of the frame as received */
};

/* received = forwarded + answered + passed + dropped, per service. */
struct service_counters {
	struct traffic by_class[4]; /* enum verdict_class */
	__u64 flows_created;        /* entries made in the main table */
	__u64 flows_untracked;      /* packets that followed the ring because no way was free */
	__u64 flows_repicked;       /* packets of a known flow whose member was down */
	__u64 flows_aliased;        /* packets that hit an entry of another service */
};

/* --- settings --------------------------------------------------------------------------------------------------- */

/* What the daemon may change while packets flow. */
enum setting_bits {
	SETTING_ANY_PORT_4 = 1 << 0, /* vips4 has an any-port VIP: a miss looks a second time */
	SETTING_ANY_PORT_6 = 1 << 1,
};

struct settings {
	__u64 bits; /* enum setting_bits */
};

/* --- what a CPU keeps for itself ------------------------------------------------------------------------------- */

/* One row a CPU. Windows are jiffies >> window_shift; what is limited to so many a window begins anew with the next one. */
struct cpu_state {
	__u64 window;
	__u32 answers;       /* ICMP errors sent in this window */
	__u32 syn_reads;     /* SYNs of this window for which the main table was asked */
	__u64 syns_blind;    /* SYNs for which it was not: the sign of a flood */
	__u64 samples;       /* taken in this window */
	__u64 samples_lost;  /* the event buffer was full, or the window's were taken */
};

/* --- samples ---------------------------------------------------------------------------------------------------- */

enum sample_layout {
	SAMPLE_HEAD = 128,
};

/* One packet in so many of each wanted reason, into the event buffer `samples`, by a program with FEATURE_SAMPLES. */
struct sample {
	__u64 jiffies;
	__u32 reason;          /* enum verdict_reason */
	__u32 service;         /* index; 0xffffffff: none */
	__u32 member;          /* id; 0xffffffff: none */
	__u32 ingress_ifindex;
	__u32 frame_length;    /* bytes, as received */
	__u16 head_length;     /* bytes of head that are used */
	__u16 packet_offset;   /* of the received IP packet in head; 0xffff: it is not there */
	__u8 head[SAMPLE_HEAD]; /* of the frame as it left */
};

/* --- specialisation --------------------------------------------------------------------------------------------- */

/*
 * Constants in .rodata: the verifier sees them and removes what they switch off. `specialisation` holds for as long as the
 * maps do; a swap gives the next program the same one, from `meta`. `variant` is the program's own.
 */
struct specialisation {
	__u64 hash_multiplier;      /* of the finaliser; secret, odd */
	__u32 hash_key[6];          /* of NH; secret */
	__u32 tick_shift;           /* jiffies >> tick_shift = ticks */
	__u32 vip4_bucket_bits;     /* log2 of the buckets of vips4 */
	__u32 vip6_bucket_bits;
	__u32 server_bucket_bits;
	__u32 flow_set_bits;        /* log2 of the sets of flows: 16 to 24 */
	__u32 half_open_set_bits;   /* log2 of the sets of half_open */
	__u32 fragment_set_bits;
	__u32 half_open_ticks;      /* how long a SYN waits for its first ACK */
	__u32 unconfirmed_ticks;    /* how long a flow seen once is kept, at most its idle time */
	__u32 closing_ticks;        /* how long a flow is kept after FIN or RST */
	__u32 fragment_ticks;       /* how long the fragments of a packet are waited for */
	__u32 window_shift;         /* jiffies >> window_shift = windows, see struct cpu_state */
	__u32 answers_per_window;   /* ICMP errors a CPU sends at most */
	__u32 syn_reads_per_window; /* SYNs a CPU asks the main table for at most */
};

/* What a configuration does not use is not in the program. */
enum feature_bits {
	FEATURE_IPV6 = 1 << 0,
	FEATURE_VLAN = 1 << 1,    /* tagged frames on the fast path; without it they take the slow one */
	FEATURE_GUE = 1 << 2,
	FEATURE_L2 = 1 << 3,
	FEATURE_ENTROPY = 1 << 4, /* source_bits of members */
	FEATURE_PREFIX = 1 << 5,  /* VIPs that are prefixes */
	FEATURE_FILTER = 1 << 6,  /* SERVICE_ALLOW, SERVICE_DENY */
	FEATURE_HASH = 1 << 7,    /* hash modes but 5-tuple and QUIC */
	FEATURE_QUIC = 1 << 8,
	FEATURE_JUMBO = 1 << 9,   /* frames of several buffers; loaded with BPF_F_XDP_HAS_FRAGS */
	FEATURE_SAMPLES = 1 << 10,
	FEATURE_REPLAY = 1 << 11, /* the time is the daemon's, in the map replay_clock */
};

struct variant {
	__u32 features;    /* enum feature_bits */
	/* With FEATURE_SAMPLES: which packets. */
	__u32 sample_mask;         /* one in sample_mask + 1 of a reason: 2^n - 1 */
	__u16 sample_first_reason; /* enum verdict_reason, from this one */
	__u16 sample_last_reason;  /* to this one */
	__u32 sample_service;      /* index; 0xffffffff: whatever service, or none */
};

/* --- meta ------------------------------------------------------------------------------------------------------- */

/* Two records, so that the next program is on record before its pin replaces the last one's: the record
 * that counts is the one whose program_id the pinned program has. Not its tag: two variants of an object have the same. */
struct program_record {
	__u32 program_id; /* bpf_prog_info.id */
	struct variant variant;
	__u8 object_digest[32]; /* SHA-256 of the object file */
};

/* One row, written by the daemon, never read here: what a later daemon must know to adopt these maps. */
struct meta {
	__u32 format; /* of this map and of the pins */
	__u32 hz;     /* jiffies a second */
	__u8 layout_digest[32];
	__u8 seed_key[32]; /* of the seeds in vips4 and vips6; secret */
	struct program_record program[2];
	struct specialisation specialisation;
};

/* --- clock ------------------------------------------------------------------------------------------------------ */

/* What the program `clock` (BPF_PROG_TYPE_SYSCALL) is run with, and fills in. */
struct clock_reading {
	__u64 jiffies;
};

#endif
