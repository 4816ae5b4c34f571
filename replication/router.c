/*
 * The index: for each value in each list the streams that have it, found by a hash of the
 * list's name and the value. Two that share a hash only cost an evaluation more, for the
 * filter is evaluated in the end.
 */

#include "replication/router.h"

#include <string.h>

#include "proto/hash.h"

struct place {
    uint64_t hash;
    uint32_t stream; /* index of the stream */
};

struct fl_router {
    struct fl_router_filters filters;
    const struct fl_router_stream *streams;
    size_t stream_count;
    struct place *places; /* in the order of hash, then of stream */
    size_t place_count;
    size_t place_room;
    uint32_t *found; /* room for all streams, once for indexes and once for numbers */
    uint8_t *marked; /* by index of stream */
};

/* -- hashes -- */

static uint64_t hash_of(struct fl_bytes name, uint8_t kind, struct fl_bytes bytes)
{
    return fl_tag(kind, name, bytes);
}

/* What a value is found by; false: no list can have it. */
static bool hash_value(struct fl_bytes name, const struct fl_value *value, uint64_t *out)
{
    uint8_t bytes[FL_KEY_BYTES];

    switch (value->kind) {
    case FL_VALUE_REF:
        fl_key_encode((struct fl_key){.type = value->type, .id = value->uuid}, bytes);
        *out = hash_of(name, 'r', (struct fl_bytes){bytes, sizeof(bytes)});
        return true;
    case FL_VALUE_ENUM:
        fl_store_u32(bytes, value->type);
        fl_store_u32(bytes + 4, value->enum_value);
        *out = hash_of(name, 'e', (struct fl_bytes){bytes, 8});
        return true;
    case FL_VALUE_NUMBER: {
        char text[FL_DECIMAL_TEXT_BYTES_MAX];
        size_t size = fl_decimal_format(value->number, text);

        *out = hash_of(name, 'n', (struct fl_bytes){(const uint8_t *)text, size});
        return true;
    }
    case FL_VALUE_DATE:
        fl_store_u64(bytes, (uint64_t)value->date);
        *out = hash_of(name, 'd', (struct fl_bytes){bytes, 8});
        return true;
    case FL_VALUE_BOOLEAN:
        bytes[0] = value->boolean ? 1 : 0;
        *out = hash_of(name, 'b', (struct fl_bytes){bytes, 1});
        return true;
    case FL_VALUE_UUID: {
        char text[FL_UUID_TEXT_BYTES];

        fl_uuid_format(value->uuid, text);
        *out = hash_of(name, 's', (struct fl_bytes){(const uint8_t *)text, sizeof(text)});
        return true;
    }
    case FL_VALUE_STRING:
    case FL_VALUE_FOREIGN:
        *out = hash_of(name, 's', value->bytes);
        return true;
    case FL_VALUE_UNDEFINED:
    case FL_VALUE_NULL:
    case FL_VALUE_BINARY:
    case FL_VALUE_STORAGE:
    case FL_VALUE_TYPE:
        return false;
    }
    return false;
}

/* All values that a member of a list may stand for. */
static size_t meanings(const struct fl_filter_value *member, struct fl_value out[6])
{
    size_t count = 0;

    out[count++] = (struct fl_value){.kind = FL_VALUE_STRING, .bytes = member->text};
    if (member->has_number) {
        out[count++] =
            (struct fl_value){.kind = FL_VALUE_NUMBER, .number = member->number};
    }
    if (member->has_date) {
        out[count++] = (struct fl_value){.kind = FL_VALUE_DATE, .date = member->date};
    }
    if (member->has_boolean) {
        out[count++] =
            (struct fl_value){.kind = FL_VALUE_BOOLEAN, .boolean = member->boolean};
    }
    if (member->has_ref) {
        out[count++] = (struct fl_value){
            .kind = FL_VALUE_REF, .type = member->type, .uuid = member->uuid};
    }
    if (member->has_enum) {
        out[count++] = (struct fl_value){
            .kind = FL_VALUE_ENUM,
            .type = member->type,
            .enum_value = member->enum_value};
    }
    return count;
}

/* -- the index -- */

static int compare_places(const struct place *a, const struct place *b)
{
    if (a->hash != b->hash) {
        return a->hash < b->hash ? -1 : 1;
    }
    return a->stream < b->stream ? -1 : a->stream > b->stream;
}

static void sift(struct place *places, size_t count, size_t root)
{
    struct place moved = places[root];

    for (size_t child = 2 * root + 1; child < count; child = 2 * root + 1) {
        if (child + 1 < count && compare_places(&places[child], &places[child + 1]) < 0) {
            child++;
        }
        if (compare_places(&moved, &places[child]) >= 0) {
            break;
        }
        places[root] = places[child];
        root = child;
    }
    places[root] = moved;
}

