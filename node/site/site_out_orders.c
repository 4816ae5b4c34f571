/*
 * Orders, with what pays them.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "change/change.h"
#include "language.h"
#include "proto/record.h"
#include "site/site_outgoing.h"

/* --- payments --- */

struct payment {
    struct fl_uuid order;
    struct fl_key key;
};

struct fl_site_payments {
    const struct fl_site_part *part;
    struct payment *items;
    size_t count;
    size_t capacity;
    bool found; /* all of them, and they are in order */
};

static enum fl_status visit_payment(
    void *context,
    struct fl_txn *txn,
    const struct fl_entry *entry,
    bool *out_stop,
    struct fl_error *out_error)
{
    struct fl_site_outgoing *out = context;
    struct fl_site_payments *payments = out->payments;
    struct fl_object object;
    (void)txn;
    (void)out_stop;
    fl_site_outgoing_begin_item(out);
    if (fl_record_decode(entry->key, false, entry->record, &out->arena, &object) !=
            FL_OK ||
        fl_site_is_marked(payments->part, &object) || /* it is on its way out */
        !fl_site_part_has(&out->making, payments->part, &object)) {
        return FL_OK;
    }
    const struct fl_value *order =
        fl_object_field(&object, payments->part->order->number);
    if (order == NULL || order->kind != FL_VALUE_REF ||
        !fl_site_keys_have(&out->orders, order->type, order->uuid)) {
        return FL_OK;
    }
    if (payments->count == payments->capacity) {
        const size_t capacity = payments->capacity == 0 ? 16 : payments->capacity * 2;
        struct payment *items = fl_realloc(payments->items, capacity * sizeof *items);
        if (items == NULL) {
            return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
        }
        payments->items = items;
        payments->capacity = capacity;
    }
    payments->items[payments->count++] =
        (struct payment){.order = order->uuid, .key = entry->key};
    return FL_OK;
}

static int compare_payments(const void *left, const void *right)
{
    const struct payment *a = left;
    const struct payment *b = right;
    const int orders = fl_uuid_compare(a->order, b->order);
    return orders != 0 ? orders : fl_uuid_compare(a->key.id, b->key.id);
}

/* A share of looking for those of the orders that go. */
static enum fl_status find_payments(
    struct fl_site_outgoing *out,
    struct fl_error *out_error)
{
    struct fl_site_payments *payments = out->payments;
    enum fl_status status = fl_site_outgoing_walk(
        out, payments->part->type, visit_payment, &payments->found, out_error);
    if (payments->found && payments->count > 0) {
        qsort(
            payments->items, payments->count, sizeof *payments->items, compare_payments);
    }
    return status;
}

