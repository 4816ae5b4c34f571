/*
 * By which attributes of a catalog duplicates are known, as far as names tell.
 */

#ifndef NODE_DUPLICATE_COMPARED_H
#define NODE_DUPLICATE_COMPARED_H

#include "proto/configuration.h"

enum { FL_DUPLICATE_ATTRIBUTES_MAX = 64 };

enum fl_duplicate_what {
    FL_DUPLICATE_IS_INN = 1,
    FL_DUPLICATE_IS_KPP,
    FL_DUPLICATE_IS_NAME,
    FL_DUPLICATE_IS_CONTACT, /* telephones, addresses of e-mail, or both */
};

struct fl_duplicate_attribute {
    uint32_t section; /* 0: of the object itself */
    uint32_t number;
    enum fl_duplicate_what what;
};

struct fl_duplicate_comparison {
    size_t count;
    struct fl_duplicate_attribute items[FL_DUPLICATE_ATTRIBUTES_MAX];
};

struct fl_duplicate_comparison fl_duplicate_comparison_of(const struct fl_type *type);

/* The catalog that the customers are in; NULL: none. */
const struct fl_type *fl_duplicate_guess_type(
    const struct fl_configuration *configuration);

#endif
