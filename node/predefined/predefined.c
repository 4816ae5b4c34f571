#include "predefined/predefined.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "change/ref.h"
#include "proto/limits.h"
#include "proto/record.h"
#include "storage/journal.h"
#include "storage/settings.h"
#include "walk.h"

/* ---- what is here ---- */

struct walking {
    const struct fl_attribute *attribute;
    struct fl_arena arena;
    fl_predefined_visit *visit;
    void *context;
};

/* Empty: it is no predefined item. Lives in `arena`. */
static struct fl_bytes name_of(
    const struct fl_entry *entry,
    const struct fl_attribute *attribute,
    struct fl_arena *arena)
{
    struct fl_object object;
    const struct fl_value *value = NULL;

    fl_arena_reset(arena);
    if (fl_record_decode(
            entry->key, /* deleted= */ false, entry->record, arena, &object) == FL_OK) {
        value = fl_object_field(&object, attribute->number);
    }
    return value && value->kind == FL_VALUE_STRING ? value->bytes : (struct fl_bytes){0};
}

static enum fl_status visit_entry(
    void *context,
    struct fl_txn *txn,
    const struct fl_entry *entry,
    bool *out_stop,
    struct fl_error *out_error)
{
    struct walking *walking = context;
    const struct fl_bytes name = name_of(entry, walking->attribute, &walking->arena);

    (void)txn;
    (void)out_stop;
    (void)out_error;
    if (name.size > 0) {
        walking->visit(walking->context, entry->key, name);
    }
    return FL_OK;
}

enum fl_status fl_predefined_walk(
    struct fl_node *node,
    const struct fl_type *type,
    fl_predefined_visit *visit,
    void *context,
    struct fl_error *out_error)
{
    struct walking walking = {
        .attribute = fl_type_role(type, FL_ROLE_PREDEFINED_NAME),
        .visit = visit,
        .context = context};

    if (!walking.attribute) {
        return FL_OK;
    }
    fl_arena_init(&walking.arena, FL_OBJECT_ARENA_BYTES_MAX);
    const enum fl_status status =
        fl_walk_objects(node->store, type->number, visit_entry, &walking, out_error);

    fl_arena_deinit(&walking.arena);
    return status;
}

/* ---- by name ---- */

struct search {
    struct fl_bytes name;
    struct fl_key key;
    size_t count;
};

static void visit_found(void *context, struct fl_key key, struct fl_bytes name)
{
    struct search *search = context;

    if (fl_bytes_equal(name, search->name)) {
        search->key = key;
        search->count++;
    }
}

/* "Catalog.X.NAME" as its parts; NULL: it is not written so. */
static const struct fl_type *split(
    const struct fl_configuration *configuration,
    struct fl_bytes text,
    struct fl_bytes *out_name)
{
    size_t at = text.size;

    while (at > 0 && text.data[at - 1] != '.' && text.data[at - 1] != ':') {
        at--;
    }
    if (at < 2 || text.data[at - 1] == ':') {
        return NULL;
    }
    *out_name = (struct fl_bytes){text.data + at, text.size - at};
    const struct fl_type *const type =
        fl_configuration_find_full(configuration, (struct fl_bytes){text.data, at - 1});

    return type && fl_kind_has_predefined(type->kind) ? type : NULL;
}

enum fl_status fl_predefined_parse(
    struct fl_node *node,
    struct fl_bytes text,
    struct fl_key *out_key,
    struct fl_error *out_error)
{
    struct search search = {.count = 0};
    const struct fl_type *const type = split(node->configuration, text, &search.name);

    if (!type) {
        return fl_ref_parse(node->configuration, text, out_key, out_error);
    }
    const enum fl_status status =
        fl_predefined_walk(node, type, visit_found, &search, out_error);

    if (status != FL_OK) {
        return status;
    }
    if (search.count == 0) {
        return fl_error_set(
            out_error, FL_NOT_FOUND,
            "no object here is the predefined item \"%.*s\": `filial configuration "
            "predefined` lists them",
            (int)search.name.size, (const char *)search.name.data);
    }
    if (search.count > 1) {
        return fl_error_set(
            out_error, FL_NOT_FOUND,
            "several objects here are the predefined item \"%.*s\": `filial "
            "configuration predefined` lists them",
            (int)search.name.size, (const char *)search.name.data);
    }
    *out_key = search.key;
    return FL_OK;
}

/* ---- the pairs of a base ---- */

static struct fl_bytes key_of(uint32_t peer, char out_text[FL_SETTING_NAME_BYTES_MAX])
{
    const int size = snprintf(
        out_text, FL_SETTING_NAME_BYTES_MAX, "endpoint-predefined/%010" PRIu32, peer);

    return (struct fl_bytes){(const uint8_t *)out_text, (size_t)size};
}

enum fl_status fl_predefined_pairs_get(
    struct fl_txn *txn,
    uint32_t peer,
    struct fl_ref_pairs *pairs,
    struct fl_error *out_error)
{
    char key[FL_SETTING_NAME_BYTES_MAX];
    struct fl_bytes value = {0};
    enum fl_status status = fl_settings_get(txn, key_of(peer, key), &value);

    if (status == FL_NOT_FOUND) {
        return FL_OK;
    }
    struct fl_reader reader = fl_reader_of(value);

