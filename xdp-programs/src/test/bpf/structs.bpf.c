// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
// The C structs that Java passes to libbpf and the kernel, so that their BTF can be held against the Java layouts. Never loaded.
#define __x86_64__ 1 // glibc's headers look for a 32-bit variant of themselves otherwise: -target bpf names no machine
#include <linux/bpf.h>
#include <linux/poll.h>
#include <stddef.h>
#include <stdbool.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#define KEEP(name) struct name keep_##name

KEEP(bpf_object_open_opts);
KEEP(bpf_map_create_opts);
KEEP(bpf_map_batch_opts);
KEEP(bpf_link_create_opts);
KEEP(bpf_link_update_opts);
KEEP(bpf_test_run_opts);
KEEP(bpf_tc_hook);
KEEP(bpf_tc_opts);
KEEP(bpf_map_info);
KEEP(bpf_prog_info);
KEEP(bpf_link_info);
KEEP(bpf_btf_info);
KEEP(pollfd);
