/*
 * What packages tell about one object type: its elements in their order, and what their
 * values have in common.
 */

#ifndef EXCHANGE_LEARNT_TYPE_H
#define EXCHANGE_LEARNT_TYPE_H

#include "proto/arena.h"
#include "proto/configuration.h"

enum { FL_LEARNT_FIELDS_MAX = 4096 }; /* elements of one object, row or record */

struct fl_learnt_field;

/* The elements of one kind of objects, rows or records, in an order that fits all seen.
 */
struct fl_learnt_list {
    struct fl_learnt_field *first;
    size_t count;
    uint64_t folders; /* how many were seen: folders, */
    uint64_t items;   /* and all others */
    uint64_t turn;    /* of the one at hand, from 1 */
    struct fl_learnt_field *position;
};

/* What becomes of an element. */
enum fl_learnt_form {
    FL_LEARNT_LEFT_OUT, /* nothing: the reader keeps it as it comes */
    FL_LEARNT_PLAIN,
    FL_LEARNT_COMPOSITE, /* every value tells its type */
    FL_LEARNT_XML,
    FL_LEARNT_SECTION,
};

struct fl_learnt_field {
    struct fl_learnt_field *next;
    const char *name;
    uint64_t folders; /* how many of them had it */
    uint64_t items;
    uint64_t turn;    /* the last one that had it */
    bool is_unsteady; /* came twice, behind where it belongs, or in an odd form */
    bool in_filter;
    bool has_rows;
    bool has_xml;   /* elements that are no rows, without xsi:type */
    bool has_typed; /* with xsi:type */
    bool has_nil;
    bool has_empty; /* neither text nor type */
    bool has_text;
    bool not_ref; /* a value that was no reference with its type */
    /* Some text was none, in the form that 1C writes: */
    bool not_boolean;
    bool not_date;
    bool not_uuid;
    bool not_number;
    bool has_zero_uuid;
    bool has_fraction;
    bool has_whole;
    enum fl_learnt_form form;   /* decided at the end */
    struct fl_learnt_list rows; /* of a section */
};

struct fl_learnt_type {
    struct fl_learnt_type *next;
    struct fl_learnt_type *next_in_bucket;
    enum fl_kind kind;
    const char *name;
    bool is_built; /* in the place of one that a base had */
    struct fl_learnt_list fields;
    struct fl_learnt_list filter; /* of record sets */
};

/* One value, or what an element held instead. */
struct fl_learnt_value {
    struct fl_bytes text;
    bool is_long; /* `text` is only its beginning */
    bool is_typed;
    bool is_ref; /* and the type is one of references */
    bool is_nil;
    bool has_rows;
    bool has_xml;
};

/* One more object, row or record begins, and ends. */
void fl_learnt_list_begin(struct fl_learnt_list *list);
void fl_learnt_list_end(struct fl_learnt_list *list, bool is_folder);
/* Its next element. NULL: no room, or more than FL_LEARNT_FIELDS_MAX. */
struct fl_learnt_field *fl_learnt_list_get(
    struct fl_learnt_list *list,
    struct fl_arena *arena,
    const char *name);

void fl_learnt_field_add(
    struct fl_learnt_field *field,
    const struct fl_learnt_value *value);

/* The type with its attributes, sections and what they may hold. */
void fl_learnt_type_build(
    struct fl_learnt_type *type,
    struct fl_configuration_builder *builder);

#endif
