#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "change.h"
#include "endpoint/endpoint_codec.h"
#include "language.h"
#include "site/site_outgoing.h"
#include "site/site_told.h"

enum { ITEM_ARENA_BYTES = 64 << 20 };

/* --- what is to go --- */

static struct fl_site_part *part_of(
    struct fl_site_outgoing *out,
    const struct fl_object *object)
{
    for (size_t i = 0; i < out->mapping->part_count; i++) {
        struct fl_site_part *part = out->mapping->parts[i];
        if (part->writes && part->section == NULL &&
            fl_site_part_has(&out->making, part, object)) {
            return part;
        }
    }
    return NULL;
}

static const struct fl_value *record_value(
    const struct fl_object *object,
    const struct fl_attribute *attribute,
    size_t row)
{
    const struct fl_section *rows = fl_object_section(object, FL_SECTION_RECORDS);
    const struct fl_value *value =
        attribute == NULL ? NULL : fl_object_field(object, attribute->number);
    if (value != NULL || rows == NULL || row >= rows->row_count || attribute == NULL) {
        return value;
    }
    for (size_t i = 0; i < rows->rows[row].field_count; i++) {
        if (rows->rows[row].fields[i].number == attribute->number) {
            return &rows->rows[row].fields[i].value;
        }
    }
    return NULL;
}

/* The goods of a record, whose offer changes; a document's are found later. */
static bool sort_record(
    struct fl_site_outgoing *out,
    const struct fl_site_part *part,
    const struct fl_object *object)
{
    const struct fl_section *rows = fl_object_section(object, FL_SECTION_RECORDS);
    const size_t count = rows == NULL || rows->row_count == 0 ? 1 : rows->row_count;
    struct fl_site_keys *keys = part->kind == FL_SITE_PRICE ? &out->prices : &out->stocks;
    bool kept = true;
    if (!fl_site_part_is_direct(part)) {
        for (size_t i = 0; i < out->mapping->part_count; i++) {
            out->moved[i] = out->moved[i] || out->mapping->parts[i] == part;
        }
        return true;
    }
    for (size_t i = 0; i < count && kept; i++) {
        const struct fl_value *goods = record_value(object, part->goods, i);
        if (goods != NULL && goods->kind == FL_VALUE_REF) {
            kept = fl_site_keys_add(keys, goods->type, goods->uuid, false);
        }
    }
    return kept;
}

static bool is_inner(const struct fl_site_outgoing *out, uint32_t type)
{
    for (size_t i = 0; i < out->mapping->part_count; i++) {
        if (out->mapping->parts[i]->inner &&
            out->mapping->parts[i]->type->number == type) {
            return true;
        }
    }
    return false;
}

static bool sort_object(struct fl_site_outgoing *out, const struct fl_object *object)
{
    const struct fl_site_part *part = part_of(out, object);
    const struct fl_key key = object->key;
    if (part == NULL) {
        return out->options->full || !is_inner(out, key.type) ||
               fl_site_keys_add(&out->inner, key.type, key.id, false);
    }
    if (part->kind == FL_SITE_PRICE || part->kind == FL_SITE_STOCK) {
        return out->options->full || sort_record(out, part, object);
    }
    if (part->kind == FL_SITE_PAYMENT) {
        const struct fl_value *order =
            part->order == NULL ? NULL : fl_object_field(object, part->order->number);
        return order == NULL || order->kind != FL_VALUE_REF ||
               fl_site_keys_add(&out->orders, order->type, order->uuid, false);
    }
    switch (part->item) {
    case FL_COMMERCEML_GOODS:
        return fl_site_keys_add(&out->goods, key.type, key.id, object->deleted) &&
               (!out->options->full || object->deleted ||
                fl_site_keys_add(&out->offers, key.type, key.id, false));
    case FL_COMMERCEML_GROUP:
        out->goods.groups = true;
        return true;
    case FL_COMMERCEML_DOCUMENT:
        return object->deleted || fl_site_keys_add(&out->orders, key.type, key.id, false);
    case FL_COMMERCEML_DEPARTMENT:
    case FL_COMMERCEML_EMPLOYEE:
    case FL_COMMERCEML_ABSENCE:
        return fl_site_keys_add(&out->people, key.type, key.id, object->deleted);
    case FL_COMMERCEML_PROPERTY:
    case FL_COMMERCEML_CATEGORY:
    case FL_COMMERCEML_PRICE_TYPE:
    case FL_COMMERCEML_STORE:
    case FL_COMMERCEML_UNIT:
    case FL_COMMERCEML_OFFER:
    case FL_COMMERCEML_PARTNER:
        break;
    }
    return true;
}

/* A message without bytes: what would stand in it is sorted. */
struct fl_endpoint_writing {
    struct fl_endpoint_codec codec; /* first: the export hands it back */
    struct fl_site_outgoing *out;
};

