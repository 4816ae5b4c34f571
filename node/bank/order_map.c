#include "bank/order_map.h"

#include <stdio.h>
#include <string.h>

#include "change/change.h"
#include "change/ref.h"
#include "file.h"
#include "table/map_text.h"

enum { FILE_BYTES_MAX = 256 << 10, NUMBER_BYTES = 64 };

struct parsing {
    struct fl_map_text text;
    struct fl_order_map *map;
    bool in_order;
};

static enum fl_status no_memory(const struct parsing *parsing)
{
    return fl_error_set(parsing->text.out_error, FL_NO_MEMORY, "not enough memory");
}

static bool equals(struct fl_bytes text, const char *word)
{
    return fl_bytes_equal(text, fl_bytes_of_text(word));
}

/* Up to `mark`, which is passed over. False: there is none, `*out_part` is all. */
static bool cut(struct fl_bytes *left, uint8_t mark, struct fl_bytes *out_part)
{
    const uint8_t *found = left->size > 0 ? memchr(left->data, mark, left->size) : NULL;

    *out_part = *left;
    if (!found) {
        left->data += left->size;
        left->size = 0;
        return false;
    }
    out_part->size = (size_t)(found - left->data);
    left->data += out_part->size + 1;
    left->size -= out_part->size + 1;
    return true;
}

/* What an attribute surely refers to; NULL: to several types, or to none. */
static const struct fl_type *target_of(
    const struct parsing *parsing,
    const struct fl_attribute *attribute)
{
    const struct fl_value_type *type = &attribute->type;

    return type->ref_count == 1 && !type->enumeration
               ? fl_configuration_type(parsing->text.configuration, type->refs[0])
               : NULL;
}

/* Контрагент.ИНН */
static enum fl_status parse_path(struct parsing *parsing, struct fl_bytes path)
{
    struct fl_order_map *map = parsing->map;
    struct fl_order_piece *piece = &map->pieces[map->piece_count++];
    const struct fl_type *type = map->type;
    bool more = true;

    for (size_t i = 0; more; i++) {
        struct fl_bytes name;

        more = cut(&path, '.', &name);
        name = fl_map_text_trim(name);
        const struct fl_attribute *attribute =
            type ? fl_attribute_by_name(type, name) : NULL;

        if (type && !attribute) {
            return fl_map_text_no_attribute(&parsing->text, type, name);
        }
        if (i > FL_ORDER_STEPS_MAX) {
            return fl_map_text_fail(
                &parsing->text, FL_LIMIT, "more than %d points", FL_ORDER_STEPS_MAX);
        }
        if (i == 0) {
            piece->attribute = attribute;
        } else {
            piece->steps[piece->step_count++] = name;
        }
        if (more && attribute && attribute->type.ref_count == 0) {
            return fl_map_text_fail(
                &parsing->text, FL_MALFORMED,
                "\"%s\" refers to nothing: nothing can follow it", attribute->name);
        }
        type = attribute ? target_of(parsing, attribute) : NULL;
    }
    return FL_OK;
}

static bool add_text(struct parsing *parsing, struct fl_bytes text)
{
    struct fl_order_map *map = parsing->map;

    if (text.size > 0 && map->piece_count < FL_ORDER_PIECES_MAX) {
        map->pieces[map->piece_count++] = (struct fl_order_piece){.text = text};
    }
    return map->piece_count < FL_ORDER_PIECES_MAX;
}

/* Text {attribute} text */
static enum fl_status parse_value(struct parsing *parsing, struct fl_bytes value)
{
    while (value.size > 0) {
        struct fl_bytes part;
        const bool opens = cut(&value, '{', &part);

        if (opens && value.size > 0 && value.data[0] == '{') {
            part.size++; /* {{ is one brace */
            value.data++;
            value.size--;
            if (!add_text(parsing, part)) {
                return fl_map_text_fail(
                    &parsing->text, FL_LIMIT, "the orders have too many parts");
            }
            continue;
        }
        if (!add_text(parsing, part)) {
            return fl_map_text_fail(
                &parsing->text, FL_LIMIT, "the orders have too many parts");
        }
        if (!opens) {
            break;
        }
        if (!cut(&value, '}', &part)) {
            return fl_map_text_fail(&parsing->text, FL_MALFORMED, "a { without a }");
        }
        enum fl_status status = parse_path(parsing, part);

        if (status != FL_OK) {
            return status;
        }
    }
    return FL_OK;
}

