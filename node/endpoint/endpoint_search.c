#include "endpoint_search.h"

#include <string.h>

#include "change/change.h"
#include "proto/limits.h"
#include "proto/record.h"
#include "storage/journal.h"
#include "walk.h"

enum { DATE_BYTES = FL_DATETIME_TEXT_BYTES };

void fl_endpoint_search_init(
    struct fl_endpoint_search *search,
    struct fl_node *node,
    struct fl_txn *txn)
{
    search->node = node;
    search->txn = txn;
    search->count = 0;
    search->made = 0;
    search->lsn = fl_journal_head(txn);
    search->recent_count = 0;
    search->followed_count = 0;
    fl_arena_init(&search->arena, FL_OBJECT_ARENA_BYTES_MAX);
}

static void free_index(struct fl_endpoint_index *index)
{
    fl_lookup_deinit(&index->lookup);
    fl_free(index);
}

void fl_endpoint_search_deinit(struct fl_endpoint_search *search)
{
    for (size_t i = 0; i < search->count; i++) {
        free_index(search->indexes[i]);
    }
    search->count = 0;
    fl_arena_deinit(&search->arena);
}

/* --- what is wanted --- */

struct fl_endpoint_wanted fl_endpoint_wanted_of(
    const struct fl_type *type,
    const struct fl_object *given,
    const uint32_t *attributes,
    size_t attribute_count,
    bool equal_date)
{
    struct fl_endpoint_wanted wanted = {.type = type};
    bool has_number = false;
    bool has_date = false;
    for (size_t i = 0; i < attribute_count && wanted.count < FL_ENDPOINT_WANTED_MAX;
         i++) {
        const struct fl_attribute *attribute = fl_type_attribute(type, attributes[i]);
        if (attribute == NULL || fl_object_field(given, attributes[i]) == NULL ||
            attribute->role == FL_ROLE_IS_FOLDER ||
            attribute->role == FL_ROLE_DELETION_MARK) {
            continue;
        }
        has_number = has_number || attribute->role == FL_ROLE_NUMBER;
        has_date = has_date || attribute->role == FL_ROLE_DATE;
        wanted.attributes[wanted.count++] = attributes[i];
    }
    wanted.by_year = has_number && has_date && wanted.count == 2 && !equal_date;
    return wanted;
}

int64_t fl_endpoint_year_of(int64_t date)
{
    char text[DATE_BYTES];
    int64_t first = date;
    fl_datetime_format(date, text);
    memcpy(text + 4, "-01-01T00:00:00", strlen("-01-01T00:00:00"));
    (void)fl_datetime_parse((struct fl_bytes){(uint8_t *)text, 19}, &first);
    return first;
}

static struct fl_value value_of(
    const struct fl_endpoint_wanted *wanted,
    const struct fl_object *object,
    size_t index)
{
    uint32_t number = wanted->attributes[index];
    const struct fl_value *found = fl_object_field(object, number);
    struct fl_value value =
        found == NULL ? fl_value_empty(&fl_type_attribute(wanted->type, number)->type)
                      : *found;
    if (wanted->by_year && value.kind == FL_VALUE_DATE) {
        value.date = fl_endpoint_year_of(value.date);
    }
    while (value.kind == FL_VALUE_STRING && value.bytes.size > 0 &&
           value.bytes.data[value.bytes.size - 1] == ' ') {
        value.bytes.size--; /* as databases of 1C compare */
    }
    return value;
}

bool fl_endpoint_wanted_is(
    const struct fl_endpoint_wanted *wanted,
    const struct fl_object *given,
    const struct fl_object *object)
{
    for (size_t i = 0; i < wanted->count; i++) {
        struct fl_value value = value_of(wanted, given, i);
        struct fl_value own = value_of(wanted, object, i);
        if (!fl_value_equal(&value, &own)) {
            return false;
        }
    }
    return wanted->count > 0;
}

static uint64_t hash_of(
    const struct fl_endpoint_wanted *wanted,
    const struct fl_object *object)
{
    struct fl_value values[FL_ENDPOINT_WANTED_MAX];
    for (size_t i = 0; i < wanted->count; i++) {
        values[i] = value_of(wanted, object, i);
    }
    return fl_lookup_hash(values, wanted->count);
}

