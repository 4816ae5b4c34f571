/*
 * The unit of exchange, unpacked: a catalog item, a document with its sections, a record
 * set of a register, a constant. Everything that it points to lives in the arena that it
 * was made in. What lies in the store and on the wire is its record (record.h).
 *
 * A value equal to the empty value of its attribute is left out, fields and sections
 * stand in ascending order of their numbers, rows in their own order: equal content has
 * one form.
 *
 * A record set of a register: `fields` are the values of its filter (numbers of the
 * attributes with in_filter; for sets by recorder the recorder alone), `sections` holds
 * at most one, number FL_SECTION_RECORDS, whose rows are the records. A set without
 * records is a deletion. A constant: one field, number 1.
 */

#ifndef PROTO_OBJECT_H
#define PROTO_OBJECT_H

#include "proto/arena.h"
#include "proto/configuration.h"
#include "proto/value.h"

enum { FL_KEY_BYTES = 4 + FL_UUID_BYTES, FL_SECTION_RECORDS = 1 };

/*
 * What an object is found by. `id`: the ref's uuid; of a record set by recorder the
 * recorder's uuid; of another record set the first 16 bytes of BLAKE2b over its encoded
 * filter; of a constant zero. Number 0 is the type of objects unknown to the
 * configuration.
 */
struct fl_key {
    uint32_t type;
    struct fl_uuid id;
};

bool fl_key_equal(struct fl_key a, struct fl_key b);
void fl_key_encode(struct fl_key key, uint8_t out_bytes[FL_KEY_BYTES]); /* ordered */
struct fl_key fl_key_decode(const uint8_t bytes[FL_KEY_BYTES]);

struct fl_field {
    uint32_t number;
    struct fl_value value;
};

struct fl_row {
    size_t field_count;
    struct fl_field *fields;
};

struct fl_section {
    uint32_t number;
    size_t row_count;
    struct fl_row *rows;
};

/*
 * A part that the configuration does not know: the XML of the element as it came, with
 * namespaces declared on it, and where it belongs ("", or a section's name when it stood
 * in that section's row `row`, counted from 1).
 */
struct fl_unknown {
    struct fl_bytes place;
    uint32_t row;
    struct fl_bytes xml;
};

struct fl_object {
    struct fl_key key;
    bool deleted;
    size_t field_count;
    struct fl_field *fields;
    size_t section_count;
    struct fl_section *sections;
    size_t unknown_count;
    struct fl_unknown *unknowns;
};

/* NULL when the object has none (its value is the empty one, or its type has no such). */
const struct fl_value *fl_object_field(const struct fl_object *object, uint32_t number);
/* The same of the attribute that has this role in `type`. */
const struct fl_value *fl_object_role(
    const struct fl_object *object,
    const struct fl_type *type,
    enum fl_role role);
const struct fl_value *fl_row_field(const struct fl_row *row, uint32_t number);
const struct fl_section *fl_object_section(
    const struct fl_object *object,
    uint32_t number);

/* The empty value of an attribute: "", 0, false, the empty date or ref; else Undefined.
 */
struct fl_value fl_value_empty(const struct fl_value_type *type);

/*
 * Give the object this value of the attribute, or none (NULL), in an array of its own in
 * `arena`; the value is borrowed. FL_LIMIT, FL_NO_MEMORY: the object is as it was.
 */
enum fl_status fl_object_set(
    struct fl_object *object,
    uint32_t number,
    const struct fl_value *value,
    struct fl_arena *arena);

/*
 * Bring an object into its one form: drop empty values, put in order, set the key of a
 * record set from its filter and `deleted` of an empty one. FL_MALFORMED: a number twice.
 */
enum fl_status fl_object_normalise(
    const struct fl_type *type,
    struct fl_object *object,
    struct fl_error *out_error);

/*
 * Does each value fit its attribute: type allowed, string length, digits, date range?
 * FL_MALFORMED names the attribute, the row and the value.
 */
enum fl_status fl_object_check(
    const struct fl_configuration *configuration,
    const struct fl_object *object,
    struct fl_error *out_error);

#endif
