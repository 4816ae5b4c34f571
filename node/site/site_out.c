#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "change/change.h"
#include "endpoint/endpoint_codec.h"
#include "language.h"
#include "site/site_outgoing.h"
#include "site/site_told.h"

enum { ITEM_ARENA_BYTES = 64 << 20 };

/* A message without bytes: what would stand in it is sorted. */
struct fl_endpoint_writing {
    struct fl_endpoint_codec codec; /* first: the export hands it back */
    struct fl_site_outgoing *out;
};

struct fl_site_out {
    struct fl_site_outgoing out;
    struct fl_site_out_options options;
    uint64_t configuration_revision; /* of the mapping */
    uint32_t share_ms;               /* of the step in hand */
    size_t stage;                    /* in STAGES */
    struct fl_endpoint_writing sorting;
    struct fl_endpoint_export *export;
    char *path; /* of the message without bytes */
    struct fl_site_telling *telling;
};

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
        return fl_site_keys_add(&out->goods, key.type, key.id, object->deleted);
    case FL_COMMERCEML_GROUP:
        out->goods.groups = true;
        return true;
    case FL_COMMERCEML_PARTNER:
        return !out->mapping->customers_apart || !fl_site_mapping_is_3_1(out->mapping) ||
               fl_site_keys_add(&out->customers, key.type, key.id, object->deleted);
    case FL_COMMERCEML_DOCUMENT:
        return object->deleted || fl_site_keys_add(&out->orders, key.type, key.id, false);
    case FL_COMMERCEML_DEPARTMENT:
    case FL_COMMERCEML_EMPLOYEE:
    case FL_COMMERCEML_ABSENCE:
        return fl_site_keys_add(&out->people, key.type, key.id, object->deleted);
    case FL_COMMERCEML_PROPERTY:
        out->properties = true;
        return true;
    case FL_COMMERCEML_UNIT:
        out->units = true;
        return true;
    case FL_COMMERCEML_CATEGORY:
    case FL_COMMERCEML_PRICE_TYPE:
    case FL_COMMERCEML_STORE:
    case FL_COMMERCEML_OFFER:
        break;
    }
    return true;
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

/* --- what is in the message --- */

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

/* Records of all goods are read when their slice is made. */
static bool sort_passes(const struct fl_endpoint_writing *writing, struct fl_key key)
{
    const struct fl_site_mapping *mapping = writing->out->mapping;
    bool all_records = false;
    for (size_t i = 0; i < mapping->part_count; i++) {
        const struct fl_site_part *part = mapping->parts[i];
        if (part->type->number == key.type && part->section == NULL) {
            if (part->kind != FL_SITE_PRICE && part->kind != FL_SITE_STOCK) {
                return false;
            }
            all_records = true;
        }
    }
    return all_records;
}

