/*
 * Varint size of chunks; then runs, one behind the other: varint how many lsns are passed
 * over, varint how many are taken behind them. A journal that nothing was replaced in is
 * one run.
 */

#include "taken.h"

#include <string.h>

#include "storage/messages.h"

void fl_taken_init(struct fl_taken *taken)
{
    memset(taken, 0, sizeof(*taken));
    fl_buffer_init(&taken->bytes, FL_MESSAGE_TAKEN_BYTES_MAX);
}

void fl_taken_begin(struct fl_taken *taken, uint64_t lsn_from, size_t chunk_bytes)
{
    fl_buffer_clear(&taken->bytes);
    fl_buffer_put_varint(&taken->bytes, chunk_bytes);
    taken->lsn_end = lsn_from;
    taken->lsn_run = lsn_from;
    taken->lsn_last = lsn_from;
}

void fl_taken_deinit(struct fl_taken *taken)
{
    fl_buffer_deinit(&taken->bytes);
}

static void close_run(struct fl_taken *taken)
{
    if (taken->lsn_last > taken->lsn_run) {
        fl_buffer_put_varint(&taken->bytes, taken->lsn_run - taken->lsn_end);
        fl_buffer_put_varint(&taken->bytes, taken->lsn_last - taken->lsn_run);
        taken->lsn_end = taken->lsn_last;
    }
}

void fl_taken_add(struct fl_taken *taken, uint64_t lsn)
{
    FL_ASSERT(lsn > taken->lsn_last);
    if (lsn != taken->lsn_last + 1) {
        close_run(taken);
        taken->lsn_run = lsn - 1;
    }
    taken->lsn_last = lsn;
}

struct fl_bytes fl_taken_end(struct fl_taken *taken)
{
    close_run(taken);
    return fl_buffer_status(&taken->bytes) == FL_OK ? fl_buffer_view(&taken->bytes)
                                                    : (struct fl_bytes){0};
}

struct fl_taken_reader fl_taken_read(struct fl_bytes taken, uint64_t lsn_from)
{
    struct fl_taken_reader reader = {.reader = fl_reader_of(taken), .lsn = lsn_from};
    uint64_t chunk_bytes = fl_reader_varint(&reader.reader);

    if (!reader.reader.failed && chunk_bytes <= FL_CHUNK_PLAIN_BYTES_MAX) {
        reader.chunk_bytes = (size_t)chunk_bytes;
    }
    return reader;
}

bool fl_taken_next(struct fl_taken_reader *reader, uint64_t *out_lsn)
{
    if (reader->left == 0) {
        reader->lsn += fl_reader_varint(&reader->reader);
        reader->left = fl_reader_varint(&reader->reader);
        if (reader->reader.failed || reader->left == 0) {
            return false;
        }
    }
    reader->left--;
    *out_lsn = ++reader->lsn;
    return true;
}
