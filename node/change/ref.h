/*
 * Names of objects and their parts as people write them: "Catalog.Контрагенты:uuid",
 * "Справочник.Контрагенты", and attributes by either language.
 */

#ifndef NODE_REF_H
#define NODE_REF_H

#include "proto/attribute_name.h"
#include "proto/object.h"

enum { FL_REF_TEXT_BYTES_MAX = 1200 };

struct fl_ref_text {
    char text[FL_REF_TEXT_BYTES_MAX];
};

/* "Catalog.X:uuid"; "Constant.X" for a constant. */
struct fl_ref_text fl_ref_text(
    const struct fl_configuration *configuration,
    struct fl_key key);

/* "Catalog.X" by either language; FL_NOT_FOUND tells near names, where words are taken.
 */
enum fl_status fl_ref_parse_type(
    const struct fl_configuration *configuration,
    struct fl_bytes name,
    const struct fl_type **out_type,
    struct fl_error *out_error);

/* "Catalog.X:uuid", or a constant's bare name. */
enum fl_status fl_ref_parse(
    const struct fl_configuration *configuration,
    struct fl_bytes text,
    struct fl_key *out_key,
    struct fl_error *out_error);

#endif