static enum fl_status sort_open(
    const struct fl_endpoint_codec *codec,
    struct fl_node *node,
    const struct fl_peer *peer,
    const struct fl_package_header *header,
    struct fl_codec_sink sink,
    struct fl_endpoint_writing **out_writing,
    struct fl_error *out_error)
{
    union {
        const struct fl_endpoint_codec *shown;
        struct fl_endpoint_writing *ours;
    } memory = {.shown = codec};
    (void)node;
    (void)peer;
    (void)header;
    (void)sink;
    (void)out_error;
    *out_writing = memory.ours;
    return FL_OK;
}

static void sort_close(struct fl_endpoint_writing *writing)
{
    (void)writing;
}

static enum fl_status sort_put(
    struct fl_endpoint_writing *writing,
    struct fl_txn *txn,
    const struct fl_object *object,
    bool *out_written,
    struct fl_error *out_error)
{
    (void)txn;
    fl_site_outgoing_begin_item(writing->out);
    *out_written = true;
    return sort_object(writing->out, object)
               ? FL_OK
               : fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
}

static enum fl_status sort_end(
    struct fl_endpoint_writing *writing,
    struct fl_error *out_error)
{
    (void)writing;
    (void)out_error;
    return FL_OK;
}

static enum fl_status select_changes(
    struct fl_site_outgoing *out,
    struct fl_error *out_error)
{
    struct fl_endpoint_export_report report;
    struct fl_output output;
    struct fl_endpoint_writing writing = {
        .codec =
            {.write_open = sort_open,
             .write_close = sort_close,
             .write_put = sort_put,
             .write_end = sort_end},
        .out = out};
    char *path = fl_node_path(out->options->directory, "message");
    if (path == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    const struct fl_endpoint_export_options options = {
        .code = out->peer.code, .path = path, .all = out->options->full};
    fl_txn_abort(&out->txn);
    fl_output_init_silent(&output);
    enum fl_status status = fl_endpoint_export(
        out->node, &writing.codec, &options, &output, &report, out_error);
    fl_output_deinit(&output);
    fl_txn_begin(&out->txn, out->node->store, FL_TXN_READ);
    if (status == FL_OK) {
        out->report->message_number = report.message_number;
        out->report->objects = report.objects + report.deletions;
    }
    (void)unlink(path);
    fl_free(path);
    return status;
}

/* --- what is owed beside it --- */

static enum fl_status add_owed(struct fl_site_outgoing *out, struct fl_error *out_error)
{
    enum fl_status status =
        fl_site_held_load(&out->owed, &out->txn, out->peer.number, out_error);
    for (size_t i = 0; i < out->owed.count && status == FL_OK; i++) {
        const struct fl_key key = out->owed.items[i].key;
        const struct fl_type *type =
            fl_configuration_type(out->node->configuration, key.type);
        if (type != NULL &&
            !fl_site_keys_add(
                type->kind == FL_KIND_DOCUMENT ? &out->orders : &out->people, key.type,
                key.id, false)) {
            status = fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
        }
    }
    return status;
}

/* Held back anew, or in this message and owed until it is confirmed. */
static enum fl_status keep_owed(struct fl_site_outgoing *out, struct fl_error *out_error)
{
    enum fl_status status = FL_OK;
    struct fl_txn txn;
    for (size_t i = 0; i < out->owed.count; i++) {
        out->owed.items[i].number = out->report->message_number;
    }
    for (size_t i = 0; i < out->held.count && status == FL_OK; i++) {
        status = fl_site_held_add(&out->owed, &out->held.items[i], out_error);
    }
    if (status != FL_OK) {
        return status;
    }
    fl_txn_begin(&txn, out->node->store, FL_TXN_KEEP);
    fl_site_held_store(&out->owed, &txn, out->peer.number);
    return fl_change_commit(&txn, out_error);
}

/* --- prices and stock --- */

static bool add_all(struct fl_site_keys *keys, const struct fl_site_keys *added)
{
    bool kept = true;
    for (size_t i = 0; i < added->count && kept; i++) {
        kept = fl_site_keys_add(keys, added->items[i].type, added->items[i].id, false);
    }
    return kept;
}

/* What documents changed, whatever it was; in a full message what will have been told. */
static enum fl_status compare_with_told(
    struct fl_site_outgoing *out,
    struct fl_error *out_error)
{
    const bool full = out->options->full;
    enum fl_status status = FL_OK;
    fl_site_keys_sort(&out->untold);
    for (size_t i = 0; i < out->mapping->part_count && status == FL_OK; i++) {
        const struct fl_site_part *part = out->mapping->parts[i];
        struct fl_site_keys *changed =
            part->kind == FL_SITE_PRICE ? &out->prices : &out->stocks;
        if (fl_site_part_is_slice(part) && !fl_site_part_is_direct(part) &&
            (full || out->moved[i])) {
            status = fl_site_told_compare(
                out, i, full ? &out->untold : NULL, full ? NULL : changed, out_error);
        }
    }
    return status;
}

static enum fl_status find_offers(
    struct fl_site_outgoing *out,
    struct fl_error *out_error)
{
    if (out->options->full) {
        return FL_OK;
    }
    enum fl_status status = compare_with_told(out, out_error);
    fl_site_keys_sort(&out->prices);
    fl_site_keys_sort(&out->stocks);
    if (status == FL_OK &&
        (!add_all(&out->offers, &out->prices) || !add_all(&out->offers, &out->stocks))) {
        status = fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    fl_site_keys_sort(&out->offers);
    return status;
}

static enum fl_status write_goods(
    struct fl_site_outgoing *out,
    struct fl_error *out_error)
{
    enum fl_status status = find_offers(out, out_error);
    status = status == FL_OK ? fl_site_outgoing_catalog(out, out_error) : status;
    status = status == FL_OK ? fl_site_outgoing_offers(out, out_error) : status;
    return status == FL_OK && out->options->full ? compare_with_told(out, out_error)
                                                 : status;
}

/* --- everything --- */

int64_t fl_site_now(void)
{
    const time_t now = (time_t)(fl_node_now_ms() / 1000);
    struct tm parts;
    char text[64];
    int64_t seconds = 0;
    if (localtime_r(&now, &parts) != NULL &&
        strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts) ==
            FL_DATETIME_TEXT_BYTES) {
        (void)fl_datetime_parse(fl_bytes_of_text(text), &seconds);
    }
    return seconds;
}

static enum fl_status write_all(struct fl_site_outgoing *out, struct fl_error *out_error)
{
    enum fl_status status = select_changes(out, out_error);
    if (status != FL_OK) {
        return status;
    }
    status = add_owed(out, out_error);
    if (status != FL_OK) {
        return status;
    }
    fl_site_keys_sort(&out->goods);
    fl_site_keys_sort(&out->offers);
    fl_site_keys_sort(&out->orders);
    fl_site_keys_sort(&out->people);
    fl_site_keys_sort(&out->inner);
    if (!out->options->to_1c) {
        status = write_goods(out, out_error);
        status = status == FL_OK ? fl_site_outgoing_company(out, out_error) : status;
    }
    if (status == FL_OK) {
        status = fl_site_outgoing_orders(out, out_error);
    }
    return status == FL_OK ? keep_owed(out, out_error) : status;
}

static void end_all(struct fl_site_outgoing *out)
{
    fl_txn_abort(&out->txn);
    fl_site_file_abandon(&out->file);
    fl_site_keys_deinit(&out->goods);
    fl_site_keys_deinit(&out->offers);
    fl_site_keys_deinit(&out->prices);
    fl_site_keys_deinit(&out->stocks);
    fl_site_keys_deinit(&out->untold);
    fl_site_keys_deinit(&out->stores);
    fl_site_keys_deinit(&out->orders);
    fl_site_keys_deinit(&out->people);
    fl_site_keys_deinit(&out->inner);
    fl_site_held_deinit(&out->held);
    fl_site_held_deinit(&out->owed);
    for (size_t i = 0; i < FL_SITE_PARTS_MAX; i++) {
        fl_site_slice_deinit(&out->slices[i]);
    }
    fl_arena_deinit(&out->arena);
    fl_arena_deinit(&out->heads);
    fl_free(out);
}

enum fl_status fl_site_out_write(
    struct fl_node *node,
    const struct fl_site_mapping *mapping,
    uint32_t peer,
    const struct fl_site_out_options *options,
    struct fl_site_out_report *out_report,
    struct fl_error *out_error)
{
    struct fl_site_outgoing *out = fl_alloc_zeroed(1, sizeof *out);
    memset(out_report, 0, sizeof *out_report);
    if (out == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    out->node = node;
    out->mapping = mapping;
    out->options = options;
    out->report = out_report;
    out->now = fl_site_now();
    fl_arena_init(&out->arena, ITEM_ARENA_BYTES);
    fl_arena_init(&out->heads, ITEM_ARENA_BYTES);
    fl_txn_begin(&out->txn, node->store, FL_TXN_READ);
    enum fl_status status = fl_peers_get(&out->txn, peer, &out->peer);
    out->has_ids = fl_site_ids_are_there(&out->txn, peer);
    status = status == FL_OK
                 ? write_all(out, out_error)
                 : fl_error_set(out_error, status, "the site is not known here any more");
    end_all(out);
    return status;
}
