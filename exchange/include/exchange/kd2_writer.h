/*
 * Writes a ФайлОбмена of dialect D1 or D3 as 1C's readers want it: full references at
 * every use, identities before search fields, no empty search field, numbers that are one
 * object's each, the empty value in the dialect's way, characters that XML forbids left
 * out. Memory does not grow with the file.
 *
 * The order is the file's: begin, parameters, exchange, items, end; D3 refuses
 * another one, since 1C does.
 */

#ifndef EXCHANGE_KD2_WRITER_H
#define EXCHANGE_KD2_WRITER_H

#include "exchange/kd2.h"

struct fl_kd2_writer;

struct fl_kd2_writer_options {
    struct fl_codec_sink sink;
    enum fl_kd2_dialect dialect; /* D1 or D3 */
    bool english;                /* tags of a configuration with English interface */
    bool old;                    /* for 7.7: booleans are 1 and 0 */
};

enum fl_status fl_kd2_writer_open(
    const struct fl_kd2_writer_options *options,
    struct fl_kd2_writer **out_writer,
    struct fl_error *out_error);
void fl_kd2_writer_close(struct fl_kd2_writer *writer);

/* The root and the rules in their reduced form: codes, types, flags, search columns. */
enum fl_status fl_kd2_writer_begin(
    struct fl_kd2_writer *writer,
    const struct fl_kd2_header *header,
    const struct fl_kd2_rules *rules,
    struct fl_error *out_error);

/* ДанныеПоОбмену: once, in D3 before any item. */
enum fl_status fl_kd2_writer_exchange(
    struct fl_kd2_writer *writer,
    const struct fl_kd2_exchange *exchange,
    struct fl_error *out_error);

/*
 * An item of any kind. A document without a write mode gets one, a catalog's item of D1
 * its mark for deletion. FL_REFUSED: the dialect has no such item, a reference would be
 * bare, or the order is another; the words say which.
 */
enum fl_status fl_kd2_writer_put(
    struct fl_kd2_writer *writer,
    const struct fl_kd2_item *item,
    struct fl_error *out_error);

/* The closing tag, once; everything is with the sink after it. */
enum fl_status fl_kd2_writer_end(
    struct fl_kd2_writer *writer,
    struct fl_error *out_error);

#endif
