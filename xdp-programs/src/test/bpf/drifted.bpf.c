// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
// The balancer with one field of another name: a layout that is not this build's.
#define name_hash hash_of_name
#include "../../main/bpf/balancer.bpf.c"