/* Is the object here, as it is now, one that has these values? One that cannot be read is
   a failure: who is not found is made anew. */
static enum fl_status is_still(
    struct fl_endpoint_search *search,
    const struct fl_endpoint_wanted *wanted,
    const struct fl_object *given,
    struct fl_uuid id,
    bool *out_is,
    struct fl_error *out_error)
{
    const struct fl_key key = {.type = wanted->type->number, .id = id};
    struct fl_object here;
    fl_arena_reset(&search->arena);
    const enum fl_status status =
        fl_change_current(search->txn, key, &search->arena, &here, NULL, out_error);
    *out_is = status == FL_OK && fl_endpoint_wanted_is(wanted, given, &here);
    return status == FL_NOT_FOUND ? FL_OK : status;
}

/* --- indexes --- */

static enum fl_status no_room(struct fl_error *out_error)
{
    return fl_error_set(
        out_error, FL_NO_MEMORY, "there is no room for the index of keys");
}

/* An object of the walk, or of the transaction; the first of several stays. */
static enum fl_status put(
    struct fl_endpoint_index *index,
    const struct fl_object *object,
    struct fl_error *out_error)
{
    uint64_t hash = hash_of(&index->wanted, object);
    struct fl_lookup_item *item = fl_lookup_find(&index->lookup, hash);
    if (item != NULL) {
        item->ambiguous = item->ambiguous || !fl_uuid_equal(item->id, object->key.id);
        return FL_OK;
    }
    return fl_lookup_add(&index->lookup, hash, object->key.id) == NULL
               ? no_room(out_error)
               : FL_OK;
}

static enum fl_status decode(
    const struct fl_entry *entry,
    struct fl_arena *arena,
    struct fl_object *out_object,
    struct fl_error *out_error)
{
    fl_arena_reset(arena);
    enum fl_status status = fl_record_decode(
        entry->key, /* deleted= */ false, entry->record, arena, out_object);
    return status == FL_OK
               ? FL_OK
               : fl_error_set(out_error, status, "an object here cannot be unpacked");
}

struct building {
    struct fl_endpoint_index *index;
    struct fl_arena arena;
};

static enum fl_status visit(
    void *context,
    struct fl_txn *txn,
    const struct fl_entry *entry,
    bool *out_stop,
    struct fl_error *out_error)
{
    struct building *building = context;
    struct fl_object object;
    (void)txn;
    (void)out_stop;
    enum fl_status status = decode(entry, &building->arena, &object, out_error);
    return status == FL_OK ? put(building->index, &object, out_error) : status;
}

static size_t recent_count(const struct fl_endpoint_search *search)
{
    return search->recent_count < FL_ENDPOINT_RECENT ? search->recent_count
                                                     : FL_ENDPOINT_RECENT;
}

/* What the transaction holds that is not committed yet. */
static enum fl_status put_recent(
    struct fl_endpoint_search *search,
    struct fl_endpoint_index *index,
    struct fl_error *out_error)
{
    enum fl_status status = FL_OK;
    for (size_t i = 0; i < recent_count(search) && status == FL_OK; i++) {
        struct fl_object object;
        fl_arena_reset(&search->arena);
        if (search->recent[i].type == index->wanted.type->number &&
            fl_change_current(
                search->txn, search->recent[i], &search->arena, &object, NULL, NULL) ==
                FL_OK) {
            status = put(index, &object, out_error);
        }
    }
    return status;
}

static enum fl_status build(
    struct fl_endpoint_search *search,
    struct fl_endpoint_index *index,
    struct fl_error *out_error)
{
    struct building building = {.index = index};
    fl_arena_init(&building.arena, FL_OBJECT_ARENA_BYTES_MAX);
    enum fl_status status = fl_walk_objects(
        search->node->store, index->wanted.type->number, visit, &building, out_error);
    fl_arena_deinit(&building.arena);
    return status == FL_OK ? put_recent(search, index, out_error) : status;
}

static bool is_index_of(
    const struct fl_endpoint_wanted *index,
    const struct fl_endpoint_wanted *wanted)
{
    return index->type == wanted->type && index->count == wanted->count &&
           index->by_year == wanted->by_year &&
           memcmp(
               index->attributes, wanted->attributes,
               index->count * sizeof index->attributes[0]) == 0;
}

