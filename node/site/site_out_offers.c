/*
 * Offers: prices and stock of goods, all of them or what changed.
 */

#include <string.h>

#include "change/change.h"
#include "proto/record.h"
#include "site/site_head.h"
#include "site/site_tree.h"

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

/* "17.5": there are as many of these as goods times stores. */
static struct fl_bytes amount_text(struct fl_site_outgoing *out, int64_t amount)
{
    struct fl_decimal number = fl_decimal_of_int64(amount);
    char *text = fl_arena_alloc(&out->arena, FL_DECIMAL_TEXT_BYTES_MAX);
    number.scale = FL_SITE_AMOUNT_DIGITS;
    while (number.scale > 0 && number.high == 0 && number.low % 10 == 0) {
        number.low /= 10;
        number.scale--;
    }
    return text == NULL ? (struct fl_bytes){NULL, 0}
                        : (struct fl_bytes){
                              (const uint8_t *)text, fl_decimal_format(number, text)};
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

/* --- stock --- */

static void put_rest(
    struct fl_site_outgoing *out,
    struct fl_bytes id,
    int64_t amount,
    struct fl_commerceml_element *offer)
{
    struct fl_commerceml_element *rests =
        fl_site_make(&out->tree, offer, fl_bytes_of_text("Остатки"));
    struct fl_commerceml_element *store = fl_commerceml_add(
        &out->tree, fl_commerceml_add(&out->tree, rests, "Остаток"), "Склад");
    (void)fl_commerceml_add_text(&out->tree, store, "Ид", id);
    (void)fl_commerceml_add_text(
        &out->tree, store, "Количество", amount_text(out, amount));
}

static void put_stock(
    struct fl_site_outgoing *out,
    struct fl_uuid store,
    int64_t amount,
    struct fl_commerceml_element *offer)
{
    const struct fl_bytes id = fl_site_id_text(&out->making, store);
    if (id.size == 0) {
        return; /* only the sum is told */
    }
    if (fl_site_mapping_is_3_1(out->mapping)) {
        put_rest(out, id, amount, offer);
        return;
    }
    struct fl_commerceml_element *stock =
        fl_commerceml_add(&out->tree, offer, out->options->full ? "Склад" : "Склады");
    if (stock != NULL) {
        fl_commerceml_add_attribute(&out->tree, stock, "ИдСклада", id);
        fl_commerceml_add_attribute(
            &out->tree, stock, "КоличествоНаСкладе", amount_text(out, amount));
    }
}

/* What is marked to be deleted is none. */
static enum fl_status read_stores(
    struct fl_site_outgoing *out,
    struct fl_error *out_error)
{
    const struct fl_site_part *part = fl_site_part_find(
        out->mapping, FL_SITE_ITEM, FL_COMMERCEML_STORE, (struct fl_bytes){NULL, 0},
        NULL);
    struct fl_object_walk walk;
    struct fl_entry entry;
    bool kept = true;
    if (part == NULL) {
        return FL_OK;
    }
    fl_object_walk_begin(&walk, &out->txn, (struct fl_key){.type = part->type->number});
    while (kept && fl_object_walk_next(&walk, &entry) == FL_OK &&
           entry.key.type == part->type->number) {
        struct fl_object object;
        fl_site_outgoing_begin_item(out);
        if ((entry.flags & (FL_ENTRY_DELETED | FL_ENTRY_WITHDRAWN)) == 0 &&
            fl_record_decode(entry.key, false, entry.record, &out->arena, &object) ==
                FL_OK &&
            fl_site_part_has(&out->making, part, &object) &&
            !fl_site_is_marked(part, &object)) {
            kept = fl_site_keys_add(&out->stores, entry.key.type, entry.key.id, false);
        }
    }
    fl_object_walk_end(&walk);
    return kept ? FL_OK : fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
}

static bool has_store(
    const struct fl_site_record *records,
    size_t count,
    struct fl_uuid store)
{
    for (size_t i = 0; i < count; i++) {
        if (fl_uuid_equal(records[i].other, store)) {
            return true;
        }
    }
    return false;
}

/* What was told of a store and has no movements any more is told to be nothing. */
static void add_stock(
    struct fl_site_outgoing *out,
    const struct fl_site_record *records,
    size_t count,
    struct fl_commerceml_element *offer)
{
    int64_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        put_stock(out, records[i].other, records[i].amount, offer);
        sum += records[i].amount;
    }
    for (size_t i = 0; i < out->stores.count; i++) {
        if (!has_store(records, count, out->stores.items[i].id)) {
            put_stock(out, out->stores.items[i].id, /* amount= */ 0, offer);
        }
    }
    if (count > 0 || !out->options->full) {
        (void)fl_commerceml_add_text(
            &out->tree, offer, "Количество", amount_text(out, sum));
    }
}

