/*
 * Items on their way into a package: the state that the files of the writer share. The
 * words of a refusal name the spot in the object where it struck.
 */

#ifndef EXCHANGE_V8MSG_OUTPUT_H
#define EXCHANGE_V8MSG_OUTPUT_H

#include "v8msg_tags.h"
#include "xml_writer.h"

#define FL_V8MSG_DECLARE_V8  "xmlns:v8=\"" FL_V8MSG_URI_DATA "\""
#define FL_V8MSG_DECLARE_XS  "xmlns:xs=\"" FL_V8MSG_URI_XS "\""
#define FL_V8MSG_DECLARE_XSI "xmlns:xsi=\"" FL_V8MSG_URI_XSI "\""
/* On the spot, where a value is of a type of the platform in XDTO serialisation. */
#define FL_V8MSG_DECLARE_CORE " xmlns:d=\"" FL_V8MSG_URI_XDTO_CORE "\""

/* Where in the object the writer stands. */
struct fl_v8msg_spot {
    const struct fl_v8msg_type *type;
    const struct fl_object *object;
    const char *section; /* NULL: the object itself */
    size_t row;          /* from 1; 0: none */
    const char *attribute;
};

struct fl_v8msg_output {
    const struct fl_configuration *configuration;
    const struct fl_package_wrapper *wrapper; /* NULL: an ordinary body */
    bool is_frame;
    bool is_xdto; /* XDTO serialisation: v8 is the configuration, not the platform */
    bool has_xs;  /* xs is declared around the items */
    const struct fl_ref_pairs *pairs;
    struct fl_xml_writer xml;
    struct fl_v8msg_tags *tags;
    struct fl_bytes declarations[3]; /* in force around the items */
    size_t declaration_count;
    struct fl_v8msg_spot spot;
    enum fl_status refusal; /* of this object, with `error` */
    struct fl_error error;
    uint8_t *unknown_is_put; /* of this object, for each of its unknown parts */
    size_t unknown_capacity;
};

/* v8msg_values.c: one attribute; and the first refusal of an object, in words. */
void fl_v8msg_values_put(
    struct fl_v8msg_output *output,
    const struct fl_v8msg_field *field,
    const struct fl_value *value);
/* Kept XML, on lines of its own at `depth`. */
void fl_v8msg_values_put_fragment(
    struct fl_v8msg_output *output,
    struct fl_bytes fragment,
    unsigned depth);
/* `what` is a literal in English. */
void fl_v8msg_values_refuse(
    struct fl_v8msg_output *output,
    enum fl_status status,
    const char *what);
/* Turns a character that the XML writer refused into such a refusal. */
void fl_v8msg_values_check_text(struct fl_v8msg_output *output);

/* v8msg_items.c: a whole item; `refusal` tells how it went. */
void fl_v8msg_items_put(
    struct fl_v8msg_output *output,
    const struct fl_v8msg_type *type,
    const struct fl_object *object);

#endif
