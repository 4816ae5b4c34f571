#include "site/site_run.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "table/scratch.h"

/* Of each run a block is in memory, of all together no more than so many records. */
enum {
    RUNS_MAX = 4096,
    BLOCK_RECORDS = 512,
    BLOCK_RECORDS_MIN = 32,
    ALL_RECORDS = 1 << 17
};

struct run {
    uint64_t begin; /* in records */
    uint64_t end;
    uint64_t at;                 /* to be read next */
    struct fl_site_record least; /* its first: to begin anew, nothing need be read */
    struct fl_site_record *block;
    size_t first; /* of those in the block */
    size_t count; /* 0: it is not read yet */
};

struct fl_site_runs {
    FILE *file;
    struct fl_leavings *leavings; /* where it goes in the end */
    struct run runs[RUNS_MAX];
    size_t count;
    uint16_t heap[RUNS_MAX]; /* runs that are not at their end */
    size_t heap_count;
    size_t block_records;
    struct fl_uuid asked; /* last */
};

int fl_site_record_compare(const void *left, const void *right)
{
    const struct fl_site_record *a = left;
    const struct fl_site_record *b = right;
    const int goods = fl_uuid_compare(a->goods, b->goods);
    const int other = goods != 0 ? goods : fl_uuid_compare(a->other, b->other);
    return other != 0 ? other : (a->period > b->period) - (a->period < b->period);
}

static enum fl_status fail(struct fl_error *out_error)
{
    return fl_error_set(
        out_error, FL_IO, "prices and stock cannot be sorted on the disk: %s",
        strerror(errno));
}

/* --- putting --- */

