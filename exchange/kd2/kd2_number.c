#include "kd2_number.h"

#include <string.h>

#include "proto/hash.h"

enum {
    SLOTS = 128 << 10,
    REMEMBERED_MAX = SLOTS / 2,
    KEY_BYTES = FL_HASH_BYTES_MIN,
    LEVELS_MAX = 32,
};

struct slot {
    uint8_t key[KEY_BYTES];
    uint64_t number; /* 0: free */
};

struct fl_kd2_numbers {
    uint64_t last;
    size_t count;
    struct slot slots[SLOTS];
};

enum fl_status fl_kd2_numbers_new(struct fl_kd2_numbers **out_numbers)
{
    *out_numbers = fl_alloc_zeroed(1, sizeof(**out_numbers));
    return *out_numbers ? FL_OK : FL_NO_MEMORY;
}

void fl_kd2_numbers_free(struct fl_kd2_numbers *numbers)
{
    fl_free(numbers);
}

uint64_t fl_kd2_numbers_next(struct fl_kd2_numbers *numbers)
{
    return ++numbers->last;
}

static const struct fl_kd2_property *identity_of(const struct fl_kd2_ref *ref)
{
    for (const struct fl_kd2_property *property = ref->properties.first; property;
         property = property->next) {
        if (fl_kd2_marker(property->name) == FL_KD2_MARKER_ID &&
            !fl_kd2_property_is_empty(property)) {
            return property;
        }
    }
    return NULL;
}

static void add(struct fl_hasher *hasher, struct fl_bytes text)
{
    static const uint8_t end = 0xFF; /* in no UTF-8 text */

    fl_hasher_add(hasher, text);
    fl_hasher_add(hasher, (struct fl_bytes){&end, 1});
}

/* All fields, those of references in them too. */
static void add_fields(struct fl_hasher *hasher, const struct fl_kd2_ref *ref)
{
    const struct fl_kd2_property *levels[LEVELS_MAX];
    size_t depth = 1;

    levels[0] = ref->properties.first;
    while (depth > 0) {
        const struct fl_kd2_property *const property = levels[depth - 1];

        if (!property) {
            add(hasher, (struct fl_bytes){NULL, 0}); /* where a reference ends */
            depth--;
            continue;
        }
        levels[depth - 1] = property->next;
        add(hasher, property->name);
        add(hasher, property->text);
        if (property->content == FL_KD2_REF && property->ref && depth < LEVELS_MAX) {
            levels[depth++] = property->ref->properties.first;
        }
    }
}

static void key_of(
    struct fl_bytes type,
    const struct fl_kd2_ref *ref,
    uint8_t out_key[KEY_BYTES])
{
    const struct fl_kd2_property *const identity = identity_of(ref);
    uint8_t hash[FL_HASH_BYTES];
    struct fl_hasher hasher;

    fl_hasher_init(&hasher);
    add(&hasher, type);
    if (identity) {
        add(&hasher, identity->text);
    } else {
        add_fields(&hasher, ref);
    }
    fl_hasher_finish(&hasher, hash);
    memcpy(out_key, hash, KEY_BYTES);
}

uint64_t fl_kd2_numbers_of(
    struct fl_kd2_numbers *numbers,
    struct fl_bytes type,
    const struct fl_kd2_ref *ref)
{
    uint8_t key[KEY_BYTES];

    key_of(type, ref, key);
    size_t slot = fl_load_u32(key) % SLOTS;

    while (numbers->slots[slot].number > 0) {
        if (memcmp(numbers->slots[slot].key, key, KEY_BYTES) == 0) {
            return numbers->slots[slot].number;
        }
        slot = (slot + 1) % SLOTS;
    }
    if (numbers->count++ == REMEMBERED_MAX) {
        memset(numbers->slots, 0, sizeof(numbers->slots));
        numbers->count = 1;
        slot = fl_load_u32(key) % SLOTS;
    }
    memcpy(numbers->slots[slot].key, key, KEY_BYTES);
    numbers->slots[slot].number = fl_kd2_numbers_next(numbers);
    return numbers->last;
}
