/*
 * Parts gather in lists that are used again for every item; what belongs to an object is
 * then copied into its arena, in its exact size. Empty values are dropped at once.
 */

#include <stdio.h>
#include <string.h>

#include "v8msg_reader.h"

enum { LIST_FIRST = 16 };

void fl_v8msg_builder_deinit(struct fl_v8msg_reader *reader)
{
    fl_free(reader->item.fields.items);
    fl_free(reader->item.cells.items);
    fl_free(reader->item.rows.items);
    fl_free(reader->item.unknowns.items);
}

void fl_v8msg_builder_turn(struct fl_v8msg_reader *reader)
{
    if (reader->item.arena) {
        reader->turn = reader->item.arena == &reader->arenas[0] ? 1 : 0;
    }
    fl_arena_reset(&reader->arenas[reader->turn]);
}

enum fl_status fl_v8msg_builder_fail(
    struct fl_v8msg_reader *reader,
    struct fl_error *error)
{
    const struct fl_v8msg_item *const item = &reader->item;
    char place[FL_ERROR_TEXT_BYTES_MAX / 2] = "";
    const enum fl_v8msg_place at = (enum fl_v8msg_place)reader->places[reader->depth];
    const bool in_row = item->shape && at != FL_V8MSG_AT_ITEM && item->in_row;

    if (in_row) {
        (void)snprintf(
            place, sizeof(place), ", %.200s[%zu]",
            item->section ? item->section->type->name : FL_V8MSG_PLACE_RECORDS,
            item->rows.count + 1);
    }
    if (item->attribute) {
        fl_error_prefix(error, "%s", item->attribute->name);
    }
    if (item->shape) {
        fl_error_prefix(
            error, "%s.%s:%s%s", fl_kind_name(item->shape->type->kind),
            item->shape->type->name, fl_uuid_text(item->key.id).text, place);
    }
    return fl_v8msg_reader_fail(reader, error);
}

static enum fl_status fail(
    struct fl_v8msg_reader *reader,
    enum fl_status status,
    const char *words)
{
    struct fl_error error;

    (void)fl_error_set(&error, status, "%s", fl_error_words(words));
    return fl_v8msg_builder_fail(reader, &error);
}

static enum fl_status no_room(struct fl_v8msg_reader *reader, size_t size)
{
    struct fl_error error;
    const enum fl_status status = fl_arena_failure(reader->item.arena, size);

    if (status == FL_LIMIT) {
        (void)fl_error_set(
            &error, status, "the object is larger than the limit of %zu bytes in memory",
            reader->item.arena->bytes_max);
    } else {
        (void)fl_error_set(&error, status, "out of memory for the object");
    }
    return fl_v8msg_builder_fail(reader, &error);
}

/* Room for one more item; NULL without memory. `items` are `size` bytes each. */
static void *grow(void *items, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity) {
        return items;
    }
    const size_t wanted = *capacity > 0 ? *capacity * 2 : LIST_FIRST;
    void *const grown = fl_realloc(items, wanted * size);

    if (grown) {
        *capacity = wanted;
    }
    return grown;
}

/* A copy in the item's arena. */
static void *keep(
    struct fl_v8msg_reader *reader,
    const void *items,
    size_t count,
    size_t size)
{
    void *const copy = fl_arena_array(reader->item.arena, count > 0 ? count : 1, size);

    if (copy && count > 0) {
        memcpy(copy, items, count * size);
    }
    return copy;
}

enum fl_status fl_v8msg_builder_begin(
    struct fl_v8msg_reader *reader,
    struct fl_v8msg_shape *shape)
{
    struct fl_v8msg_item *const item = &reader->item;

