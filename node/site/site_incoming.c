#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "change/change.h"
#include "language.h"
#include "site/site_ids.h"
#include "site/site_incoming.h"
#include "site/site_picture.h"
#include "site/site_prepare.h"
#include "site/site_request.h"
#include "site/site_value.h"

enum { DEPTH_MAX = 4, REASON_BYTES_MAX = 300 };

/* --- notes --- */

static void refuse_item(
    struct fl_site_in *in,
    const struct fl_commerceml_element *element,
    const struct fl_error *error)
{
    char words[FL_SITE_NOTE_BYTES_MAX];
    const struct fl_bytes reason =
        fl_bytes_utf8_beginning(fl_bytes_of_text(error->text), REASON_BYTES_MAX);
    struct fl_bytes id = fl_commerceml_text(element, "Номер");
    id = id.size > 0 ? id : fl_commerceml_text(element, "Ид");
    id = fl_bytes_utf8_beginning(id, 80);
    snprintf(
        words, sizeof words, "%s %.*s: %.*s", element->name, (int)id.size,
        id.size == 0 ? "" : (const char *)id.data, (int)reason.size,
        reason.size == 0 ? "" : (const char *)reason.data);
    in->report.refused++;
    fl_site_note(in->report.notes, words);
}

static bool is_of_the_item(enum fl_status status)
{
    return status == FL_MALFORMED || status == FL_NOT_FOUND || status == FL_REFUSED ||
           status == FL_LIMIT;
}

/* --- values --- */

static bool is_found_by(
    const struct fl_site_part *part,
    const struct fl_attribute *attribute)
{
    for (size_t i = 0; i < part->find_count; i++) {
        if (part->find[i] == attribute) {
            return true;
        }
    }
    return false;
}

/*
 * 1C cuts a name that is too long when it is put into an attribute, so shops have longer
 * ones; an order must not be refused for that. Codes and numbers are not cut.
 */
static struct fl_bytes cut_name(
    struct fl_site_in *in,
    const struct fl_site_part *part,
    const struct fl_attribute *attribute,
    struct fl_bytes text)
{
    enum { NAME_LETTERS_MIN = 50 }; /* what has room for fewer is no name */
    char words[FL_SITE_NOTE_BYTES_MAX];
    const uint32_t letters = attribute == NULL ? 0 : attribute->type.string_length;
    const bool is_name =
        letters > 0 && attribute->type.allows == FL_ALLOWS_STRING &&
        (attribute->role == FL_ROLE_DESCRIPTION ||
         (attribute->role == FL_ROLE_OWN && letters >= NAME_LETTERS_MIN));
    if (!is_name || text.size <= letters || fl_bytes_utf8_length(text) <= letters ||
        is_found_by(part, attribute)) {
        return text;
    }
    const struct fl_bytes shown = fl_bytes_utf8_beginning(text, 100);
    snprintf(
        words, sizeof words, _("%s is cut to %u characters: %.*s…"), attribute->name,
        letters, (int)shown.size, (const char *)shown.data);
    fl_site_note(in->report.notes, words);
    return fl_bytes_utf8_first(text, letters);
}

static enum fl_status make_value(
    struct fl_site_in *in,
    const struct fl_site_part *part,
    const struct fl_site_part_state *state,
    const struct fl_mapping_column *column,
    struct fl_bytes text,
    struct fl_value *out_value,
    struct fl_error *out_error)
{
    const struct fl_bytes plain = cut_name(
        in, part, column->attribute, fl_site_plain(column->attribute, text, &in->arena));
    return fl_mapping_value(
        part->mapping, column, &state->refs, in->node->configuration, plain, &in->arena,
        out_value, out_error);
}

static bool has_default(const struct fl_mapping_column *column)
{
    for (size_t i = 0; i < column->step_count; i++) {
        if (column->steps[i].kind == FL_STEP_DEFAULT) {
            return true;
        }
    }
    return false;
}

