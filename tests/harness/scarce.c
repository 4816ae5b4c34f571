/*
 * The linker sends what the linked libraries ask of malloc and its kin here (--wrap).
 */

#include "scarce.h"

static uint64_t count;
static uint64_t first;
static bool lasts;
static bool failed;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count_wanted, size_t size);
void *__real_realloc(void *memory, size_t size);
int __real_posix_memalign(void **out_memory, size_t alignment, size_t size);

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count_wanted, size_t size);
void *__wrap_realloc(void *memory, size_t size);
int __wrap_posix_memalign(void **out_memory, size_t alignment, size_t size);

static bool is_there_none(void)
{
    count++;
    bool none = first > 0 && (count == first || (lasts && count > first));
    failed = failed || none;
    return none;
}

void *__wrap_malloc(size_t size)
{
    return is_there_none() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count_wanted, size_t size)
{
    return is_there_none() ? NULL : __real_calloc(count_wanted, size);
}

void *__wrap_realloc(void *memory, size_t size)
{
    return is_there_none() ? NULL : __real_realloc(memory, size);
}

int __wrap_posix_memalign(void **out_memory, size_t alignment, size_t size)
{
    return is_there_none() ? 12 /* ENOMEM */
                           : __real_posix_memalign(out_memory, alignment, size);
}

void scarce_from(uint64_t n, bool for_ever)
{
    count = 0;
    first = n;
    lasts = for_ever;
    failed = false;
}

bool scarce_end(void)
{
    first = 0;
    return failed;
}

uint64_t scarce_count(void)
{
    return count;
}

void *scarce_plain_malloc(size_t size)
{
    return __real_malloc(size);
}