/* Prices and stock stand in one file, but for 3.1. */
enum told { PRICES = 1, STOCK = 2, BOTH = PRICES | STOCK };

/* In a message of changes only what changed: a price says nothing of the stock. */
static enum fl_status add_records(
    struct fl_site_outgoing *out,
    const struct fl_site_key *key,
    enum told told,
    struct fl_commerceml_element *offer,
    struct fl_error *out_error)
{
    enum fl_status status = FL_OK;
    for (size_t i = 0; i < out->mapping->part_count && status == FL_OK; i++) {
        const struct fl_site_part *part = out->mapping->parts[i];
        const bool price = part->kind == FL_SITE_PRICE;
        const struct fl_site_record *records = NULL;
        size_t count = 0;
        if (!fl_site_part_is_slice(part) || (told & (price ? PRICES : STOCK)) == 0 ||
            (!out->options->full &&
             !fl_site_keys_have(
                 price ? &out->prices : &out->stocks, key->type, key->id))) {
            continue;
        }
        status =
            fl_site_slice_find(&out->slices[i], key->id, &records, &count, out_error);
        for (size_t j = 0; j < count && status == FL_OK && price; j++) {
            add_price(out, part, &records[j], offer);
        }
        if (status == FL_OK && !price) {
            add_stock(out, records, count, offer);
        }
    }
    return status;
}

/* --- the file --- */

static enum fl_status begin_package(
    struct fl_site_outgoing *out,
    unsigned portion,
    struct fl_error *out_error)
{
    struct fl_commerceml_element *head =
        fl_site_head_begin(out, "ПакетПредложений", portion > 1);
    (void)fl_site_head_add(out, head, "Ид", fl_site_head_catalog_id(out, true));
    (void)fl_site_head_add(
        out, head, "Наименование", fl_bytes_of_text(out->mapping->catalog));
    (void)fl_site_head_add(out, head, "ИдКаталога", fl_site_head_catalog_id(out, false));
    (void)fl_site_head_add(
        out, head, "ИдКлассификатора", fl_site_head_catalog_id(out, false));
    fl_site_head_add_owner(out, head);
    enum fl_status status = fl_site_head_write(out, head, out_error);
    if (status == FL_OK) {
        status = fl_site_head_price_types(out, out_error);
    }
    const struct fl_site_part *stores = fl_site_part_find(
        out->mapping, FL_SITE_ITEM, FL_COMMERCEML_STORE, (struct fl_bytes){NULL, 0},
        NULL);
    if (status == FL_OK && stores != NULL) {
        fl_site_outgoing_begin_item(out);
        status = fl_site_tree_write(
            &out->making, stores, /* only= */ NULL, out->file.writer, out_error);
    }
    return status;
}

static enum fl_status begin_offers(
    struct fl_site_outgoing *out,
    unsigned portion,
    enum told told,
    struct fl_error *out_error)
{
    char name[FL_SITE_FILE_NAME_BYTES];
    fl_site_outgoing_name(out, told == STOCK ? "rests" : "offers", portion, name);
    enum fl_status status =
        fl_site_outgoing_open(out, FL_SITE_FILE_CATALOG, name, out_error);
    if (status == FL_OK && fl_site_mapping_is_3_1(out->mapping)) {
        return fl_site_head_package(out, out_error);
    }
    if (status == FL_OK && out->options->full) {
        status = fl_site_head_classifier(out, /* with_groups= */ false, out_error);
        return status == FL_OK ? begin_package(out, portion, out_error) : status;
    }
    if (status != FL_OK) {
        return status;
    }
    struct fl_commerceml_element *head =
        fl_site_head_begin(out, "ИзмененияПакетаПредложений", true);
    (void)fl_site_head_add(out, head, "Ид", fl_site_head_catalog_id(out, true));
    (void)fl_site_head_add(out, head, "ИдКаталога", fl_site_head_catalog_id(out, false));
    return fl_site_head_write(out, head, out_error);
}

