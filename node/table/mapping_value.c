#include "table/mapping_value.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "change/ref.h"
#include "language.h"
#include "proto/limits.h"
#include "table/map_text.h"

enum { NUMBER_BYTES = 96, SHOWN_BYTES = 60, CENTURY_TURN = 70 };

struct moment {
    unsigned year, month, day, hour, minute, second;
};

static bool moment_seconds(const struct moment *moment, int64_t *out_seconds)
{
    char text[64];

    if (moment->year > 9999 || moment->month > 99 || moment->day > 99 ||
        moment->hour > 99 || moment->minute > 99 || moment->second > 99) {
        return false;
    }
    const int size = snprintf(
        text, sizeof(text), "%04u-%02u-%02uT%02u:%02u:%02u", moment->year, moment->month,
        moment->day, moment->hour, moment->minute, moment->second);

    return size == FL_DATETIME_TEXT_BYTES &&
           fl_datetime_parse(fl_bytes_of_text(text), out_seconds) == FL_OK;
}

static bool take_digits(
    struct fl_bytes *left,
    size_t count_min,
    size_t count_max,
    unsigned *out_number)
{
    size_t count = 0;

    *out_number = 0;
    while (count < count_max && count < left->size && left->data[count] >= '0' &&
           left->data[count] <= '9') {
        *out_number = *out_number * 10 + (unsigned)(left->data[count] - '0');
        count++;
    }
    left->data += count;
    left->size -= count;
    return count >= count_min;
}

static bool take_mark(struct fl_bytes *left, const char *marks)
{
    if (left->size == 0 || !strchr(marks, left->data[0]) || left->data[0] == '\0') {
        return false;
    }
    left->data++;
    left->size--;
    return true;
}

static bool take_time(struct fl_bytes *left, struct moment *moment)
{
    if (left->size == 0) {
        return true;
    }
    if (!take_mark(left, "T ") || !take_digits(left, 1, 2, &moment->hour) ||
        !take_mark(left, ":") || !take_digits(left, 2, 2, &moment->minute)) {
        return false;
    }
    if (take_mark(left, ":") && !take_digits(left, 2, 2, &moment->second)) {
        return false;
    }
    return left->size == 0;
}

bool fl_mapping_date(struct fl_bytes text, int64_t *out_seconds)
{
    struct moment moment = {0};
    struct fl_bytes left = text;
    unsigned first = 0;

    if (!take_digits(&left, 1, 8, &first)) {
        return false;
    }
    const size_t digits = text.size - left.size;

    if (digits == 8) {
        moment.year = first / 10000;
        moment.month = first / 100 % 100;
        moment.day = first % 100;
    } else if (digits == 4 && take_mark(&left, "-")) {
        moment.year = first;
        if (!take_digits(&left, 2, 2, &moment.month) || !take_mark(&left, "-") ||
            !take_digits(&left, 2, 2, &moment.day)) {
            return false;
        }
    } else if (digits <= 2 && take_mark(&left, "./-")) {
        moment.day = first;
        if (!take_digits(&left, 1, 2, &moment.month) || !take_mark(&left, "./-")) {
            return false;
        }
        const size_t before = left.size;

        if (!take_digits(&left, 2, 4, &moment.year) || before - left.size == 3) {
            return false;
        }
        if (before - left.size == 2) {
            moment.year += moment.year < CENTURY_TURN ? 2000 : 1900;
        }
    } else {
        return false;
    }
    return take_time(&left, &moment) && moment_seconds(&moment, out_seconds);
}

