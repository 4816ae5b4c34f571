/*
 * Fields of rows that proto has none for: signed numbers, texts with their size, choices.
 */

#ifndef STORAGE_FIELDS_H
#define STORAGE_FIELDS_H

#include "proto/bytes.h"

void fl_fields_put_i64(struct fl_buffer *buffer, int64_t value);
int64_t fl_fields_i64(struct fl_reader *reader);

/* A size and UTF-8. `out_text` has room for `bytes_max` and a closing NUL. */
void fl_fields_put_text(struct fl_buffer *buffer, const char *text);
void fl_fields_text(struct fl_reader *reader, char *out_text, size_t bytes_max);

/* A u8 that must lie in 1..`last`, as enumerations here do. */
int fl_fields_choice(struct fl_reader *reader, int last);
bool fl_fields_bool(struct fl_reader *reader);

#endif
