/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The constants of this load, set by the daemon before it. The verifier reads .rodata as known numbers: table
 * sizes become immediates and what is switched off is not even in the program. Never among them: what
 * changes with the network (MACs, addresses).
 */
#ifndef LB_SPECIALISATION_H
#define LB_SPECIALISATION_H

#include <stdbool.h>

#include "lb/abi.h"

const volatile struct specialisation specialisation;
const volatile struct variant variant;

static __always_inline bool feature(enum feature_bits bit)
{
	return variant.features & bit;
}

#endif
