/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * native PINS [KERNEL_PINS]: runs the datapath in this process, compiled with the address and undefined sanitizers, on the
 * maps that are pinned under PINS; with KERNEL_PINS each frame also goes through the program that is pinned there, in the
 * kernel, and both must agree: on the XDP code, on every byte, and that a passed frame is untouched. Both
 * datapaths must have been configured alike, and loaded with FEATURE_REPLAY, so that time is the same for both.
 *
 * Requests come on stdin, answers leave on stdout; numbers in the host's byte order:
 *   {u32 kind, u32 length, body}     ->  {u32 length, body}
 *   RUN   u32 metadata, frame        ->  i32 XDP code, the frame as the program left it
 *   ADD   frame                      ->  nothing: it is in the corpus of FUZZ
 *   FUZZ  u64 seed, first, count     ->  u64 frames and bytes of each XDP code 0 to 4
 *   RESET                            ->  nothing: counts begin at 0 again
 * Any disagreement ends the process with status 2 and a message on stderr, what a sanitizer finds with its report. The end
 * of stdin ends it with status 0.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/bpf.h>
#include <bpf/bpf.h>

#include "host.h"
#include "lb/abi.h"
#include "mutate.h"

enum request_kind {
	REQUEST_RUN = 1,
	REQUEST_ADD = 2,
	REQUEST_FUZZ = 3,
	REQUEST_RESET = 4,
};

#define XDP_CODES 5
#define FRAME_MAX 65536

struct result {
	int code;
	const uint8_t *frame;
	size_t length;
};

static struct corpus corpus;
static int clock_fd;
static int kernel_fd = -1;
static struct clock_reading *kernel_clock;

/* --- clock ------------------------------------------------------------------------------------------------------- */

/* For a program that asks the kernel for the time. */
static void clock_read(void)
{
	struct clock_reading reading = {};
	LIBBPF_OPTS(bpf_test_run_opts, options, .ctx_in = &reading, .ctx_size_in = sizeof(reading));

	if (bpf_prog_test_run_opts(clock_fd, &options))
		host_fail("test run of the program 'clock' failed");
	host_jiffies = reading.jiffies;
}

/* For two programs that are told the time, and told the same. */
static void clock_advance(uint64_t jiffies)
{
	struct clock_reading *native = host_memory("replay_clock");

	native->jiffies += jiffies;
	if (kernel_clock)
		kernel_clock->jiffies = native->jiffies;
}

/* --- one frame ----------------------------------------------------------------------------------------------------- */

static struct result run_kernel(const uint8_t *frame, size_t length)
{
	static uint8_t out[FRAME_MAX];
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = frame, .data_size_in = length, .data_out = out,
		    .data_size_out = sizeof(out), .repeat = 1);
	int error = bpf_prog_test_run_opts(kernel_fd, &options);

	if (error)
		host_fail("test run of 'balancer' on %zu bytes: %s", length, strerror(-error));
	return (struct result){.code = options.retval, .frame = out, .length = options.data_size_out};
}

static struct result run_native(const uint8_t *frame, size_t length, size_t metadata)
{
	struct result result;

	result.code = host_run(frame, length, metadata, &result.frame, &result.length);
	return result;
}

static void print_bytes(const char *what, const uint8_t *bytes, size_t length)
{
	fprintf(stderr, "%s ", what);
	for (size_t i = 0; i < length; i++)
		fprintf(stderr, "%02x", bytes[i]);
	fputc('\n', stderr);
}

static bool result_equal(const struct result *a, const struct result *b)
{
	return a->code == b->code && a->length == b->length && !memcmp(a->frame, b->frame, a->length);
}

static void require_untouched(const char *who, const uint8_t *frame, size_t length, const struct result *result)
{
	if (result->code == XDP_PASS && (result->length != length || memcmp(result->frame, frame, length))) {
		print_bytes("frame ", frame, length);
		print_bytes("passed", result->frame, result->length);
		host_fail("%s: a passed frame was changed", who);
	}
	if (result->code <= XDP_ABORTED || result->code >= XDP_CODES) {
		print_bytes("frame ", frame, length);
		host_fail("%s: XDP code %d", who, result->code);
	}
}

static struct result run_both(const uint8_t *frame, size_t length)
{
	struct result native, kernel;

	if (kernel_fd >= 0) {
		kernel = run_kernel(frame, length);
		require_untouched("kernel", frame, length, &kernel);
	}
	native = run_native(frame, length, 0);
	require_untouched("native", frame, length, &native);
	if (kernel_fd < 0 || result_equal(&kernel, &native))
		return native;
	print_bytes("frame ", frame, length);
	print_bytes("kernel", kernel.frame, kernel.length);
	print_bytes("native", native.frame, native.length);
	host_fail("the kernel's XDP code is %d, the native one %d", kernel.code, native.code);
}