/* By a format of D, M, Y, h, m and s; other letters stand for themselves. */
static bool date_by_format(
    struct fl_bytes text,
    struct fl_bytes format,
    int64_t *out_seconds)
{
    struct moment moment = {0};

    for (size_t i = 0; i < format.size;) {
        const uint8_t letter = format.data[i];
        unsigned *part = letter == 'D'   ? &moment.day
                         : letter == 'M' ? &moment.month
                         : letter == 'Y' ? &moment.year
                         : letter == 'h' ? &moment.hour
                         : letter == 'm' ? &moment.minute
                         : letter == 's' ? &moment.second
                                         : NULL;
        size_t count = 1;

        while (part && i + count < format.size && format.data[i + count] == letter) {
            count++;
        }
        if (!part) {
            if (text.size == 0 || text.data[0] != letter) {
                return false;
            }
            text.data++;
            text.size--;
        } else if (!take_digits(
                       &text, count == 1 ? 1 : count, count == 1 ? 2 : count, part)) {
            return false;
        } else if (part == &moment.year && count == 2) {
            moment.year += moment.year < CENTURY_TURN ? 2000 : 1900;
        }
        i += count;
    }
    return text.size == 0 && moment_seconds(&moment, out_seconds);
}

bool fl_mapping_number(struct fl_bytes text, struct fl_decimal *out_number)
{
    char clean[NUMBER_BYTES];
    size_t size = 0;
    const bool has_point = memchr(text.data, '.', text.size) != NULL;

    for (size_t i = 0; i < text.size; i++) {
        const uint8_t byte = text.data[i];

        if (size == sizeof(clean)) {
            return false;
        }
        if (byte == ' ' || byte == '\'') {
            continue;
        }
        /* No-break spaces, plain and narrow, between thousands. */
        if (i + 1 < text.size && memcmp(text.data + i, "\xC2\xA0", 2) == 0) {
            i += 1;
            continue;
        }
        if (i + 2 < text.size && memcmp(text.data + i, "\xE2\x80\xAF", 3) == 0) {
            i += 2;
            continue;
        }
        if (byte == ',' && has_point) {
            return false;
        }
        clean[size++] = byte == ',' ? '.' : (char)byte;
    }
    return fl_decimal_parse(
               (struct fl_bytes){(const uint8_t *)clean, size}, out_number) == FL_OK;
}

static bool parse_boolean(struct fl_bytes text, bool *out_value)
{
    static const struct {
        const char *word;
        bool value;
    } words[] = {{"true", true}, {"да", true},     {"Да", true},     {"ДА", true},
                 {"1", true},    {"истина", true}, {"Истина", true}, {"yes", true},
                 {"+", true},    {"false", false}, {"нет", false},   {"Нет", false},
                 {"НЕТ", false}, {"0", false},     {"ложь", false},  {"Ложь", false},
                 {"no", false},  {"-", false}};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (fl_bytes_equal(text, fl_bytes_of_text(words[i].word))) {
            *out_value = words[i].value;
            return true;
        }
    }
    return false;
}

enum fl_status fl_mapping_refs_begin(
    struct fl_mapping_refs *refs,
    struct fl_store *store,
    const char *directory,
    const struct fl_mapping *mapping,
    struct fl_error *out_error)
{
    *refs = (struct fl_mapping_refs){.store = store};
    for (size_t i = 0; i < mapping->column_count; i++) {
        for (size_t j = 0; j < mapping->columns[i].step_count; j++) {
            const struct fl_mapping_step *step = &mapping->columns[i].steps[j];
            size_t known = 0;

            while (known < refs->count && (refs->items[known].type != step->type ||
                                           refs->items[known].by != step->by)) {
                known++;
            }
            if (step->kind != FL_STEP_REF || known < refs->count) {
                continue;
            }
            if (known == FL_MAPPING_COLUMNS_MAX) {
                return fl_error_set(out_error, FL_LIMIT, "too many refs in a mapping");
            }
            refs->items[known].type = step->type;
            refs->items[known].by = step->by;
            fl_lookup_init(&refs->items[known].lookup, directory);
            refs->count++;
        }
    }
    return FL_OK;
}

enum fl_status fl_mapping_refs_step(
    struct fl_mapping_refs *refs,
    const struct fl_share *share,
    bool *out_done,
    struct fl_error *out_error)
{
    struct fl_lookup_building *building = &refs->building;
    enum fl_status status = FL_OK;

