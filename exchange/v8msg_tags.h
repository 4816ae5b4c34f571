/*
 * Every tag of a type, rendered once: each line of an item but its values is constant. A
 * tag begins with its line break and tabs.
 */

#ifndef EXCHANGE_V8MSG_TAGS_H
#define EXCHANGE_V8MSG_TAGS_H

#include "v8msg.h"

struct fl_v8msg_tag {
    struct fl_bytes open;  /* "\n\t\t\t<X>" */
    struct fl_bytes close; /* "</X>"; of an element with children "\n\t\t\t</X>" */
    struct fl_bytes empty; /* the whole line of the attribute's empty value */
};

struct fl_v8msg_field {
    const struct fl_attribute *attribute;
    struct fl_v8msg_tag tag;
    bool typed; /* every value carries its xsi:type */
};

struct fl_v8msg_fields {
    size_t count;
    struct fl_v8msg_field *fields; /* in the order of packages */
    bool ascending;                /* numbers rise in that order */
};

struct fl_v8msg_section {
    const struct fl_section_type *type; /* NULL of the records of a register */
    const char *name;
    struct fl_v8msg_tag tag;
    struct fl_v8msg_tag row;
    struct fl_v8msg_fields fields;
};

struct fl_v8msg_type {
    const struct fl_type *type;
    struct fl_v8msg_tag tag;
    struct fl_v8msg_tag ref;    /* of objects with a ref */
    struct fl_v8msg_tag filter; /* of registers */
    struct fl_v8msg_fields fields;
    size_t section_count;
    struct fl_v8msg_section *sections; /* of a register: its records alone */
    struct fl_bytes xsi_type;          /* ` xsi:type="CatalogRef.X"`; none without refs */
};

struct fl_v8msg_tags;

/* `is_xdto`: of XDTO serialisation (D2), its names with the prefix v8. */
enum fl_status fl_v8msg_tags_new(
    const struct fl_configuration *configuration,
    bool is_xdto,
    struct fl_v8msg_tags **out_tags);
void fl_v8msg_tags_free(struct fl_v8msg_tags *tags);

/*
 * Made on first use; borrowed. FL_NOT_FOUND: no such type; FL_REFUSED: a name in it
 * cannot be a tag.
 */
enum fl_status fl_v8msg_tags_type(
    struct fl_v8msg_tags *tags,
    uint32_t number,
    const struct fl_v8msg_type **out_type,
    struct fl_error *out_error);

/* A zero uuid, an empty date: as 1C writes them. */
#define FL_V8MSG_EMPTY_UUID "00000000-0000-0000-0000-000000000000"
#define FL_V8MSG_EMPTY_DATE "0001-01-01T00:00:00"

#endif