static size_t first_payment(const struct fl_site_payments *payments, struct fl_uuid order)
{
    size_t low = 0;
    size_t high = payments->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (fl_uuid_compare(payments->items[middle].order, order) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static int64_t cents_of(struct fl_bytes text)
{
    struct fl_decimal sum;
    if (!fl_commerceml_number(text, &sum)) {
        return 0;
    }
    const struct fl_decimal rounded = fl_commerceml_round(sum, 2);
    int64_t cents = (int64_t)rounded.low;
    for (unsigned digits = rounded.scale; digits < 2; digits++) {
        cents *= 10;
    }
    return rounded.negative ? -cents : cents;
}

/* The one of them that came last, and what all of them pay. */
static struct fl_commerceml_element *read_payments(
    struct fl_site_outgoing *out,
    const struct fl_site_payments *payments,
    struct fl_uuid order,
    int64_t *out_cents)
{
    struct fl_commerceml_element *last = NULL;
    int64_t last_date = 0;
    *out_cents = 0;
    for (size_t i = first_payment(payments, order);
         i < payments->count && fl_uuid_equal(payments->items[i].order, order); i++) {
        struct fl_object object;
        int64_t date = 0;
        if (fl_change_current(
                &out->txn, payments->items[i].key, &out->arena, &object, NULL, NULL) !=
            FL_OK) {
            continue;
        }
        struct fl_commerceml_element *paid =
            fl_commerceml_add(&out->tree, NULL, "Оплата");
        if (paid == NULL) {
            return NULL;
        }
        fl_site_fill(&out->making, payments->part, &object, paid);
        *out_cents += cents_of(fl_commerceml_text(paid, "Сумма"));
        (void)fl_commerceml_date(
            fl_commerceml_requisite(paid, "Дата оплаты по 1С"), &date);
        if (last == NULL || date >= last_date) {
            last = paid;
            last_date = date;
        }
    }
    return last;
}

/*
 * A non-empty number means paid: so it is told only of what was paid whole, by the
 * payment that came last.
 */
static void add_payments(
    struct fl_site_outgoing *out,
    const struct fl_site_payments *payments,
    struct fl_uuid order,
    struct fl_commerceml_element *document)
{
    int64_t cents = 0;
    const struct fl_commerceml_element *last =
        read_payments(out, payments, order, &cents);
    if (last == NULL || cents < cents_of(fl_commerceml_text(document, "Сумма"))) {
        return;
    }
    struct fl_commerceml_element *all =
        fl_site_make(&out->tree, document, fl_bytes_of_text("ЗначенияРеквизитов"));
    const struct fl_commerceml_element *requisite = fl_commerceml_child(
        fl_commerceml_child(last, "ЗначенияРеквизитов"), "ЗначениеРеквизита");
    for (; requisite != NULL && all != NULL; requisite = fl_commerceml_again(requisite)) {
        struct fl_commerceml_element *copy =
            fl_commerceml_add(&out->tree, all, "ЗначениеРеквизита");
        (void)fl_commerceml_add_text(
            &out->tree, copy, "Наименование",
            fl_commerceml_text(requisite, "Наименование"));
        (void)fl_commerceml_add_text(
            &out->tree, copy, "Значение", fl_commerceml_text(requisite, "Значение"));
    }
}

/* --- orders --- */

static void default_text(
    struct fl_site_outgoing *out,
    struct fl_commerceml_element *document,
    const char *name,
    const char *text)
{
    if (fl_commerceml_text(document, name).size == 0) {
        (void)fl_commerceml_add_text(&out->tree, document, name, fl_bytes_of_text(text));
    }
}

/* What 1C would answer to the whole batch is asked here of each order. */
static bool would_be_refused(
    struct fl_site_outgoing *out,
    const struct fl_commerceml_element *document)
{
    const struct fl_bytes number = fl_commerceml_text(document, "Номер");
    const struct fl_bytes shown = fl_bytes_utf8_beginning(number, 100);
    const struct fl_bytes operation = fl_commerceml_text(document, "ХозОперация");
    char words[512];
    if (fl_bytes_utf8_length(number) > FL_SITE_ORDER_NUMBER_LETTERS) {
        snprintf(
            words, sizeof words,
            _("Документ %.*s is held back: 1C finds orders by numbers of up to %d "
              "letters"),
            (int)shown.size, shown.size == 0 ? "" : (const char *)shown.data,
            FL_SITE_ORDER_NUMBER_LETTERS);
    } else if (!fl_bytes_equal(operation, fl_bytes_of_text("Заказ товара"))) {
        snprintf(
            words, sizeof words,
            _("Документ %.*s is held back: of a site 1C takes «Заказ товара» only, this "
              "is «%.*s»"),
            (int)shown.size, shown.size == 0 ? "" : (const char *)shown.data,
            (int)operation.size, (const char *)operation.data);
    } else {
        return false;
    }
    fl_site_note(out->report->notes, words);
    return true;
}

static struct fl_commerceml_element *make_order(
    struct fl_site_outgoing *out,
    const struct fl_site_key *key,
    const struct fl_site_payments *payments)
{
    const struct fl_site_part *part =
        fl_site_outgoing_part(out, key, FL_COMMERCEML_DOCUMENT);
    struct fl_object object;
    fl_site_outgoing_begin_item(out);
    if (part == NULL || fl_change_current(
                            &out->txn, (struct fl_key){.type = key->type, .id = key->id},
                            &out->arena, &object, NULL, NULL) != FL_OK) {
        return NULL;
    }
    struct fl_commerceml_element *document =
        fl_site_part_has(&out->making, part, &object)
            ? fl_commerceml_add(&out->tree, NULL, "Документ")
            : NULL;
    if (document == NULL) {
        return NULL;
    }
    fl_site_fill(&out->making, part, &object, document);
    default_text(out, document, "ХозОперация", "Заказ товара");
    default_text(out, document, "Роль", "Продавец");
    default_text(out, document, "Валюта", out->mapping->currency);
    default_text(out, document, "Курс", "1");
    add_payments(out, payments, key->id, document);
    return document;
}

static enum fl_status put_order(
    struct fl_site_outgoing *out,
    const struct fl_site_key *key,
    struct fl_error *out_error)
{
    char name[FL_SITE_FILE_NAME_BYTES];
    const struct fl_uuid_text id = fl_uuid_text(out->node->identity->node);
    const struct fl_commerceml_element *document = make_order(out, key, out->payments);
    enum fl_status status = FL_OK;
    bool done = false;
    if (document == NULL) {
        return FL_OK;
    }
    if (fl_site_mapping_is_3_1(out->mapping)) {
        fl_site_outgoing_name(out, "orders", 1, name);
    } else {
        snprintf(name, sizeof name, "orders-%s_1.xml", id.text);
    }
    if (out->file.writer == NULL) {
        status = fl_site_outgoing_open(out, FL_SITE_FILE_SALE, name, out_error);
    }
    const bool refused = out->options->to_1c && would_be_refused(out, document);
    if (status == FL_OK && !refused) {
        status = fl_site_outgoing_put(out, document, &done, out_error);
    }
    if (status == FL_OK && !done) {
        status = fl_site_outgoing_hold(out, key, /* from= */ 0, out_error);
    }
    out->report->orders += done;
    return status;
}

static enum fl_status begin_orders(
    struct fl_site_outgoing *out,
    struct fl_error *out_error)
{
    struct fl_site_payments *payments = fl_alloc(sizeof *payments);
    if (payments == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    *payments = (struct fl_site_payments){
        .part = fl_site_part_find(
            out->mapping, FL_SITE_PAYMENT, FL_COMMERCEML_DOCUMENT,
            (struct fl_bytes){NULL, 0}, NULL)};
    payments->found =
        payments->part == NULL || payments->part->order == NULL || out->options->to_1c;
    out->payments = payments;
    return FL_OK;
}

void fl_site_outgoing_end_orders(struct fl_site_outgoing *out)
{
    if (out->payments != NULL) {
        fl_free(out->payments->items);
        fl_free(out->payments);
        out->payments = NULL;
    }
}

enum fl_status fl_site_outgoing_orders(
    struct fl_site_outgoing *out,
    bool *out_done,
    struct fl_error *out_error)
{
    enum fl_status status = FL_OK;
    if (out->payments == NULL && out->orders.count > 0) {
        status = begin_orders(out, out_error);
    }
    if (status == FL_OK && out->payments != NULL && !out->payments->found) {
        status = find_payments(out, out_error);
        if (status == FL_OK && !out->payments->found) {
            return FL_OK;
        }
    }
    while (status == FL_OK && out->stage.at < out->orders.count) {
        status = put_order(out, &out->orders.items[out->stage.at], out_error);
        out->stage.at++;
        if (fl_site_outgoing_rests(out)) {
            return status;
        }
    }
    *out_done = true;
    if (status != FL_OK || out->file.writer == NULL) {
        return status;
    }
    if (out->report->orders == 0) {
        fl_site_file_abandon(&out->file);
        return FL_OK;
    }
    return fl_site_outgoing_close(out, out_error);
}
