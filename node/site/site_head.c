#include "site/site_head.h"

#include <stdio.h>
#include <string.h>

#include "change/change.h"
#include "site/site_ids.h"
#include "site/site_tree.h"

struct fl_commerceml_element *fl_site_head_add(
    struct fl_site_outgoing *out,
    struct fl_commerceml_element *parent,
    const char *name,
    struct fl_bytes text)
{
    return fl_commerceml_add_text(&out->head_tree, parent, name, text);
}

static void add_attribute_text(
    struct fl_site_outgoing *out,
    struct fl_commerceml_element *owner,
    const struct fl_object *object,
    const char *attribute,
    const char *name)
{
    const struct fl_attribute *found =
        fl_type_find_attribute(out->mapping->owner, fl_bytes_of_text(attribute));
    const struct fl_value *value =
        found == NULL ? NULL : fl_object_field(object, found->number);
    if (value != NULL && value->kind == FL_VALUE_STRING && value->bytes.size > 0) {
        struct fl_bytes copy;
        if (fl_arena_copy(&out->heads, value->bytes, &copy) == FL_OK) {
            (void)fl_site_head_add(out, owner, name, copy);
        }
    }
}

static bool read_owner(struct fl_site_outgoing *out, struct fl_object *out_object)
{
    struct fl_site_keys first = {.count = 0};
    const bool found =
        out->mapping->owner != NULL &&
        fl_site_keys_first(&first, &out->txn, out->mapping->owner) &&
        fl_change_current(
            &out->txn,
            (struct fl_key){.type = first.items[0].type, .id = first.items[0].id},
            &out->heads, out_object, NULL, NULL) == FL_OK;
    fl_site_keys_deinit(&first);
    return found;
}

void fl_site_head_add_owner(
    struct fl_site_outgoing *out,
    struct fl_commerceml_element *head)
{
    struct fl_commerceml_element *owner =
        fl_commerceml_add(&out->head_tree, head, "Владелец");
    struct fl_object object;
    if (owner == NULL || !read_owner(out, &object)) {
        (void)fl_site_head_add(
            out, owner, "Ид", fl_bytes_of_text(out->node->identity->code));
        (void)fl_site_head_add(
            out, owner, "Наименование", fl_bytes_of_text(out->node->name));
        return;
    }
    const struct fl_uuid_text id = fl_uuid_text(object.key.id);
    struct fl_bytes copy = {NULL, 0};
    (void)fl_arena_copy(&out->heads, fl_bytes_of_text(id.text), &copy);
    (void)fl_site_head_add(out, owner, "Ид", copy);
    add_attribute_text(out, owner, &object, "Description", "Наименование");
    add_attribute_text(
        out, owner, &object, "НаименованиеПолное", "ОфициальноеНаименование");
    if (fl_commerceml_child(owner, "ОфициальноеНаименование") == NULL) {
        add_attribute_text(out, owner, &object, "Description", "ОфициальноеНаименование");
    }
    add_attribute_text(out, owner, &object, "ИНН", "ИНН");
    add_attribute_text(out, owner, &object, "КПП", "КПП");
}

struct fl_bytes fl_site_head_catalog_id(struct fl_site_outgoing *out, bool of_offers)
{
    char text[FL_UUID_TEXT_BYTES + 3]; /* a mark on either side */
    const struct fl_uuid id =
        fl_site_id_derive(0, "Каталог", fl_bytes_of_text(out->node->identity->code));
    struct fl_bytes copy = {NULL, 0};
    const bool before = of_offers && fl_site_mapping_is_3_1(out->mapping);
    snprintf(
        text, sizeof text, "%s%s%s", before ? "#" : "", fl_uuid_text(id).text,
        of_offers && !before ? "#" : "");
    (void)fl_arena_copy(&out->heads, fl_bytes_of_text(text), &copy);
    return copy;
}

