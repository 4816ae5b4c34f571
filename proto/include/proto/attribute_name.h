/*
 * Standard attributes have a name in each of the two languages of 1C.
 */

#ifndef PROTO_ATTRIBUTE_NAME_H
#define PROTO_ATTRIBUTE_NAME_H

#include "proto/configuration.h"

/* An attribute by its own name or, a standard one, by its Russian name. NULL: none. */
const struct fl_attribute *fl_attribute_by_name(
    const struct fl_type *type,
    struct fl_bytes name);

#endif
