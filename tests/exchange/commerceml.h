/*
 * Files of CommerceML in memory, for tests: read as a list of items, written as a text.
 */

#ifndef TESTS_EXCHANGE_COMMERCEML_H
#define TESTS_EXCHANGE_COMMERCEML_H

/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exchange/commerceml.h"

/* A source that gives the file in pieces of `piece` bytes. */
struct pieces {
    struct fl_bytes left;
    size_t piece;
};

static inline enum fl_status read_piece(
    void *context,
    uint8_t *out_bytes,
    size_t size_max,
    size_t *out_size,
    struct fl_error *out_error)
{
    struct pieces *pieces = context;
    size_t size = pieces->left.size < pieces->piece ? pieces->left.size : pieces->piece;
    (void)out_error;
    size = size < size_max ? size : size_max;
    if (size > 0) {
        memcpy(out_bytes, pieces->left.data, size);
        pieces->left.data += size;
        pieces->left.size -= size;
    }
    *out_size = size;
    return FL_OK;
}

static inline struct fl_commerceml_reader *open_pieces(struct pieces *pieces)
{
    struct fl_commerceml_reader *reader = NULL;
    const struct fl_commerceml_reader_options options = {
        .source = {.read = read_piece, .context = pieces}};
    assert_int_equal(fl_commerceml_reader_open(&options, &reader, NULL), FL_OK);
    return reader;
}

static inline bool is_text(struct fl_bytes bytes, const char *text)
{
    return fl_bytes_equal(bytes, fl_bytes_of_text(text));
}

#endif
