/*
 * What a characteristic may hold (Типы of an object of ПланВидовХарактеристик) and the
 * description of types that an object of ours keeps: FL_VALUE_TYPE, its XML as packages
 * of 1C have it (TypeDescription).
 */

#ifndef EXCHANGE_KD2_KINDS_H
#define EXCHANGE_KD2_KINDS_H

#include "exchange/kd2_element.h"

/*
 * As a description of types. Theirs are ours by the conversion, or by their name; one
 * that is neither is left out, and `*out_unknown` is the first of them, else empty.
 * FL_MALFORMED: a length that is no number.
 */
enum fl_status fl_kd2_kinds_read(
    const struct fl_kd2_making *making,
    const struct fl_kd2_types *types,
    struct fl_arena *arena,
    struct fl_bytes *out_description,
    struct fl_bytes *out_unknown,
    struct fl_error *out_error);

/* Sets of types ("any reference") have no word there and are left out. FL_MALFORMED: it
 * is no description of types. */
enum fl_status fl_kd2_kinds_write(
    const struct fl_kd2_making *making,
    struct fl_bytes description,
    struct fl_arena *arena,
    struct fl_kd2_types **out_types,
    struct fl_error *out_error);

#endif
