#include "kd2_types.h"

enum { ARENA_BYTES_MAX = 16 << 20 };

struct fl_kd2_type_entry {
    struct fl_bytes type;
    struct fl_bytes section;
    struct fl_bytes name;
    struct fl_bytes value;
    struct fl_kd2_type_entry *next;
};

void fl_kd2_types_init(struct fl_kd2_types_table *table)
{
    *table = (struct fl_kd2_types_table){.count = 0};
    fl_arena_init(&table->arena, ARENA_BYTES_MAX);
}

void fl_kd2_types_deinit(struct fl_kd2_types_table *table)
{
    fl_arena_deinit(&table->arena);
}

static uint32_t mix(uint32_t hash, struct fl_bytes bytes)
{
    for (size_t i = 0; i < bytes.size; i++) {
        hash = (hash ^ bytes.data[i]) * 16777619u;
    }
    return (hash ^ 0xFFu) * 16777619u;
}

static size_t head_of(struct fl_bytes type, struct fl_bytes section, struct fl_bytes name)
{
    return mix(mix(mix(2166136261u, type), section), name) % FL_KD2_TYPES_HEADS;
}

enum fl_status fl_kd2_types_put(
    struct fl_kd2_types_table *table,
    struct fl_bytes type,
    struct fl_bytes section,
    struct fl_bytes name,
    struct fl_bytes value)
{
    struct fl_kd2_type_entry *const entry = fl_arena_alloc(&table->arena, sizeof(*entry));

    if (!entry || fl_arena_copy(&table->arena, type, &entry->type) != FL_OK ||
        fl_arena_copy(&table->arena, section, &entry->section) != FL_OK ||
        fl_arena_copy(&table->arena, name, &entry->name) != FL_OK ||
        fl_arena_copy(&table->arena, value, &entry->value) != FL_OK) {
        return fl_arena_failure(&table->arena, FL_KD2_TYPES_HEADS);
    }
    const size_t head = head_of(type, section, name);

    entry->next = table->heads[head];
    table->heads[head] = entry;
    table->count++;
    return FL_OK;
}

struct fl_bytes fl_kd2_types_find(
    const struct fl_kd2_types_table *table,
    struct fl_bytes type,
    struct fl_bytes section,
    struct fl_bytes name)
{
    if (table->count == 0) {
        return (struct fl_bytes){NULL, 0};
    }
    for (const struct fl_kd2_type_entry *entry =
             table->heads[head_of(type, section, name)];
         entry; entry = entry->next) {
        if (fl_bytes_equal(entry->name, name) && fl_bytes_equal(entry->type, type) &&
            fl_bytes_equal(entry->section, section)) {
            return entry->value;
        }
    }
    return (struct fl_bytes){NULL, 0};
}
