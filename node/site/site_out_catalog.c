#include <stdio.h>
#include <string.h>

#include "change.h"
#include "site/site_ids.h"
#include "site/site_outgoing.h"
#include "site/site_tree.h"

static struct fl_commerceml_element *add_head(
    struct fl_site_outgoing *out,
    struct fl_commerceml_element *parent,
    const char *name,
    struct fl_bytes text)
{
    return fl_commerceml_add_text(&out->head_tree, parent, name, text);
}

/* --- heads --- */

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
            (void)add_head(out, owner, name, copy);
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

static void add_owner(struct fl_site_outgoing *out, struct fl_commerceml_element *head)
{
    struct fl_commerceml_element *owner =
        fl_commerceml_add(&out->head_tree, head, "Владелец");
    struct fl_object object;
    if (owner == NULL || !read_owner(out, &object)) {
        (void)add_head(out, owner, "Ид", fl_bytes_of_text(out->node->identity->code));
        (void)add_head(out, owner, "Наименование", fl_bytes_of_text(out->node->name));
        return;
    }
    const struct fl_uuid_text id = fl_uuid_text(object.key.id);
    struct fl_bytes copy = {NULL, 0};
    (void)fl_arena_copy(&out->heads, fl_bytes_of_text(id.text), &copy);
    (void)add_head(out, owner, "Ид", copy);
    add_attribute_text(out, owner, &object, "Description", "Наименование");
    add_attribute_text(
        out, owner, &object, "НаименованиеПолное", "ОфициальноеНаименование");
    if (fl_commerceml_child(owner, "ОфициальноеНаименование") == NULL) {
        add_attribute_text(out, owner, &object, "Description", "ОфициальноеНаименование");
    }
    add_attribute_text(out, owner, &object, "ИНН", "ИНН");
    add_attribute_text(out, owner, &object, "КПП", "КПП");
}

/* The same for ever: made of the node's identity. */
static struct fl_bytes catalog_id(struct fl_site_outgoing *out, bool of_offers)
{
    char text[FL_UUID_TEXT_BYTES + 2];
    const struct fl_uuid id =
        fl_site_id_derive(0, "Каталог", fl_bytes_of_text(out->node->identity->code));
    struct fl_bytes copy = {NULL, 0};
    snprintf(text, sizeof text, "%s%s", fl_uuid_text(id).text, of_offers ? "#" : "");
    (void)fl_arena_copy(&out->heads, fl_bytes_of_text(text), &copy);
    return copy;
}

static struct fl_commerceml_element *begin_head(
    struct fl_site_outgoing *out,
    const char *name,
    bool changes_only)
{
    fl_arena_reset(&out->heads);
    out->head_tree = (struct fl_commerceml_tree){.arena = &out->heads};
    struct fl_commerceml_element *head = fl_commerceml_add(&out->head_tree, NULL, name);
    if (strcmp(name, "Классификатор") != 0) {
        fl_commerceml_add_attribute(
            &out->head_tree, head, "СодержитТолькоИзменения",
            fl_bytes_of_text(changes_only ? "true" : "false"));
    }
    return head;
}

static enum fl_status write_head(
    struct fl_site_outgoing *out,
    const struct fl_commerceml_element *head,
    struct fl_error *out_error)
{
    return out->head_tree.failed
               ? fl_error_set(out_error, FL_NO_MEMORY, "not enough memory")
               : fl_commerceml_writer_section(out->file.writer, head, out_error);
}

static enum fl_status write_classifier(
    struct fl_site_outgoing *out,
    bool with_groups,
    struct fl_error *out_error)
{
    struct fl_commerceml_element *head = begin_head(out, "Классификатор", false);
    (void)add_head(out, head, "Ид", catalog_id(out, false));
    (void)add_head(out, head, "Наименование", fl_bytes_of_text(out->mapping->catalog));
    add_owner(out, head);
    enum fl_status status = write_head(out, head, out_error);
    const struct fl_site_part *groups = fl_site_part_find(
        out->mapping, FL_SITE_ITEM, FL_COMMERCEML_GROUP, (struct fl_bytes){NULL, 0},
        NULL);
    if (status != FL_OK || !with_groups || groups == NULL) {
        return status;
    }
    fl_site_outgoing_begin_item(out);
    return fl_site_tree_write(&out->making, groups, out->file.writer, out_error);
}

