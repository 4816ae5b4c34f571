#include "site/site_element.h"

#include <string.h>

#include "change/change.h"
#include "proto/base64.h"
#include "site/site_ids.h"
#include "table/map_text.h"

enum { DEPTH_MAX = 4, INN_OF_A_PERSON = 12 };

/* --- conditions --- */

static struct fl_bytes text_of(
    const struct fl_site_making *making,
    const struct fl_value *value)
{
    return fl_site_text_of(making->node->configuration, value, making->tree->arena);
}

bool fl_site_part_has(
    const struct fl_site_making *making,
    const struct fl_site_part *part,
    const struct fl_object *object)
{
    if (object->key.type != part->type->number) {
        return false;
    }
    for (size_t i = 0; i < part->only_count && !object->deleted; i++) {
        const struct fl_attribute *attribute = part->only[i].attribute;
        const struct fl_value empty = fl_value_empty(&attribute->type);
        const struct fl_value *value = fl_object_field(object, attribute->number);
        if (!fl_bytes_equal(
                text_of(making, value == NULL ? &empty : value), part->only[i].text)) {
            return false;
        }
    }
    return true;
}

bool fl_site_is_marked(const struct fl_site_part *part, const struct fl_object *object)
{
    const struct fl_attribute *mark = fl_type_role(part->type, FL_ROLE_DELETION_MARK);
    const struct fl_value *value =
        mark == NULL ? NULL : fl_object_field(object, mark->number);
    return value != NULL && value->boolean;
}

/* --- values --- */

struct fl_bytes fl_site_id_text(const struct fl_site_making *making, struct fl_uuid uuid)
{
    struct fl_bytes copy = {NULL, 0};
    const struct fl_bytes theirs = making->has_ids
                                       ? fl_site_id_back(making->txn, making->peer, uuid)
                                       : (struct fl_bytes){NULL, 0};
    const struct fl_uuid_text ours = fl_uuid_text(uuid);
    if (fl_uuid_is_zero(uuid)) {
        return copy;
    }
    (void)fl_arena_copy(
        making->tree->arena, theirs.size > 0 ? theirs : fl_bytes_of_text(ours.text),
        &copy);
    return copy;
}

/* What `ref X` was found by is X of what is pointed to. */
static const struct fl_value *follow(
    const struct fl_site_making *making,
    const struct fl_mapping_step *step,
    const struct fl_value *value)
{
    struct fl_object *object = fl_arena_alloc(making->tree->arena, sizeof *object);
    if (object == NULL || value->kind != FL_VALUE_REF) {
        return NULL;
    }
    const struct fl_key key = {.type = value->type, .id = value->uuid};
    return fl_change_current(making->txn, key, making->tree->arena, object, NULL, NULL) ==
                   FL_OK
               ? fl_object_field(object, step->by->number)
               : NULL;
}

static struct fl_bytes column_text(
    const struct fl_site_making *making,
    const struct fl_mapping_column *column,
    const struct fl_value *value)
{
    for (size_t i = column->step_count; i > 0 && value != NULL; i--) {
        if (column->steps[i - 1].kind == FL_STEP_REF) {
            value = follow(making, &column->steps[i - 1], value);
        }
    }
    struct fl_bytes text = value != NULL && value->kind == FL_VALUE_REF
                               ? fl_site_id_text(making, value->uuid)
                               : text_of(making, value);
    for (size_t i = column->step_count; i > 0; i--) {
        if (column->steps[i - 1].kind == FL_STEP_MAP) {
            text = fl_site_map_back(column->steps[i - 1].text, text);
        }
    }
    return text;
}

/* --- parts --- */

/* An object's own fields, filled as those of a row are. */
static struct fl_row row_of(const struct fl_object *object)
{
    return (struct fl_row){.fields = object->fields, .field_count = object->field_count};
}

static void fill(
    const struct fl_site_making *making,
    const struct fl_site_part *part,
    const struct fl_object *object,
    const struct fl_row *row,
    struct fl_commerceml_element *element,
    unsigned depth);

/* What is pointed to is an item there. */
static void fill_item(
    const struct fl_site_making *making,
    const struct fl_site_part *part,
    const struct fl_value *value,
    struct fl_bytes path,
    struct fl_commerceml_element *element,
    unsigned depth)
{
    struct fl_object object;
    struct fl_commerceml_element *at = fl_site_make(making->tree, element, path);
    if (value == NULL || value->kind != FL_VALUE_REF || at == NULL || depth > DEPTH_MAX) {
        return;
    }
    const struct fl_key key = {.type = value->type, .id = value->uuid};
    if (fl_change_current(making->txn, key, making->tree->arena, &object, NULL, NULL) !=
        FL_OK) {
        (void)fl_site_put(
            making->tree, at, fl_bytes_of_text("Ид"),
            fl_site_id_text(making, value->uuid));
        return;
    }
    const struct fl_row fields = row_of(&object);
    fill(making, part, &object, &fields, at, depth + 1);
}

