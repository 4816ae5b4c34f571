/*
 * The text of an element as a value of its attribute.
 */

#ifndef EXCHANGE_V8MSG_PARSE_H
#define EXCHANGE_V8MSG_PARSE_H

#include "v8msg.h"

/* An element's text with what its attributes of xsi said. */
struct fl_v8msg_text {
    struct fl_bytes text;
    bool is_nil;
    bool is_typed;
    struct fl_bytes type_uri; /* of its xsi:type; empty: no namespace */
    struct fl_bytes type_name;
};

/*
 * `out_value` points into `arena` only. FL_MALFORMED: the text is no value of that type;
 * the words give the reason and the text, and leave the place to the caller.
 */
enum fl_status fl_v8msg_parse(
    const struct fl_configuration *configuration,
    const struct fl_value_type *type,
    const struct fl_v8msg_text *text,
    struct fl_arena *arena,
    struct fl_value *out_value,
    struct fl_error *out_error);

/* Is its text kept as XML: a description of types, with elements inside? */
bool fl_v8msg_parse_is_xml(
    const struct fl_value_type *type,
    const struct fl_v8msg_text *text);

/* A type by its name in xsi:type, "CatalogRef.Контрагенты". NULL: none such. */
const struct fl_type *fl_v8msg_parse_ref_type(
    const struct fl_configuration *configuration,
    struct fl_bytes name);

#endif
