/*
 * Memory that runs out: in a program linked with scarce.c (filial_scarce) the n-th
 * allocation from scarce_from() on fails, and with `for_ever` all that follow.
 */

#ifndef TESTS_HARNESS_SCARCE_H
#define TESTS_HARNESS_SCARCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* 0: none fails. Forgets how many there were. */
void scarce_from(uint64_t n, bool for_ever);
/* Did one fail since then? Ends it. */
bool scarce_end(void);
/* Allocations since then. */
uint64_t scarce_count(void);
/* Never fails for that reason: memory of the test itself. */
void *scarce_plain_malloc(size_t size);

#endif
