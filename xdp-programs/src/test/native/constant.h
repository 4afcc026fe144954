/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The datapath's constants (`const volatile`) are set by the daemon in the object, before it is loaded. In this process they
 * stand in a read-only page, which is opened for writing.
 */
#ifndef NATIVE_CONSTANT_H
#define NATIVE_CONSTANT_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static inline void constant_set(const volatile void *constant, const void *value, size_t size)
{
	uintptr_t page = sysconf(_SC_PAGESIZE), target = (uintptr_t)constant;
	uintptr_t first = target & ~(page - 1), end = (target + size + page - 1) & ~(page - 1);

	if (mprotect((void *)first, end - first, PROT_READ | PROT_WRITE)) {
		perror("native: mprotect of a constant");
		_exit(2);
	}
	asm volatile("" : "+r"(target)); /* the compiler must not know that it is a constant's address */
	memcpy((void *)target, value, size);
}

#endif
