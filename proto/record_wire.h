/*
 * The wire format, of which every form but one is refused:
 *
 *   Record:  0A values.. 12 sections.. 1A unknowns..
 *   Section: 08 number, 12 rows..          at least one row
 *   Row:     0A values..
 *   Unknown: 0A place, 10 row, 1A xml      place and row only when not empty
 *   Value:   08 number, then by kind
 *            12 text | 18 integer (20 scale) | 20 scale? 2A big | 30 date | 38 boolean
 *            40 type, 4A ref | 40 type, 50 enumeration | 5A uuid | 62 binary
 *            6A storage | 72 type_xml | 7A foreign, 8201 foreign_type? | 880101 null
 *            or nothing: Undefined
 */

#ifndef RECORD_WIRE_H
#define RECORD_WIRE_H

#include "proto/limits.h"
#include "proto/object.h"

enum {
    FL_TAG_VALUES = 0x0A, /* of a record and of a row */
    FL_TAG_SECTIONS = 0x12,
    FL_TAG_UNKNOWNS = 0x1A,
    FL_TAG_NUMBER = 0x08, /* of a section and of a value */
    FL_TAG_ROWS = 0x12,
    FL_TAG_PLACE = 0x0A,
    FL_TAG_ROW = 0x10,
    FL_TAG_XML = 0x1A,
    FL_TAG_TEXT = 0x12,
    FL_TAG_INTEGER = 0x18,
    FL_TAG_SCALE = 0x20,
    FL_TAG_BIG = 0x2A,
    FL_TAG_DATE = 0x30,
    FL_TAG_BOOLEAN = 0x38,
    FL_TAG_TYPE = 0x40,
    FL_TAG_REF = 0x4A,
    FL_TAG_ENUM = 0x50,
    FL_TAG_UUID = 0x5A,
    FL_TAG_BINARY = 0x62,
    FL_TAG_STORAGE = 0x6A,
    FL_TAG_TYPE_XML = 0x72,
    FL_TAG_FOREIGN = 0x7A,
    /* Fields from 16 on have tags of two bytes. */
    FL_TAG_FOREIGN_TYPE_FIRST = 0x82,
    FL_TAG_NULL_FIRST = 0x88,
    FL_TAG_SECOND = 0x01,

    FL_BIG_BYTES = 16,
};

/*
 * What an unpacked object takes in an arena, rounded up so that it is the same on every
 * machine: a record that one node could not unpack must not be made on another.
 */
enum {
    FL_FIELD_COST = 128,
    FL_ROW_COST = 32,
    FL_SECTION_COST = 48,
    FL_UNKNOWN_COST = 64
};

static_assert(sizeof(struct fl_field) <= FL_FIELD_COST, "cost of a field");
static_assert(sizeof(struct fl_row) + 16 <= FL_ROW_COST, "cost of a row");
static_assert(sizeof(struct fl_section) + 16 <= FL_SECTION_COST, "cost of a section");
static_assert(sizeof(struct fl_unknown) <= FL_UNKNOWN_COST, "cost of an unknown part");

/* Left for the rounding of the few arrays of the object itself. */
#define FL_UNPACKED_BYTES_MAX ((size_t)FL_OBJECT_ARENA_BYTES_MAX - 1024)

/* What a record may still take. */
struct fl_record_budget {
    size_t bytes_left;
    bool exceeded;
};

static inline void fl_record_spend(
    struct fl_record_budget *budget,
    size_t count,
    size_t cost)
{
    if (count > budget->bytes_left / cost) {
        budget->exceeded = true;
    } else {
        budget->bytes_left -= count * cost;
    }
}

static inline bool fl_record_fits_int64(struct fl_decimal number)
{
    const uint64_t limit = (uint64_t)INT64_MAX + (number.negative ? 1 : 0);

    return number.high == 0 && number.low <= limit;
}

#endif