static void put_field(
    struct fl_field *fields,
    size_t *io_count,
    uint32_t number,
    const struct fl_value *value)
{
    size_t place = 0;
    while (place < *io_count && fields[place].number != number) {
        place++;
    }
    fields[place] = (struct fl_field){number, *value};
    *io_count += place == *io_count;
}

/* Room for what is there, and for every attribute that the mapping may set. */
struct fl_field *fl_site_incoming_room(
    struct fl_site_in *in,
    const struct fl_site_part *part,
    const struct fl_field *fields,
    size_t count)
{
    struct fl_field *room = fl_arena_array(
        &in->arena, count + part->mapping->column_count + FL_SITE_ONLY_MAX + 1,
        sizeof *room);
    if (room != NULL && count > 0) {
        memcpy(room, fields, count * sizeof *room);
    }
    return room;
}

enum fl_status fl_site_incoming_too_large(struct fl_error *out_error)
{
    return fl_error_set(out_error, FL_LIMIT, "the item is larger than an object may be");
}

/* --- identity --- */

struct found {
    struct fl_key key;
    struct fl_object object;
    bool is_new;
};

static enum fl_status take_item(
    struct fl_site_in *in,
    struct fl_site_part *part,
    const struct fl_site_place *place,
    unsigned depth,
    struct fl_key *out_key,
    struct fl_error *out_error);

static bool has_label(const struct fl_site_part *part)
{
    return strchr(part->name, ' ') != NULL;
}

/* "[Контрагент партнер]" is another object of the same Ид: its ids are its own. Values of
 * a property have an Ид each. */
static bool is_beside(const struct fl_site_part *part)
{
    return has_label(part) &&
           (part->item != FL_COMMERCEML_PROPERTY || part->path[0] == '\0');
}

static const char *id_kind(const struct fl_site_part *part)
{
    return has_label(part) ? part->name : fl_commerceml_kind_name(part->item);
}

/* What an Ид is by itself. */
static struct fl_uuid derive(
    const struct fl_site_in *in,
    const struct fl_site_part *part,
    struct fl_bytes id)
{
    return is_beside(part) ? fl_site_id_beside(in->peer.number, part->name, id)
                           : fl_site_id_derive(in->peer.number, id_kind(part), id);
}

/* What it is by itself already need not be kept; the way back to other ids must. */
static void remember_id(
    struct fl_site_in *in,
    const struct fl_site_part *part,
    struct fl_bytes id,
    struct fl_uuid uuid)
{
    struct fl_uuid parsed;
    if (id.size > 0 && (!fl_uuid_equal(uuid, derive(in, part, id)) ||
                        fl_uuid_parse(id, &parsed) != FL_OK)) {
        fl_buffer_put_sized(&in->noted, fl_bytes_of_text(id_kind(part)));
        fl_buffer_put_sized(&in->noted, id);
        fl_uuid_put(&in->noted, uuid);
    }
}

static const struct fl_mapping_column *ref_column(const struct fl_site_part *part)
{
    for (size_t i = 0; i < part->mapping->column_count; i++) {
        if (part->mapping->columns[i].attribute == NULL) {
            return &part->mapping->columns[i];
        }
    }
    return NULL;
}

/* By what an object is found: all of it must be filled. */
static bool find_values(
    struct fl_site_in *in,
    const struct fl_site_part *part,
    const struct fl_site_part_state *state,
    const struct fl_site_place *place,
    struct fl_value values[FL_LOOKUP_ATTRIBUTES_MAX])
{
    for (size_t i = 0; i < part->find_count; i++) {
        bool filled = false;
        for (size_t j = 0; j < part->mapping->column_count && !filled; j++) {
            const struct fl_mapping_column *column = &part->mapping->columns[j];
            struct fl_bytes text;
            filled = column->attribute == part->find[i] && part->items[j] == NULL &&
                     fl_site_source(place, column->source, &in->arena, &text) &&
                     text.size > 0 &&
                     make_value(in, part, state, column, text, &values[i], NULL) == FL_OK;
        }
        if (!filled && i == 0) {
            return false;
        }
        if (!filled) {
            values[i] = fl_value_empty(&part->find[i]->type);
        }
    }
    return part->find_count > 0;
}

