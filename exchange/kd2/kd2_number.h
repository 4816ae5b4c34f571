/*
 * Нпп: the number by which a file tells an object from all others. A reference carries
 * the number of its object as long as both are near each other; when too many objects
 * are remembered all are forgotten, and later references get numbers of their own, which
 * 1C then finds by their fields. So a number is never two objects', and memory is flat.
 */

#ifndef EXCHANGE_KD2_NUMBER_H
#define EXCHANGE_KD2_NUMBER_H

#include "exchange/kd2.h"

struct fl_kd2_numbers;

enum fl_status fl_kd2_numbers_new(struct fl_kd2_numbers **out_numbers);
void fl_kd2_numbers_free(struct fl_kd2_numbers *numbers);

/* The number of what `ref`, of this type, stands for: known, or the next one. */
uint64_t fl_kd2_numbers_of(
    struct fl_kd2_numbers *numbers,
    struct fl_bytes type,
    const struct fl_kd2_ref *ref);
uint64_t fl_kd2_numbers_next(struct fl_kd2_numbers *numbers);

#endif