static bool is_told(
    const struct fl_site_outgoing *out,
    const struct fl_commerceml_element *offer)
{
    const bool priced = fl_commerceml_child(offer, "Цены") != NULL;
    if (fl_site_mapping_is_3_1(out->mapping)) {
        return priced || fl_commerceml_child(offer, "Остатки") != NULL;
    }
    return priced ||
           (!out->options->full && fl_commerceml_child(offer, "Количество") != NULL);
}

static enum fl_status make_offer(
    struct fl_site_outgoing *out,
    const struct fl_site_key *key,
    enum told told,
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
    if (out->options->full && !fl_site_mapping_is_3_1(out->mapping)) {
        offer = fl_site_outgoing_make(out, part, key, "Предложение");
    } else {
        offer = fl_commerceml_add(&out->tree, NULL, "Предложение");
        (void)fl_commerceml_add_text(
            &out->tree, offer, "Ид", fl_site_id_text(&out->making, key->id));
    }
    enum fl_status status =
        offer == NULL ? FL_OK : add_records(out, key, told, offer, out_error);
    if (status == FL_OK && is_told(out, offer)) {
        *out_offer = offer;
    } else if (
        status == FL_OK && out->options->full && told != PRICES &&
        !fl_site_keys_add(&out->untold, key->type, key->id, false)) {
        status = fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    return status;
}

static enum fl_status put_offer(
    struct fl_site_outgoing *out,
    const struct fl_site_key *key,
    enum told told,
    struct fl_error *out_error)
{
    struct fl_commerceml_element *offer = NULL;
    enum fl_status status = FL_OK;
    bool done = false;
    if (out->stage.portion == 0 || out->stage.in_file == FL_SITE_PORTION_ITEMS) {
        status = out->stage.portion == 0 ? FL_OK : fl_site_outgoing_close(out, out_error);
        status = status == FL_OK
                     ? begin_offers(out, ++out->stage.portion, told, out_error)
                     : status;
        out->stage.in_file = 0;
    }
    if (status == FL_OK) {
        status = make_offer(out, key, told, &offer, out_error);
    }
    if (status == FL_OK && offer != NULL) {
        status = fl_site_outgoing_put(out, offer, &done, out_error);
    }
    out->stage.in_file += done;
    out->report->offers += done;
    return status;
}

/* Of all goods in a full message: those that are gone have none. */
static const struct fl_site_keys *keys_of(
    const struct fl_site_outgoing *out,
    enum told told)
{
    return out->options->full ? &out->goods
           : told == PRICES   ? &out->prices
           : told == STOCK    ? &out->stocks
                              : &out->offers;
}

static enum fl_status write_offers(
    struct fl_site_outgoing *out,
    enum told told,
    bool *out_done,
    struct fl_error *out_error)
{
    const struct fl_site_keys *keys = keys_of(out, told);
    enum fl_status status = FL_OK;
    if (!out->stage.begun && (out->stocks.count > 0 || told == STOCK)) {
        status = read_stores(out, out_error);
    }
    out->stage.begun = true;
    while (status == FL_OK && out->stage.at < keys->count) {
        const struct fl_site_key *key = &keys->items[out->stage.at];
        if (!out->options->full || !key->deleted) {
            status = put_offer(out, key, told, out_error);
        }
        out->stage.at++;
        if (fl_site_outgoing_rests(out)) {
            return status;
        }
    }
    *out_done = true;
    if (out->stage.portion == 0 || status != FL_OK) {
        return status;
    }
    if (out->stage.portion == 1 && out->stage.in_file == 0) {
        fl_site_file_abandon(&out->file);
        return FL_OK;
    }
    return fl_site_outgoing_close(out, out_error);
}

enum fl_status fl_site_outgoing_offers(
    struct fl_site_outgoing *out,
    bool *out_done,
    struct fl_error *out_error)
{
    return write_offers(
        out, fl_site_mapping_is_3_1(out->mapping) ? PRICES : BOTH, out_done, out_error);
}

enum fl_status fl_site_outgoing_stock(
    struct fl_site_outgoing *out,
    bool *out_done,
    struct fl_error *out_error)
{
    *out_done = !fl_site_mapping_is_3_1(out->mapping);
    return *out_done ? FL_OK : write_offers(out, STOCK, out_done, out_error);
}