struct fl_commerceml_element *fl_site_head_begin(
    struct fl_site_outgoing *out,
    const char *name,
    bool changes_only)
{
    fl_arena_reset(&out->heads);
    out->head_tree = (struct fl_commerceml_tree){.arena = &out->heads};
    struct fl_commerceml_element *head = fl_commerceml_add(&out->head_tree, NULL, name);
    fl_commerceml_add_attribute(
        &out->head_tree, head, "СодержитТолькоИзменения",
        fl_bytes_of_text(changes_only ? "true" : "false"));
    return head;
}

enum fl_status fl_site_head_write(
    struct fl_site_outgoing *out,
    const struct fl_commerceml_element *head,
    struct fl_error *out_error)
{
    return out->head_tree.failed
               ? fl_error_set(out_error, FL_NO_MEMORY, "not enough memory")
               : fl_commerceml_writer_section(out->file.writer, head, out_error);
}

/* All objects of the kind, or those of `only`, where the mapping has such. */
static enum fl_status write_listed(
    struct fl_site_outgoing *out,
    enum fl_commerceml_kind item,
    const struct fl_site_keys *only,
    struct fl_error *out_error)
{
    const struct fl_site_part *part = fl_site_part_find(
        out->mapping, FL_SITE_ITEM, item, (struct fl_bytes){NULL, 0}, NULL);
    if (part == NULL || !part->writes) {
        return FL_OK;
    }
    fl_site_outgoing_begin_item(out);
    return fl_site_tree_write(&out->making, part, only, out->file.writer, out_error);
}

enum fl_status fl_site_head_classifier(
    struct fl_site_outgoing *out,
    bool with_groups,
    struct fl_error *out_error)
{
    struct fl_commerceml_element *head = fl_site_head_begin(out, "Классификатор", true);
    (void)fl_site_head_add(out, head, "Ид", fl_site_head_catalog_id(out, false));
    (void)fl_site_head_add(
        out, head, "Наименование", fl_bytes_of_text(out->mapping->catalog));
    fl_site_head_add_owner(out, head);
    enum fl_status status = fl_site_head_write(out, head, out_error);
    if (status == FL_OK && with_groups) {
        status = write_listed(out, FL_COMMERCEML_GROUP, &out->groups, out_error);
    }
    if (status == FL_OK && with_groups) {
        status = write_listed(out, FL_COMMERCEML_PROPERTY, NULL, out_error);
    }
    return status;
}

enum fl_status fl_site_head_package(
    struct fl_site_outgoing *out,
    struct fl_error *out_error)
{
    struct fl_commerceml_element *head =
        fl_site_head_begin(out, "ПакетПредложений", true);
    (void)fl_site_head_add(out, head, "Ид", fl_site_head_catalog_id(out, true));
    (void)fl_site_head_add(
        out, head, "Наименование", fl_bytes_of_text(out->mapping->catalog));
    (void)fl_site_head_add(out, head, "ИдКаталога", fl_site_head_catalog_id(out, false));
    (void)fl_site_head_add(
        out, head, "ИдКлассификатора", fl_site_head_catalog_id(out, false));
    return fl_site_head_write(out, head, out_error);
}

enum fl_status fl_site_head_price_types(
    struct fl_site_outgoing *out,
    struct fl_error *out_error)
{
    const struct fl_site_part *part = fl_site_part_find(
        out->mapping, FL_SITE_ITEM, FL_COMMERCEML_PRICE_TYPE, (struct fl_bytes){NULL, 0},
        NULL);
    fl_site_outgoing_begin_item(out);
    if (part != NULL) {
        return fl_site_tree_write(
            &out->making, part, /* only= */ NULL, out->file.writer, out_error);
    }
    struct fl_commerceml_element *type = fl_commerceml_add(&out->tree, NULL, "ТипЦены");
    (void)fl_commerceml_add_text(
        &out->tree, type, "Ид", fl_bytes_of_text(out->mapping->price_type));
    (void)fl_commerceml_add_text(
        &out->tree, type, "Наименование",
        fl_bytes_of_text(out->mapping->price_type_name));
    (void)fl_commerceml_add_text(
        &out->tree, type, "Валюта", fl_bytes_of_text(out->mapping->currency));
    bool done;
    return fl_site_outgoing_put(out, type, &done, out_error);
}