static void sort_places(struct place *places, size_t count)
{
    for (size_t i = count / 2; i > 0; i--) {
        sift(places, count, i - 1);
    }
    for (size_t end = count; end > 1; end--) {
        struct place last = places[end - 1];

        places[end - 1] = places[0];
        places[0] = last;
        sift(places, end - 1, 0);
    }
}

static enum fl_status add_place(struct fl_router *router, struct place place)
{
    if (router->place_count == router->place_room) {
        size_t room = router->place_room * 2 + 256;
        struct place *places = fl_realloc(router->places, room * sizeof(*places));

        if (!places) {
            return FL_NO_MEMORY;
        }
        router->places = places;
        router->place_room = room;
    }
    router->places[router->place_count++] = place;
    return FL_OK;
}

static enum fl_status add_list(
    struct fl_router *router,
    uint32_t stream,
    const struct fl_filter_list *list)
{
    enum fl_status status = FL_OK;

    for (size_t i = 0; i < list->value_count && status == FL_OK; i++) {
        struct fl_value values[6];
        size_t count = meanings(&list->values[i], values);

        for (size_t j = 0; j < count && status == FL_OK; j++) {
            struct place place = {.stream = stream};

            (void)hash_value(list->name, &values[j], &place.hash);
            status = add_place(router, place);
        }
    }
    return status;
}

static enum fl_status fill(struct fl_router *router)
{
    enum fl_status status = FL_OK;

    router->found = fl_alloc_zeroed(2 * router->stream_count + 1, sizeof(uint32_t));
    router->marked = fl_alloc_zeroed(router->stream_count + 1, 1);
    if (!router->found || !router->marked) {
        return FL_NO_MEMORY;
    }
    for (uint32_t i = 0; i < router->stream_count; i++) {
        const struct fl_filter_lists *lists = &router->streams[i].lists;

        for (size_t j = 0; j < lists->count && status == FL_OK; j++) {
            status = add_list(router, i, &lists->items[j]);
        }
    }
    sort_places(router->places, router->place_count);
    return status;
}

enum fl_status fl_router_new(
    const struct fl_router_filters *filters,
    const struct fl_router_stream *streams,
    size_t stream_count,
    struct fl_router **out_router)
{
    struct fl_router *router = fl_alloc_zeroed(1, sizeof(*router));

    if (!router) {
        return FL_NO_MEMORY;
    }
    router->filters = *filters;
    router->streams = streams;
    router->stream_count = stream_count;
    enum fl_status status = fill(router);

    if (status != FL_OK) {
        fl_router_free(router);
        return status;
    }
    *out_router = router;
    return FL_OK;
}

void fl_router_free(struct fl_router *router)
{
    if (router) {
        fl_free(router->places);
        fl_free(router->found);
        fl_free(router->marked);
        fl_free(router);
    }
}

const struct fl_filter *fl_router_filter(const struct fl_router *router, uint32_t type)
{
    return type <= router->filters.type_count ? router->filters.items[type] : NULL;
}

/* -- routing -- */

static size_t first_place(const struct fl_router *router, uint64_t hash)
{
    size_t low = 0;
    size_t high = router->place_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (router->places[middle].hash < hash) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* Streams that may have it, each once; gives how many. */
static size_t candidates(
    struct fl_router *router,
    const struct fl_filter_key *keys,
    size_t key_count)
{
    size_t count = 0;

    for (size_t i = 0; i < key_count; i++) {
        uint64_t hash = 0;

        if (!hash_value(fl_bytes_of_text(keys[i].name), &keys[i].value, &hash)) {
            continue;
        }
        for (size_t at = first_place(router, hash);
             at < router->place_count && router->places[at].hash == hash; at++) {
            uint32_t stream = router->places[at].stream;

            if (!router->marked[stream]) {
                router->marked[stream] = 1;
                router->found[count++] = stream;
            }
        }
    }
    return count;
}

/* In the order of numbers. Few as a rule; a long list is one that everybody is on. */
static void insert(uint32_t *numbers, size_t count, uint32_t number)
{
    while (count > 0 && numbers[count - 1] > number) {
        numbers[count] = numbers[count - 1];
        count--;
    }
    numbers[count] = number;
}

const uint32_t *fl_router_route(
    struct fl_router *router,
    const struct fl_filter_subject *subject,
    size_t *out_count)
{
    const struct fl_filter *filter = fl_router_filter(router, subject->object->key.type);
    struct fl_filter_key keys[FL_FILTER_KEYS_MAX];
    size_t key_count = fl_filter_keys(filter, subject, keys);
    bool any = key_count == SIZE_MAX;
    size_t count = any ? router->stream_count : candidates(router, keys, key_count);
    uint32_t *numbers = router->found + router->stream_count;
    size_t number_count = 0;

    for (size_t i = 0; i < count; i++) {
        size_t index = any ? i : router->found[i];
        const struct fl_router_stream *stream = &router->streams[index];

        router->marked[index] = 0;
        if (fl_filter_admits(filter, subject, &stream->lists)) {
            insert(numbers, number_count++, stream->number);
        }
    }
    *out_count = number_count;
    return numbers;
}