static bool exists(struct fl_site_in *in, struct fl_key key)
{
    struct fl_entry entry;
    return fl_object_get(&in->txn, key, &entry) == FL_OK &&
           (entry.flags & FL_ENTRY_DELETED) == 0;
}

/*
 * The Ид as it was noted, or as it is when such an object is here; then what is found by
 * its values; then a new one. What is found is noted, and so stays the same one.
 */
static enum fl_status identify(
    struct fl_site_in *in,
    const struct fl_site_part *part,
    struct fl_site_part_state *state,
    const struct fl_site_place *place,
    struct fl_key *out_key,
    struct fl_error *out_error)
{
    const struct fl_mapping_column *column = ref_column(part);
    struct fl_value values[FL_LOOKUP_ATTRIBUTES_MAX];
    struct fl_bytes id = {NULL, 0};
    bool noted = false;
    if (column != NULL) {
        (void)fl_site_source(place, column->source, &in->arena, &id);
    }
    const bool can_find = find_values(in, part, state, place, values);
    if (id.size == 0 && !can_find) {
        return fl_error_set(out_error, FL_MALFORMED, "it has no Ид");
    }
    out_key->type = part->type->number;
    out_key->id = fl_site_id_find(&in->txn, in->peer.number, id_kind(part), id, &noted);
    if (!noted) {
        out_key->id = derive(in, part, id);
    }
    if (noted || !can_find || (id.size > 0 && exists(in, *out_key))) {
        return FL_OK;
    }
    const uint64_t hash = fl_lookup_hash(values, part->find_count);
    struct fl_lookup_item *item = fl_lookup_find(&state->known, hash);
    if (item == NULL) {
        if (id.size == 0) {
            char text[32];
            const int size = snprintf(text, sizeof text, "%016" PRIx64, hash);
            out_key->id = fl_site_id_derive(
                in->peer.number, id_kind(part),
                (struct fl_bytes){(const uint8_t *)text, (size_t)size});
        }
        return fl_lookup_add(&state->known, hash, out_key->id) == NULL
                   ? fl_error_set(out_error, FL_NO_MEMORY, "not enough memory")
                   : FL_OK;
    }
    if (item->ambiguous) {
        return fl_error_set(
            out_error, FL_REFUSED,
            "several objects here could be this one: join them, or find by more");
    }
    out_key->id = item->id;
    return FL_OK;
}

/* --- objects --- */

/* Named with every change of the goods, and sent only when it is another one; an empty
   name says that there is none. */
static enum fl_status picture_value(
    struct fl_site_in *in,
    const struct fl_mapping_column *column,
    const struct fl_site_place *place,
    bool *out_set,
    struct fl_value *out_value,
    struct fl_error *out_error)
{
    char name[FL_SITE_PATH_BYTES];
    struct fl_bytes text;
    if (in->pictures == NULL ||
        !fl_site_source(place, column->source, &in->arena, &text) ||
        text.size >= sizeof name) {
        return FL_OK;
    }
    memcpy(name, text.size == 0 ? "" : (const char *)text.data, text.size);
    name[text.size] = '\0';
    const enum fl_status status = fl_site_picture_take(
        in->pictures, name, column->attribute, &in->arena, out_value, out_error);
    *out_set = status == FL_OK;
    return status == FL_NOT_FOUND ? FL_OK : status;
}

static bool is_of_words(const struct fl_site_in *in, const struct fl_attribute *attribute)
{
    const struct fl_type *only =
        attribute->type.ref_count != 1
            ? NULL
            : fl_configuration_type(in->node->configuration, attribute->type.refs[0]);
    return only != NULL && only->kind == FL_KIND_ENUM;
}