    while (status == FL_OK && refs->read < refs->count && !fl_share_is_over(share)) {
        if (!refs->is_building) {
            fl_lookup_building_begin(
                building, &refs->items[refs->read].lookup, refs->store,
                refs->items[refs->read].type, &refs->items[refs->read].by, 1);
            refs->is_building = true;
        }
        status = fl_lookup_building_step(building, share, out_error);
        if (building->walk.done) {
            fl_lookup_building_end(building);
            refs->is_building = false;
            refs->read++;
        }
    }
    *out_done = status == FL_OK && refs->read == refs->count;
    return status;
}

enum fl_status fl_mapping_refs_init(
    struct fl_mapping_refs *refs,
    struct fl_store *store,
    const char *directory,
    const struct fl_mapping *mapping,
    struct fl_error *out_error)
{
    const struct fl_share all = fl_share_begin(/* share_ms= */ 0);
    bool done = false;
    enum fl_status status =
        fl_mapping_refs_begin(refs, store, directory, mapping, out_error);

    return status == FL_OK ? fl_mapping_refs_step(refs, &all, &done, out_error) : status;
}

void fl_mapping_refs_deinit(struct fl_mapping_refs *refs)
{
    if (refs->is_building) {
        fl_lookup_building_end(&refs->building);
        refs->is_building = false;
    }
    for (size_t i = 0; i < refs->count; i++) {
        fl_lookup_deinit(&refs->items[i].lookup);
    }
    refs->count = 0;
}

static enum fl_status bad(
    const struct fl_mapping_column *column,
    struct fl_bytes cell,
    const char *wanted,
    struct fl_error *out_error)
{
    const struct fl_bytes shown = fl_bytes_utf8_beginning(cell, SHOWN_BYTES);

    return fl_error_set(
        out_error, FL_MALFORMED, "%s: \"%.*s\" is not %s",
        column->attribute ? column->attribute->name : "Ref", (int)shown.size,
        (const char *)shown.data, fl_error_words(wanted));
}

/* "A=B, C=D": what stands for `text`, or itself. */
static struct fl_bytes replaced(struct fl_bytes pairs, struct fl_bytes text)
{
    while (pairs.size > 0) {
        const uint8_t *comma = memchr(pairs.data, ',', pairs.size);
        struct fl_bytes pair = {
            pairs.data, comma ? (size_t)(comma - pairs.data) : pairs.size};
        const uint8_t *equal = memchr(pair.data, '=', pair.size);

        if (equal) {
            const struct fl_bytes from = {pair.data, (size_t)(equal - pair.data)};
            const struct fl_bytes to = {equal + 1, pair.size - from.size - 1};

            if (fl_bytes_equal(fl_map_text_trim(from), text)) {
                return fl_map_text_trim(to);
            }
        }
        pairs.data += pair.size + (comma ? 1 : 0);
        pairs.size -= pair.size + (comma ? 1 : 0);
    }
    return text;
}

/* Latin and Cyrillic letters. */
static void change_case(uint8_t *text, size_t size, bool upper)
{
    for (size_t i = 0; i < size; i++) {
        if (text[i] < 0x80) {
            text[i] = (uint8_t)(upper ? toupper(text[i]) : tolower(text[i]));
        } else if ((text[i] == 0xD0 || text[i] == 0xD1) && i + 1 < size) {
            const unsigned rune = (text[i] & 0x1Fu) << 6 | (text[i + 1] & 0x3Fu);
            unsigned other = rune;

            if (upper) {
                other = rune >= 0x430 && rune <= 0x44F ? rune - 0x20 : rune;
                other = rune == 0x451 ? 0x401 : other;
            } else {
                other = rune >= 0x410 && rune <= 0x42F ? rune + 0x20 : rune;
                other = rune == 0x401 ? 0x451 : other;
            }
            text[i] = (uint8_t)(0xC0 | other >> 6);
            text[i + 1] = (uint8_t)(0x80 | (other & 0x3F));
            i++;
        }
    }
}

/* A conversion of the text itself. */
static enum fl_status step_text(
    const struct fl_mapping_step *step,
    struct fl_arena *arena,
    struct fl_bytes *io_text)
{
    const size_t room = io_text->size + step->number + 1;
    uint8_t *text = fl_arena_alloc(arena, room);
    size_t size = 0;