/* --- the catalogue --- */

static enum fl_status begin_catalog(
    struct fl_site_outgoing *out,
    unsigned portion,
    struct fl_error *out_error)
{
    char name[FL_SITE_FILE_NAME_BYTES];
    snprintf(name, sizeof name, "import0_%u.xml", portion);
    enum fl_status status =
        fl_site_outgoing_open(out, FL_SITE_FILE_CATALOG, name, out_error);
    if (status == FL_OK && portion == 1) {
        status = write_classifier(out, /* with_groups= */ true, out_error);
    }
    if (status != FL_OK || out->goods.count == 0) {
        return status;
    }
    struct fl_commerceml_element *head =
        begin_head(out, "Каталог", !out->options->full || portion > 1);
    (void)add_head(out, head, "Ид", catalog_id(out, false));
    (void)add_head(out, head, "ИдКлассификатора", catalog_id(out, false));
    (void)add_head(out, head, "Наименование", fl_bytes_of_text(out->mapping->catalog));
    add_owner(out, head);
    return write_head(out, head, out_error);
}

enum fl_status fl_site_outgoing_catalog(
    struct fl_site_outgoing *out,
    struct fl_error *out_error)
{
    enum fl_status status = FL_OK;
    uint64_t in_file = 0;
    unsigned portion = 1;
    if (out->goods.count == 0 && !out->goods.groups) {
        return FL_OK;
    }
    status = begin_catalog(out, portion, out_error);
    for (size_t i = 0; i < out->goods.count && status == FL_OK; i++) {
        const struct fl_site_part *part =
            fl_site_outgoing_part(out, &out->goods.items[i], FL_COMMERCEML_GOODS);
        const struct fl_commerceml_element *element =
            part == NULL
                ? NULL
                : fl_site_outgoing_make(out, part, &out->goods.items[i], "Товар");
        bool done = false;
        if (in_file == FL_SITE_PORTION_ITEMS) {
            status = fl_site_outgoing_close(out, out_error);
            status = status == FL_OK ? begin_catalog(out, ++portion, out_error) : status;
            in_file = 0;
        }
        if (status == FL_OK && element != NULL) {
            status = fl_site_outgoing_put(out, element, &done, out_error);
        }
        in_file += done;
        out->report->goods += done;
        if (i % 256 == 255) {
            fl_site_outgoing_refresh(out);
        }
    }
    return status == FL_OK ? fl_site_outgoing_close(out, out_error) : status;
}

/* --- offers --- */

static enum fl_status slice_of(
    struct fl_site_outgoing *out,
    size_t index,
    struct fl_site_slice **out_slice,
    struct fl_error *out_error)
{
    *out_slice = &out->slices[index];
    if (out->sliced[index]) {
        return FL_OK;
    }
    out->sliced[index] = true;
    return fl_site_slice_build(
        *out_slice, out->node, out->mapping->parts[index],
        out->options->full ? NULL : &out->offers, /* in_order= */ true, out_error);
}

/* The record itself, for its other columns. */
static bool fill_record(
    struct fl_site_outgoing *out,
    const struct fl_site_part *part,
    const struct fl_site_record *record,
    struct fl_commerceml_element *element)
{
    struct fl_object object;
    const struct fl_key key = {.type = part->type->number, .id = record->set};
    if (fl_change_current(&out->txn, key, &out->arena, &object, NULL, NULL) != FL_OK) {
        return false;
    }
    const struct fl_section *rows = fl_object_section(&object, FL_SECTION_RECORDS);
    if (rows == NULL || record->row >= rows->row_count) {
        return false;
    }
    struct fl_row *row = fl_arena_alloc(&out->arena, sizeof *row);
    struct fl_field *fields = fl_arena_array(
        &out->arena, object.field_count + rows->rows[record->row].field_count + 1,
        sizeof *fields);
    if (row == NULL || fields == NULL) {
        return false;
    }
    *row = (struct fl_row){.fields = fields};
    for (size_t i = 0; i < rows->rows[record->row].field_count; i++) {
        fields[row->field_count++] = rows->rows[record->row].fields[i];
    }
    for (size_t i = 0; i < object.field_count; i++) {
        fields[row->field_count++] = object.fields[i];
    }
    fl_site_fill_row(&out->making, part, &object, row, element);
    return true;
}

