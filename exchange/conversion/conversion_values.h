/*
 * Values that come, by the table of their property (<values>).
 */

#ifndef EXCHANGE_CONVERSION_VALUES_H
#define EXCHANGE_CONVERSION_VALUES_H

#include "rules.h"

/*
 * What the element's value is here, as a text; an empty one is nothing. FL_MALFORMED: the
 * table has no such value, which `*out_text` says is nothing.
 */
enum fl_status fl_conversion_values_read(
    const struct fl_conversion_property *property,
    fl_conversion_version version,
    struct fl_element *element,
    struct fl_bytes *out_text,
    struct fl_error *out_error);

#endif
