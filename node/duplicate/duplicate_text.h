/*
 * What of two cards may be the same though it is written in two ways: names, telephones,
 * addresses of e-mail, INN and KPP in the form in which they are compared.
 */

#ifndef NODE_DUPLICATE_TEXT_H
#define NODE_DUPLICATE_TEXT_H

#include "proto/bytes.h"

enum { FL_DUPLICATE_WORD_BYTES = 256 };

struct fl_duplicate_word {
    char text[FL_DUPLICATE_WORD_BYTES]; /* "": there is nothing to compare */
};

/* Small letters without marks and without ООО and its like, words in order. */
struct fl_duplicate_word fl_duplicate_name(struct fl_bytes text);
/* 10 or 12 digits. */
struct fl_duplicate_word fl_duplicate_inn(struct fl_bytes text);
/* 9 digits or letters. */
struct fl_duplicate_word fl_duplicate_kpp(struct fl_bytes text);

/* The next in a text that may hold several, which goes on behind it; false: no more. */
bool fl_duplicate_next_phone(
    struct fl_bytes *io_text,
    struct fl_duplicate_word *out_phone); /* its 10 digits, without the country */
bool fl_duplicate_next_email(
    struct fl_bytes *io_text,
    struct fl_duplicate_word *out_email);

/* How much two names of fl_duplicate_name() have in common, 0 to 100. */
unsigned fl_duplicate_likeness(const char *a, const char *b);

#endif