    item->shape = shape;
    item->section = NULL;
    item->attribute = NULL;
    item->arena = &reader->arenas[reader->turn];
    item->line = fl_xml_reader_line(reader->xml);
    item->key = (struct fl_key){0};
    item->has_ref = false;
    item->has_records = false;
    item->in_row = false;
    item->previous = "";
    item->previous_in_place = "";
    item->fields.count = 0;
    item->cells.count = 0;
    item->rows.count = 0;
    item->unknowns.count = 0;
    item->section_count = 0;
    if (!shape) {
        return FL_OK;
    }
    shape->names.expected = 0;
    item->key.type = shape->type->number;
    item->sections = fl_arena_array(
        item->arena, shape->type->section_count + 1, sizeof(*item->sections));
    return item->sections ? FL_OK : no_room(reader, sizeof(*item->sections));
}

enum fl_status fl_v8msg_builder_ref(struct fl_v8msg_reader *reader)
{
    struct fl_v8msg_item *const item = &reader->item;

    if (item->has_ref) {
        return fail(reader, FL_MALFORMED, "it has two refs");
    }
    if (fl_uuid_parse(fl_buffer_view(&reader->text), &item->key.id) != FL_OK) {
        struct fl_error error;

        (void)fl_error_set(
            &error, FL_MALFORMED,
            "Ref \"%.*s\" is not a reference (such as "
            "328baecd-22d0-11e9-8a74-002590a6a5a7)",
            (int)(reader->text.size < 60 ? reader->text.size : 60),
            (const char *)reader->text.data);
        return fl_v8msg_builder_fail(reader, &error);
    }
    item->key.id = fl_ref_pairs_ours(reader->pairs, item->key.type, item->key.id);
    item->has_ref = true;
    return FL_OK;
}

enum fl_status fl_v8msg_builder_field(struct fl_v8msg_reader *reader)
{
    struct fl_v8msg_item *const item = &reader->item;
    struct fl_v8msg_fields_list *const list = item->in_row ? &item->cells : &item->fields;
    const struct fl_attribute *const attribute = item->attribute;
    struct fl_field *const items =
        grow(list->items, list->count, &list->capacity, sizeof(*items));
    struct fl_error error = {FL_OK, ""};

    if (!items) {
        return FL_NO_MEMORY;
    }
    list->items = items;
    if (list->count == FL_FIELDS_MAX) {
        return fail(reader, FL_LIMIT, "too many elements");
    }
    struct fl_field *const field = &items[list->count];
    const enum fl_status status = fl_v8msg_parse(
        reader->configuration, &attribute->type, &reader->value, item->arena,
        &field->value, &error);

    if (status != FL_OK) {
        return fl_v8msg_builder_fail(reader, &error);
    }
    if (field->value.kind == FL_VALUE_REF) {
        field->value.uuid =
            fl_ref_pairs_ours(reader->pairs, field->value.type, field->value.uuid);
    }
    const struct fl_v8msg_names *const names =
        item->section ? &item->section->names : &item->shape->names;

    field->number = attribute->number;
    list->count += fl_v8msg_names_is_empty(names, attribute, &field->value) ? 0 : 1;
    item->attribute = NULL;
    return FL_OK;
}

static enum fl_status note_kept(struct fl_v8msg_reader *reader, const char *section)
{
    const struct fl_type *const type = reader->item.shape->type;
    struct fl_error words;

    (void)fl_error_set(
        &words, FL_OK,
        "%s.%s has the element \"%s\"%s%s, which configuration %s does not know: kept as "
        "it is",
        fl_kind_name(type->kind), type->name, reader->kept_name,
        section[0] != '\0' ? " in " : "", section, reader->configuration->name);
    fl_v8msg_reader_note(reader, words.text);
    return FL_OK;
}

/* "Товары>Цена", or only "Товары": at its end. */
static bool keep_place(
    struct fl_v8msg_reader *reader,
    const char *section,
    const char *previous, /* NULL: none */
    struct fl_bytes *out_place)
{
    const size_t section_size = strlen(section);
    const size_t previous_size = previous ? strlen(previous) + 1 : 0;
    uint8_t *const place =
        fl_arena_alloc(reader->item.arena, section_size + previous_size + 1);