    if (!text) {
        return fl_arena_failure(arena, room);
    }
    if (step->kind == FL_STEP_DIGITS) {
        for (size_t i = 0; i < io_text->size; i++) {
            if (io_text->data[i] >= '0' && io_text->data[i] <= '9') {
                text[size++] = io_text->data[i];
            }
        }
    } else {
        if (step->kind == FL_STEP_PAD && io_text->size > 0) {
            while (size + io_text->size < step->number) {
                text[size++] = '0';
            }
        }
        memcpy(text + size, io_text->data, io_text->size);
        size += io_text->size;
        if (step->kind != FL_STEP_PAD) {
            change_case(text, size, step->kind == FL_STEP_UPPER);
        }
    }
    *io_text = (struct fl_bytes){text, size};
    return FL_OK;
}

static enum fl_status find_ref(
    const struct fl_mapping_column *column,
    const struct fl_mapping_step *step,
    const struct fl_mapping_refs *refs,
    struct fl_bytes text,
    struct fl_value *out_value,
    struct fl_error *out_error)
{
    struct fl_value value = {.kind = FL_VALUE_STRING, .bytes = text};
    size_t known = 0;

    *out_value = (struct fl_value){.kind = FL_VALUE_REF, .type = step->type->number};
    if (text.size == 0) {
        return FL_OK;
    }
    if (step->by->type.allows & FL_ALLOWS_NUMBER) {
        value.kind = FL_VALUE_NUMBER;
        if (!fl_mapping_number(text, &value.number)) {
            return bad(column, text, N_("a number"), out_error);
        }
    }
    while (refs->items[known].type != step->type || refs->items[known].by != step->by) {
        known++;
    }
    const struct fl_lookup_item *item =
        fl_lookup_find(&refs->items[known].lookup, fl_lookup_hash(&value, 1));

    const char *name = column->attribute ? column->attribute->name : "Ref";

    if (!item) {
        return fl_error_set(
            out_error, FL_NOT_FOUND, "%s: there is no %s.%s with %s = \"%.*s\"", name,
            fl_kind_name(step->type->kind), step->type->name, step->by->name,
            (int)text.size, (const char *)text.data);
    }
    if (item->ambiguous) {
        return fl_error_set(
            out_error, FL_NOT_FOUND, "%s: several of %s.%s have %s = \"%.*s\"", name,
            fl_kind_name(step->type->kind), step->type->name, step->by->name,
            (int)text.size, (const char *)text.data);
    }
    out_value->uuid = item->id;
    return FL_OK;
}

static bool parse_ref_text(
    const struct fl_configuration *configuration,
    const struct fl_type *only,
    struct fl_bytes text,
    struct fl_value *out_value)
{
    struct fl_key key;

    *out_value = (struct fl_value){.kind = FL_VALUE_REF};
    if (only && fl_uuid_parse(text, &out_value->uuid) == FL_OK) {
        out_value->type = only->number;
        return true;
    }
    if (fl_ref_parse(configuration, text, &key, NULL) != FL_OK) {
        return false;
    }
    out_value->type = key.type;
    out_value->uuid = key.id;
    return true;
}

static bool allows_type(const struct fl_value_type *type, uint32_t number)
{
    for (size_t i = 0; i < type->ref_count; i++) {
        if (type->refs[i] == number) {
            return true;
        }
    }
    return false;
}

/* By the type of the attribute, simplest first. */
static enum fl_status plain(
    const struct fl_mapping_column *column,
    const struct fl_configuration *configuration,
    struct fl_bytes text,
    struct fl_arena *arena,
    struct fl_value *out_value,
    struct fl_error *out_error)
{
    const struct fl_value_type *type = &column->attribute->type;
    const struct fl_type *only =
        type->ref_count == 1 ? fl_configuration_type(configuration, type->refs[0]) : NULL;