static struct fl_bytes amount_text(struct fl_site_outgoing *out, int64_t amount)
{
    char text[48];
    const uint64_t size = amount < 0 ? (uint64_t)-amount : (uint64_t)amount;
    snprintf(
        text, sizeof text, "%s%llu.%04llu", amount < 0 ? "-" : "",
        (unsigned long long)(size / FL_SITE_AMOUNT_UNITS),
        (unsigned long long)(size % FL_SITE_AMOUNT_UNITS));
    struct fl_bytes copy = {NULL, 0};
    (void)fl_arena_copy(&out->arena, fl_bytes_of_text(text), &copy);
    return copy;
}

static void add_price(
    struct fl_site_outgoing *out,
    const struct fl_site_part *part,
    const struct fl_site_record *record,
    struct fl_commerceml_element *offer)
{
    struct fl_commerceml_element *prices =
        fl_site_make(&out->tree, offer, fl_bytes_of_text("Цены"));
    struct fl_commerceml_element *price =
        prices == NULL ? NULL : fl_commerceml_add(&out->tree, prices, "Цена");
    if (price == NULL || !fill_record(out, part, record, price)) {
        return;
    }
    if (fl_commerceml_child(price, "ИдТипаЦены") == NULL) {
        (void)fl_commerceml_add_text(
            &out->tree, price, "ИдТипаЦены", fl_bytes_of_text(out->mapping->price_type));
    }
    if (fl_commerceml_child(price, "Валюта") == NULL) {
        (void)fl_commerceml_add_text(
            &out->tree, price, "Валюта", fl_bytes_of_text(out->mapping->currency));
    }
}

static void add_stock(
    struct fl_site_outgoing *out,
    const struct fl_site_part *part,
    const struct fl_site_record *record,
    struct fl_commerceml_element *offer)
{
    struct fl_bytes store = fl_site_id_text(&out->making, record->other);
    const struct fl_bytes amount = amount_text(out, record->amount);
    (void)part;
    if (store.size == 0) {
        return; /* only the sum is told */
    }
    struct fl_commerceml_element *stock =
        fl_commerceml_add(&out->tree, offer, out->options->full ? "Склад" : "Склады");
    if (stock != NULL) {
        fl_commerceml_add_attribute(&out->tree, stock, "ИдСклада", store);
        fl_commerceml_add_attribute(&out->tree, stock, "КоличествоНаСкладе", amount);
    }
}

static enum fl_status add_records(
    struct fl_site_outgoing *out,
    const struct fl_site_key *key,
    struct fl_commerceml_element *offer,
    struct fl_error *out_error)
{
    enum fl_status status = FL_OK;
    int64_t sum = 0;
    bool has_stock = false;
    for (size_t i = 0; i < out->mapping->part_count && status == FL_OK; i++) {
        const struct fl_site_part *part = out->mapping->parts[i];
        struct fl_site_slice *slice = NULL;
        const struct fl_site_record *record = NULL;
        size_t count = 0;
        if (!part->writes || part->goods == NULL || part->section != NULL) {
            continue;
        }
        status = slice_of(out, i, &slice, out_error);
        if (status == FL_OK) {
            status = fl_site_slice_find(slice, key->id, &record, &count, out_error);
        }
        for (size_t j = 0; j < count && status == FL_OK; j++) {
            if (part->kind == FL_SITE_PRICE) {
                add_price(out, part, &record[j], offer);
            } else {
                add_stock(out, part, &record[j], offer);
                sum += record[j].amount;
                has_stock = true;
            }
        }
    }
    if (has_stock) {
        (void)fl_commerceml_add_text(
            &out->tree, offer, "Количество", amount_text(out, sum));
    }
    return status;
}

