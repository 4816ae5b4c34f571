/*
 * Values as the texts of elements, and conditions on them.
 */

#ifndef EXCHANGE_CONVERSION_TEXT_H
#define EXCHANGE_CONVERSION_TEXT_H

#include "rules.h"

/* As XML Schema writes it; a ref its uuid. Lives in `arena`, or as long as the value. */
enum fl_status fl_conversion_text(
    const struct fl_configuration *configuration,
    const struct fl_value *value,
    struct fl_arena *arena,
    struct fl_bytes *out_text);

/*
 * The text as a value of that type: cut and rounded as 1C does when it assigns. Words
 * give the reason and leave the place to the caller.
 */
enum fl_status fl_conversion_value(
    const struct fl_configuration *configuration,
    const struct fl_value_type *type,
    struct fl_bytes text,
    struct fl_arena *arena,
    struct fl_value *out_value,
    struct fl_error *out_error);

bool fl_conversion_is_empty(const struct fl_value *value); /* NULL is */

/* What a place holds. NULL in `*out_value`: nothing. `row` is NULL outside of tables. */
enum fl_status fl_conversion_at(
    const struct fl_conversion *conversion,
    const struct fl_conversion_ports *ports,
    const struct fl_conversion_place *place,
    const struct fl_object *object,
    const struct fl_row *row,
    struct fl_arena *arena,
    const struct fl_value **out_value);

enum fl_status fl_conversion_holds(
    const struct fl_conversion *conversion,
    const struct fl_conversion_ports *ports,
    const struct fl_conversion_conditions *conditions,
    const struct fl_object *object,
    const struct fl_row *row,
    struct fl_arena *arena,
    bool *out_holds);

/* Equal texts, or equal numbers: "20" and "20.00". */
bool fl_conversion_texts_equal(struct fl_bytes a, struct fl_bytes b);

#endif
