/*
 * The rules of a mapping in memory, shared by what reads, writes and converts.
 */

#ifndef EXCHANGE_CONVERSION_RULES_H
#define EXCHANGE_CONVERSION_RULES_H

#include "exchange/conversion.h"

enum fl_conversion_direction { FL_BOTH_WAYS = 0, FL_ONLY_WRITE, FL_ONLY_READ };

/* From when to when something holds; 0: open. */
struct fl_conversion_span {
    fl_conversion_version since;
    fl_conversion_version until;
};

struct fl_conversion_part {
    const char *path;
    const char *text;
};

struct fl_conversion_value {
    const char *ours; /* the name of a value of an enumeration, or a text */
    const char *theirs;
    struct fl_conversion_span span;
    size_t part_count; /* instead of `theirs` */
    struct fl_conversion_part *parts;
};

struct fl_conversion_values {
    const char *name;
    const char *other; /* what those that are not here are; NULL: they are refused */
    size_t count;
    struct fl_conversion_value *items;
};

/* Where a value of ours is: an attribute, or one behind a reference. */
struct fl_conversion_place {
    const struct fl_attribute *attribute; /* NULL: the object's own identity */
    bool of_object;                       /* in a table: not of the row */
    const char *behind;                   /* NULL: the attribute itself */
};

struct fl_conversion_condition {
    struct fl_conversion_place place;
    bool differs;
    const char *text;
};

struct fl_conversion_conditions {
    size_t count;
    struct fl_conversion_condition *items;
};

enum fl_conversion_property_kind {
    FL_PROPERTY_VALUE = 0,
    FL_PROPERTY_FIXED,
    FL_PROPERTY_NUMBER, /* of the row, from 1 */
};

struct fl_conversion_property {
    enum fl_conversion_property_kind kind;
    struct fl_conversion_place place;
    const char *path;
    const char *text; /* FIXED; VALUE: when empty, may be NULL */
    const char *values_name;
    const char *type;    /* as the format names it; NULL */
    const char *options; /* the format's own; "" */
    const struct fl_conversion_values *values;
    struct fl_conversion_span span;
    enum fl_conversion_direction direction;
    bool keep;
    bool check; /* FIXED: reading asks for it */
    uint64_t line;
};

struct fl_conversion_properties {
    size_t count;
    struct fl_conversion_property *items;
};

struct fl_conversion_table {
    const struct fl_section_type *section;
    const char *path;    /* of a row */
    const char *options; /* the format's own; "" */
    struct fl_conversion_span span;
    struct fl_conversion_conditions conditions;
    struct fl_conversion_properties properties;
    enum fl_conversion_direction direction;
    bool keep;
    uint64_t line;
};

struct fl_conversion_search {
    size_t count;
    uint32_t attributes[FL_CONVERSION_SEARCH_ATTRIBUTES_MAX];
};

struct fl_conversion_rule {
    const struct fl_type *type;
    const char *element;
    const char *options; /* the format's own; "" */
    struct fl_conversion_span span;
    struct fl_conversion_conditions conditions;
    struct fl_conversion_properties key;
    struct fl_conversion_properties properties;
    size_t table_count;
    struct fl_conversion_table *tables;
    size_t search_count;
    struct fl_conversion_search *searches;
    enum fl_conversion_direction direction;
    uint64_t line;
};

struct fl_conversion {
    const struct fl_configuration *configuration;
    struct fl_arena arena; /* everything here */
    const char *format;
    const char *name;
    const char *key;
    bool keep;
    bool empty; /* empty values and tables are written, too */
    const char *options;
    size_t rule_count;
    struct fl_conversion_rule *rules;
    size_t values_count;
    struct fl_conversion_values *values;
    size_t remark_count;
    const char **remarks;
    struct fl_conversion_coverage coverage;
};

/* "Контрагенты" of "Справочник.Контрагенты"; part of `element`. */
const char *fl_conversion_without_kind(const char *element);
/* By its whole name or, where the kind is not said, without it. */
bool fl_conversion_is_called(const struct fl_conversion_rule *rule, const char *element);
bool fl_conversion_spans(struct fl_conversion_span span, fl_conversion_version version);
/* What stands there for a value that the property's table does not have; NULL: nothing
 * does, and the value would be lost. */
const char *fl_conversion_other(const struct fl_conversion_property *property);
/* By either name of a standard attribute; NULL: there is none. */
const struct fl_attribute *fl_conversion_attribute(
    const struct fl_type *type,
    const struct fl_section_type *section,
    struct fl_bytes name);

#endif
