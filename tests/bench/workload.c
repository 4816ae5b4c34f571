#include "workload.h"

#include <stdio.h>
#include <string.h>

enum { WORDS = 8000, FIELDS_MAX = 16, ROW_COUNT = 5, ARENA_BYTES_MAX = 1 << 20 };

static const char *const syllables[] = {
    "ба",  "ва",   "го",  "де",   "жи",   "за",   "ка",  "ло",  "ме",  "на",
    "по",  "ра",   "се",  "ту",   "фи",   "хо",   "це",  "ча",  "ши",  "ще",
    "бе",  "ви",   "гу",  "до",   "зе",   "ки",   "ла",  "му",  "не",  "па",
    "ри",  "со",   "та",  "уз",   "фо",   "ход",  "бор", "вар", "гор", "дел",
    "кол", "лен",  "мет", "нор",  "пол",  "ров",  "сад", "тел", "ный", "ная",
    "ой",  "тель", "ние", "стой", "круг", "пров",
};

struct chance {
    uint64_t state;
};

static uint64_t draw(struct chance *chance)
{
    uint64_t z = (chance->state += 0x9e3779b97f4a7c15u);

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static uint32_t below(struct chance *chance, uint32_t bound)
{
    return (uint32_t)(((draw(chance) >> 32) * bound) >> 32);
}

/* Low numbers come more often, as popular goods and partners do. */
static uint32_t skewed(struct chance *chance, uint32_t bound)
{
    double u = (double)(draw(chance) >> 11) / 9007199254740992.0;

    return (uint32_t)(u * u * u * bound);
}

/* Random, or of version 1 in 1C's order: 8 bytes of clock and machine, then a rising
 * time. */
static struct fl_uuid make_uuid(uint32_t pool, uint64_t index, bool random)
{
    static const uint8_t machine[8] = {0x8a, 0x74, 0x00, 0x25, 0x90, 0xa6, 0xa5, 0xa7};
    struct chance chance = {((uint64_t)pool << 48) ^ (index * 0x2545f4914f6cdd1du)};
    struct fl_uuid uuid;

    if (random) {
        fl_store_u64(uuid.bytes, draw(&chance));
        fl_store_u64(uuid.bytes + 8, draw(&chance));
        return fl_uuid_of_random(uuid.bytes);
    }
    memcpy(uuid.bytes, machine, sizeof(machine));
    uuid.bytes[7] = (uint8_t)(machine[7] + pool);
    /* Half a second to an object, with the jitter of a clock of 100 ns. */
    uint64_t ticks = 0x1e922d0328baecdu + index * 5000000u + below(&chance, 1000000);

    fl_store_u64(uuid.bytes + 8, ticks | (UINT64_C(1) << 60));
    return uuid;
}

static struct fl_bytes phrase(struct fl_arena *arena, struct chance *chance, int words)
{
    char text[512];
    size_t size = 0;

    for (int i = 0; i < words; i++) {
        struct chance word = {skewed(chance, WORDS) + 90000u};
        uint32_t parts = 2 + below(&word, 3);

        if (i > 0) {
            text[size++] = ' ';
        }
        for (uint32_t j = 0; j < parts; j++) {
            const char *part =
                syllables[below(&word, sizeof(syllables) / sizeof(syllables[0]))];

            memcpy(text + size, part, strlen(part));
            size += strlen(part);
        }
    }
    const char *copy =
        fl_arena_text(arena, (struct fl_bytes){(const uint8_t *)text, size});

    return (struct fl_bytes){(const uint8_t *)copy, copy ? size : 0};
}

struct row_builder {
    struct fl_arena *arena;
    struct fl_field *fields;
    size_t count;
};

static struct fl_value *add(
    struct row_builder *row,
    const struct fl_attribute *attribute,
    enum fl_value_kind kind)
{
    struct fl_field *field = &row->fields[row->count++];

    FL_ASSERT(attribute && row->count <= FIELDS_MAX);
    memset(field, 0, sizeof(*field));
    field->number = attribute->number;
    field->value.kind = kind;
    if (kind == FL_VALUE_REF || kind == FL_VALUE_ENUM) {
        FL_ASSERT(attribute->type.ref_count > 0);
        field->value.type = attribute->type.refs[0];
    }
    return &field->value;
}

static void add_number(
    struct row_builder *row,
    const struct fl_attribute *attribute,
    int64_t units,
    uint8_t scale)
{
    struct fl_decimal number = fl_decimal_of_int64(units);

    while (scale > 0 && number.low % 10 == 0) {
        number.low /= 10;
        scale--;
    }
    number.scale = scale;
    add(row, attribute, FL_VALUE_NUMBER)->number = number;
}

static void add_text(
    struct row_builder *row,
    const struct fl_attribute *attribute,
    const char *format,
    unsigned number)
{
    char text[64];

    (void)snprintf(text, sizeof(text), "%s%u", format, number);
    const char *copy = fl_arena_text(row->arena, fl_bytes_of_text(text));

    add(row, attribute, FL_VALUE_STRING)->bytes = fl_bytes_of_text(copy);
}

static const struct fl_attribute *by_name(const struct fl_type *type, const char *name)
{
    return fl_type_find_attribute(type, fl_bytes_of_text(name));
}

static void make_item(
    struct workload *workload,
    uint64_t index,
    struct chance *chance,
    struct row_builder *row)
{
    const struct fl_type *type = workload->item;
    struct fl_arena *arena = row->arena;

    add(row, by_name(type, "Parent"), FL_VALUE_REF)->uuid =
        make_uuid(2, skewed(chance, 400), workload->random_uuids);
    add_text(row, by_name(type, "Code"), "00-", 10000000u + (unsigned)index);
    add(row, by_name(type, "Description"), FL_VALUE_STRING)->bytes =
        phrase(arena, chance, 3);
    add_text(row, by_name(type, "Артикул"), "", below(chance, 100000));
    add(row, by_name(type, "НаименованиеПолное"), FL_VALUE_STRING)->bytes =
        phrase(arena, chance, 5);
    add(row, by_name(type, "СтавкаНДС"), FL_VALUE_ENUM)->enum_value = 1;
}

static void make_rows(
    struct workload *workload,
    struct chance *chance,
    const struct fl_section_type *goods,
    struct fl_section *section)
{
    section->number = goods->number;
    section->row_count = ROW_COUNT;
    section->rows = fl_arena_array(&workload->arena, ROW_COUNT, sizeof(struct fl_row));
    FL_ASSERT(section->rows);
    for (size_t i = 0; i < ROW_COUNT; i++) {
        struct row_builder row = {.arena = &workload->arena};
        int64_t quantity = 1 + below(chance, 50);
        int64_t price = 1000 + below(chance, 500000);

        row.fields =
            fl_arena_array(&workload->arena, FIELDS_MAX, sizeof(struct fl_field));
        FL_ASSERT(row.fields);
        add(&row, fl_section_find_attribute(goods, fl_bytes_of_text("Номенклатура")),
            FL_VALUE_REF)
            ->uuid = make_uuid(1, skewed(chance, 100000), workload->random_uuids);
        add_number(
            &row, fl_section_find_attribute(goods, fl_bytes_of_text("Количество")),
            quantity, 0);
        add_number(
            &row, fl_section_find_attribute(goods, fl_bytes_of_text("Цена")), price, 2);
        add_number(
            &row, fl_section_find_attribute(goods, fl_bytes_of_text("Сумма")),
            quantity * price, 2);
        add_number(
            &row, fl_section_find_attribute(goods, fl_bytes_of_text("СуммаНДС")),
            quantity * price / 6, 2);
        section->rows[i] = (struct fl_row){row.count, row.fields};
    }
}

static void make_sale(
    struct workload *workload,
    uint64_t index,
    struct chance *chance,
    struct row_builder *row,
    struct fl_object *object)
{
    const struct fl_type *type = workload->sale;

    add(row, by_name(type, "Date"), FL_VALUE_DATE)->date =
        INT64_C(63850000000) + below(chance, 30000000);
    add_text(row, by_name(type, "Number"), "Ф1-", 1000000u + (unsigned)index);
    add(row, by_name(type, "Posted"), FL_VALUE_BOOLEAN)->boolean = true;
    add(row, by_name(type, "Организация"), FL_VALUE_REF)->uuid =
        make_uuid(4, skewed(chance, 6), workload->random_uuids);
    add(row, by_name(type, "Контрагент"), FL_VALUE_REF)->uuid =
        make_uuid(5, skewed(chance, 3000), workload->random_uuids);
    add(row, by_name(type, "Склад"), FL_VALUE_REF)->uuid =
        make_uuid(6, skewed(chance, 20), workload->random_uuids);
    add(row, by_name(type, "Комментарий"), FL_VALUE_STRING)->bytes =
        phrase(row->arena, chance, 12);
    object->section_count = 1;
    object->sections = fl_arena_alloc(&workload->arena, sizeof(struct fl_section));
    FL_ASSERT(object->sections);
    make_rows(
        workload, chance, fl_type_find_section(type, fl_bytes_of_text("Товары")),
        object->sections);
}

enum fl_status workload_init(
    struct workload *workload,
    const struct fl_configuration *configuration,
    bool random_uuids)
{
    memset(workload, 0, sizeof(*workload));
    workload->configuration = configuration;
    workload->random_uuids = random_uuids;
    workload->item = fl_configuration_find_full(
        configuration, fl_bytes_of_text("Catalog.Номенклатура"));
    workload->sale = fl_configuration_find_full(
        configuration, fl_bytes_of_text("Document.РеализацияТоваровУслуг"));
    fl_arena_init(&workload->arena, ARENA_BYTES_MAX);
    return workload->item && workload->sale ? FL_OK : FL_NOT_FOUND;
}

void workload_deinit(struct workload *workload)
{
    fl_arena_deinit(&workload->arena);
}

enum fl_status workload_make(
    struct workload *workload,
    uint64_t index,
    uint32_t version,
    struct fl_object *out_object,
    struct fl_buffer *out_record)
{
    struct chance chance = {index * 31 + version * UINT64_C(1000003)};
    struct row_builder row = {.arena = &workload->arena};
    bool is_sale = index % 3 == 2;
    const struct fl_type *type = is_sale ? workload->sale : workload->item;

    fl_arena_reset(&workload->arena);
    memset(out_object, 0, sizeof(*out_object));
    out_object->key = (struct fl_key){
        type->number, make_uuid(is_sale ? 9 : 1, index, workload->random_uuids)};
    row.fields = fl_arena_array(&workload->arena, FIELDS_MAX, sizeof(struct fl_field));
    if (!row.fields) {
        return FL_NO_MEMORY;
    }
    if (is_sale) {
        make_sale(workload, index, &chance, &row, out_object);
    } else {
        make_item(workload, index, &chance, &row);
    }
    out_object->fields = row.fields;
    out_object->field_count = row.count;

    enum fl_status status = fl_object_normalise(type, out_object, NULL);

    return status != FL_OK ? status : fl_record_encode(out_object, out_record);
}
