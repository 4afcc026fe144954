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
	size_t length;
	size_t stride;
	uint8_t **copy;      /* of a per-CPU array: each element in an allocation of its own, from its first use on */
	uint32_t *touched;   /* keys used since the last flush */
	uint32_t touched_count;
	bool *is_touched;
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

static void map_open(struct host_map *map, const char *pins, const char *name)
{
	__u32 info_length = sizeof(map->info);

	snprintf(map->name, sizeof(map->name), "%s", name);
	map->fd = host_open(pins, "maps", name);
	if (bpf_obj_get_info_by_fd(map->fd, &map->info, &info_length))
		host_fail("map '%s': no information: %s", name, strerror(errno));
	map->stride = round_up_8(map->info.value_size);
	map->length = map->stride * map->info.max_entries;
	if (map->info.type == BPF_MAP_TYPE_ARRAY && map->info.map_flags & BPF_F_MMAPABLE) {
		map->memory = mmap(NULL, map->length, PROT_READ | PROT_WRITE, MAP_SHARED, map->fd, 0);
		if (map->memory == MAP_FAILED)
			host_fail("map '%s': mmap of %zu bytes: %s", name, map->length, strerror(errno));
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

/* The daemon writes it into the object before the load; here it is in a read-only page. */
static void specialisation_bind(void)
{
	const struct meta *meta = host_memory("meta", NULL);
	void *target = dlsym(RTLD_DEFAULT, "specialisation");
	uintptr_t page = sysconf(_SC_PAGESIZE), first, end;

	if (!target)
		host_fail("the program has no 'specialisation'");
	first = (uintptr_t)target & ~(page - 1);
	end = ((uintptr_t)target + sizeof(meta->specialisation) + page - 1) & ~(page - 1);
	if (mprotect((void *)first, end - first, PROT_READ | PROT_WRITE))
		host_fail("mprotect of 'specialisation': %s", strerror(errno));
	memcpy(target, &meta->specialisation, sizeof(meta->specialisation));
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
	specialisation_bind();
}

void *host_memory(const char *name, size_t *length)
{
	for (size_t i = 0; i < map_count; i++) {
		if (strcmp(maps[i].name, name))
			continue;
		if (length)
			*length = maps[i].length;
		return maps[i].memory;
	}
	host_fail("no map '%s' is pinned", name);
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
		host_fail("the program uses a map that is not pinned");
	if (!map->memory && !map->copy)
		return lookup_any(map, key);
	memcpy(&index, key, sizeof(index));
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

/* The sum over all CPUs, word by word: what is counted per CPU are u64 counters. */
static void percpu_read(const struct host_map *map, int fd, uint32_t key, uint64_t *sum)
{
	size_t words = map->stride / sizeof(*sum);
	uint64_t *values = allocate(cpu_count, map->stride);

	if (bpf_map_lookup_elem(fd, &key, values))
		host_fail("map '%s': read of element %u: %s", map->name, key, strerror(errno));
	for (size_t i = 0; i < words * cpu_count; i++)
		sum[i % words] += values[i];
	free(values);
}

static void map_take_over(struct host_map *map, const char *pins)
{
	int fd = host_open(pins, "maps", map->name);

	if (map->memory) {
		void *theirs = mmap(NULL, map->length, PROT_READ, MAP_SHARED, fd, 0);

		if (theirs == MAP_FAILED)
			host_fail("map '%s' under %s: mmap: %s", map->name, pins, strerror(errno));
		memcpy(map->memory, theirs, map->length);
		munmap(theirs, map->length);
	}
	for (uint32_t key = 0; map->copy && key < map->info.max_entries; key++) {
		uint64_t *sum = allocate(1, map->stride);

		percpu_read(map, fd, key, sum);
		memcpy(lookup_percpu(map, key), sum, map->info.value_size);
		free(sum);
	}
	close(fd);
}

void host_take_over(const char *pins)
{
	for (size_t i = 0; i < map_count; i++)
		map_take_over(&maps[i], pins);
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

	code = balancer(&ctx);
	*out = ctx.data;
	*out_length = (uint8_t *)ctx.data_end - (uint8_t *)ctx.data;
	return code;
}
