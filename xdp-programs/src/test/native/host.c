/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "constant.h"
#include "host.h"
#include "lb/abi.h"

#define HOST_MAPS_MAX 64

/* XDP_PACKET_HEADROOM less the struct xdp_frame that the kernel keeps there (net/core/filter.c, bpf_xdp_adjust_head). */
#define HEADROOM 256
#define KERNEL_PART_OF_HEADROOM 40

/* What test runs come in on: the loopback device. */
#define INGRESS_IFINDEX 1

struct host_map {
	char name[64];
	int fd;
	struct bpf_map_info info;
	uint8_t *memory;     /* a mapped array, or NULL */
	size_t stride;
	uint8_t **copy;      /* of a per-CPU array: each element in an allocation of its own, from its first use on */
	uint32_t *touched;   /* keys used since the last flush */
	uint32_t touched_count;
	bool *is_touched;
	uint8_t *scratch;    /* one row that is nobody else's */
	uint8_t *found;      /* of any other kind: the element last found */
};

static struct host_map maps[HOST_MAPS_MAX];
static size_t map_count;
static int cpu_count;

uint64_t host_jiffies;

void host_fail(const char *format, ...)
{
	va_list arguments;

	fflush(stdout);
	fputs("native: ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	_exit(2);
}

static void *allocate(size_t count, size_t size)
{
	void *memory = calloc(count, size);

	if (!memory)
		host_fail("no memory for %zu x %zu bytes", count, size);
	return memory;
}

/* --- maps -------------------------------------------------------------------------------------------------------- */

int host_open(const char *pins, const char *kind, const char *name)
{
	char path[PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "%s/%s/%s", pins, kind, name);
	fd = bpf_obj_get(path);
	if (fd < 0)
		host_fail("open %s: %s", path, strerror(-fd));
	return fd;
}

static size_t round_up_8(size_t size)
{
	return (size + 7) & ~(size_t)7;
}

static void *map_memory(const char *name, int fd, size_t length)
{
	void *memory = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (memory == MAP_FAILED)
		host_fail("map '%s': mmap of %zu bytes: %s", name, length, strerror(errno));
	return memory;
}

static void map_open(struct host_map *map, const char *pins, const char *name)
{
	__u32 info_length = sizeof(map->info);

	snprintf(map->name, sizeof(map->name), "%s", name);
	map->fd = host_open(pins, "maps", name);
	if (bpf_obj_get_info_by_fd(map->fd, &map->info, &info_length))
		host_fail("map '%s': no information: %s", name, strerror(errno));
	map->stride = round_up_8(map->info.value_size);
	if (map->info.type == BPF_MAP_TYPE_ARRAY && map->info.map_flags & BPF_F_MMAPABLE) {
		map->memory = map_memory(name, map->fd, map->stride * map->info.max_entries);
	} else if (map->info.type == BPF_MAP_TYPE_PERCPU_ARRAY) {
		map->copy = allocate(map->info.max_entries, sizeof(*map->copy));
		map->touched = allocate(map->info.max_entries, sizeof(*map->touched));
		map->is_touched = allocate(map->info.max_entries, sizeof(*map->is_touched));
	}
}

/* A map's definition is a struct of pointers that nobody follows; the first one leads to the map from now on. */
static void map_bind(struct host_map *map)
{
	struct host_map **definition = dlsym(RTLD_DEFAULT, map->name);

	if (definition)
		*definition = map;
}

static void constant_bind(const char *name, const void *value, size_t size)
{
	void *constant = dlsym(RTLD_DEFAULT, name);

	if (!constant)
		host_fail("the program has no constant '%s'", name);
	constant_set(constant, value, size);
}

static void constants_bind(const char *pins)
{
	const struct meta *meta = host_memory("meta");
	struct bpf_prog_info info = {};
	__u32 info_length = sizeof(info);
	int fd = host_open(pins, "programs", "balancer");

	if (bpf_obj_get_info_by_fd(fd, &info, &info_length))
		host_fail("program 'balancer': no information: %s", strerror(errno));
	close(fd);
	constant_bind("specialisation", &meta->specialisation, sizeof(meta->specialisation));
	for (int i = 0; i < 2; i++) {
		if (meta->program[i].program_id != info.id)
			continue;
		constant_bind("variant", &meta->program[i].variant, sizeof(meta->program[i].variant));
		return;
	}
	host_fail("program 'balancer' (id %u) is not on record in 'meta'", info.id);
}

static void scratch_bind(struct host_map *map, const struct host_scratch *scratch)
{
	snprintf(map->name, sizeof(map->name), "(not pinned)");
	map->info.max_entries = 1;
	map->info.value_size = scratch->value_size;
	map->scratch = allocate(1, scratch->value_size);
	*(struct host_map **)scratch->definition = map;
}

/* No packet may find anything there that another one has left. */
static void scratches_spoil(void)
{
	for (size_t i = 0; i < map_count; i++)
		if (maps[i].scratch)
			memset(maps[i].scratch, 0xee, maps[i].info.value_size);
}

void host_bind(const char *pins)
{
	char path[PATH_MAX];
	struct dirent *entry;
	DIR *directory;

	cpu_count = libbpf_num_possible_cpus();
	snprintf(path, sizeof(path), "%s/maps", pins);
	directory = opendir(path);
	if (!directory)
		host_fail("open %s: %s", path, strerror(errno));
	while ((entry = readdir(directory))) {
		if (entry->d_name[0] == '.')
			continue;
		if (map_count == HOST_MAPS_MAX)
			host_fail("more than %d maps under %s", HOST_MAPS_MAX, path);
		map_open(&maps[map_count], pins, entry->d_name);
		map_bind(&maps[map_count]);
		map_count++;
	}
	closedir(directory);
	for (const struct host_scratch *scratch = host_scratches; scratch->definition; scratch++)
		scratch_bind(&maps[map_count++], scratch);
	constants_bind(pins);
}

void *host_memory(const char *name)
{
	for (size_t i = 0; i < map_count; i++)
		if (!strcmp(maps[i].name, name))
			return maps[i].memory;
	host_fail("no map '%s' is pinned", name);
}

void *host_map_memory(const char *pins, const char *name)
{
	struct host_map map = {};

	map_open(&map, pins, name);
	return map.memory;
}

static void *lookup_percpu(struct host_map *map, uint32_t key)
{
	if (key >= map->info.max_entries)
		return NULL;
	if (!map->copy[key])
		map->copy[key] = allocate(1, map->info.value_size);
	if (!map->is_touched[key]) {
		map->is_touched[key] = true;
		map->touched[map->touched_count++] = key;
	}
	return map->copy[key];
}

static void *lookup_any(struct host_map *map, const void *key)
{
	free(map->found);
	map->found = allocate(1, map->info.value_size);
	return bpf_map_lookup_elem(map->fd, key, map->found) ? NULL : map->found;
}

void *host_map_lookup(void *definition, const void *key)
{
	struct host_map *map = *(struct host_map **)definition;
	uint32_t index;

	if (!map)
		host_fail("the program uses a map that is neither pinned nor among the host_scratches of datapath.c");
	if (!map->memory && !map->copy && !map->scratch)
		return lookup_any(map, key);
	memcpy(&index, key, sizeof(index));
	if (map->scratch)
		return index ? NULL : map->scratch;
	if (map->copy)
		return lookup_percpu(map, index);
	return index < map->info.max_entries ? map->memory + index * map->stride : NULL;
}

static void map_flush(struct host_map *map)
{
	uint8_t *values = allocate(cpu_count, map->stride);

	for (uint32_t i = 0; i < map->touched_count; i++) {
		uint32_t key = map->touched[i];

		memcpy(values, map->copy[key], map->info.value_size);
		if (bpf_map_update_elem(map->fd, &key, values, BPF_ANY))
			host_fail("map '%s': write of element %u: %s", map->name, key, strerror(errno));
		map->is_touched[key] = false;
	}
	map->touched_count = 0;
	free(values);
}

void host_flush(void)
{
	for (size_t i = 0; i < map_count; i++)
		if (maps[i].copy)
			map_flush(&maps[i]);
}

void host_reset(void)
{
	for (size_t i = 0; i < map_count; i++) {
		for (uint32_t key = 0; maps[i].copy && key < maps[i].info.max_entries; key++) {
			free(maps[i].copy[key]);
			maps[i].copy[key] = NULL;
			maps[i].is_touched[key] = false;
		}
		maps[i].touched_count = 0;
	}
}

/* --- clock and redirection ----------------------------------------------------------------------------------------- */

uint64_t bpf_jiffies64(void)
{
	return host_jiffies;
}

long bpf_redirect(__u32 ifindex, __u64 flags)
{
	if (flags)
		host_fail("bpf_redirect with flags 0x%llx", flags);
	return XDP_REDIRECT;
}

/* --- event buffers and checksums ------------------------------------------------------------------------------------- */

/* Nobody reads what is written here but the address sanitizer. */
void *bpf_ringbuf_reserve(void *ringbuf, __u64 size, __u64 flags)
{
	if (flags)
		host_fail("bpf_ringbuf_reserve with flags 0x%llx", flags);
	return malloc(size);
}

void bpf_ringbuf_submit(void *record, __u64 flags)
{
	if (flags)
		host_fail("bpf_ringbuf_submit with flags 0x%llx", flags);
	free(record);
}

/* The kernel's (net/core/filter.c): a sum of 16-bit words in memory order, in 32 bits, neither folded nor complemented. */
__s64 bpf_csum_diff(__be32 *from, __u32 from_size, __be32 *to, __u32 to_size, __u32 seed)
{
	__u64 sum = seed;

	if (from_size % 4 || to_size % 4 || from_size + to_size > 512)
		return -EINVAL;
	for (__u32 i = 0; i < from_size / 4; i++)
		sum += (__u32)~from[i];
	for (__u32 i = 0; i < to_size / 4; i++)
		sum += to[i];
	while (sum >> 32)
		sum = (sum & 0xffffffff) + (sum >> 32);
	return sum;
}

/* --- frames -------------------------------------------------------------------------------------------------------- */

static long headroom;

/* A new home for the frame, `head` bytes longer in front and `tail` at the end (shorter if negative). New bytes
 * are not initialised, as those in front of a kernel's frame are not. */
static void frame_move(struct xdp_md *ctx, long head, long tail)
{
	long length = (uint8_t *)ctx->data_end - (uint8_t *)ctx->data, moved = length + head + tail;
	uint8_t *from = ctx->data, *to = malloc(moved);
	long skip = head < 0 ? -head : 0, into = head < 0 ? 0 : head;
	long kept = length - skip + (tail < 0 ? tail : 0);

	if (!to)
		host_fail("no memory for a frame of %ld bytes", moved);
	memset(to, 0xee, moved);
	memcpy(to + into, from + skip, kept);
	free(from);
	ctx->data = ctx->data_meta = to;
	ctx->data_end = to + moved;
}

long bpf_xdp_adjust_head(struct xdp_md *ctx, int by)
{
	long length = (uint8_t *)ctx->data_end - (uint8_t *)ctx->data;

	if (headroom + by < KERNEL_PART_OF_HEADROOM || length - by < ETH_HLEN)
		return -EINVAL;
	headroom += by;
	frame_move(ctx, -by, 0);
	return 0;
}

/* Shorter only: longer is a matter of tailroom, which no frame here has. */
long bpf_xdp_adjust_tail(struct xdp_md *ctx, int by)
{
	long length = (uint8_t *)ctx->data_end - (uint8_t *)ctx->data;

	if (by > 0 || length + by < ETH_HLEN)
		return -EINVAL;
	frame_move(ctx, 0, by);
	return 0;
}

__u64 bpf_xdp_get_buff_len(struct xdp_md *ctx)
{
	return (uint8_t *)ctx->data_end - (uint8_t *)ctx->data;
}

long bpf_xdp_load_bytes(struct xdp_md *ctx, __u32 offset, void *to, __u32 length)
{
	if (offset + (__u64)length > bpf_xdp_get_buff_len(ctx))
		return -EINVAL;
	memcpy(to, (uint8_t *)ctx->data + offset, length);
	return 0;
}

int balancer(struct xdp_md *ctx);

int host_run(const uint8_t *frame, size_t length, size_t metadata, const uint8_t **out, size_t *out_length)
{
	static struct xdp_md ctx;
	int code;

	free(ctx.data);
	ctx = (struct xdp_md){.data = malloc(length), .ingress_ifindex = INGRESS_IFINDEX};
	if (!ctx.data)
		host_fail("no memory for a frame of %zu bytes", length);
	memcpy(ctx.data, frame, length);
	ctx.data_meta = ctx.data;
	ctx.data_end = (uint8_t *)ctx.data + length;
	headroom = HEADROOM - metadata;
	scratches_spoil();

	code = balancer(&ctx);
	*out = ctx.data;
	*out_length = (uint8_t *)ctx.data_end - (uint8_t *)ctx.data;
	return code;
}
