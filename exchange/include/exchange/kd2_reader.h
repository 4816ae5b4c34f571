/*
 * Reads a ФайлОбмена as it comes: memory is that of one block, of the largest item and of
 * the rules in the file.
 */

#ifndef EXCHANGE_KD2_READER_H
#define EXCHANGE_KD2_READER_H

#include "exchange/kd2.h"

struct fl_kd2_reader;

struct fl_kd2_reader_options {
    struct fl_codec_source source;
    size_t item_bytes_max;      /* one item in memory; 0: FL_OBJECT_ARENA_BYTES_MAX */
    uint64_t package_bytes_max; /* 0: any */
};

/* Reads nothing yet. `*out_reader` is the caller's, to end with the close below. */
enum fl_status fl_kd2_reader_open(
    const struct fl_kd2_reader_options *options,
    struct fl_kd2_reader **out_reader,
    struct fl_error *out_error);
void fl_kd2_reader_close(struct fl_kd2_reader *reader);

/*
 * The root's attributes, read when not yet read; as long as the reader. `*out_exchange`
 * is NULL in a file without ДанныеПоОбмену; `*out_rules` in one without rules.
 * A failure behind the head is the next call's to say. FL_UNSUPPORTED: another format,
 * named where it is a known one.
 */
enum fl_status fl_kd2_reader_header(
    struct fl_kd2_reader *reader,
    const struct fl_kd2_header **out_header,
    const struct fl_kd2_exchange **out_exchange,
    const struct fl_kd2_rules **out_rules,
    struct fl_error *out_error);

/*
 * The next item, or NULL after the last one, when the file was well formed to its end. It
 * lives until the next call. FL_MALFORMED: not XML, not this format, an order that D3
 * does not have; FL_LIMIT: too large. The words name line, object and property.
 */
enum fl_status fl_kd2_reader_next(
    struct fl_kd2_reader *reader,
    const struct fl_kd2_item **out_item,
    struct fl_error *out_error);

/* After a failure, the line where it struck; else of the item given last. From 1. */
uint64_t fl_kd2_reader_line(const struct fl_kd2_reader *reader);
bool fl_kd2_reader_is_incomplete(const struct fl_kd2_reader *reader);
/* What was passed over: vendors' elements, program text; each once. NULL: no more. */
const char *fl_kd2_reader_note(const struct fl_kd2_reader *reader, size_t index);

#endif