static enum fl_status put_price_types(
    struct fl_site_outgoing *out,
    struct fl_error *out_error)
{
    const struct fl_site_part *part = fl_site_part_find(
        out->mapping, FL_SITE_ITEM, FL_COMMERCEML_PRICE_TYPE, (struct fl_bytes){NULL, 0},
        NULL);
    fl_site_outgoing_begin_item(out);
    if (part != NULL) {
        return fl_site_tree_write(&out->making, part, out->file.writer, out_error);
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

static enum fl_status begin_package(
    struct fl_site_outgoing *out,
    unsigned portion,
    struct fl_error *out_error)
{
    struct fl_commerceml_element *head = begin_head(out, "ПакетПредложений", portion > 1);
    (void)add_head(out, head, "Ид", catalog_id(out, true));
    (void)add_head(out, head, "Наименование", fl_bytes_of_text(out->mapping->catalog));
    (void)add_head(out, head, "ИдКаталога", catalog_id(out, false));
    (void)add_head(out, head, "ИдКлассификатора", catalog_id(out, false));
    add_owner(out, head);
    enum fl_status status = write_head(out, head, out_error);
    if (status == FL_OK) {
        status = put_price_types(out, out_error);
    }
    const struct fl_site_part *stores = fl_site_part_find(
        out->mapping, FL_SITE_ITEM, FL_COMMERCEML_STORE, (struct fl_bytes){NULL, 0},
        NULL);
    if (status == FL_OK && stores != NULL) {
        fl_site_outgoing_begin_item(out);
        status = fl_site_tree_write(&out->making, stores, out->file.writer, out_error);
    }
    return status;
}

static enum fl_status begin_offers(
    struct fl_site_outgoing *out,
    unsigned portion,
    struct fl_error *out_error)
{
    char name[FL_SITE_FILE_NAME_BYTES];
    snprintf(name, sizeof name, "offers0_%u.xml", portion);
    enum fl_status status =
        fl_site_outgoing_open(out, FL_SITE_FILE_CATALOG, name, out_error);
    if (status == FL_OK && out->options->full) {
        status = write_classifier(out, /* with_groups= */ false, out_error);
        return status == FL_OK ? begin_package(out, portion, out_error) : status;
    }
    if (status != FL_OK) {
        return status;
    }
    struct fl_commerceml_element *head =
        begin_head(out, "ИзмененияПакетаПредложений", true);
    (void)add_head(out, head, "Ид", catalog_id(out, true));
    (void)add_head(out, head, "ИдКаталога", catalog_id(out, false));
    return write_head(out, head, out_error);
}

static enum fl_status make_offer(
    struct fl_site_outgoing *out,
    const struct fl_site_key *key,
    struct fl_commerceml_element **out_offer,
    struct fl_error *out_error)
{
    const struct fl_site_part *part =
        fl_site_outgoing_part(out, key, FL_COMMERCEML_GOODS);
    *out_offer = NULL;
    fl_site_outgoing_begin_item(out);
    if (part == NULL) {
        return FL_OK;
    }
    struct fl_commerceml_element *offer = NULL;
    if (out->options->full) {
        offer = fl_site_outgoing_make(out, part, key, "Предложение");
    } else {
        offer = fl_commerceml_add(&out->tree, NULL, "Предложение");
        (void)fl_commerceml_add_text(
            &out->tree, offer, "Ид", fl_site_id_text(&out->making, key->id));
    }
    enum fl_status status =
        offer == NULL ? FL_OK : add_records(out, key, offer, out_error);
    const bool priced = fl_commerceml_child(offer, "Цены") != NULL;
    const bool told = priced || fl_commerceml_child(offer, "Количество") != NULL;
    if (status == FL_OK && (out->options->full ? priced : told)) {
        *out_offer = offer;
    }
    return status;
}

enum fl_status fl_site_outgoing_offers(
    struct fl_site_outgoing *out,
    struct fl_error *out_error)
{
    enum fl_status status = FL_OK;
    uint64_t in_file = 0;
    unsigned portion = 0;
    for (size_t i = 0; i < out->offers.count && status == FL_OK; i++) {
        struct fl_commerceml_element *offer = NULL;
        bool done = false;
        if (portion == 0 || in_file == FL_SITE_PORTION_ITEMS) {
            status = portion == 0 ? FL_OK : fl_site_outgoing_close(out, out_error);
            status = status == FL_OK ? begin_offers(out, ++portion, out_error) : status;
            in_file = 0;
        }
        if (status == FL_OK) {
            status = make_offer(out, &out->offers.items[i], &offer, out_error);
        }
        if (status == FL_OK && offer != NULL) {
            status = fl_site_outgoing_put(out, offer, &done, out_error);
        }
        in_file += done;
        out->report->offers += done;
        if (i % 256 == 255) {
            fl_site_outgoing_refresh(out);
        }
    }
    if (portion == 0 || status != FL_OK) {
        return status;
    }
    if (out->report->offers == 0) {
        fl_site_file_abandon(&out->file);
        return FL_OK;
    }
    return fl_site_outgoing_close(out, out_error);
}
