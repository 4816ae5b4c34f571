/*
 * Expressions of OData: $filter, $orderby and the key in an address, parsed without
 * knowing any type. A filter becomes a row of steps for a machine with a stack, so that
 * nothing recurses over what somebody sent.
 *
 *     Code eq '001' and not (Цена gt 10.5 or startswith(Description,'А'))
 *     Ref_Key eq guid'...'        Date ge datetime'2026-01-01T00:00:00'
 *     Основание eq cast(guid'...','Document_Заказ')
 */

#ifndef NODE_ODATA_FILTER_H
#define NODE_ODATA_FILTER_H

#include "proto/arena.h"
#include "proto/datetime.h"
#include "proto/decimal.h"
#include "proto/uuid.h"

enum {
    FL_ODATA_STEPS_MAX = 256,
    FL_ODATA_DEPTH_MAX = 32,
    FL_ODATA_KEYS_MAX = 32,
    FL_ODATA_ORDERS_MAX = 8,
};

enum fl_odata_kind {
    FL_ODATA_NULL = 0,
    FL_ODATA_BOOLEAN,
    FL_ODATA_NUMBER,
    FL_ODATA_STRING,
    FL_ODATA_DATE,
    FL_ODATA_GUID,
};

struct fl_odata_value {
    enum fl_odata_kind kind;
    uint32_t type; /* GUID: number of the type that it is a ref of; 0: of whatever */
    union {
        bool boolean;
        struct fl_decimal number;
        struct fl_bytes text; /* a view */
        int64_t date;
        struct {
            struct fl_uuid uuid;
            struct fl_bytes set; /* "Catalog_X" of a cast, which names `type`; or empty */
        };
    };
};

enum fl_odata_step_kind {
    FL_ODATA_LITERAL = 1, /* push `value` */
    FL_ODATA_NAME,        /* push the property `name` */
    FL_ODATA_OR,          /* pop two, push one; and so on */
    FL_ODATA_AND,
    FL_ODATA_EQ,
    FL_ODATA_NE,
    FL_ODATA_LT,
    FL_ODATA_LE,
    FL_ODATA_GT,
    FL_ODATA_GE,
    FL_ODATA_NOT, /* pop one */
    FL_ODATA_STARTSWITH,
    FL_ODATA_ENDSWITH,
    FL_ODATA_SUBSTRINGOF,
    FL_ODATA_LIKE, /* 1C's: % any letters, _ one */
    FL_ODATA_YEAR, /* pop one */
    FL_ODATA_MONTH,
    FL_ODATA_DAY,
};

struct fl_odata_step {
    enum fl_odata_step_kind kind;
    struct fl_odata_value value;
    struct fl_bytes name;
    uint32_t attribute; /* for who evaluates */
    uint32_t aspect;    /* the same */
};

struct fl_odata_filter {
    size_t count;
    struct fl_odata_step steps[FL_ODATA_STEPS_MAX];
};

/* Views into `text` and `arena`. The words of a failure name the place. */
enum fl_status fl_odata_filter_parse(
    struct fl_bytes text,
    struct fl_arena *arena,
    struct fl_odata_filter *out_filter,
    struct fl_error *out_error);

/* What a property of the object in question is; false: there is no such, or no value. */
typedef bool (*fl_odata_lookup)(
    void *context,
    const struct fl_odata_step *step,
    struct fl_odata_value *out_value);
bool fl_odata_filter_matches(
    const struct fl_odata_filter *filter,
    fl_odata_lookup lookup,
    void *context);

/* Is `name eq literal` required by the filter, whatever else it asks? */
bool fl_odata_filter_requires(
    const struct fl_odata_filter *filter,
    const char *name,
    struct fl_odata_value *out_value);

/* Less, equal, greater as -1, 0, 1; false: of kinds that do not compare. */
bool fl_odata_compare(
    const struct fl_odata_value *a,
    const struct fl_odata_value *b,
    int *out_order);

/* "Catalog_X(guid'...')", "X(Period=datetime'...',Валюта_Key=guid'...')", "X" */
struct fl_odata_key {
    struct fl_bytes set;
    bool has_key;
    size_t count;
    struct {
        struct fl_bytes name; /* empty: the only one */
        struct fl_odata_value value;
    } parts[FL_ODATA_KEYS_MAX];
    struct fl_bytes rest; /* behind a "/" */
};

enum fl_status fl_odata_key_parse(
    struct fl_bytes text,
    struct fl_arena *arena,
    struct fl_odata_key *out_key,
    struct fl_error *out_error);

struct fl_odata_order {
    size_t count;
    struct {
        struct fl_bytes name;
        bool descending;
        struct fl_odata_step step; /* for who evaluates */
    } parts[FL_ODATA_ORDERS_MAX];
};

/* "Date desc,Number" */
enum fl_status fl_odata_order_parse(
    struct fl_bytes text,
    struct fl_odata_order *out_order,
    struct fl_error *out_error);

#endif