/* A place for one more: the one that was made longest ago goes. */
static struct fl_endpoint_index **place_for(struct fl_endpoint_search *search)
{
    struct fl_endpoint_index **place =
        &search->indexes[search->made++ % FL_ENDPOINT_INDEXES_MAX];
    if (search->count == FL_ENDPOINT_INDEXES_MAX) {
        free_index(*place);
    } else {
        search->count++;
    }
    return place;
}

static enum fl_status make_index(
    struct fl_endpoint_search *search,
    const struct fl_endpoint_wanted *wanted,
    struct fl_endpoint_index **out_index,
    struct fl_error *out_error)
{
    struct fl_endpoint_index *index = fl_alloc_zeroed(1, sizeof *index);
    if (index == NULL) {
        return no_room(out_error);
    }
    index->wanted = *wanted;
    fl_lookup_init(&index->lookup, search->node->directory);
    enum fl_status status = build(search, index, out_error);
    if (status != FL_OK) {
        free_index(index);
        return status;
    }
    *place_for(search) = index;
    *out_index = index;
    return FL_OK;
}

static enum fl_status find_index(
    struct fl_endpoint_search *search,
    const struct fl_endpoint_wanted *wanted,
    struct fl_endpoint_index **out_index,
    struct fl_error *out_error)
{
    for (size_t i = 0; i < search->count; i++) {
        if (is_index_of(&search->indexes[i]->wanted, wanted)) {
            *out_index = search->indexes[i];
            return FL_OK;
        }
    }
    return make_index(search, wanted, out_index, out_error);
}

/* --- finding --- */

bool fl_endpoint_search_has(const struct fl_endpoint_search *search, struct fl_key key)
{
    struct fl_entry entry;
    return fl_object_get(search->txn, key, &entry) == FL_OK &&
           (entry.flags & (FL_ENTRY_DELETED | FL_ENTRY_WITHDRAWN)) == 0;
}

struct seeking {
    struct fl_endpoint_search *search;
    const struct fl_endpoint_wanted *wanted;
    const struct fl_object *given;
    uint64_t hash;
    struct fl_arena arena;
    bool found;
    struct fl_uuid id;
};

static enum fl_status seek(
    void *context,
    struct fl_txn *txn,
    const struct fl_entry *entry,
    bool *out_stop,
    struct fl_error *out_error)
{
    struct seeking *seeking = context;
    struct fl_object object;
    (void)txn;
    enum fl_status status = decode(entry, &seeking->arena, &object, out_error);
    if (status != FL_OK || hash_of(seeking->wanted, &object) != seeking->hash) {
        return status;
    }
    seeking->id = entry->key.id;
    status = is_still(
        seeking->search, seeking->wanted, seeking->given, seeking->id, &seeking->found,
        out_error);
    *out_stop = seeking->found;
    return status;
}

/* The index knows one of several, and that one has other values by now. */
static enum fl_status find_other(
    struct fl_endpoint_search *search,
    const struct fl_endpoint_wanted *wanted,
    const struct fl_object *given,
    struct fl_lookup_item *item,
    struct fl_error *out_error)
{
    struct seeking seeking = {
        .search = search, .wanted = wanted, .given = given, .hash = item->hash};
    enum fl_status status = FL_OK;
    for (size_t i = 0; i < recent_count(search) && status == FL_OK && !seeking.found;
         i++) {
        if (search->recent[i].type == wanted->type->number) {
            seeking.id = search->recent[i].id;
            status =
                is_still(search, wanted, given, seeking.id, &seeking.found, out_error);
        }
    }
    if (status == FL_OK && !seeking.found) {
        fl_arena_init(&seeking.arena, FL_OBJECT_ARENA_BYTES_MAX);
        status = fl_walk_objects(
            search->node->store, wanted->type->number, seek, &seeking, out_error);
        fl_arena_deinit(&seeking.arena);
    }
    if (status == FL_OK && seeking.found) {
        item->id = seeking.id;
    }
    return status == FL_OK && !seeking.found ? FL_NOT_FOUND : status;
}

