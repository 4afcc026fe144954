/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* The datapath as this process runs it: the sources that the kernel gets, and no others. */
#include "balancer.bpf.c"
