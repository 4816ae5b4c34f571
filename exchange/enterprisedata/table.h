/*
 * What EnterpriseData holds, version by version: its types, the order of their members,
 * what is required, and which values are allowed. Made once from `table.txt`, which
 * make_table derives from 1C's own schemas; read-only and for ever after.
 *
 * Lines of the table, fields between tabs:
 *
 *     versions  1.2 1.3 ...                                 all, ascending
 *     body      NAME  VERSIONS  TYPE                        may stand in the body
 *     simple    NAME  VERSIONS  BASE  FACET=VALUE ...       a value
 *     enum      NAME  VERSIONS  VALUE|VALUE                 a value of a closed list
 *     type      NAME  VERSIONS  ordered|any                 an element with members:
 *               MEMBER  TIMES  TYPE  [VERSIONS]             1 ? + *; and n for nillable
 *
 * A pattern among the facets is not used.
 */

#ifndef EXCHANGE_ENTERPRISEDATA_TABLE_H
#define EXCHANGE_ENTERPRISEDATA_TABLE_H

#include "proto/bytes.h"

/* The member by which an element is a reference. */
#define FL_ENTERPRISEDATA_ID "Ссылка"

/* One bit for each version, the oldest lowest. */
typedef uint32_t fl_enterprisedata_versions;

enum fl_enterprisedata_value {
    FL_ENTERPRISEDATA_NONE = 0, /* members instead */
    FL_ENTERPRISEDATA_STRING,
    FL_ENTERPRISEDATA_BOOLEAN,
    FL_ENTERPRISEDATA_DECIMAL,
    FL_ENTERPRISEDATA_INTEGER,
    FL_ENTERPRISEDATA_DATE,
    FL_ENTERPRISEDATA_DATETIME,
    FL_ENTERPRISEDATA_REF, /* a UUID as text */
    FL_ENTERPRISEDATA_ENUM,
};

struct fl_enterprisedata_type;

struct fl_enterprisedata_member {
    const char *name;
    bool required;
    bool repeated;
    bool nillable;
    bool is_id; /* FL_ENTERPRISEDATA_ID */
    fl_enterprisedata_versions versions;
    /* The forms of its type in different versions; none: anything may stand there. */
    size_t form_count;
    const struct fl_enterprisedata_type *forms;
};

struct fl_enterprisedata_type {
    const char *name;
    fl_enterprisedata_versions versions;
    enum fl_enterprisedata_value value;
    bool ordered;
    bool one_of; /* a reference to one of several kinds: one member stands there */
    uint32_t length_min; /* characters */
    uint32_t length_max; /* 0: any */
    uint32_t digits;     /* 0: any */
    uint32_t fraction;
    bool has_fraction;
    size_t allowed_count;
    const char *const *allowed;
    size_t member_count;
    const struct fl_enterprisedata_member *members;
    fl_enterprisedata_versions keyed; /* in which an element of it may be a reference */
    const char *kind; /* of such: to what, "Контрагенты"; NULL: to several kinds */
};

struct fl_enterprisedata_table;

/* The one table of the program, made at the first call; NULL without memory. */
const struct fl_enterprisedata_table *fl_enterprisedata_table(void);

/* A number of a version, from 0; -1 when the table has no such. NULL beyond the last. */
int fl_enterprisedata_version_find(
    const struct fl_enterprisedata_table *table,
    struct fl_bytes text);
const char *fl_enterprisedata_version_text(
    const struct fl_enterprisedata_table *table,
    int version);
int fl_enterprisedata_version_count(const struct fl_enterprisedata_table *table);

/* NULL: the version has none of that name. */
const struct fl_enterprisedata_type *fl_enterprisedata_type_find(
    const struct fl_enterprisedata_table *table,
    int version,
    struct fl_bytes name);
/* The type of "Документ.X", "Справочник.X", "УдалениеОбъекта"; NULL: not in the body. */
const struct fl_enterprisedata_type *fl_enterprisedata_body_find(
    const struct fl_enterprisedata_table *table,
    int version,
    struct fl_bytes name);
/* Is there an element of the body of that kind, "X" of "Документ.X"? */
bool fl_enterprisedata_is_kind(
    const struct fl_enterprisedata_table *table,
    int version,
    struct fl_bytes kind);
/* Names that the body of `version` may hold, in the table's order; NULL beyond the last.
 * `*cursor` begins as 0. */
const char *fl_enterprisedata_body_next(
    const struct fl_enterprisedata_table *table,
    int version,
    size_t *cursor);
/* A member of `type` in that version; NULL when there is none. */
const struct fl_enterprisedata_member *fl_enterprisedata_member_find(
    const struct fl_enterprisedata_type *type,
    int version,
    struct fl_bytes name);
/*
 * The same for elements that mostly come in the order of the table: it is looked for
 * from `*io_at` on, all around, and `*io_at` becomes its place among the members.
 */
const struct fl_enterprisedata_member *fl_enterprisedata_member_next(
    const struct fl_enterprisedata_type *type,
    int version,
    const char *name,
    size_t *io_at);
/* Has that version nothing that must stand in such a group? False for values, and for a
   reference of several kinds: the schema would take one to nothing, 1C does not. */
bool fl_enterprisedata_may_be_empty(
    const struct fl_enterprisedata_type *type, /* NULL: false */
    int version);
const struct fl_enterprisedata_type *fl_enterprisedata_member_type(
    const struct fl_enterprisedata_member *member,
    int version);

/* Does `text` fit a type that is a value? NULL: yes; otherwise what is wrong, in the
 * user's language.
 */
const char *fl_enterprisedata_value_fault(
    const struct fl_enterprisedata_type *type,
    struct fl_bytes text);

#endif