    if (text.size == 0) {
        *out_value = fl_value_empty(type);
        return FL_OK;
    }
    if ((type->allows & FL_ALLOWS_REFS) && only && only->kind == FL_KIND_ENUM) {
        *out_value = (struct fl_value){.kind = FL_VALUE_ENUM, .type = only->number};
        out_value->enum_value = fl_type_find_enum_value(only, text);
        return out_value->enum_value != 0
                   ? FL_OK
                   : bad(column, text, N_("a value of its enumeration"), out_error);
    }
    if ((type->allows & FL_ALLOWS_REFS) &&
        parse_ref_text(configuration, only, text, out_value) &&
        allows_type(type, out_value->type)) {
        return FL_OK;
    }
    if (type->allows & FL_ALLOWS_STRING) {
        *out_value = (struct fl_value){.kind = FL_VALUE_STRING};
        return fl_arena_copy(arena, text, &out_value->bytes);
    }
    if (type->allows & FL_ALLOWS_NUMBER) {
        *out_value = (struct fl_value){.kind = FL_VALUE_NUMBER};
        return fl_mapping_number(text, &out_value->number)
                   ? FL_OK
                   : bad(column, text, N_("a number"), out_error);
    }
    if (type->allows & FL_ALLOWS_DATE) {
        *out_value = (struct fl_value){.kind = FL_VALUE_DATE};
        return fl_mapping_date(text, &out_value->date)
                   ? FL_OK
                   : bad(column, text, N_("a date"), out_error);
    }
    if (type->allows & FL_ALLOWS_BOOLEAN) {
        *out_value = (struct fl_value){.kind = FL_VALUE_BOOLEAN};
        return parse_boolean(text, &out_value->boolean)
                   ? FL_OK
                   : bad(column, text, N_("yes or no"), out_error);
    }
    if (type->allows & FL_ALLOWS_UUID) {
        *out_value = (struct fl_value){.kind = FL_VALUE_UUID};
        return fl_uuid_parse(text, &out_value->uuid) == FL_OK
                   ? FL_OK
                   : bad(column, text, N_("a UUID"), out_error);
    }
    return bad(
        column, text,
        N_("a ref, as Catalog.X:UUID; or add to the mapping: | ref ATTRIBUTE"),
        out_error);
}

enum fl_status fl_mapping_value(
    const struct fl_mapping *mapping,
    const struct fl_mapping_column *column,
    const struct fl_mapping_refs *refs,
    const struct fl_configuration *configuration,
    struct fl_bytes cell,
    struct fl_arena *arena,
    struct fl_value *out_value,
    struct fl_error *out_error)
{
    struct fl_bytes text = fl_map_text_trim(cell);
    enum fl_status status = FL_OK;

    for (size_t i = 0; i < column->step_count && status == FL_OK; i++) {
        const struct fl_mapping_step *step = &column->steps[i];

        switch (step->kind) {
        case FL_STEP_DEFAULT:
            text = text.size == 0 ? step->text : text;
            break;
        case FL_STEP_MAP:
            text = replaced(step->text, text);
            break;
        case FL_STEP_DATE:
            *out_value = (struct fl_value){.kind = FL_VALUE_DATE};
            if (text.size == 0 || date_by_format(text, step->text, &out_value->date)) {
                return FL_OK;
            }
            return bad(
                column, text, N_("a date of the format in the mapping"), out_error);
        case FL_STEP_REF:
            return find_ref(column, step, refs, text, out_value, out_error);
        case FL_STEP_UPPER:
        case FL_STEP_LOWER:
        case FL_STEP_DIGITS:
        case FL_STEP_PAD:
            status = step_text(step, arena, &text);
            break;
        }
    }
    if (status == FL_OK && !column->attribute) {
        return parse_ref_text(configuration, mapping->type, text, out_value) &&
                       out_value->type == mapping->type->number
                   ? FL_OK
                   : bad(column, text, N_("a UUID"), out_error);
    }
    if (status == FL_OK) {
        status = plain(column, configuration, text, arena, out_value, out_error);
    }
    if (status == FL_LIMIT || status == FL_NO_MEMORY) {
        (void)fl_error_set(out_error, status, "the row is larger than an object may be");
    }
    return status;
}