static enum fl_status parse_field(
    struct parsing *parsing,
    struct fl_bytes key,
    struct fl_bytes value)
{
    struct fl_order_map *map = parsing->map;

    if (!map->type) {
        return fl_map_text_fail(
            &parsing->text, FL_MALFORMED,
            "what is an order? a line type = Document.X has to stand before [order]");
    }
    if (map->field_count == FL_ORDER_FIELDS_MAX) {
        return fl_map_text_fail(
            &parsing->text, FL_LIMIT, "more than %d keys", FL_ORDER_FIELDS_MAX);
    }
    for (size_t i = 0; i < map->field_count; i++) {
        if (equals(key, map->fields[i].key)) {
            return fl_map_text_fail(
                &parsing->text, FL_MALFORMED, "%s stands there twice",
                map->fields[i].key);
        }
    }
    struct fl_order_field *field = &map->fields[map->field_count++];

    field->key = fl_arena_text(&parsing->map->arena, key);
    field->piece_first = map->piece_count;
    enum fl_status status = field->key ? parse_value(parsing, value) : no_memory(parsing);

    field->piece_count = map->piece_count - field->piece_first;
    return status;
}

static enum fl_status parse_setting(
    struct parsing *parsing,
    struct fl_bytes key,
    struct fl_bytes value)
{
    struct fl_order_map *map = parsing->map;
    const char **place = equals(key, "kind")       ? &map->kind
                         : equals(key, "encoding") ? &map->encoding
                         : equals(key, "version")  ? &map->version
                                                   : NULL;

    if (equals(key, "type")) {
        return fl_map_text_type(&parsing->text, value, &map->type);
    }
    if (!place) {
        return fl_map_text_fail(
            &parsing->text, FL_MALFORMED,
            "\"%.*s\" is not type, kind, encoding or version; keys of the format stand "
            "behind [order]",
            (int)key.size, (const char *)key.data);
    }
    *place = fl_arena_text(&parsing->map->arena, value);
    return *place ? FL_OK : no_memory(parsing);
}

static enum fl_status parse_line(struct parsing *parsing, struct fl_bytes line)
{
    struct fl_bytes key;

    if (line.data[0] == '[') {
        parsing->in_order = equals(line, "[order]");
        return parsing->in_order ? FL_OK
                                 : fl_map_text_fail(
                                       &parsing->text, FL_MALFORMED,
                                       "the only section is [order], not %.*s",
                                       (int)line.size, (const char *)line.data);
    }
    if (!cut(&line, '=', &key)) {
        return fl_map_text_fail(&parsing->text, FL_MALFORMED, "not KEY = VALUE");
    }
    key = fl_map_text_trim(key);
    line = fl_map_text_trim(line);
    return parsing->in_order ? parse_field(parsing, key, line)
                             : parse_setting(parsing, key, line);
}

/* Without these three a bank can do nothing with an order. */
static enum fl_status check_needed(struct parsing *parsing)
{
    static const char *const needed[] = {"Номер", "Дата", "Сумма"};
    const struct fl_order_map *map = parsing->map;

    for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
        bool found = false;

        for (size_t j = 0; j < map->field_count; j++) {
            found = found || strcmp(map->fields[j].key, needed[i]) == 0;
        }
        if (!found) {
            return fl_error_set(
                parsing->text.out_error, FL_MALFORMED,
                "%s: an order needs %s; give it behind [order]", parsing->text.name,
                needed[i]);
        }
    }
    return FL_OK;
}

static bool has_section(struct fl_map_text text)
{
    struct fl_bytes line;

    while (fl_map_text_next(&text, &line)) {
        if (equals(line, "[order]")) {
            return true;
        }
    }
    return false;
}

enum fl_status fl_order_map_parse(
    struct fl_order_map *map,
    const struct fl_configuration *configuration,
    const char *name,
    struct fl_bytes text,
    struct fl_error *out_error)
{
    struct parsing parsing = {
        .text =
            {.configuration = configuration,
             .name = name,
             .out_error = out_error,
             .left = text},
        .map = map};
    struct fl_bytes line;

