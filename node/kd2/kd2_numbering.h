/*
 * Codes and numbers for objects that came without one, where their rule asks for it
 * (ГенерироватьНовыйНомерИлиКодЕслиНеУказан): the next behind the largest of the same
 * prefix that is here. Documents are numbered anew in each year of their date, as they
 * are found by it.
 */

#ifndef NODE_KD2_NUMBERING_H
#define NODE_KD2_NUMBERING_H

#include "proto/object.h"
#include "storage/store.h"

enum {
    /* Of those that are known; who comes back after as many is counted again. */
    FL_KD2_SERIES_MAX = 256,
    FL_KD2_PREFIX_BYTES = 32,
    FL_KD2_COUNTED_AT_ONCE = 512, /* objects that are here */
};

struct fl_kd2_series {
    uint32_t type;
    int64_t year; /* its first second; 0: of all years */
    char prefix[FL_KD2_PREFIX_BYTES];
    uint64_t last;
};

/* Zeroed memory with a transaction, in which objects are applied, is one. */
struct fl_kd2_numbering {
    struct fl_txn *txn; /* borrowed */
    size_t made;        /* all of them; the last FL_KD2_SERIES_MAX are kept */
    struct fl_kd2_series series[FL_KD2_SERIES_MAX];
    struct fl_kd2_series *counted; /* one of them; NULL: all are */
    const struct fl_type *counted_type;
    struct fl_key counted_to;
};

/* An object that came with its code: nobody gets that any more. */
void fl_kd2_numbering_see(
    struct fl_kd2_numbering *numbering,
    const struct fl_type *type,
    const struct fl_object *object);

/*
 * Give `object` a code or number when its type has one of text and the object none; a
 * document has its date by then.
 * `prefix` (ПрефиксАвтонумерации) may be empty. What is added lives in `arena`; the
 * object is to be normalised.
 * FL_BUSY, without words: what is here of its series is to be counted first, by the calls
 * below, and the object is then to be made anew, since others may write meanwhile.
 */
enum fl_status fl_kd2_numbering_fill(
    struct fl_kd2_numbering *numbering,
    const struct fl_type *type,
    struct fl_bytes prefix,
    struct fl_arena *arena,
    struct fl_object *object,
    struct fl_error *out_error);

bool fl_kd2_numbering_is_counting(const struct fl_kd2_numbering *numbering);

/* FL_KD2_COUNTED_AT_ONCE objects more of the series that is being counted. What is
   written between two calls is told by fl_kd2_numbering_see(). */
enum fl_status fl_kd2_numbering_count(
    struct fl_kd2_numbering *numbering,
    struct fl_error *out_error);

#endif