/* A rate of VAT that nobody has heard of here is no reason to do without an order. */
static void note_unknown_word(
    struct fl_site_in *in,
    const struct fl_attribute *attribute,
    struct fl_bytes text)
{
    char words[FL_SITE_NOTE_BYTES_MAX];
    const struct fl_bytes shown = fl_bytes_utf8_beginning(text, 100);
    snprintf(
        words, sizeof words, _("%s is left as it is: there is no \"%.*s\" here"),
        attribute->name, (int)shown.size,
        shown.size == 0 ? "" : (const char *)shown.data);
    if (strstr(in->report.notes, words) == NULL) {
        fl_site_note(in->report.notes, words);
    }
}

static enum fl_status column_value(
    struct fl_site_in *in,
    const struct fl_site_part *part,
    const struct fl_site_part_state *state,
    size_t index,
    const struct fl_site_place *place,
    bool is_new,
    unsigned depth,
    bool *out_set,
    struct fl_value *out_value,
    struct fl_error *out_error)
{
    const struct fl_mapping_column *column = &part->mapping->columns[index];
    struct fl_bytes text = column->source;
    *out_set = false;
    if (part->items[index] != NULL) {
        struct fl_site_place inner = *place;
        struct fl_key key;
        inner.element = fl_site_at(inner.element, column->source);
        if (inner.element == NULL) {
            return FL_OK;
        }
        inner.item = inner.element;
        enum fl_status status =
            take_item(in, part->items[index], &inner, depth + 1, &key, out_error);
        *out_set = status == FL_OK;
        *out_value =
            (struct fl_value){.kind = FL_VALUE_REF, .type = key.type, .uuid = key.id};
        return status;
    }
    if (part->pictures[index]) {
        return picture_value(in, column, place, out_set, out_value, out_error);
    }
    if (!column->is_constant &&
        !fl_site_source(place, column->source, &in->arena, &text) &&
        !(is_new && has_default(column))) {
        return FL_OK;
    }
    enum fl_status status =
        make_value(in, part, state, column, text, out_value, out_error);
    *out_set = status == FL_OK;
    if (status == FL_MALFORMED && is_of_words(in, column->attribute)) {
        note_unknown_word(in, column->attribute, text);
        status = FL_OK;
    }
    return status;
}

enum fl_status fl_site_incoming_fill(
    struct fl_site_in *in,
    const struct fl_site_part *part,
    const struct fl_site_part_state *state,
    const struct fl_site_place *place,
    bool is_new,
    unsigned depth,
    struct fl_field *fields,
    size_t *io_count,
    struct fl_error *out_error)
{
    enum fl_status status = FL_OK;
    for (size_t i = 0; i < part->only_count && status == FL_OK && is_new; i++) {
        const struct fl_mapping_column column = {.attribute = part->only[i].attribute};
        struct fl_value value;
        status =
            make_value(in, part, state, &column, part->only[i].text, &value, out_error);
        if (status == FL_OK) {
            put_field(fields, io_count, column.attribute->number, &value);
        }
    }
    for (size_t i = 0; i < part->mapping->column_count && status == FL_OK; i++) {
        const struct fl_attribute *attribute = part->mapping->columns[i].attribute;
        struct fl_value value;
        bool set = false;
        if (attribute == NULL) {
            continue;
        }
        status = column_value(
            in, part, state, i, place, is_new, depth, &set, &value, out_error);
        if (status == FL_OK && set) {
            put_field(fields, io_count, attribute->number, &value);
        }
    }
    return status;
}