/* "A, B" is read from either; both are written, and one of them dropped later. */
static void put_all(
    const struct fl_site_making *making,
    struct fl_commerceml_element *element,
    struct fl_bytes paths,
    struct fl_bytes text)
{
    static const char REQUISITE[] = "реквизит:";
    if (paths.size > sizeof REQUISITE &&
        memcmp(paths.data, REQUISITE, sizeof REQUISITE - 1) == 0) {
        (void)fl_site_put(making->tree, element, paths, text);
        return;
    }
    while (paths.size > 0) {
        const uint8_t *comma = memchr(paths.data, ',', paths.size);
        const size_t size = comma == NULL ? paths.size : (size_t)(comma - paths.data);
        (void)fl_site_put(
            making->tree, element, fl_map_text_trim((struct fl_bytes){paths.data, size}),
            text);
        paths.data += size + (comma != NULL);
        paths.size -= size + (comma != NULL);
    }
}

struct fl_commerceml_element *fl_site_add_line(
    struct fl_commerceml_tree *tree,
    struct fl_commerceml_element *element,
    const char *path)
{
    const char *slash = strrchr(path, '/');
    const size_t size = slash == NULL ? 0 : (size_t)(slash - path);
    struct fl_commerceml_element *container =
        fl_site_make(tree, element, (struct fl_bytes){(const uint8_t *)path, size});
    return container == NULL
               ? NULL
               : fl_commerceml_add(tree, container, slash == NULL ? path : slash + 1);
}

static void fill_section(
    const struct fl_site_making *making,
    const struct fl_site_part *part,
    const struct fl_object *object,
    struct fl_commerceml_element *element,
    unsigned depth)
{
    const struct fl_section *section = fl_object_section(object, part->section->number);
    for (size_t i = 0; section != NULL && i < section->row_count; i++) {
        const struct fl_row *row = &section->rows[i];
        struct fl_commerceml_element *line =
            fl_site_add_line(making->tree, element, part->path);
        if (line != NULL) {
            fill(making, part, object, row, line, depth + 1);
        }
    }
}

/* Companies have ОфициальноеНаименование, persons ПолноеНаименование. */
static void finish_partner(
    const struct fl_site_making *making,
    const struct fl_site_part *part,
    const struct fl_object *object,
    struct fl_commerceml_element *element)
{
    bool person = fl_commerceml_text(element, "ИНН").size == INN_OF_A_PERSON;
    const char *colon = strchr(part->person, ':');
    if (colon != NULL) {
        const struct fl_bytes name = {
            (const uint8_t *)part->person, (size_t)(colon - part->person)};
        const struct fl_attribute *attribute =
            fl_type_find_attribute(part->type, fl_map_text_trim(name));
        const struct fl_value *value =
            attribute == NULL ? NULL : fl_object_field(object, attribute->number);
        person = fl_bytes_equal(
            text_of(making, value), fl_map_text_trim(fl_bytes_of_text(colon + 1)));
    }
    fl_site_drop(element, person ? "ОфициальноеНаименование" : "ПолноеНаименование");
}

static void fill_picture(
    const struct fl_site_making *making,
    const struct fl_object *object,
    const struct fl_value *value,
    struct fl_bytes path,
    struct fl_commerceml_element *element)
{
    char name[FL_SITE_PICTURE_NAME_BYTES];
    struct fl_bytes copy = {NULL, 0};
    bool gone = false;
    if (making->pictures == NULL) {
        return;
    }
    const enum fl_status status = fl_site_picture_put(
        making->pictures, making->txn, object->key.id, value, name, &gone,
        making->picture_error);
    if (status != FL_OK && making->picture_error->status == FL_OK) {
        (void)fl_error_set(making->picture_error, status, "not enough memory");
    }
    if (status == FL_OK && name[0] != '\0' &&
        fl_arena_copy(making->tree->arena, fl_bytes_of_text(name), &copy) == FL_OK) {
        (void)fl_site_put(making->tree, element, path, copy);
    } else if (gone) {
        (void)fl_site_make(making->tree, element, path);
    }
}

static void fill(
    const struct fl_site_making *making,
    const struct fl_site_part *part,
    const struct fl_object *object,
    const struct fl_row *row,
    struct fl_commerceml_element *element,
    unsigned depth)
{
    for (size_t i = 0; i < part->mapping->column_count; i++) {
        const struct fl_mapping_column *column = &part->mapping->columns[i];
        const struct fl_value *value = column->attribute == NULL
                                           ? NULL
                                           : fl_row_field(row, column->attribute->number);
        if (column->is_constant || (column->attribute == NULL && part->inner)) {
            continue;
        }
        if (part->items[i] != NULL) {
            fill_item(making, part->items[i], value, column->source, element, depth);
            continue;
        }
        if (part->pictures[i]) {
            fill_picture(making, object, value, column->source, element);
            continue;
        }
        put_all(
            making, element, column->source,
            column->attribute == NULL ? fl_site_id_text(making, object->key.id)
                                      : column_text(making, column, value));
    }
    for (size_t i = 0; i < part->constant_count; i++) {
        (void)fl_site_put(
            making->tree, element, fl_bytes_of_text(part->constants[i].path),
            part->constants[i].text);
    }
    for (const struct fl_site_part *section = part->sections; section != NULL;
         section = section->next_section) {
        if (section->writes) {
            fill_section(making, section, object, element, depth);
        }
    }
    if (part->item == FL_COMMERCEML_PARTNER) {
        finish_partner(making, part, object, element);
    }
    if (part->item == FL_COMMERCEML_GOODS && part->section == NULL) {
        fl_site_finish_goods(making, element);
    }
}