static enum fl_status open_runs(
    struct fl_node *node,
    struct fl_site_runs **out_runs,
    struct fl_error *out_error)
{
    struct fl_site_runs *runs = fl_alloc_zeroed(1, sizeof *runs);
    int descriptor = -1;
    if (runs == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    runs->leavings = &node->leavings;
    enum fl_status status = fl_scratch_open(node->directory, &descriptor, out_error);
    if (status == FL_OK && (runs->file = fdopen(descriptor, "w+b")) == NULL) {
        (void)close(descriptor);
        status = fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    if (status != FL_OK) {
        fl_site_runs_free(runs);
        return status;
    }
    *out_runs = runs;
    return FL_OK;
}

enum fl_status fl_site_runs_put(
    struct fl_site_runs **io_runs,
    struct fl_node *node,
    const struct fl_site_record *records,
    size_t count,
    struct fl_error *out_error)
{
    enum fl_status status =
        *io_runs == NULL ? open_runs(node, io_runs, out_error) : FL_OK;
    struct fl_site_runs *runs = *io_runs;
    if (status != FL_OK) {
        return status;
    }
    if (runs->count == RUNS_MAX) {
        return fl_error_set(
            out_error, FL_LIMIT, "there are more prices and stock than can be sorted");
    }
    if (fwrite(records, sizeof *records, count, runs->file) != count) {
        return fail(out_error);
    }
    const uint64_t begin = runs->count == 0 ? 0 : runs->runs[runs->count - 1].end;
    runs->runs[runs->count++] =
        (struct run){.begin = begin, .end = begin + count, .least = records[0]};
    return FL_OK;
}

void fl_site_runs_free(struct fl_site_runs *runs)
{
    if (runs == NULL) {
        return;
    }
    for (size_t i = 0; i < runs->count; i++) {
        fl_free(runs->runs[i].block);
    }
    if (runs->file != NULL) {
        fl_leavings_take(runs->leavings, runs->file);
    }
    fl_free(runs);
}

/* --- merging --- */

static enum fl_status fill(
    struct fl_site_runs *runs,
    struct run *run,
    struct fl_error *out_error)
{
    const uint64_t left = run->end - run->at;
    const size_t count = left < runs->block_records ? (size_t)left : runs->block_records;
    const off_t place = (off_t)(run->at * sizeof *run->block);
    run->first = 0;
    run->count = 0;
    if (count > 0 &&
        (fseeko(runs->file, place, SEEK_SET) != 0 ||
         fread(run->block, sizeof *run->block, count, runs->file) != count)) {
        return fail(out_error);
    }
    run->count = count;
    run->at += count;
    return FL_OK;
}

static const struct fl_site_record *head(const struct fl_site_runs *runs, size_t place)
{
    const struct run *run = &runs->runs[runs->heap[place]];
    return run->count == 0 ? &run->least : &run->block[run->first];
}

/* The run with the first record of all stands at the top. */
static void sink(struct fl_site_runs *runs, size_t place)
{
    for (;;) {
        size_t least = place;
        for (size_t child = 2 * place + 1; child <= 2 * place + 2; child++) {
            if (child < runs->heap_count &&
                fl_site_record_compare(head(runs, child), head(runs, least)) < 0) {
                least = child;
            }
        }
        if (least == place) {
            return;
        }
        const uint16_t moved = runs->heap[place];
        runs->heap[place] = runs->heap[least];
        runs->heap[least] = moved;
        place = least;
    }
}

static void restart(struct fl_site_runs *runs)
{
    runs->heap_count = runs->count;
    runs->asked = (struct fl_uuid){{0}};
    for (size_t i = 0; i < runs->count; i++) {
        struct run *run = &runs->runs[i];
        run->at = run->begin;
        run->first = 0;
        run->count = 0;
        runs->heap[i] = (uint16_t)i;
    }
    for (size_t i = runs->heap_count; i > 0; i--) {
        sink(runs, i - 1);
    }
}

enum fl_status fl_site_runs_begin(struct fl_site_runs *runs, struct fl_error *out_error)
{
    const size_t share = ALL_RECORDS / (runs->count + 1);
    runs->block_records = share > BLOCK_RECORDS       ? (size_t)BLOCK_RECORDS
                          : share < BLOCK_RECORDS_MIN ? (size_t)BLOCK_RECORDS_MIN
                                                      : share;
    for (size_t i = 0; i < runs->count; i++) {
        if (runs->runs[i].block == NULL) {
            runs->runs[i].block =
                fl_alloc(runs->block_records * sizeof *runs->runs[i].block);
        }
        if (runs->runs[i].block == NULL) {
            return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
        }
    }
    if (fflush(runs->file) != 0) {
        return fail(out_error);
    }
    restart(runs);
    return FL_OK;
}

bool fl_site_runs_next(const struct fl_site_runs *runs, struct fl_uuid *out_goods)
{
    if (runs->heap_count == 0) {
        return false;
    }
    *out_goods = head(runs, 0)->goods;
    return true;
}

static enum fl_status pass(struct fl_site_runs *runs, struct fl_error *out_error)
{
    struct run *run = &runs->runs[runs->heap[0]];
    enum fl_status status = run->count == 0 ? fill(runs, run, out_error) : FL_OK;
    run->first++;
    if (status == FL_OK && run->first == run->count) {
        status = fill(runs, run, out_error);
    }
    if (run->count == 0) {
        runs->heap[0] = runs->heap[--runs->heap_count];
    }
    sink(runs, 0);
    return status;
}

enum fl_status fl_site_runs_collect(
    struct fl_site_runs *runs,
    struct fl_uuid goods,
    struct fl_site_record *out_records,
    size_t capacity,
    size_t *out_count,
    struct fl_error *out_error)
{
    enum fl_status status = FL_OK;
    int order = 0;
    if (fl_uuid_compare(goods, runs->asked) < 0) {
        restart(runs);
    }
    runs->asked = goods;
    *out_count = 0;
    while (status == FL_OK && runs->heap_count > 0 &&
           (order = fl_uuid_compare(head(runs, 0)->goods, goods)) <= 0) {
        if (order == 0 && *out_count == capacity) {
            return fl_error_set(
                out_error, FL_LIMIT, "one product has more than %zu records", capacity);
        }
        if (order == 0) {
            out_records[(*out_count)++] = *head(runs, 0);
        }
        status = pass(runs, out_error);
    }
    return status;
}