/* Rows of a section, when the item has its container at all. */
static enum fl_status put_section(
    struct fl_site_in *in,
    const struct fl_site_part *part,
    const struct fl_site_place *place,
    unsigned depth,
    struct fl_object *object,
    struct fl_error *out_error)
{
    struct fl_site_part_state *state = NULL;
    struct fl_section section = {.number = part->section->number};
    const struct fl_commerceml_element *element =
        fl_site_at(place->element, fl_bytes_of_text(part->path));
    enum fl_status status = fl_site_prepare(in, part, &state, out_error);
    if (status != FL_OK || element == NULL) {
        return status;
    }
    size_t count = 0;
    for (const struct fl_commerceml_element *at = element; at != NULL;
         at = fl_commerceml_again(at)) {
        count++;
    }
    section.rows = fl_arena_array(&in->arena, count, sizeof *section.rows);
    if (section.rows == NULL) {
        return fl_site_incoming_too_large(out_error);
    }
    for (; element != NULL && status == FL_OK; element = fl_commerceml_again(element)) {
        struct fl_site_place row = *place;
        struct fl_row *made = &section.rows[section.row_count++];
        row.element = element;
        made->fields = fl_site_incoming_room(in, part, NULL, 0);
        status = made->fields == NULL
                     ? fl_site_incoming_too_large(out_error)
                     : fl_site_incoming_fill(
                           in, part, state, &row, /* is_new= */ true, depth, made->fields,
                           &made->field_count, out_error);
    }
    if (status != FL_OK) {
        return status;
    }
    struct fl_section *sections =
        fl_arena_array(&in->arena, object->section_count + 1, sizeof *sections);
    size_t kept = 0;
    if (sections == NULL) {
        return fl_site_incoming_too_large(out_error);
    }
    for (size_t i = 0; i < object->section_count; i++) {
        if (object->sections[i].number != section.number) {
            sections[kept++] = object->sections[i];
        }
    }
    sections[kept++] = section;
    object->sections = sections;
    object->section_count = kept;
    return FL_OK;
}

enum fl_status fl_site_incoming_write(
    struct fl_site_in *in,
    const struct fl_type *type,
    struct fl_object *object,
    struct fl_error *out_error)
{
    enum fl_status status = fl_object_normalise(type, object, out_error);
    if (status == FL_OK) {
        status = fl_object_check(in->node->configuration, object, out_error);
    }
    if (status == FL_OK) {
        status = fl_package_writer_put(in->writer, object, out_error);
        in->report.written += status == FL_OK;
    }
    return status;
}

static enum fl_status take_object(
    struct fl_site_in *in,
    struct fl_site_part *part,
    struct fl_site_part_state *state,
    const struct fl_site_place *place,
    unsigned depth,
    struct fl_key *out_key,
    struct fl_error *out_error)
{
    struct fl_object object = {.key = {0}};
    enum fl_status status = identify(in, part, state, place, out_key, out_error);
    if (status != FL_OK) {
        return status;
    }
    status = fl_change_current(&in->txn, *out_key, &in->arena, &object, NULL, out_error);
    const bool is_new = status == FL_NOT_FOUND;
    if (status != FL_OK && !is_new) {
        return status;
    }
    const struct fl_mapping_column *column = ref_column(part);
    struct fl_bytes id = {NULL, 0};
    if (column != NULL) {
        (void)fl_site_source(place, column->source, &in->arena, &id);
    }
    remember_id(in, part, id, out_key->id);
    if ((!is_new && part->keeps) || (is_new && depth > 0 && !part->creates)) {
        return FL_OK;
    }
    object = is_new ? (struct fl_object){.key = *out_key} : object;
    object.deleted = false;
    object.fields = fl_site_incoming_room(in, part, object.fields, object.field_count);
    if (object.fields == NULL) {
        return fl_site_incoming_too_large(out_error);
    }
    status = fl_site_incoming_fill(
        in, part, state, place, is_new, depth, object.fields, &object.field_count,
        out_error);
    for (const struct fl_site_part *section = part->sections;
         section != NULL && status == FL_OK; section = section->next_section) {
        status = section->reads
                     ? put_section(in, section, place, depth, &object, out_error)
                     : FL_OK;
    }
    return status == FL_OK ? fl_site_incoming_write(in, part->type, &object, out_error)
                           : status;
}

/* --- items --- */

