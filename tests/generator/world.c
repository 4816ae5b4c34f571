/*
 * Draws come from the seed, the type and the index alone, in a fixed order, so that any
 * object comes out the same whatever was made before it.
 */

#include "world.h"

#include <stdio.h>
#include <string.h>

#include "words.h"

#define CHOOSE(chance, array) choose(chance, array, sizeof(array) / sizeof((array)[0]))

enum {
    SECONDS_OF_DAY = 86400,
    DAYS = 700,
    TEXT_BYTES_MAX = 400,
};

/* Which all branches share, whatever their seed. */
static const uint64_t common_seed = UINT64_C(0x46494c49414c);
static const struct fl_uuid common_customer = {
    {0x84, 0x44, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x43, 0x33, 0x22, 0x22, 0x11, 0x11,
     0x11, 0x11}};

uint64_t chance_draw(struct chance *chance)
{
    uint64_t z = (chance->state += UINT64_C(0x9e3779b97f4a7c15));

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

uint32_t chance_below(struct chance *chance, uint32_t bound)
{
    return (uint32_t)(((chance_draw(chance) >> 32) * bound) >> 32);
}

static const char *choose(struct chance *chance, const char *const *array, size_t count)
{
    return array[chance_below(chance, (uint32_t)count)];
}

uint32_t pool_count(const struct pool *pool)
{
    return pool->common_folders + pool->common_items + pool->own_folders +
           pool->own_items;
}

bool pool_is_common(const struct pool *pool, uint32_t index)
{
    return index < pool->common_folders + pool->common_items;
}

bool pool_is_folder(const struct pool *pool, uint32_t index)
{
    const uint32_t common = pool->common_folders + pool->common_items;

    return index < pool->common_folders ||
           (index >= common && index < common + pool->own_folders);
}

const struct pool *world_pool(const struct world *world, uint32_t type)
{
    return &world->pools[type - 1];
}

static uint64_t mix(uint64_t a, uint64_t b)
{
    struct chance chance = {a ^ (b * UINT64_C(0x2545f4914f6cdd1d))};

    return chance_draw(&chance);
}

static bool is_named(const struct fl_type *type, enum fl_kind kind, const char *name)
{
    return type->kind == kind && strcmp(type->name, name) == 0;
}

/* The first item of Контрагенты that all branches have: "ООО Ромашка". */
static bool is_common_customer(
    const struct world *world,
    const struct fl_type *type,
    uint32_t index)
{
    const struct pool *const pool = world_pool(world, type->number);

    return pool->common_items > 0 && index == pool->common_folders &&
           is_named(type, FL_KIND_CATALOG, "Контрагенты");
}

/*
 * Of version 1, as a 1C server makes them: the seed stands for the machine, time rises
 * with the index.
 */
static struct fl_uuid time_based(uint64_t seed, uint32_t type, uint32_t index)
{
    const uint64_t machine = mix(seed, 1);
    const uint64_t ticks = UINT64_C(0x1ee4fd0328baecd) + type * UINT64_C(20000000000000) +
                           index * UINT64_C(5000000) + mix(machine, index) % 1000000;
    struct fl_uuid uuid;

    fl_store_u64(uuid.bytes, machine);
    uuid.bytes[0] = (uint8_t)((uuid.bytes[0] & 0x3F) | 0x80);
    uuid.bytes[2] |= 1; /* no real network card has this bit */
    fl_store_u64(uuid.bytes + 8, (ticks & (UINT64_MAX >> 4)) | UINT64_C(1) << 60);
    return uuid;
}

struct fl_uuid world_uuid(const struct world *world, uint32_t type, uint32_t index)
{
    const bool common = pool_is_common(world_pool(world, type), index);
    const uint64_t seed = common ? common_seed : mix(world->seed, common_seed);
    const struct fl_type *const object_type =
        fl_configuration_type(world->configuration, type);

    if (object_type && is_common_customer(world, object_type, index)) {
        return common_customer;
    }
    if (!world->random_uuids) {
        return time_based(seed, type, index);
    }
    uint8_t random[FL_UUID_BYTES];

    fl_store_u64(random, mix(mix(seed, type), index));
    fl_store_u64(random + 8, mix(mix(seed, index), type));
    return fl_uuid_of_random(random);
}

struct making world_making(
    const struct world *world,
    const struct fl_type *type,
    uint32_t index,
    bool is_common,
    struct fl_arena *arena)
{
    const uint64_t seed = is_common ? common_seed : mix(world->seed, 2);

    return (struct making){
        .world = world,
        .type = type,
        .index = index,
        .is_common = is_common,
        .is_folder = pool_is_folder(world_pool(world, type->number), index),
        .chance = {mix(mix(seed, type->number), index)},
        .arena = arena,
    };
}

/* A position among the items or folders that may be referred to from here. */
static bool pick(
    struct making *making,
    const struct pool *pool,
    bool folder,
    uint32_t *out_index)
{
    const uint32_t common = folder ? pool->common_folders : pool->common_items;
    const uint32_t own =
        making->is_common ? 0 : (folder ? pool->own_folders : pool->own_items);
    const bool take_common =
        common > 0 && (own == 0 || chance_below(&making->chance, 4) == 0);

    if (common + own == 0) {
        return false;
    }
    if (take_common) {
        *out_index =
            (folder ? 0 : pool->common_folders) + chance_below(&making->chance, common);
    } else {
        *out_index = pool->common_folders + pool->common_items +
                     (folder ? 0 : pool->own_folders) +
                     chance_below(&making->chance, own);
    }
    return true;
}

struct fl_value making_ref(
    struct making *making,
    const struct fl_type *type,
    bool to_folder)
{
    struct fl_value value = {.kind = FL_VALUE_REF, .type = type->number};
    uint32_t index = 0;

    if (type->kind == FL_KIND_ENUM) {
        value.kind = FL_VALUE_ENUM;
        if (type->enum_value_count > 0) {
            value.enum_value =
                1 + chance_below(&making->chance, (uint32_t)type->enum_value_count);
        }
        return value;
    }
    if (pick(making, world_pool(making->world, type->number), to_folder, &index)) {
        value.uuid = world_uuid(making->world, type->number, index);
    }
    return value;
}

int64_t making_date(uint32_t day, uint32_t second)
{
    int64_t start = 0;

    FL_ASSERT(
        fl_datetime_parse(fl_bytes_of_text("2024-01-01T00:00:00"), &start) == FL_OK);
    return start + (int64_t)day * SECONDS_OF_DAY + second;
}

/* ---- texts ---- */

static struct fl_value text_value(
    struct making *making,
    const char *text,
    size_t length_max)
{
    struct fl_bytes bytes = fl_bytes_of_text(text);
    size_t characters = 0;
    size_t size = 0;

    while (size < bytes.size) {
        characters += (bytes.data[size] & 0xC0) != 0x80;
        if (length_max > 0 && characters > length_max) {
            break;
        }
        size++;
    }
    bytes.size = size;
    struct fl_value value = {.kind = FL_VALUE_STRING};

    FL_ASSERT(fl_arena_copy(making->arena, bytes, &value.bytes) == FL_OK);
    return value;
}

static void write_person(struct chance *chance, char out_text[TEXT_BYTES_MAX])
{
    const char *const surname = CHOOSE(chance, surnames);
    const char *const first = CHOOSE(chance, first_names);
    const char *const patronymic = CHOOSE(chance, patronymics);

    (void)snprintf(out_text, TEXT_BYTES_MAX, "%s %s %s", surname, first, patronymic);
}

static void write_company(struct chance *chance, char out_text[TEXT_BYTES_MAX])
{
    const char *const form = CHOOSE(chance, company_forms);

    if (strcmp(form, "ИП") == 0) {
        char person[TEXT_BYTES_MAX];

        write_person(chance, person);
        (void)snprintf(out_text, TEXT_BYTES_MAX, "ИП %.300s", person);
        return;
    }
    const char *const first = CHOOSE(chance, company_first);
    const char *const second = CHOOSE(chance, company_second);

    (void)snprintf(
        out_text, TEXT_BYTES_MAX, "%s \"%s%s-%u\"", form, first, second,
        1 + chance_below(chance, 999));
}

static void write_goods(struct chance *chance, char out_text[TEXT_BYTES_MAX])
{
    const char *const adjective = CHOOSE(chance, goods_adjectives);
    const char *const noun = CHOOSE(chance, goods_nouns);
    const uint32_t width = 10 + chance_below(chance, 990);

    (void)snprintf(
        out_text, TEXT_BYTES_MAX, "%s %s %ux%u мм", adjective, noun, width,
        10 + chance_below(chance, 990));
}

static void write_address(struct chance *chance, char out_text[TEXT_BYTES_MAX])
{
    const uint32_t index = 101000 + chance_below(chance, 580000);
    const char *const city = CHOOSE(chance, cities);
    const char *const street = CHOOSE(chance, streets);

    (void)snprintf(
        out_text, TEXT_BYTES_MAX, "%u, г. %s, ул. %s, д. %u, оф. %u", index, city, street,
        1 + chance_below(chance, 200), 1 + chance_below(chance, 400));
}

static void write_digits(struct chance *chance, size_t count, char *out_text)
{
    for (size_t i = 0; i < count; i++) {
        out_text[i] = (char)('0' + chance_below(chance, 10));
    }
    out_text[0] = out_text[0] == '0' ? '7' : out_text[0];
    out_text[count] = '\0';
}

static void write_description(struct making *making, char out_text[TEXT_BYTES_MAX])
{
    struct chance *const chance = &making->chance;
    const struct fl_type *const type = making->type;

    if (making->is_folder) {
        const char *const group = CHOOSE(chance, groups);

        (void)snprintf(out_text, TEXT_BYTES_MAX, "%s %u", group, making->index + 1);
    } else if (is_common_customer(making->world, type, making->index)) {
        (void)snprintf(out_text, TEXT_BYTES_MAX, "ООО Ромашка");
    } else if (strcmp(type->name, "Контрагенты") == 0) {
        write_company(chance, out_text);
    } else if (strcmp(type->name, "КонтактныеЛица") == 0) {
        write_person(chance, out_text);
    } else if (strcmp(type->name, "Номенклатура") == 0) {
        write_goods(chance, out_text);
    } else if (strcmp(type->name, "Валюты") == 0) {
        const size_t count = sizeof(currencies) / sizeof(currencies[0]);

        (void)snprintf(
            out_text, TEXT_BYTES_MAX, "%s", currencies[making->index % count][1]);
    } else if (strcmp(type->name, "Организации") == 0) {
        (void)snprintf(
            out_text, TEXT_BYTES_MAX, "ООО \"Филиал %s\"",
            cities[making->index % (sizeof(cities) / sizeof(cities[0]))]);
    } else {
        const char *const city = CHOOSE(chance, cities);

        (void)snprintf(
            out_text, TEXT_BYTES_MAX, "%s %u (%s)", type->name, making->index + 1, city);
    }
}

/* Codes and numbers do not clash between branches: "Ф1-000042", in the length allowed. */
static void write_code(
    const struct making *making,
    size_t length,
    char out_text[TEXT_BYTES_MAX])
{
    const size_t count = sizeof(currencies) / sizeof(currencies[0]);

    if (strcmp(making->type->name, "Валюты") == 0) {
        (void)snprintf(
            out_text, TEXT_BYTES_MAX, "%s", currencies[making->index % count][0]);
        return;
    }
    char prefix[24];
    const int size = snprintf(
        prefix, sizeof(prefix), making->is_common ? "Ц-" : "Ф%u-", making->world->branch);
    const size_t characters = (size_t)size - 1; /* one letter is of two bytes */
    const size_t digits =
        length > characters + 3 && length < 40 ? length - characters : 9;

    (void)snprintf(
        out_text, TEXT_BYTES_MAX, "%s%0*u", prefix, (int)digits, making->index + 1);
}

static void write_chosen(const char *text, char out_text[TEXT_BYTES_MAX])
{
    (void)snprintf(out_text, TEXT_BYTES_MAX, "%s", text);
}

static bool has_word(const char *name, const char *word)
{
    return strstr(name, word) != NULL;
}

/* By what the attribute's name says. */
static void write_named(
    struct making *making,
    const struct fl_attribute *attribute,
    char out_text[TEXT_BYTES_MAX])
{
    struct chance *const chance = &making->chance;
    const char *const name = attribute->name;

    if (strcmp(name, "ИНН") == 0) {
        write_digits(chance, 10, out_text);
    } else if (strcmp(name, "КПП") == 0) {
        write_digits(chance, 9, out_text);
    } else if (has_word(name, "Счет")) {
        write_digits(chance, 20, out_text);
    } else if (has_word(name, "Артикул")) {
        write_digits(chance, 8, out_text);
    } else if (has_word(name, "Телефон") || has_word(name, "Представление")) {
        char digits[TEXT_BYTES_MAX];

        write_digits(chance, 10, digits);
        (void)snprintf(
            out_text, TEXT_BYTES_MAX, "+7 (%.3s) %.3s-%.4s", digits, digits + 3,
            digits + 6);
    } else if (has_word(name, "Почта") || has_word(name, "mail")) {
        (void)snprintf(
            out_text, TEXT_BYTES_MAX, "info%u@example.org", chance_below(chance, 100000));
    } else if (has_word(name, "Адрес")) {
        write_address(chance, out_text);
    } else if (has_word(name, "Полное")) {
        struct making same = *making;

        same.chance = making->described;
        write_description(&same, out_text);
    } else if (
        has_word(name, "ФИО") || has_word(name, "Руководитель") ||
        has_word(name, "Автор") || has_word(name, "Менеджер")) {
        write_person(chance, out_text);
    } else if (has_word(name, "Единица")) {
        write_chosen(CHOOSE(chance, measures), out_text);
    } else if (has_word(name, "Должность")) {
        write_chosen(CHOOSE(chance, positions), out_text);
    } else if (strcmp(name, "Тип") == 0 || strcmp(name, "Вид") == 0) {
        write_chosen(CHOOSE(chance, contact_kinds), out_text);
    } else if (has_word(name, "Префикс")) {
        (void)snprintf(
            out_text, TEXT_BYTES_MAX, "Ф%u",
            making->is_common ? 0 : making->world->branch);
    } else if (has_word(name, "Коммент") && chance_below(chance, 10) < 6) {
        out_text[0] = '\0';
    } else {
        write_chosen(CHOOSE(chance, phrases), out_text);
    }
}

static struct fl_value string_value(
    struct making *making,
    const struct fl_attribute *attribute)
{
    char text[TEXT_BYTES_MAX] = "";

    if (attribute->role == FL_ROLE_DESCRIPTION) {
        making->described = making->chance;
        write_description(making, text);
    } else if (attribute->role == FL_ROLE_CODE || attribute->role == FL_ROLE_NUMBER) {
        write_code(making, attribute->type.string_length, text);
    } else if (attribute->role == FL_ROLE_RECORD_TYPE) {
        (void)snprintf(text, sizeof(text), "Receipt");
    } else if (attribute->role != FL_ROLE_PREDEFINED_NAME) {
        write_named(making, attribute, text);
    }
    return text_value(making, text, attribute->type.string_length);
}

/* ---- other values ---- */

static struct fl_value number_value(
    struct making *making,
    const struct fl_attribute *attribute)
{
    const struct fl_value_type *const type = &attribute->type;
    const uint32_t fraction = type->number_fraction < 4 ? type->number_fraction : 4;
    const uint32_t whole = type->number_digits > type->number_fraction
                               ? type->number_digits - type->number_fraction
                               : 1;
    uint64_t bound = 1;

    for (uint32_t i = 0; i < (whole < 5 ? whole : 5); i++) {
        bound *= 10;
    }
    static const struct {
        const char *word;
        uint64_t bound;
    } usual[] = {{"Количество", 100}, {"Курс", 110}, {"Цена", 5000}, {"Вес", 90}};

    for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++) {
        if (has_word(attribute->name, usual[i].word) && bound > usual[i].bound) {
            bound = usual[i].bound;
        }
    }
    const bool is_factor = has_word(attribute->name, "Кратность");
    uint64_t units = is_factor ? 1 : 1 + chance_draw(&making->chance) % (bound - 1);
    uint32_t scale = has_word(attribute->name, "Количество") || is_factor ? 0 : fraction;

    for (uint32_t i = 0; i < scale; i++) {
        units = units * 10 + chance_below(&making->chance, 10);
    }
    while (scale > 0 && units % 10 == 0) {
        units /= 10;
        scale--;
    }
    struct fl_value value = {.kind = FL_VALUE_NUMBER};

    value.number = fl_decimal_of_int64((int64_t)units);
    value.number.scale = (uint8_t)scale;
    return value;
}