/* Of 3.1: another version with each change, in base64 as 1C writes it. */
static void stamp(
    const struct fl_site_making *making,
    const struct fl_site_part *part,
    const struct fl_object *object,
    struct fl_commerceml_element *element)
{
    uint8_t version[8];
    char text[16];
    struct fl_bytes copy = {NULL, 0};
    uint64_t lsn = 0;
    if (!fl_site_mapping_is_3_1(making->mapping) || part->inner ||
        fl_kind_is_register(part->type->kind)) {
        return;
    }
    if (fl_object_lsn(making->txn, object->key, &lsn) == FL_OK) {
        fl_store_u64(version, lsn);
        fl_base64_format((struct fl_bytes){version, sizeof version}, text);
        (void)fl_arena_copy(making->tree->arena, fl_bytes_of_text(text), &copy);
        (void)fl_commerceml_add_text(making->tree, element, "НомерВерсии", copy);
    }
    (void)fl_commerceml_add_text(
        making->tree, element, "ПометкаУдаления",
        fl_bytes_of_text(fl_site_is_marked(part, object) ? "true" : "false"));
}

void fl_site_fill(
    const struct fl_site_making *making,
    const struct fl_site_part *part,
    const struct fl_object *object,
    struct fl_commerceml_element *element)
{
    const struct fl_row fields = row_of(object);
    stamp(making, part, object, element);
    fill(making, part, object, &fields, element, 0);
}

void fl_site_fill_row(
    const struct fl_site_making *making,
    const struct fl_site_part *part,
    const struct fl_object *object,
    const struct fl_row *row,
    struct fl_commerceml_element *element)
{
    fill(making, part, object, row, element, 0);
}

void fl_site_drop(struct fl_commerceml_element *element, const char *name)
{
    for (struct fl_commerceml_element *at = element->first; at != NULL; at = at->next) {
        if (strcmp(at->name, name) == 0) {
            at->name = "";
            at->name_size = 0;
        }
    }
}

static void finish_unit(
    const struct fl_site_making *making,
    struct fl_commerceml_element *unit)
{
    struct fl_commerceml_attribute *code = unit->attributes;
    while (code != NULL && strcmp(code->name, "Код") != 0) {
        code = code->next;
    }
    if (fl_commerceml_child(unit, "Пересчет") != NULL) {
        return;
    }
    const struct fl_bytes piece = fl_bytes_of_text("796");
    if (code == NULL) {
        fl_commerceml_add_attribute(making->tree, unit, "Код", piece);
    } else if (
        code->value.size < 3 || code->value.size > 4 || code->value.data[0] < '0' ||
        code->value.data[0] > '9') {
        fl_commerceml_add_attribute(
            making->tree, unit, "НаименованиеПолное", code->value);
        code->value = piece;
    }
    struct fl_commerceml_element *count =
        fl_commerceml_add(making->tree, unit, "Пересчет");
    (void)fl_commerceml_add_text(
        making->tree, count, "Единица", fl_commerceml_text(unit, "@Код"));
    (void)fl_commerceml_add_text(
        making->tree, count, "Коэффициент", fl_bytes_of_text("1"));
}

/* What a mapping says of every rate makes none of goods that have none. */
static void finish_rates(struct fl_commerceml_element *element)
{
    const struct fl_commerceml_element *rates =
        fl_commerceml_child(element, "СтавкиНалогов");
    const struct fl_commerceml_element *rate =
        rates == NULL ? NULL : fl_commerceml_child(rates, "СтавкаНалога");
    if (rate != NULL && fl_commerceml_again(rate) == NULL &&
        fl_commerceml_text(rate, "Ставка").size == 0) {
        fl_site_drop(element, "СтавкиНалогов");
    }
}

void fl_site_finish_goods(
    const struct fl_site_making *making,
    struct fl_commerceml_element *element)
{
    finish_rates(element);
    struct fl_commerceml_element *unit =
        fl_site_make(making->tree, element, fl_bytes_of_text("БазоваяЕдиница"));
    if (unit != NULL) {
        finish_unit(making, unit);
        unit->text = fl_commerceml_text(unit, "@Код"); /* all that 3.1 has of it */
    }
}
