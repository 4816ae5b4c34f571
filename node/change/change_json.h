/*
 * Changes of objects as people and programs write them in JSON.
 *
 *     {"put": "Catalog.Контрагенты:uuid", "set": {"Description": "Ромашка",
 *         "Товары": [{"Количество": 3}]}}
 *     {"put": "InformationRegister.КурсыВалют", "filter": {...}, "records": [{...}]}
 *     {"delete": "Catalog.Контрагенты:uuid"}
 *
 * Values are as in object_json.h. A put changes what `set` names and leaves the rest.
 */

#ifndef NODE_CHANGE_JSON_H
#define NODE_CHANGE_JSON_H

#include <jansson.h>

#include "proto/object.h"

enum fl_change_json_kind { FL_CHANGE_PUT = 1, FL_CHANGE_DELETE };

/* A line of batch, not yet applied: what it is about, and the parts that say how. */
struct fl_change_json {
    enum fl_change_json_kind kind;
    const struct fl_type *type;
    bool has_key; /* false: a new object, or a record set found by its filter */
    struct fl_key key;
    const json_t *set;
    const json_t *filter;
    const json_t *records;
};

/* Views into `line`, which outlives them. */
enum fl_status fl_change_json_parse(
    const struct fl_configuration *configuration,
    const json_t *line,
    struct fl_change_json *out_change,
    struct fl_error *out_error);

/*
 * Put `change` upon `object`, which holds what is there now (or only a key when nothing
 * is), in `arena`; then normalise and check. FL_NOT_FOUND: an attribute that the type
 * does not have; FL_MALFORMED: a value that does not fit. The words name it.
 */
enum fl_status fl_change_json_apply(
    const struct fl_configuration *configuration,
    const struct fl_change_json *change,
    struct fl_arena *arena,
    struct fl_object *object,
    struct fl_error *out_error);

/* The key of the record set that `change->filter` names. */
enum fl_status fl_change_json_filter_key(
    const struct fl_configuration *configuration,
    const struct fl_change_json *change,
    struct fl_arena *arena,
    struct fl_key *out_key,
    struct fl_error *out_error);

#endif