static struct fl_value date_value(
    struct making *making,
    const struct fl_attribute *attribute)
{
    const uint32_t day = chance_below(&making->chance, DAYS);
    const uint32_t second = chance_below(&making->chance, SECONDS_OF_DAY);
    struct fl_value value = {.kind = FL_VALUE_DATE};

    value.date = attribute->type.time_only
                     ? (int64_t)second
                     : making_date(day, attribute->type.date_only ? 0 : second);
    return value;
}

static struct fl_value boolean_value(
    struct making *making,
    const struct fl_attribute *attribute)
{
    struct fl_value value = {.kind = FL_VALUE_BOOLEAN};

    if (attribute->role == FL_ROLE_IS_FOLDER) {
        value.boolean = making->is_folder;
    } else if (attribute->role == FL_ROLE_ACTIVE) {
        value.boolean = true;
    } else if (attribute->role == FL_ROLE_POSTED) {
        value.boolean = chance_below(&making->chance, 20) > 0;
    } else if (attribute->role == FL_ROLE_DELETION_MARK) {
        value.boolean = !making->is_common && chance_below(&making->chance, 200) == 0;
    } else {
        value.boolean = chance_below(&making->chance, 2) == 0;
    }
    return value;
}

static struct fl_value ref_value(
    struct making *making,
    const struct fl_attribute *attribute)
{
    const struct fl_value_type *const type = &attribute->type;
    const struct fl_value empty = fl_value_empty(type);

    if (type->ref_count == 0) {
        return empty;
    }
    const uint32_t number = type->refs[chance_below(&making->chance, type->ref_count)];
    const struct fl_type *const ref =
        fl_configuration_type(making->world->configuration, number);
    const bool to_folder = attribute->role == FL_ROLE_PARENT && ref->folders;
    /* Folders stand at the top, and a hierarchy of items stays flat: no circles. */
    const bool stays_empty =
        attribute->role == FL_ROLE_PARENT && (making->is_folder || !ref->folders);

    return stays_empty ? empty : making_ref(making, ref, to_folder);
}

struct fl_value making_value(struct making *making, const struct fl_attribute *attribute)
{
    const struct fl_value_type *const type = &attribute->type;

    if ((type->allows & FL_ALLOWS_REFS) != 0 && type->ref_count > 0) {
        return ref_value(making, attribute);
    }
    if ((type->allows & FL_ALLOWS_STRING) != 0) {
        return string_value(making, attribute);
    }
    if ((type->allows & FL_ALLOWS_NUMBER) != 0) {
        return number_value(making, attribute);
    }
    if ((type->allows & FL_ALLOWS_DATE) != 0) {
        return date_value(making, attribute);
    }
    if ((type->allows & FL_ALLOWS_BOOLEAN) != 0) {
        return boolean_value(making, attribute);
    }
    return fl_value_empty(type);
}