    if (!place) {
        return false;
    }
    memcpy(place, section, section_size);
    if (previous) {
        place[section_size] = FL_V8MSG_PLACE_AFTER;
        memcpy(place + section_size + 1, previous, previous_size - 1);
    }
    *out_place = (struct fl_bytes){place, section_size + previous_size};
    return true;
}

enum fl_status fl_v8msg_builder_kept(struct fl_v8msg_reader *reader)
{
    struct fl_v8msg_item *const item = &reader->item;
    struct fl_v8msg_unknown_list *const list = &item->unknowns;
    const enum fl_v8msg_place at = (enum fl_v8msg_place)reader->places[reader->depth];
    const bool is_item = at == FL_V8MSG_AT_ITEM;
    const char *const section = is_item                    ? ""
                                : at == FL_V8MSG_AT_FILTER ? FL_V8MSG_PLACE_FILTER
                                : item->section            ? item->section->type->name
                                                           : FL_V8MSG_PLACE_RECORDS;
    const char *const previous = is_item                     ? item->previous
                                 : at == FL_V8MSG_AT_SECTION ? NULL
                                                             : item->previous_in_place;
    struct fl_unknown unknown = {
        .row = item->in_row ? (uint32_t)item->rows.count + 1 : 0};
    struct fl_bytes xml = {0};
    const enum fl_status status = fl_v8msg_capture_result(&reader->capture, &xml);

    if (status != FL_OK) {
        return fail(
            reader, status, "a part that the configuration does not know is too large");
    }
    struct fl_unknown *const items =
        grow(list->items, list->count, &list->capacity, sizeof(*items));

    if (!items) {
        return FL_NO_MEMORY;
    }
    list->items = items;
    if (fl_arena_copy(item->arena, xml, &unknown.xml) != FL_OK ||
        !keep_place(reader, section, previous, &unknown.place)) {
        return no_room(reader, xml.size);
    }
    if (list->count == FL_FIELDS_MAX) {
        return fail(reader, FL_LIMIT, "too many parts that are not known");
    }
    list->items[list->count++] = unknown;
    return note_kept(reader, section);
}

/* A record belongs to its set, whether or not it repeats the filter: as it is written. */
static enum fl_status complete_record(struct fl_v8msg_reader *reader)
{
    struct fl_v8msg_item *const item = &reader->item;
    struct fl_v8msg_fields_list *const cells = &item->cells;

    for (size_t i = 0; i < item->fields.count; i++) {
        const struct fl_field *const filter = &item->fields.items[i];
        size_t at = 0;

        while (at < cells->count && cells->items[at].number != filter->number) {
            at++;
        }
        if (at < cells->count) {
            continue;
        }
        struct fl_field *const items =
            grow(cells->items, cells->count, &cells->capacity, sizeof(*items));

        if (!items) {
            return FL_NO_MEMORY;
        }
        cells->items = items;
        cells->items[cells->count++] = *filter;
    }
    return FL_OK;
}

enum fl_status fl_v8msg_builder_row(struct fl_v8msg_reader *reader)
{
    struct fl_v8msg_item *const item = &reader->item;
    struct fl_v8msg_rows_list *const list = &item->rows;
    struct fl_row *const items =
        grow(list->items, list->count, &list->capacity, sizeof(*items));

    if (!items) {
        return FL_NO_MEMORY;
    }
    list->items = items;
    if (list->count == FL_ROWS_MAX) {
        return fail(reader, FL_LIMIT, "the section has too many rows");
    }
    if (!item->section && complete_record(reader) != FL_OK) {
        return FL_NO_MEMORY;
    }
    struct fl_row *const row = &items[list->count];

    row->field_count = item->cells.count;
    row->fields =
        keep(reader, item->cells.items, item->cells.count, sizeof(struct fl_field));
    if (!row->fields) {
        return no_room(reader, item->cells.count * sizeof(struct fl_field));
    }
    list->count++;
    item->cells.count = 0;
    item->in_row = false;
    return FL_OK;
}

