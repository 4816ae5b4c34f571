/*
 * A tree of named elements in an arena: what an object looks like outside of 1C, before
 * a format makes bytes of it and after it has read them. Texts are written as XML Schema
 * writes them: 2025-09-05T12:00:00, -1.5, true.
 */

#ifndef EXCHANGE_ELEMENT_H
#define EXCHANGE_ELEMENT_H

#include "proto/object.h"

enum fl_element_kind {
    FL_ELEMENT_GROUP = 0, /* its children */
    FL_ELEMENT_TEXT,
    FL_ELEMENT_REF, /* `type`, `id`, and what else it is found by as children */
};

struct fl_element {
    const char *name;
    enum fl_element_kind kind;
    struct fl_bytes text; /* REF: by which it was told, where a format has such */
    /* REF: as the format names it; TEXT: what the mapping calls its type, or that came
       with a value, which an attribute of several types is read by. NULL: it is not
       said. */
    const char *type;
    bool type_is_implied; /* REF that was read: by where it stands, not by its words */
    struct fl_uuid id;    /* REF: zero when only its children are known */
    struct fl_key object; /* REF that is to be written: whom it means */
    /* TEXT that is written, of an attribute of several types: the FL_ALLOWS_ that its
       value is of; of an enumeration `object.type` says which. 0: it is not said. */
    uint32_t allows;
    const char *options; /* that is written: the mapping's, for the format; NULL: none */
    uint64_t line;       /* of the source, 0: none */
    const void *origin;  /* what a format read it from, for its own use */
    /* That was read: what is here is left as it is. Of a root: something in it stays. */
    bool stays;
    /* TEXT that is written: whose value it is; NULL: a fixed one, a number of a row. */
    const struct fl_attribute *attribute;
    struct fl_element *first;
    struct fl_element *last;
    struct fl_element *next;
};

/* `name` is copied. A NULL parent makes a root. NULL: the arena has no room. */
struct fl_element *fl_element_add(
    struct fl_arena *arena,
    struct fl_element *parent,
    struct fl_bytes name);
/* The same with a name that outlives the tree, as the names of an XML reader do. */
struct fl_element *fl_element_add_named(
    struct fl_arena *arena,
    struct fl_element *parent,
    const char *name);
/* The same for a text, which is copied. */
struct fl_element *fl_element_add_text(
    struct fl_arena *arena,
    struct fl_element *parent,
    struct fl_bytes name,
    struct fl_bytes text);

/* The first child of that name; NULL: none, or no parent. */
struct fl_element *fl_element_child(const struct fl_element *parent, const char *name);
/* The next sibling with the name of `element`. */
struct fl_element *fl_element_same(const struct fl_element *element);

/*
 * Paths have slashes: "ДанныеВзаиморасчетов/Договор". Found: NULL when a step is missing.
 * Made: groups on the way that are there are used; the last step is always new.
 */
struct fl_element *fl_element_at(struct fl_element *root, const char *path);
struct fl_element *fl_element_make(
    struct fl_arena *arena,
    struct fl_element *root,
    const char *path);

/*
 * A small document of XML, whole: texts and groups by their local names, attributes left
 * out. `*out_root` lives in `arena`. FL_MALFORMED, FL_LIMIT: with the line.
 */
enum fl_status fl_element_read(
    struct fl_bytes bytes,
    struct fl_arena *arena,
    struct fl_element **out_root,
    struct fl_error *out_error);

#endif