static enum fl_status take_item(
    struct fl_site_in *in,
    struct fl_site_part *part,
    const struct fl_site_place *place,
    unsigned depth,
    struct fl_key *out_key,
    struct fl_error *out_error)
{
    struct fl_site_part_state *state = NULL;
    if (depth > DEPTH_MAX) {
        return fl_error_set(
            out_error, FL_LIMIT, "items of the mapping contain each other");
    }
    enum fl_status status = fl_site_prepare(in, part, &state, out_error);
    if (status != FL_OK) {
        return status;
    }
    if (part->kind == FL_SITE_STOCK) {
        return fl_site_incoming_stocks(in, part, state, place, out_error);
    }
    if (fl_kind_is_register(part->type->kind)) {
        return fl_site_incoming_record(in, part, state, place, out_error);
    }
    return take_object(in, part, state, place, depth, out_key, out_error);
}

static bool is_wanted(
    struct fl_site_in *in,
    const struct fl_site_part *part,
    const struct fl_site_place *place)
{
    return part->reads && (part->when[0] == '\0' ||
                           fl_site_source_text(place, part->when, &in->arena).size > 0);
}

/* Each element of the part's path is one. */
static enum fl_status take_part(
    struct fl_site_in *in,
    struct fl_site_part *part,
    const struct fl_site_place *place,
    struct fl_error *out_error)
{
    const char *path = part->kind == FL_SITE_PRICE ? "Цены/Цена" : part->path;
    struct fl_site_place inner = *place;
    struct fl_key ignored;
    enum fl_status status = FL_OK;
    inner.element = fl_site_at(place->item, fl_bytes_of_text(path));
    if (part->kind == FL_SITE_STOCK) {
        inner.element = place->item;
    }
    while (inner.element != NULL && status == FL_OK) {
        if (is_wanted(in, part, &inner)) {
            status = take_item(in, part, &inner, 0, &ignored, out_error);
        }
        inner.element = part->kind == FL_SITE_STOCK || path[0] == '\0'
                            ? NULL
                            : fl_commerceml_again(inner.element);
    }
    return status;
}

static enum fl_status take_kind(
    struct fl_site_in *in,
    enum fl_site_kind kind,
    enum fl_commerceml_kind item,
    const struct fl_site_place *place,
    bool *io_known,
    struct fl_error *out_error)
{
    const struct fl_bytes operation = fl_commerceml_text(place->item, "ХозОперация");
    enum fl_status status = FL_OK;
    struct fl_site_part *part = NULL;
    while (status == FL_OK &&
           (part = fl_site_part_find(in->mapping, kind, item, operation, part)) != NULL) {
        *io_known = true;
        status = take_part(in, part, place, out_error);
    }
    return status;
}

enum fl_status fl_site_incoming_take(
    struct fl_site_in *in,
    const struct fl_commerceml_item *item,
    struct fl_error *out_error)
{
    const struct fl_site_place place = {
        .element = item->element,
        .item = item->element,
        .parent = item->parent,
        .deleted = item->deleted,
        .formed = fl_commerceml_text(
            fl_commerceml_reader_root(in->reader), "@ДатаФормирования")};
    struct fl_error error = {.text = ""};
    bool known = false;
    fl_arena_reset(&in->arena);
    in->report.items++;
    enum fl_status status =
        take_kind(in, FL_SITE_ITEM, item->kind, &place, &known, &error);
    const bool offers = item->kind == FL_COMMERCEML_OFFER;
    if (status == FL_OK && (offers || item->kind == FL_COMMERCEML_GOODS)) {
        status =
            take_kind(in, FL_SITE_PRICE, FL_COMMERCEML_OFFER, &place, &known, &error);
    }
    if (status == FL_OK && offers) {
        status =
            take_kind(in, FL_SITE_STOCK, FL_COMMERCEML_OFFER, &place, &known, &error);
    }
    in->report.unknown += !known;
    if (status != FL_OK && is_of_the_item(status)) {
        refuse_item(in, item->element, &error);
        return FL_OK;
    }
    if (status != FL_OK && out_error != NULL) {
        *out_error = error;
    }
    return status;
}