    fl_arena_init(&map->arena, FILE_BYTES_MAX);
    map->kind = "Платежное поручение";
    enum fl_status status = fl_map_text_begin(&parsing.text);

    if (status == FL_OK && !has_section(parsing.text)) {
        return FL_NOT_FOUND;
    }
    while (status == FL_OK && fl_map_text_next(&parsing.text, &line)) {
        status = parse_line(&parsing, line);
    }
    return status == FL_OK ? check_needed(&parsing) : status;
}

enum fl_status fl_order_map_init(
    struct fl_order_map *map,
    const struct fl_configuration *configuration,
    const char *path,
    struct fl_error *out_error)
{
    fl_buffer_init(&map->file, FILE_BYTES_MAX);
    enum fl_status status = fl_file_read(path, FILE_BYTES_MAX, &map->file, out_error);

    if (status == FL_NOT_FOUND) {
        return fl_error_set(out_error, FL_REFUSED, "there is no file %s", path);
    }
    return status == FL_OK
               ? fl_order_map_parse(
                     map, configuration, path, fl_buffer_view(&map->file), out_error)
               : status;
}

void fl_order_map_deinit(struct fl_order_map *map)
{
    fl_arena_deinit(&map->arena);
    fl_buffer_deinit(&map->file);
}

/* Amounts have a point and two digits. */
static void put_number(struct fl_decimal number, struct fl_buffer *out_text)
{
    char text[FL_DECIMAL_TEXT_BYTES_MAX];
    const size_t size = fl_decimal_format(number, text);
    const char *point = memchr(text, '.', size);
    const size_t fraction = point ? size - (size_t)(point - text) - 1 : 0;

    fl_buffer_put_memory(out_text, text, size);
    fl_buffer_put_text(out_text, !point ? ".00" : fraction == 1 ? "0" : "");
}

void fl_order_put_value(const struct fl_value *value, struct fl_buffer *out_text)
{
    if (value->kind == FL_VALUE_STRING) {
        fl_buffer_put(out_text, fl_map_text_trim(value->bytes));
    } else if (value->kind == FL_VALUE_NUMBER) {
        put_number(value->number, out_text);
    } else if (value->kind == FL_VALUE_DATE && value->date != 0) {
        char iso[FL_DATETIME_TEXT_BYTES];
        char text[NUMBER_BYTES];

        fl_datetime_format(value->date, iso);
        snprintf(text, sizeof(text), "%.2s.%.2s.%.4s", iso + 8, iso + 5, iso);
        fl_buffer_put_text(out_text, text);
    }
}

/* Follows a ref to the attribute of that name; NULL: there is none. */
static const struct fl_value *follow(
    const struct fl_configuration *configuration,
    struct fl_txn *txn,
    const struct fl_value *value,
    struct fl_bytes name,
    struct fl_arena *arena)
{
    struct fl_object target;
    const struct fl_key key = {.type = value->type, .id = value->uuid};
    const struct fl_type *type = value->kind == FL_VALUE_REF
                                     ? fl_configuration_type(configuration, key.type)
                                     : NULL;
    const struct fl_attribute *attribute = type ? fl_attribute_by_name(type, name) : NULL;

    return attribute && fl_change_current(txn, key, arena, &target, NULL, NULL) == FL_OK
               ? fl_object_field(&target, attribute->number)
               : NULL;
}

enum fl_status fl_order_text(
    const struct fl_order_map *map,
    const struct fl_order_field *field,
    const struct fl_configuration *configuration,
    struct fl_txn *txn,
    const struct fl_object *object,
    struct fl_arena *arena,
    struct fl_buffer *out_text)
{
    fl_buffer_clear(out_text);
    for (size_t i = 0; i < field->piece_count; i++) {
        const struct fl_order_piece *piece = &map->pieces[field->piece_first + i];
        const struct fl_value *value =
            piece->attribute ? fl_object_field(object, piece->attribute->number) : NULL;

        fl_buffer_put(out_text, piece->text);
        for (size_t j = 0; j < piece->step_count && value; j++) {
            value = follow(configuration, txn, value, piece->steps[j], arena);
        }
        if (value) {
            fl_order_put_value(value, out_text);
        }
    }
    return fl_buffer_status(out_text);
}
