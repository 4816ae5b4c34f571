#include "table/lookup.h"

#include <string.h>

#include "proto/hash.h"
#include "proto/limits.h"
#include "proto/record.h"
#include "table/scratch.h"

enum {
    CAPACITY_MIN = 1024,
    CAPACITY_IN_MEMORY_MAX = 64 << 10,
    TAG_TABLE = 0,
    NUMBER_BYTES = 18
};

static uint64_t mix(uint64_t hash, uint8_t kind, struct fl_bytes bytes)
{
    uint8_t key[9];

    fl_store_u64(key, hash);
    key[8] = kind;
    return fl_tag(TAG_TABLE, (struct fl_bytes){key, sizeof(key)}, bytes);
}

/* Trailing blanks are 1C's padding of codes of fixed length. */
static struct fl_bytes unpadded(struct fl_bytes text)
{
    while (text.size > 0 && text.data[text.size - 1] == ' ') {
        text.size--;
    }
    return text;
}

static uint64_t mix_value(uint64_t hash, const struct fl_value *value)
{
    uint8_t bytes[NUMBER_BYTES] = {0};
    struct fl_bytes view = {bytes, sizeof(bytes)};

    switch (value->kind) {
    case FL_VALUE_STRING:
    case FL_VALUE_BINARY:
    case FL_VALUE_STORAGE:
    case FL_VALUE_TYPE:
    case FL_VALUE_FOREIGN:
        view = unpadded(value->bytes);
        break;
    case FL_VALUE_NUMBER:
        fl_store_u64(bytes, value->number.high);
        fl_store_u64(bytes + 8, value->number.low);
        bytes[16] = value->number.scale;
        bytes[17] = value->number.negative;
        break;
    case FL_VALUE_DATE:
        fl_store_u64(bytes, (uint64_t)value->date);
        break;
    case FL_VALUE_BOOLEAN:
        bytes[0] = value->boolean;
        break;
    case FL_VALUE_REF:
    case FL_VALUE_UUID:
        memcpy(bytes, &value->uuid, FL_UUID_BYTES);
        break;
    case FL_VALUE_ENUM:
        fl_store_u32(bytes, value->enum_value);
        break;
    case FL_VALUE_UNDEFINED:
    case FL_VALUE_NULL:
        break;
    }
    return mix(hash, (uint8_t)value->kind, view);
}

uint64_t fl_lookup_hash(const struct fl_value *values, size_t count)
{
    uint64_t hash = 1;

    for (size_t i = 0; i < count; i++) {
        hash = mix_value(hash, &values[i]);
    }
    return hash == 0 ? 1 : hash;
}

static struct fl_lookup_item *place_of(
    struct fl_lookup_item *items,
    size_t capacity,
    uint64_t hash)
{
    size_t place = (size_t)hash & (capacity - 1);

    while (items[place].hash != 0 && items[place].hash != hash) {
        place = (place + 1) & (capacity - 1);
    }
    return &items[place];
}

struct fl_lookup_item *fl_lookup_find(const struct fl_lookup *lookup, uint64_t hash)
{
    if (lookup->capacity == 0) {
        return NULL;
    }
    struct fl_lookup_item *item = place_of(lookup->items, lookup->capacity, hash);

    return item->hash == 0 ? NULL : item;
}

static struct fl_lookup_item *items_new(const struct fl_lookup *lookup, size_t capacity)
{
    return capacity <= CAPACITY_IN_MEMORY_MAX
               ? fl_alloc_zeroed(capacity, sizeof(struct fl_lookup_item))
               : fl_scratch_map(
                     lookup->directory, capacity * sizeof(struct fl_lookup_item));
}

static void items_free(struct fl_lookup_item *items, size_t capacity)
{
    if (capacity <= CAPACITY_IN_MEMORY_MAX) {
        fl_free(items);
    } else {
        fl_scratch_unmap(items, capacity * sizeof(*items));
    }
}

static bool grow(struct fl_lookup *lookup)
{
    const size_t capacity = lookup->capacity == 0 ? CAPACITY_MIN : lookup->capacity * 2;
    struct fl_lookup_item *items = NULL;

    if (lookup->count < FL_LOOKUP_OBJECTS_MAX) {
        items = items_new(lookup, capacity);
    }
    if (!items) {
        return false;
    }
    for (size_t i = 0; i < lookup->capacity; i++) {
        if (lookup->items[i].hash != 0) {
            *place_of(items, capacity, lookup->items[i].hash) = lookup->items[i];
        }
    }
    items_free(lookup->items, lookup->capacity);
    lookup->items = items;
    lookup->capacity = capacity;
    return true;
}

