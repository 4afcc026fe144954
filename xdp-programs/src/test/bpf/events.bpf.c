// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
// Fills a ring buffer of one page on request; the numbers tell the reader what it has missed.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct event {
	__u64 number;
	__u64 twice;
	__u32 odd_length;
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} events SEC(".maps");

struct request {
	__u32 count;
	__u32 discard_every; // 0: none
	__u32 emitted;
};

__u64 full;
__u64 next_number;

// One event of 20 bytes, the number of those before it in it; a full buffer ends the loop.
static long emit_one(__u32 i, struct request *request)
{
	struct event *event = bpf_ringbuf_reserve(&events, 20, 0);

	if (!event) {
		full++;
		return 1;
	}
	event->number = next_number;
	event->twice = 2 * next_number;
	event->odd_length = (__u32)next_number;
	next_number++;
	request->emitted++;
	if (request->discard_every && next_number % request->discard_every == 0)
		bpf_ringbuf_discard(event, 0);
	else
		bpf_ringbuf_submit(event, 0);
	return 0;
}

// Emits up to request->count events; the return value is how many found room.
SEC("syscall")
int emit(struct request *given)
{
	struct request request = *given;

	bpf_loop(request.count, emit_one, &request, 0);
	return request.emitted;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
