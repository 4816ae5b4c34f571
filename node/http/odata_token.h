/*
 * Words of OData's expressions.
 */

#ifndef NODE_ODATA_TOKEN_H
#define NODE_ODATA_TOKEN_H

#include "odata_filter.h"

enum fl_odata_token_kind {
    FL_ODATA_TOKEN_END = 1,
    FL_ODATA_TOKEN_WORD,
    FL_ODATA_TOKEN_LITERAL,
    FL_ODATA_TOKEN_OPEN,
    FL_ODATA_TOKEN_CLOSE,
    FL_ODATA_TOKEN_COMMA,
    FL_ODATA_TOKEN_EQUALS,
    FL_ODATA_TOKEN_SLASH,
};

struct fl_odata_token {
    enum fl_odata_token_kind kind;
    size_t at; /* byte of the text */
    struct fl_bytes text;
    struct fl_odata_value value;
};

struct fl_odata_reader {
    struct fl_bytes text;
    size_t next;
    struct fl_arena *arena; /* of strings with '' in them; NULL: none are expected */
};

enum fl_status fl_odata_token_next(
    struct fl_odata_reader *reader,
    struct fl_odata_token *out_token,
    struct fl_error *out_error);

/* The place in the text where something is wrong, in words. */
enum fl_status fl_odata_token_refuse(
    const struct fl_odata_reader *reader,
    size_t at,
    const char *words,
    struct fl_error *out_error);

#endif