struct fl_lookup_item *fl_lookup_add(
    struct fl_lookup *lookup,
    uint64_t hash,
    struct fl_uuid id)
{
    if (lookup->count * 4 >= lookup->capacity * 3 && !grow(lookup)) {
        return NULL;
    }
    struct fl_lookup_item *item = place_of(lookup->items, lookup->capacity, hash);

    *item = (struct fl_lookup_item){.hash = hash, .id = id};
    lookup->count++;
    return item;
}

static enum fl_status visit(
    void *context,
    struct fl_txn *txn,
    const struct fl_entry *entry,
    bool *out_stop,
    struct fl_error *out_error)
{
    struct fl_lookup_building *building = context;
    struct fl_value values[FL_LOOKUP_ATTRIBUTES_MAX];
    struct fl_object object;

    (void)txn;
    (void)out_stop;
    fl_arena_reset(&building->arena);
    enum fl_status status = fl_record_decode(
        entry->key, /* deleted= */ false, entry->record, &building->arena, &object);

    if (status != FL_OK) {
        return fl_error_set(out_error, status, "an object here cannot be unpacked");
    }
    for (size_t i = 0; i < building->attribute_count; i++) {
        const struct fl_attribute *attribute = building->attributes[i];
        const struct fl_value *value =
            attribute ? fl_object_field(&object, attribute->number) : NULL;

        if (!attribute) {
            values[i] = (struct fl_value){
                .kind = FL_VALUE_REF, .type = entry->key.type, .uuid = entry->key.id};
        } else {
            values[i] = value ? *value : fl_value_empty(&attribute->type);
        }
    }
    const uint64_t hash = fl_lookup_hash(values, building->attribute_count);
    struct fl_lookup_item *item = fl_lookup_find(building->lookup, hash);

    if (item) {
        item->ambiguous = true;
    } else if (!fl_lookup_add(building->lookup, hash, entry->key.id)) {
        return fl_error_set(
            out_error, FL_NO_MEMORY, "there is no room for the index of keys");
    }
    return FL_OK;
}

void fl_lookup_building_begin(
    struct fl_lookup_building *building,
    struct fl_lookup *lookup,
    struct fl_store *store,
    const struct fl_type *type,
    const struct fl_attribute *const *attributes,
    size_t attribute_count)
{
    FL_ASSERT(attribute_count <= FL_LOOKUP_ATTRIBUTES_MAX);
    *building = (struct fl_lookup_building){
        .lookup = lookup,
        .attribute_count = attribute_count,
        .walk = {.store = store, .type = type->number}};
    memcpy(building->attributes, attributes, attribute_count * sizeof(*attributes));
    fl_arena_init(&building->arena, FL_OBJECT_ARENA_BYTES_MAX);
}

enum fl_status fl_lookup_building_step(
    struct fl_lookup_building *building,
    const struct fl_share *share,
    struct fl_error *out_error)
{
    enum fl_status status = FL_OK;

    while (status == FL_OK && !building->walk.done && !fl_share_is_over(share)) {
        status = fl_walk_some(&building->walk, share, visit, building, out_error);
    }
    return status;
}

void fl_lookup_building_end(struct fl_lookup_building *building)
{
    fl_arena_deinit(&building->arena);
}

enum fl_status fl_lookup_build(
    struct fl_lookup *lookup,
    struct fl_store *store,
    const struct fl_type *type,
    const struct fl_attribute *const *attributes,
    size_t attribute_count,
    struct fl_error *out_error)
{
    const struct fl_share all = fl_share_begin(/* share_ms= */ 0);
    struct fl_lookup_building building;

    fl_lookup_building_begin(&building, lookup, store, type, attributes, attribute_count);
    enum fl_status status = fl_lookup_building_step(&building, &all, out_error);

    fl_lookup_building_end(&building);
    return status;
}

void fl_lookup_init(struct fl_lookup *lookup, const char *directory)
{
    *lookup = (struct fl_lookup){.directory = directory};
}

void fl_lookup_deinit(struct fl_lookup *lookup)
{
    items_free(lookup->items, lookup->capacity);
    *lookup = (struct fl_lookup){.items = NULL};
}