    while (status == FL_OK && fl_reader_left(&reader) > 0) {
        struct fl_ref_pair pair;

        pair.type = fl_reader_u32(&reader);
        pair.theirs = fl_uuid_take(&reader);
        pair.ours = fl_uuid_take(&reader);
        status = reader.failed ? FL_MALFORMED : fl_ref_pairs_put(pairs, pair);
    }
    return status == FL_OK
               ? FL_OK
               : fl_error_set(
                     out_error, status,
                     "what is known of the predefined items of the base cannot be read");
}

void fl_predefined_pairs_put(
    struct fl_txn *txn,
    uint32_t peer,
    const struct fl_ref_pairs *pairs)
{
    char key[FL_SETTING_NAME_BYTES_MAX];
    struct fl_buffer value;
    struct fl_bytes before = {0};

    fl_buffer_init(&value, FL_SETTING_BYTES_MAX);
    for (size_t i = 0; i < pairs->count; i++) {
        const struct fl_ref_pair *const pair = &pairs->by_theirs[i];

        fl_buffer_put_u32(&value, pair->type);
        fl_uuid_put(&value, pair->theirs);
        fl_uuid_put(&value, pair->ours);
    }
    (void)fl_settings_get(txn, key_of(peer, key), &before);
    if (fl_buffer_status(&value) == FL_OK &&
        !fl_bytes_equal(before, fl_buffer_view(&value))) {
        fl_settings_put(txn, key_of(peer, key), fl_buffer_view(&value));
    }
    fl_buffer_deinit(&value);
}

/* ---- a table against what is here ---- */

struct matching {
    struct fl_node *node;
    const struct fl_endpoint_codec *codec;
    const struct fl_endpoint_reading *reading;
    struct fl_ref_pairs *pairs;
    struct fl_arena arena;
    const struct fl_type *type; /* of the walk */
    enum fl_status status;
};

static const struct fl_package_predefined *item_at(
    const struct matching *matching,
    size_t index)
{
    return matching->codec->read_predefined(matching->reading, index);
}

/* Is the object of this key here, as the predefined item of that name? */
static bool is_here(struct matching *matching, struct fl_key key, const char *name)
{
    const struct fl_type *const type =
        fl_configuration_type(matching->node->configuration, key.type);
    const struct fl_attribute *const attribute =
        type ? fl_type_role(type, FL_ROLE_PREDEFINED_NAME) : NULL;
    struct fl_entry entry;
    struct fl_txn txn;
    bool here = false;

    fl_txn_begin(&txn, matching->node->store, FL_TXN_READ);
    if (attribute && fl_object_get(&txn, key, &entry) == FL_OK &&
        !(entry.flags & (FL_ENTRY_DELETED | FL_ENTRY_WITHDRAWN))) {
        here = fl_bytes_equal(
            name_of(&entry, attribute, &matching->arena), fl_bytes_of_text(name));
    }
    fl_txn_abort(&txn);
    return here;
}

/* Settled by a pair that still holds, or by the sender's own ref. */
static bool is_settled(
    struct matching *matching,
    const struct fl_package_predefined *item)
{
    struct fl_key key = item->key;

    key.id = fl_ref_pairs_ours(matching->pairs, key.type, key.id);
    return is_here(matching, key, item->name) || is_here(matching, item->key, item->name);
}

static void visit_local(void *context, struct fl_key key, struct fl_bytes name)
{
    struct matching *matching = context;
    const struct fl_package_predefined *item = NULL;

    for (size_t i = 0; (item = item_at(matching, i)) != NULL; i++) {
        if (matching->status == FL_OK && item->key.type == key.type &&
            fl_bytes_equal(name, fl_bytes_of_text(item->name)) &&
            !is_settled(matching, item)) {
            matching->status = fl_ref_pairs_put(
                matching->pairs,
                (struct fl_ref_pair){
                    .type = key.type, .theirs = item->key.id, .ours = key.id});
        }
    }
}

static bool has_unsettled(struct matching *matching, const struct fl_type *type)
{
    const struct fl_package_predefined *item = NULL;
    bool found = false;

    for (size_t i = 0; !found && (item = item_at(matching, i)) != NULL; i++) {
        found = item->key.type == type->number && !is_settled(matching, item);
    }
    return found;
}

enum fl_status fl_predefined_match(
    struct fl_node *node,
    const struct fl_endpoint_codec *codec,
    const struct fl_endpoint_reading *reading,
    struct fl_ref_pairs *pairs,
    struct fl_error *out_error)
{
    const struct fl_configuration *const configuration = node->configuration;
    struct matching matching = {
        .node = node, .codec = codec, .reading = reading, .pairs = pairs};
    enum fl_status status = FL_OK;

    if (!item_at(&matching, 0)) {
        return FL_OK;
    }
    fl_arena_init(&matching.arena, FL_OBJECT_ARENA_BYTES_MAX);
    for (size_t i = 0; i < configuration->type_count && status == FL_OK; i++) {
        const struct fl_type *const type = &configuration->types[i];

        if (fl_kind_has_predefined(type->kind) && has_unsettled(&matching, type)) {
            status = fl_predefined_walk(node, type, visit_local, &matching, out_error);
        }
    }
    fl_arena_deinit(&matching.arena);
    if (status == FL_OK && matching.status != FL_OK) {
        status = fl_error_set(
            out_error, matching.status,
            "the table of predefined items of the package is too large");
    }
    return status;
}