static enum fl_status begin_selecting(
    struct fl_site_out *writing,
    struct fl_error *out_error)
{
    struct fl_site_outgoing *out = &writing->out;
    struct fl_output output;
    writing->sorting = (struct fl_endpoint_writing){
        .codec =
            {.write_open = sort_open,
             .write_close = sort_close,
             .write_put = sort_put,
             .write_passes = sort_passes,
             .write_end = sort_end},
        .out = out};
    writing->path = fl_node_path(writing->options.directory, "message");
    if (writing->path == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    const struct fl_endpoint_export_options options = {
        .code = out->peer.code,
        .path = writing->path,
        .all = out->options->full,
        .passing = true};
    fl_output_init_silent(&output);
    enum fl_status status = fl_endpoint_export_begin(
        out->node, &writing->sorting.codec, &options, &output, &writing->export,
        out_error);
    fl_output_deinit(&output);
    return status;
}

static enum fl_status end_selecting(
    struct fl_site_out *writing,
    const struct fl_endpoint_export_report *report,
    struct fl_error *out_error)
{
    struct fl_site_outgoing *out = &writing->out;
    out->report->message_number = report->message_number;
    out->report->objects = report->objects + report->deletions;
    (void)unlink(writing->path);
    enum fl_status status = add_owed(out, out_error);
    const bool sorted = fl_site_keys_sort(&out->goods) &&
                        fl_site_keys_sort(&out->orders) &&
                        fl_site_keys_sort(&out->customers) &&
                        fl_site_keys_sort(&out->people) && fl_site_keys_sort(&out->inner);
    if (status == FL_OK && !sorted) {
        status = fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    return status;
}

static enum fl_status select_changes(
    struct fl_site_out *writing,
    bool *out_done,
    struct fl_error *out_error)
{
    struct fl_site_outgoing *out = &writing->out;
    struct fl_endpoint_export_report report;
    struct fl_output output;
    enum fl_status status =
        writing->export == NULL ? begin_selecting(writing, out_error) : FL_OK;
    if (status != FL_OK) {
        return status;
    }
    fl_txn_abort(&out->txn); /* the export has its own */
    fl_output_init_silent(&output);
    status = fl_endpoint_export_step(
        writing->export, &output, writing->share_ms, out_done, &report, out_error);
    fl_output_deinit(&output);
    fl_txn_begin(&out->txn, out->node->store, FL_TXN_READ);
    return status == FL_OK && *out_done ? end_selecting(writing, &report, out_error)
                                        : status;
}

/* --- prices and stock --- */

/* Is the part one of those that are built in this message, `first` before it is known
   which goods are concerned? */
static bool is_sliced(
    const struct fl_site_outgoing *out,
    const struct fl_site_part *part,
    size_t index,
    bool first)
{
    const bool all = out->options->full || out->moved[index];
    const struct fl_site_keys *keys =
        part->kind == FL_SITE_PRICE ? &out->prices : &out->stocks;
    return fl_site_part_is_slice(part) && all == first && (all || keys->count > 0);
}

static enum fl_status build_slices(
    struct fl_site_out *writing,
    bool first,
    bool *out_done,
    struct fl_error *out_error)
{
    struct fl_site_outgoing *out = &writing->out;
    enum fl_status status = FL_OK;
    for (; out->stage.at < out->mapping->part_count; out->stage.at++) {
        const struct fl_site_part *part = out->mapping->parts[out->stage.at];
        struct fl_site_slice *slice = &out->slices[out->stage.at];
        bool done = false;
        if (!is_sliced(out, part, out->stage.at, first)) {
            continue;
        }
        if (!out->stage.begun) {
            out->stage.begun = true;
            status = fl_site_slice_begin(
                slice, out->node, part,
                first                         ? NULL
                : part->kind == FL_SITE_PRICE ? &out->prices
                                              : &out->stocks,
                /* in_order= */ true, out_error);
        }
        if (status == FL_OK) {
            status = fl_site_slice_build(slice, &out->share, &done, out_error);
        }
        if (status != FL_OK || !done) {
            return status;
        }
        out->stage.begun = false;
    }
    *out_done = true;
    return FL_OK;
}

static enum fl_status build_whole(
    struct fl_site_out *writing,
    bool *out_done,
    struct fl_error *out_error)
{
    return build_slices(writing, /* first= */ true, out_done, out_error);
}

/* Of the goods that are concerned. */
static enum fl_status build_rest(
    struct fl_site_out *writing,
    bool *out_done,
    struct fl_error *out_error)
{
    return build_slices(writing, /* first= */ false, out_done, out_error);
}

/* What documents changed, whatever it was; in a full message what will have been told. */
static enum fl_status compare_with_told(
    struct fl_site_out *writing,
    bool *out_done,
    struct fl_error *out_error)
{
    struct fl_site_outgoing *out = &writing->out;
    const bool full = out->options->full;
    for (; out->stage.at < out->mapping->part_count; out->stage.at++) {
        const struct fl_site_part *part = out->mapping->parts[out->stage.at];
        struct fl_site_keys *changed =
            part->kind == FL_SITE_PRICE ? &out->prices : &out->stocks;
        bool done = false;
        if (!fl_site_part_is_slice(part) || fl_site_part_is_direct(part) ||
            (!full && !out->moved[out->stage.at])) {
            continue;
        }
        enum fl_status status = FL_OK;
        if (writing->telling == NULL) {
            status = fl_site_told_begin(
                out, out->stage.at, full ? &out->untold : NULL, full ? NULL : changed,
                &writing->telling, out_error);
        }
        if (status == FL_OK) {
            status = fl_site_told_compare(writing->telling, &done, out_error);
        }
        if (status != FL_OK || !done) {
            return status;
        }
        fl_site_told_end(writing->telling);
        writing->telling = NULL;
    }
    *out_done = true;
    return FL_OK;
}

static enum fl_status find_changed(
    struct fl_site_out *writing,
    bool *out_done,
    struct fl_error *out_error)
{
    *out_done = writing->out.options->full;
    return *out_done ? FL_OK : compare_with_told(writing, out_done, out_error);
}

/* A set in one step of the stage: each is a long one when everything changed. */
static enum fl_status sort_changed(
    struct fl_site_out *writing,
    bool *out_done,
    struct fl_error *out_error)
{
    struct fl_site_outgoing *out = &writing->out;
    struct fl_site_keys *keys = out->stage.at == 0 ? &out->prices : &out->stocks;
    if (!fl_site_keys_sort(keys)) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    *out_done = ++out->stage.at == 2;
    return FL_OK;
}

static enum fl_status find_offers(
    struct fl_site_out *writing,
    bool *out_done,
    struct fl_error *out_error)
{
    enum { KEYS_AT_ONCE = 1024 };
    struct fl_site_outgoing *out = &writing->out;
    const size_t count = out->prices.count + out->stocks.count;
    bool kept = true;
    for (size_t i = 0; out->stage.at < count && kept; out->stage.at++, i++) {
        const size_t at = out->stage.at;
        const struct fl_site_key *key = at < out->prices.count
                                            ? &out->prices.items[at]
                                            : &out->stocks.items[at - out->prices.count];
        if (i > 0 && i % KEYS_AT_ONCE == 0 && fl_share_is_over(&out->share)) {
            return FL_OK;
        }
        kept = fl_site_keys_add(&out->offers, key->type, key->id, false);
    }
    *out_done = kept && fl_site_keys_sort(&out->offers);
    return *out_done ? FL_OK : fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
}

static enum fl_status sort_untold(
    struct fl_site_out *writing,
    bool *out_done,
    struct fl_error *out_error)
{
    *out_done = fl_site_keys_sort(&writing->out.untold);
    return *out_done ? FL_OK : fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
}

static enum fl_status note_told(
    struct fl_site_out *writing,
    bool *out_done,
    struct fl_error *out_error)
{
    *out_done = !writing->out.options->full;
    return *out_done ? FL_OK : compare_with_told(writing, out_done, out_error);
}

/* Nothing is asked of prices and stock any more. */
static enum fl_status end_slices(
    struct fl_site_out *writing,
    bool *out_done,
    struct fl_error *out_error)
{
    (void)out_error;
    for (size_t i = 0; i < FL_SITE_PARTS_MAX; i++) {
        fl_site_slice_deinit(&writing->out.slices[i]);
    }
    *out_done = true;
    return FL_OK;
}

static enum fl_status end_message(
    struct fl_site_out *writing,
    bool *out_done,
    struct fl_error *out_error)
{
    *out_done = true;
    return keep_owed(&writing->out, out_error);
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

enum counted {
    COUNTS_NOTHING,
    COUNTS_GOODS,
    COUNTS_OFFERS,
    COUNTS_CUSTOMERS,
    COUNTS_ORDERS,
    COUNTS_PEOPLE
};

static const struct stage {
    const char *name;
    /* One of the two; the second is of a file. */
    enum fl_status (
        *step)(struct fl_site_out *writing, bool *out_done, struct fl_error *out_error);
    enum fl_status (
        *write)(struct fl_site_outgoing *out, bool *out_done, struct fl_error *out_error);
    bool to_1c; /* is written for 1C, too */
    enum counted counted;
} STAGES[] = {
    {N_("selecting"), select_changes, NULL, true, COUNTS_NOTHING},
    {N_("prices and stock"), build_whole, NULL, false, COUNTS_NOTHING},
    {N_("comparing"), find_changed, NULL, false, COUNTS_NOTHING},
    {N_("comparing"), sort_changed, NULL, false, COUNTS_NOTHING},
    {N_("comparing"), find_offers, NULL, false, COUNTS_NOTHING},
    {N_("prices and stock"), build_rest, NULL, false, COUNTS_NOTHING},
    {N_("selecting"), NULL, fl_site_outgoing_groups, false, COUNTS_NOTHING},
    {N_("selecting"), NULL, fl_site_outgoing_references, false, COUNTS_NOTHING},
    {N_("goods"), NULL, fl_site_outgoing_catalog, false, COUNTS_GOODS},
    {N_("offers"), NULL, fl_site_outgoing_names, false, COUNTS_GOODS},
    {N_("offers"), NULL, fl_site_outgoing_offers, false, COUNTS_OFFERS},
    {N_("offers"), NULL, fl_site_outgoing_stock, false, COUNTS_OFFERS},
    {N_("comparing"), sort_untold, NULL, false, COUNTS_NOTHING},
    {N_("comparing"), note_told, NULL, false, COUNTS_NOTHING},
    {N_("prices and stock"), end_slices, NULL, false, COUNTS_NOTHING},
    {N_("employees"), NULL, fl_site_outgoing_owners, false, COUNTS_NOTHING},
    {N_("departments"), NULL, fl_site_outgoing_departments, false, COUNTS_NOTHING},
    {N_("employees"), NULL, fl_site_outgoing_employees, false, COUNTS_PEOPLE},
    {N_("employees"), NULL, fl_site_outgoing_absences, false, COUNTS_PEOPLE},
    {N_("customers"), NULL, fl_site_outgoing_customers, false, COUNTS_CUSTOMERS},
    {N_("orders"), NULL, fl_site_outgoing_orders, true, COUNTS_ORDERS},
    {N_("orders"), end_message, NULL, true, COUNTS_NOTHING},
};

enum { STAGES_COUNT = sizeof STAGES / sizeof STAGES[0] };

const char *fl_site_out_at(
    const struct fl_site_out *writing,
    uint64_t *out_done,
    uint64_t *out_total)
{
    const struct fl_site_outgoing *out = &writing->out;
    const size_t stage =
        writing->stage < STAGES_COUNT ? writing->stage : STAGES_COUNT - 1;
    const struct fl_site_keys *keys = NULL;
    switch (STAGES[stage].counted) {
    case COUNTS_NOTHING:
        break;
    case COUNTS_GOODS:
        keys = &out->goods;
        break;
    case COUNTS_OFFERS:
        keys = out->options->full ? &out->goods : &out->offers;
        break;
    case COUNTS_CUSTOMERS:
        keys = &out->customers;
        break;
    case COUNTS_ORDERS:
        keys = &out->orders;
        break;
    case COUNTS_PEOPLE:
        keys = &out->people;
        break;
    }
    *out_done = keys == NULL ? 0 : out->stage.at;
    *out_total = keys == NULL ? 0 : keys->count;
    return STAGES[stage].name;
}

enum fl_status fl_site_out_begin(
    struct fl_node *node,
    const struct fl_site_mapping *mapping,
    uint32_t peer,
    const struct fl_site_out_options *options,
    struct fl_site_out_report *out_report,
    struct fl_site_out **out_writing,
    struct fl_error *out_error)
{
    struct fl_site_out *writing = fl_alloc_zeroed(1, sizeof *writing);
    memset(out_report, 0, sizeof *out_report);
    if (writing == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    struct fl_site_outgoing *out = &writing->out;
    writing->options = *options;
    writing->configuration_revision = node->configuration_revision;
    out->node = node;
    out->mapping = mapping;
    out->options = &writing->options;
    out->report = out_report;
    out->now = fl_site_now();
    fl_arena_init(&out->arena, ITEM_ARENA_BYTES);
    fl_arena_init(&out->heads, ITEM_ARENA_BYTES);
    fl_txn_begin(&out->txn, node->store, FL_TXN_READ);
    enum fl_status status = fl_peers_get(&out->txn, peer, &out->peer);
    out->has_ids = fl_site_ids_are_there(&out->txn, peer);
    fl_txn_abort(&out->txn);
    if (status != FL_OK) {
        fl_site_out_end(writing);
        return fl_error_set(out_error, status, "the site is not known here any more");
    }
    *out_writing = writing;
    return FL_OK;
}

static enum fl_status work(struct fl_site_out *writing, struct fl_error *out_error)
{
    struct fl_site_outgoing *out = &writing->out;
    enum fl_status status = FL_OK;
    while (status == FL_OK && writing->stage < STAGES_COUNT) {
        const struct stage *stage = &STAGES[writing->stage];
        bool done = out->options->to_1c && !stage->to_1c;
        status = done                  ? FL_OK
                 : stage->step != NULL ? stage->step(writing, &done, out_error)
                                       : stage->write(out, &done, out_error);
        if (status == FL_OK && out->unread.status != FL_OK) {
            return fl_error_set(out_error, out->unread.status, "%s", out->unread.text);
        }
        if (done) {
            memset(&out->stage, 0, sizeof out->stage);
            writing->stage++;
        }
        if (fl_share_is_over(&out->share)) {
            break;
        }
    }
    return status;
}

enum fl_status fl_site_out_step(
    struct fl_site_out *writing,
    uint32_t share_ms,
    bool *out_done,
    struct fl_error *out_error)
{
    struct fl_site_outgoing *out = &writing->out;
    if (writing->configuration_revision != out->node->configuration_revision) {
        return fl_error_set(
            out_error, FL_BUSY, "the configuration changed meanwhile: once more");
    }
    writing->share_ms = share_ms;
    out->share = fl_share_begin(share_ms);
    fl_txn_begin(&out->txn, out->node->store, FL_TXN_READ);
    enum fl_status status = work(writing, out_error);
    fl_txn_abort(&out->txn);
    *out_done = status == FL_OK && writing->stage == STAGES_COUNT;
    return status;
}

void fl_site_out_end(struct fl_site_out *writing)
{
    if (writing == NULL) {
        return;
    }
    struct fl_site_outgoing *out = &writing->out;
    fl_endpoint_export_end(writing->export);
    fl_site_told_end(writing->telling);
    fl_site_outgoing_end_orders(out);
    fl_site_outgoing_end_pictures(out);
    fl_site_file_abandon(&out->file);
    fl_site_keys_deinit(&out->groups);
    fl_site_keys_deinit(&out->goods);
    fl_site_keys_deinit(&out->offers);
    fl_site_keys_deinit(&out->prices);
    fl_site_keys_deinit(&out->stocks);
    fl_site_keys_deinit(&out->untold);
    fl_site_keys_deinit(&out->stores);
    fl_site_keys_deinit(&out->customers);
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
    fl_free(writing->path);
    fl_free(writing);
}
