/*
 * Registration rules (1C: правила регистрации): which objects of a type a peer gets, as
 * an expression over their attributes and over lists of values that the peer has.
 *
 *     Организация in $организации and Проведен = true
 *     Договор.Организация = $организация or not (Склад in ("Склад 1", "Склад 2"))
 *
 *     expression = term { "or" term }
 *     term       = factor { "and" factor }
 *     factor     = "not" factor | "(" expression ")" | comparison
 *     comparison = path ( "=" | "<>" ) operand | path [ "not" ] "in" set
 *     path       = name [ "." name ]       the second one of the object referred to
 *     operand    = value | "$" name        = with a list: equal to one of it
 *     set        = "$" name | "(" value { "," value } ")"
 *     value      = "text" | 'text' | number | true | false | undefined
 *
 * Words may be written in Russian: или, и, не, в, истина, ложь, неопределено. A text is
 * compared as what the attribute holds: a ref as "Catalog.Склады:UUID", a value of an
 * enumeration as "Enum.ВидыОпераций.Покупка", a date as "2026-01-31T00:00:00".
 *
 * Pure: the object referred to is asked for through a callback.
 */

#ifndef REPLICATION_FILTER_H
#define REPLICATION_FILTER_H

#include "proto/object.h"

enum {
    FL_FILTER_NODES_MAX = 256, /* comparisons, words and values of one expression */
    FL_FILTER_DEPTH_MAX = 32,
    FL_FILTER_NAME_BYTES_MAX = 255,
};

/* A value as a person writes it, and all that it may mean. */
struct fl_filter_value {
    struct fl_bytes text; /* borrowed */
    bool is_undefined;
    bool has_number;
    bool has_date;
    bool has_boolean;
    bool has_ref; /* `type` and `uuid` */
    bool has_enum;
    bool boolean;
    uint32_t type;
    uint32_t enum_value;
    struct fl_uuid uuid;
    struct fl_decimal number;
    int64_t date;
};

struct fl_filter_value fl_filter_value_of(
    const struct fl_configuration *configuration,
    struct fl_bytes text);
bool fl_filter_value_matches(
    const struct fl_filter_value *expected,
    const struct fl_value *value);

/* The lists of one peer, in any order. A name that is missing is an empty list. */
struct fl_filter_list {
    struct fl_bytes name;
    const struct fl_filter_value *values;
    size_t value_count;
};

struct fl_filter_lists {
    const struct fl_filter_list *items;
    size_t count;
};

struct fl_filter;

struct fl_filter_source {
    const struct fl_configuration *configuration; /* outlives the filter */
    const struct fl_type *type;
    struct fl_bytes text;
    /* An attribute by any of its names; NULL: there is none. */
    const struct fl_attribute *(*find)(const struct fl_type *type, struct fl_bytes name);
};

/*
 * FL_MALFORMED: `out_error` says at which character what is wrong. The caller ends it
 * with fl_filter_free().
 */
enum fl_status fl_filter_new(
    const struct fl_filter_source *source,
    struct fl_filter **out_filter,
    struct fl_error *out_error);
void fl_filter_free(struct fl_filter *filter);

/* Names of the lists that it uses, without "$", each once. NULL behind the last. */
const char *fl_filter_name(const struct fl_filter *filter, size_t index);

/* Whatever refers to another object: through which attribute, and what is looked at. */
struct fl_filter_reference {
    uint32_t attribute;
    const char *name; /* of the attribute there */
};
/* NULL behind the last; each pair may come more than once. */
const struct fl_filter_reference *fl_filter_reference(
    const struct fl_filter *filter,
    size_t index);
/* The number of that attribute in a type that may be referred to; 0: it has none. */
uint32_t fl_filter_reference_attribute(
    const struct fl_filter *filter,
    size_t index,
    uint32_t type);

/* An object, and how to reach those that it refers to. */
struct fl_filter_subject {
    const struct fl_object *object;
    /*
     * The object of `key`, valid as long as `object`. NULL: it is not here; a comparison
     * through it then is with Undefined.
     */
    const struct fl_object *(*reach)(void *context, struct fl_key key);
    void *context;
};

bool fl_filter_admits(
    const struct fl_filter *filter,
    const struct fl_filter_subject *subject,
    const struct fl_filter_lists *lists);

/* A comparison that was made: its text in the expression, what it met, how it came out.
 */
typedef void (*fl_filter_tell)(
    void *context,
    struct fl_bytes comparison,
    const struct fl_value *value,
    bool holds);

/* The same, with every comparison told, none passed over. */
bool fl_filter_explain(
    const struct fl_filter *filter,
    const struct fl_filter_subject *subject,
    const struct fl_filter_lists *lists,
    fl_filter_tell tell,
    void *context);

/*
 * What must be so for anybody to get the object: one of a few values lies in one of the
 * peer's lists. Gives how many; SIZE_MAX: nothing so simple is known, anybody may get it.
 */
enum { FL_FILTER_KEYS_MAX = 8 };

struct fl_filter_key {
    const char *name; /* of the list */
    struct fl_value value;
};

size_t fl_filter_keys(
    const struct fl_filter *filter,
    const struct fl_filter_subject *subject,
    struct fl_filter_key out_keys[FL_FILTER_KEYS_MAX]);

#endif
