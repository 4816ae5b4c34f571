/*
 * Objects as entities of OData, in JSON as 1C writes it, and back.
 *
 *     {"Ref_Key": "...", "DataVersion": "AAAAAAAAAAs=", "Code": "001", "Parent_Key":
 * "...", "Основание": "...", "Основание_Type": "StandardODATA.Document_X", "Товары":
 * [{"LineNumber": "1", "Цена": 10.5}]}
 *
 * A record set by recorder is {"Recorder_Key" or "Recorder" and "Recorder_Type",
 * "RecordSet": [{...}]}, a set of an independent register one entity for each record, a
 * constant {"Value": ...}. Numbers are JSON numbers of up to 15 digits, longer ones
 * texts.
 */

#ifndef NODE_ODATA_ENTITY_H
#define NODE_ODATA_ENTITY_H

#include <jansson.h>

#include "odata_name.h"
#include "storage/journal.h"

/* A value as it stands in a filter; false: of no kind that compares. Views into `value`.
 */
bool fl_odata_value_of(
    const struct fl_configuration *configuration,
    const struct fl_value *value,
    struct fl_odata_value *out_value);

/* 8 bytes of the lsn in Base64, as 1C's DataVersion. */
enum { FL_ODATA_VERSION_BYTES = 16 };
void fl_odata_version(uint64_t lsn, char out_text[FL_ODATA_VERSION_BYTES]);
/* Of If-Match: quotes and W/ around it do not matter. */
bool fl_odata_version_parse(const char *text, uint64_t *out_lsn);

/* Appends the entities of an object: one, or one for each record. False without memory.
 */
bool fl_odata_entities(
    const struct fl_configuration *configuration,
    const struct fl_object *object,
    uint64_t lsn,
    json_t *array);

/* How many that are; a set by recorder is one. */
size_t fl_odata_entity_count(const struct fl_type *type, const struct fl_object *object);

/* Deepens `object`'s names: only those of `select`, "Code,Description". */
void fl_odata_select(json_t *entity, const char *select);

/*
 * A body as the "set" of a change, or as "filter" and "records"; members are checked by
 * whoever applies it. FL_MALFORMED and FL_NOT_FOUND in words. `*out_line` is the
 * caller's. `key` may be NULL: a new object, or what the body itself names.
 */
struct fl_odata_change {
    const struct fl_configuration *configuration;
    const struct fl_type *type;
    const struct fl_odata_key *key;
    const json_t *body;
};
enum fl_status fl_odata_put_line(
    const struct fl_odata_change *change,
    json_t **out_line,
    struct fl_error *out_error);
/* {"delete": ...} of the key. */
enum fl_status fl_odata_delete_line(
    const struct fl_odata_change *change,
    json_t **out_line,
    struct fl_error *out_error);

/* The object that the key of an address names. */
enum fl_status fl_odata_key_of(
    const struct fl_configuration *configuration,
    const struct fl_type *type,
    const struct fl_odata_key *key,
    struct fl_key *out_key,
    struct fl_error *out_error);

#endif