enum fl_status fl_endpoint_search_find(
    struct fl_endpoint_search *search,
    const struct fl_endpoint_wanted *wanted,
    const struct fl_object *given,
    struct fl_uuid *out_id,
    bool *out_ambiguous,
    struct fl_error *out_error)
{
    struct fl_endpoint_index *index = NULL;
    if (wanted->count == 0) {
        return FL_NOT_FOUND;
    }
    enum fl_status status = find_index(search, wanted, &index, out_error);
    if (status != FL_OK) {
        return status;
    }
    struct fl_lookup_item *item = fl_lookup_find(&index->lookup, hash_of(wanted, given));
    if (item == NULL) {
        return FL_NOT_FOUND;
    }
    bool is = false;
    status = is_still(search, wanted, given, item->id, &is, out_error);
    if (status == FL_OK && !is) {
        status = item->ambiguous ? find_other(search, wanted, given, item, out_error)
                                 : FL_NOT_FOUND;
    }
    *out_id = item->id;
    if (out_ambiguous != NULL) {
        *out_ambiguous = item->ambiguous;
    }
    return status;
}

/* As put(), but what the index knows may have other values by now. */
static enum fl_status put_later(
    struct fl_endpoint_search *search,
    struct fl_endpoint_index *index,
    const struct fl_object *object,
    struct fl_error *out_error)
{
    struct fl_lookup_item *item =
        fl_lookup_find(&index->lookup, hash_of(&index->wanted, object));
    enum fl_status status = FL_OK;
    bool stays = true;
    if (item != NULL && !item->ambiguous) {
        status = is_still(search, &index->wanted, object, item->id, &stays, out_error);
    }
    if (status == FL_OK && !stays) {
        item->id = object->key.id;
        return FL_OK;
    }
    return status == FL_OK ? put(index, object, out_error) : status;
}

enum fl_status fl_endpoint_search_add(
    struct fl_endpoint_search *search,
    const struct fl_object *object,
    struct fl_error *out_error)
{
    enum fl_status status = FL_OK;
    for (size_t i = 0; i < search->count && status == FL_OK; i++) {
        if (search->indexes[i]->wanted.type->number == object->key.type) {
            status = put_later(search, search->indexes[i], object, out_error);
        }
    }
    search->recent[search->recent_count++ % FL_ENDPOINT_RECENT] = object->key;
    return status;
}

/* Was it added since the last time? Nearly all are: this import has written them. */
static bool is_own(const struct fl_endpoint_search *search, struct fl_key key)
{
    for (size_t i = search->recent_count;
         i > search->followed_count && search->recent_count - i < FL_ENDPOINT_RECENT;
         i--) {
        if (fl_key_equal(search->recent[(i - 1) % FL_ENDPOINT_RECENT], key)) {
            return true;
        }
    }
    return false;
}

static enum fl_status see(
    struct fl_endpoint_search *search,
    const struct fl_entry *entry,
    fl_endpoint_seen seen,
    void *context,
    struct fl_error *out_error)
{
    const struct fl_type *type =
        fl_configuration_type(search->node->configuration, entry->key.type);
    struct fl_object object;
    struct fl_bytes record; /* what the store lends ends when others are looked at */
    struct fl_arena arena;
    enum fl_status status = FL_OK;
    fl_arena_init(&arena, 2 * FL_OBJECT_ARENA_BYTES_MAX);
    if (type != NULL && fl_arena_copy(&arena, entry->record, &record) == FL_OK &&
        fl_record_decode(entry->key, /* deleted= */ false, record, &arena, &object) ==
            FL_OK) {
        status = fl_endpoint_search_add(search, &object, out_error);
        if (seen != NULL) {
            seen(context, type, &object);
        }
    }
    fl_arena_deinit(&arena);
    return status;
}

enum fl_status fl_endpoint_search_follow(
    struct fl_endpoint_search *search,
    fl_endpoint_seen seen,
    void *context,
    struct fl_error *out_error)
{
    uint64_t head = fl_journal_head(search->txn);
    enum fl_status status = FL_OK;
    while (status == FL_OK && search->lsn < head) {
        struct fl_entry entry;
        search->lsn++;
        if (fl_journal_get(search->txn, search->lsn, &entry) == FL_OK && entry.live &&
            (entry.flags & (FL_ENTRY_DELETED | FL_ENTRY_WITHDRAWN)) == 0 &&
            !is_own(search, entry.key)) {
            status = see(search, &entry, seen, context, out_error);
        }
    }
    search->followed_count = search->recent_count;
    return status;
}
