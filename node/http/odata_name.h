/*
 * How the standard OData interface of 1C calls types and attributes: Catalog_Контрагенты;
 * Организация_Key for a ref of one type, Основание and Основание_Type for a composite
 * value, Файл_Type and Файл_Base64Data for bytes.
 */

#ifndef NODE_ODATA_NAME_H
#define NODE_ODATA_NAME_H

#include "odata_filter.h"
#include "proto/object.h"

enum { FL_ODATA_NAME_BYTES = 640 };

enum fl_odata_shape {
    FL_ODATA_PLAIN = 1,
    FL_ODATA_REF,       /* Name_Key */
    FL_ODATA_COMPOSITE, /* Name, Name_Type */
    FL_ODATA_BYTES,     /* Name_Type, Name_Base64Data */
};

enum fl_odata_shape fl_odata_shape(const struct fl_value_type *type);

/* "Catalog_X" */
void fl_odata_set_name(const struct fl_type *type, char out_text[FL_ODATA_NAME_BYTES]);
/* NULL: the configuration has none; enumerations are no sets. */
const struct fl_type *fl_odata_set(
    const struct fl_configuration *configuration,
    struct fl_bytes name);
enum fl_status fl_odata_set_find(
    const struct fl_configuration *configuration,
    struct fl_bytes name,
    const struct fl_type **out_type,
    struct fl_error *out_error);

/* What a property names. */
enum fl_odata_aspect {
    FL_ODATA_ASPECT_NONE = 0,
    FL_ODATA_ASPECT_REF_KEY, /* the object itself */
    FL_ODATA_ASPECT_VERSION, /* DataVersion */
    FL_ODATA_ASPECT_VALUE,   /* of the attribute */
    FL_ODATA_ASPECT_TYPE,    /* Name_Type */
    FL_ODATA_ASPECT_BYTES,   /* Name_Base64Data */
};

struct fl_odata_property {
    enum fl_odata_aspect aspect;
    const struct fl_attribute *attribute; /* NULL of the first two */
};

/* `section` NULL: of the object, or of a record. */
struct fl_odata_property fl_odata_property(
    const struct fl_type *type,
    const struct fl_section_type *section,
    struct fl_bytes name);
/* The same, FL_NOT_FOUND in words. */
enum fl_status fl_odata_property_find(
    const struct fl_type *type,
    struct fl_bytes name,
    struct fl_odata_property *out_property,
    struct fl_error *out_error);

#endif