enum fl_status fl_v8msg_builder_section(struct fl_v8msg_reader *reader)
{
    struct fl_v8msg_item *const item = &reader->item;
    struct fl_section *const section = &item->sections[item->section_count];

    if (item->section_count == item->shape->type->section_count + 1) {
        return fail(reader, FL_MALFORMED, "it has a section twice");
    }
    section->number = item->section ? item->section->type->number : FL_SECTION_RECORDS;
    section->row_count = item->rows.count;
    section->rows =
        keep(reader, item->rows.items, item->rows.count, sizeof(struct fl_row));
    if (!section->rows) {
        return no_room(reader, item->rows.count * sizeof(struct fl_row));
    }
    item->section_count++;
    item->rows.count = 0;
    item->section = NULL;
    return FL_OK;
}

/* Into its one form, checked, and behind those that wait. */
static enum fl_status finish(struct fl_v8msg_reader *reader, struct fl_object *object)
{
    struct fl_v8msg_item *const item = &reader->item;
    const struct fl_type *const type =
        fl_configuration_type(reader->configuration, object->key.type);
    struct fl_error error = {FL_OK, ""};
    enum fl_status status = fl_object_normalise(type, object, &error);

    if (status == FL_OK) {
        status = fl_object_check(reader->configuration, object, &error);
    }
    if (status != FL_OK) {
        fl_error_prefix(
            &error, "the object %s that begins on line %llu",
            fl_uuid_text(object->key.id).text, (unsigned long long)item->line);
        error.status = status;
        return fl_v8msg_reader_fail(reader, &error);
    }
    item->arena = NULL;
    item->shape = NULL;
    return fl_v8msg_reader_enqueue(reader, object, item->line);
}

static enum fl_status check_whole(struct fl_v8msg_reader *reader)
{
    const struct fl_v8msg_item *const item = &reader->item;
    const enum fl_kind kind = item->shape->type->kind;

    if (fl_kind_has_ref(kind) && !item->has_ref) {
        return fail(reader, FL_MALFORMED, "it has no Ref");
    }
    if (fl_kind_is_register(kind) && !item->has_records) {
        return fail(
            reader, FL_MALFORMED,
            "the record set has no <Records>; an empty one would delete what is there");
    }
    return FL_OK;
}

enum fl_status fl_v8msg_builder_item(struct fl_v8msg_reader *reader)
{
    struct fl_v8msg_item *const item = &reader->item;
    enum fl_status status = fl_v8msg_xdto_close(reader);

    if (status == FL_OK) {
        status = check_whole(reader);
    }
    if (status != FL_OK) {
        return status;
    }
    struct fl_object *const object = fl_arena_alloc(item->arena, sizeof(*object));

    if (!object) {
        return no_room(reader, sizeof(*object));
    }
    object->key = item->key;
    object->field_count = item->fields.count;
    object->fields =
        keep(reader, item->fields.items, item->fields.count, sizeof(struct fl_field));
    object->section_count = item->section_count;
    object->sections = item->sections;
    object->unknown_count = item->unknowns.count;
    object->unknowns = keep(
        reader, item->unknowns.items, item->unknowns.count, sizeof(struct fl_unknown));
    if (!object->fields || !object->unknowns) {
        return no_room(reader, item->fields.count * sizeof(struct fl_field));
    }
    return finish(reader, object);
}

enum fl_status fl_v8msg_builder_deletion(struct fl_v8msg_reader *reader)
{
    struct fl_v8msg_item *const item = &reader->item;
    struct fl_object *const object = fl_arena_alloc(item->arena, sizeof(*object));

    if (!item->has_ref) {
        return fail(reader, FL_MALFORMED, "ObjectDeletion has no Ref");
    }
    if (!object) {
        return no_room(reader, sizeof(*object));
    }
    object->key = item->key;
    object->deleted = true;
    return finish(reader, object);
}