/* --- fuzzing ------------------------------------------------------------------------------------------------------- */

struct fuzz_request {
	uint64_t seed;
	uint64_t first;
	uint64_t count;
};

struct fuzz_answer {
	struct traffic by_code[XDP_CODES];
};

/* Time stands still for so many frames. */
#define FUZZ_BURST 64

/* By how much it goes on then: mostly a little, so that limits per window matter; at times much, so that flows expire. */
static uint64_t fuzz_pause(uint64_t seed, uint64_t burst)
{
	uint64_t random = mutate_random(seed, burst);

	return random % 256 ? random >> 8 & 15 : random >> 8 & 0xffff;
}

static struct fuzz_answer fuzz(const struct fuzz_request *request)
{
	struct fuzz_answer answer = {};
	struct frame frame;

	for (uint64_t i = 0; i < request->count; i++) {
		uint64_t number = request->first + i;
		struct result result;

		if (number % FUZZ_BURST == 0)
			clock_advance(fuzz_pause(request->seed, number / FUZZ_BURST));
		mutate(&corpus, request->seed, number, &frame);
		result = run_both(frame.bytes, frame.length);
		answer.by_code[result.code].packets++;
		answer.by_code[result.code].bytes += frame.length;
	}
	host_flush();
	return answer;
}

/* --- requests ------------------------------------------------------------------------------------------------------- */

static void answer(const void *head, uint32_t head_length, const void *body, uint32_t body_length)
{
	uint32_t length = head_length + body_length;

	fwrite(&length, sizeof(length), 1, stdout);
	fwrite(head, head_length, 1, stdout);
	if (body_length)
		fwrite(body, body_length, 1, stdout);
	if (fflush(stdout))
		exit(0); /* whoever asked is gone */
}

static struct result run_once(const uint8_t *body, uint32_t length)
{
	uint32_t metadata;

	if (length < sizeof(metadata))
		host_fail("RUN of %u bytes", length);
	memcpy(&metadata, body, sizeof(metadata));
	body += sizeof(metadata);
	length -= sizeof(metadata);
	clock_read();
	if (kernel_fd < 0)
		return run_native(body, length, metadata);
	if (metadata)
		host_fail("metadata is not for the kernel beside");
	return run_both(body, length);
}

static void serve(uint32_t kind, const uint8_t *body, uint32_t length)
{
	struct fuzz_request request;
	struct fuzz_answer fuzzed;
	struct result result;

	switch (kind) {
	case REQUEST_RUN:
		result = run_once(body, length);
		host_flush();
		answer(&result.code, sizeof(result.code), result.frame, result.length);
		break;
	case REQUEST_ADD:
		corpus_add(&corpus, body, length);
		answer(NULL, 0, NULL, 0);
		break;
	case REQUEST_FUZZ:
		if (length != sizeof(request) || !corpus.count)
			host_fail("FUZZ wants %zu bytes and a corpus, not %u bytes and %zu frames", sizeof(request), length,
				  corpus.count);
		memcpy(&request, body, sizeof(request));
		fuzzed = fuzz(&request);
		answer(&fuzzed, sizeof(fuzzed), NULL, 0);
		break;
	case REQUEST_RESET:
		host_reset();
		answer(NULL, 0, NULL, 0);
		break;
	default:
		host_fail("request of kind %u", kind);
	}
}

/* What the program in the kernel keeps per CPU is to be one state, as it is here. */
static void stay_on_one_cpu(void)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(sched_getcpu(), &cpus);
	if (sched_setaffinity(0, sizeof(cpus), &cpus))
		host_fail("sched_setaffinity: %s", strerror(errno));
}

int main(int count, char **words)
{
	static uint8_t body[FRAME_MAX];
	uint32_t head[2];

	if (count < 2 || count > 3)
		host_fail("usage: native PINS [KERNEL_PINS]");
	host_bind(words[1]);
	clock_fd = host_open(words[1], "programs", "clock");
	if (count == 3) {
		kernel_fd = host_open(words[2], "programs", "balancer");
		kernel_clock = host_map_memory(words[2], "replay_clock");
		clock_advance(0);
		stay_on_one_cpu();
	}
	while (fread(head, sizeof(head), 1, stdin) == 1) {
		if (head[1] > sizeof(body) || (head[1] && fread(body, head[1], 1, stdin) != 1))
			host_fail("request of %u bytes", head[1]);
		serve(head[0], body, head[1]);
	}
	return 0;
}
