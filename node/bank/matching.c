#include "bank/matching.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "change/change.h"
#include "change/ref.h"
#include "proto/record.h"
#include "table/map_text.h"
#include "table/mapping_value.h"
#include "walk.h"

enum {
    DIGITS_MAX = 12,
    INVOICES_MAX = 1 << 22,
    INN_BYTES = 16,
    NUMBER_BYTES = 40,
    DAY_SECONDS = 24 * 3600,
    MONEY_SCALE = 2,
};

/* Far from where sums of a few million payments would run over. */
#define MONEY_MAX INT64_C(100000000000000)

/* The digits of a number behind its prefix: "ЦО-000123" is 123. */
struct invoice {
    uint64_t number;
    int64_t amount;
    int64_t paid;
    struct fl_uuid id;
    char inn[INN_BYTES];
    char text[NUMBER_BYTES]; /* the whole number */
};

/* A payment as it is known again. */
struct known {
    int64_t day;
    int64_t amount;
    char number[NUMBER_BYTES]; /* "" when the mapping changes numbers */
};

/* Where a payment that is here says what it is; NULL: the mapping does not. */
struct payment_columns {
    const struct fl_mapping_column *invoice;
    const struct fl_mapping_column *amount;
    const struct fl_mapping_column *number;
    const struct fl_mapping_column *date;
};

struct fl_matching {
    struct fl_node *node;
    const struct fl_mapping *mapping;
    const struct fl_mapping_invoice *about;
    struct invoice *items; /* by number */
    size_t count;
    size_t capacity;
    struct invoice **by_id; /* NULL: not all are read, or there are none */
    struct fl_walk invoices;
    struct fl_walk payments;
    struct payment_columns columns;
    struct known *coming; /* sorted; those of the statement */
    size_t coming_count;
    struct fl_arena arena;
};

bool fl_money_of(struct fl_decimal decimal, int64_t *out_money)
{
    uint64_t money = decimal.low;

    if (decimal.high != 0 || decimal.scale > MONEY_SCALE || money > MONEY_MAX / 100) {
        return false;
    }
    for (unsigned scale = decimal.scale; scale < MONEY_SCALE; scale++) {
        money *= 10;
    }
    *out_money = decimal.negative ? -(int64_t)money : (int64_t)money;
    return true;
}

void fl_money_text(int64_t money, char out_text[FL_MONEY_TEXT_BYTES])
{
    uint64_t whole = (uint64_t)(money < 0 ? -money : money);

    snprintf(
        out_text, FL_MONEY_TEXT_BYTES, "%s%llu.%02u", money < 0 ? "-" : "",
        (unsigned long long)(whole / 100), (unsigned)(whole % 100));
}

static bool is_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

/* The next run of digits as a number; 0 at the end. Longer ones are accounts. */
static uint64_t next_number(struct fl_bytes *left)
{
    while (left->size > 0) {
        uint64_t number = 0;
        size_t count = 0;

        while (left->size > 0 && !is_digit(left->data[0])) {
            left->data++;
            left->size--;
        }
        while (left->size > 0 && is_digit(left->data[0])) {
            number = count < DIGITS_MAX ? number * 10 + left->data[0] - '0' : number;
            count++;
            left->data++;
            left->size--;
        }
        if (number != 0 && count <= DIGITS_MAX) {
            return number;
        }
    }
    return 0;
}

static uint64_t last_number(struct fl_bytes text)
{
    uint64_t last = 0;
    uint64_t next = 0;

    while ((next = next_number(&text)) != 0) {
        last = next;
    }
    return last;
}

static void copy_text(char *out, size_t size, struct fl_bytes text)
{
    const struct fl_bytes cut = fl_bytes_utf8_beginning(fl_map_text_trim(text), size - 1);

    memcpy(out, cut.data, cut.size);
    out[cut.size] = '\0';
}

static struct fl_bytes text_of(const struct fl_value *value)
{
    return value && value->kind == FL_VALUE_STRING
               ? value->bytes
               : (struct fl_bytes){(const uint8_t *)"", 0};
}

/* The INN of the one that an invoice is for. */
static void read_inn(
    struct fl_matching *matching,
    struct fl_txn *txn,
    const struct fl_value *partner,
    char out_inn[INN_BYTES])
{
    struct fl_object object;

    if (!partner || partner->kind != FL_VALUE_REF) {
        return;
    }
    const struct fl_key key = {.type = partner->type, .id = partner->uuid};
    const struct fl_type *type =
        fl_configuration_type(matching->node->configuration, key.type);
    const struct fl_attribute *inn =
        type ? fl_attribute_by_name(type, matching->about->partner_inn) : NULL;

    if (inn &&
        fl_change_current(txn, key, &matching->arena, &object, NULL, NULL) == FL_OK) {
        copy_text(out_inn, INN_BYTES, text_of(fl_object_field(&object, inn->number)));
    }
}

static bool make_room(struct fl_matching *matching)
{
    if (matching->count < matching->capacity) {
        return true;
    }
    const size_t capacity = matching->capacity == 0 ? 1024 : matching->capacity * 2;
    struct invoice *items =
        capacity > INVOICES_MAX
            ? NULL
            : fl_realloc(matching->items, capacity * sizeof(*matching->items));

    if (!items) {
        return false;
    }
    matching->items = items;
    matching->capacity = capacity;
    return true;
}

static enum fl_status unpack(
    struct fl_matching *matching,
    const struct fl_entry *entry,
    struct fl_object *out_object,
    struct fl_error *out_error)
{
    fl_arena_reset(&matching->arena);
    enum fl_status status = fl_record_decode(
        entry->key, /* deleted= */ false, entry->record, &matching->arena, out_object);

    return status == FL_OK
               ? FL_OK
               : fl_error_set(out_error, status, "an object here cannot be unpacked");
}

/* Marked for deletion, as 1C calls it: then it counts for nothing. */
static bool is_marked(const struct fl_type *type, const struct fl_object *object)
{
    return fl_object_role(object, type, FL_ROLE_DELETION_MARK) != NULL;
}

static enum fl_status visit(
    void *context,
    struct fl_txn *txn,
    const struct fl_entry *entry,
    bool *out_stop,
    struct fl_error *out_error)
{
    struct fl_matching *matching = context;
    const struct fl_mapping_invoice *about = matching->about;
    struct fl_object object;

    (void)out_stop;
    if (!make_room(matching)) {
        return fl_error_set(out_error, FL_LIMIT, "more invoices than fit into memory");
    }
    enum fl_status status = unpack(matching, entry, &object, out_error);

    if (status != FL_OK || is_marked(about->type, &object)) {
        return status;
    }
    struct invoice invoice = {.id = entry->key.id};
    const struct fl_bytes number =
        text_of(fl_object_field(&object, about->number->number));
    const struct fl_value *amount = fl_object_field(&object, about->amount->number);

    invoice.number = last_number(number);
    if (amount && amount->kind == FL_VALUE_NUMBER) {
        (void)fl_money_of(amount->number, &invoice.amount);
    }
    copy_text(invoice.text, sizeof(invoice.text), number);
    read_inn(
        matching, txn, fl_object_field(&object, about->partner->number), invoice.inn);
    if (invoice.number != 0) {
        matching->items[matching->count++] = invoice;
    }
    return FL_OK;
}

static int compare_numbers(const void *a, const void *b)
{
    const struct invoice *first = a;
    const struct invoice *second = b;

    return first->number < second->number ? -1 : first->number > second->number;
}

static int compare_ids(const void *a, const void *b)
{
    const struct invoice *const *first = a;
    const struct invoice *const *second = b;

    return memcmp(&(*first)->id, &(*second)->id, sizeof((*first)->id));
}

static int compare_known(const void *a, const void *b)
{
    const struct known *first = a;
    const struct known *second = b;

    if (first->day != second->day) {
        return first->day < second->day ? -1 : 1;
    }
    if (first->amount != second->amount) {
        return first->amount < second->amount ? -1 : 1;
    }
    return strcmp(first->number, second->number);
}

/* --- what is paid already --- */

static const struct fl_mapping_column *column_from(
    const struct fl_mapping *mapping,
    const char *source)
{
    for (size_t i = 0; i < mapping->column_count; i++) {
        const struct fl_mapping_column *column = &mapping->columns[i];

        if (!column->is_constant && column->attribute &&
            fl_bytes_equal(column->source, fl_bytes_of_text(source))) {
            return column;
        }
    }
    return NULL;
}

static void find_columns(struct fl_matching *matching)
{
    static const char *const dates[] = {"ДатаОперации", "ДатаПоступило", "Дата"};
    struct payment_columns *columns = &matching->columns;

    columns->invoice = column_from(matching->mapping, "Счет");
    columns->amount = column_from(matching->mapping, "Сумма");
    columns->number = column_from(matching->mapping, "Номер");
    if (columns->number && columns->number->step_count > 0) {
        columns->number = NULL; /* it is not here as it came */
    }
    for (size_t i = 0; i < sizeof(dates) / sizeof(dates[0]) && !columns->date; i++) {
        columns->date = column_from(matching->mapping, dates[i]);
    }
}

static enum fl_status note_coming(
    struct fl_matching *matching,
    const struct fl_matching_payment *payments,
    size_t count)
{
    matching->coming = fl_alloc_zeroed(count + 1, sizeof(*matching->coming));
    if (!matching->coming) {
        return FL_NO_MEMORY;
    }
    for (size_t i = 0; i < count; i++) {
        struct known *known = &matching->coming[i];
        int64_t seconds = 0;

        known->amount = payments[i].amount;
        if (matching->columns.date && fl_mapping_date(payments[i].date, &seconds)) {
            known->day = seconds / DAY_SECONDS;
        }
        if (matching->columns.number) {
            copy_text(known->number, sizeof(known->number), payments[i].number);
        }
    }
    matching->coming_count = count;
    if (count > 0) {
        qsort(matching->coming, count, sizeof(*matching->coming), compare_known);
    }
    return FL_OK;
}

static const struct fl_value *value_of(
    const struct fl_object *object,
    const struct fl_mapping_column *column)
{
    return column ? fl_object_field(object, column->attribute->number) : NULL;
}

static bool is_coming(
    const struct fl_matching *matching,
    const struct fl_object *object,
    int64_t amount)
{
    const struct fl_value *date = value_of(object, matching->columns.date);
    struct known known = {.amount = amount};

    if (date && date->kind == FL_VALUE_DATE) {
        known.day = date->date / DAY_SECONDS;
    }
    copy_text(
        known.number, sizeof(known.number),
        text_of(value_of(object, matching->columns.number)));
    return matching->coming_count > 0 &&
           bsearch(
               &known, matching->coming, matching->coming_count, sizeof(known),
               compare_known) != NULL;
}

static struct invoice *invoice_of(struct fl_matching *matching, struct fl_uuid id)
{
    const struct invoice wanted = {.id = id};
    const struct invoice *key = &wanted;
    struct invoice **found = matching->count == 0
                                 ? NULL
                                 : bsearch(
                                       &key, matching->by_id, matching->count,
                                       sizeof(struct invoice *), compare_ids);

    return found ? *found : NULL;
}

/* A payment that is here. */
static enum fl_status visit_payment(
    void *context,
    struct fl_txn *txn,
    const struct fl_entry *entry,
    bool *out_stop,
    struct fl_error *out_error)
{
    struct fl_matching *matching = context;
    struct fl_object object;
    int64_t money = 0;

    (void)txn;
    (void)out_stop;
    enum fl_status status = unpack(matching, entry, &object, out_error);

    if (status != FL_OK || is_marked(matching->mapping->type, &object)) {
        return status;
    }
    const struct fl_value *paid = value_of(&object, matching->columns.invoice);
    const struct fl_value *amount = value_of(&object, matching->columns.amount);

    if (!paid || paid->kind != FL_VALUE_REF ||
        paid->type != matching->about->type->number || !amount ||
        amount->kind != FL_VALUE_NUMBER || !fl_money_of(amount->number, &money) ||
        is_coming(matching, &object, money)) {
        return FL_OK;
    }
    struct invoice *invoice = invoice_of(matching, paid->uuid);

    if (invoice) {
        invoice->paid += money;
    }
    return FL_OK;
}

static enum fl_status index_invoices(struct fl_matching *matching)
{
    if (matching->count == 0) {
        return FL_OK;
    }
    qsort(matching->items, matching->count, sizeof(*matching->items), compare_numbers);
    matching->by_id = fl_alloc(matching->count * sizeof(struct invoice *));
    if (!matching->by_id) {
        return FL_NO_MEMORY;
    }
    for (size_t i = 0; i < matching->count; i++) {
        matching->by_id[i] = &matching->items[i];
    }
    qsort(matching->by_id, matching->count, sizeof(struct invoice *), compare_ids);
    return FL_OK;
}

static bool counts_payments(const struct fl_matching *matching)
{
    return matching->columns.invoice && matching->columns.amount;
}

static enum fl_status begin(
    struct fl_matching *matching,
    const struct fl_matching_payment *payments,
    size_t payment_count)
{
    struct fl_store *store = matching->node->store;
    const struct fl_type *type = matching->about->type;

    fl_arena_init(&matching->arena, FL_OBJECT_ARENA_BYTES_MAX);
    find_columns(matching);
    matching->invoices =
        (struct fl_walk){.store = store, .type = type ? type->number : 0, .done = !type};
    matching->payments = (struct fl_walk){
        .store = store,
        .type = matching->mapping->type->number,
        .done = !type || !counts_payments(matching)};
    return note_coming(matching, payments, payment_count);
}

enum fl_status fl_matching_open(
    struct fl_node *node,
    const struct fl_mapping *mapping,
    const struct fl_matching_payment *payments,
    size_t payment_count,
    struct fl_matching **out_matching,
    struct fl_error *out_error)
{
    struct fl_matching *matching = fl_alloc_zeroed(1, sizeof(*matching));

    if (!matching) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    matching->node = node;
    matching->mapping = mapping;
    matching->about = &mapping->invoice;
    if (begin(matching, payments, payment_count) != FL_OK) {
        fl_matching_close(matching);
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    *out_matching = matching;
    return FL_OK;
}

enum fl_status fl_matching_step(
    struct fl_matching *matching,
    const struct fl_share *share,
    bool *out_done,
    struct fl_error *out_error)
{
    enum fl_status status = FL_OK;

    while (status == FL_OK && !matching->invoices.done && !fl_share_is_over(share)) {
        status = fl_walk_some(&matching->invoices, share, visit, matching, out_error);
    }
    if (status != FL_OK || !matching->invoices.done) {
        return status;
    }
    if (!matching->by_id && index_invoices(matching) != FL_OK) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    while (status == FL_OK && !matching->payments.done && !fl_share_is_over(share)) {
        status =
            fl_walk_some(&matching->payments, share, visit_payment, matching, out_error);
    }
    *out_done = status == FL_OK && matching->payments.done;
    return status;
}

void fl_matching_close(struct fl_matching *matching)
{
    if (!matching) {
        return;
    }
    fl_arena_deinit(&matching->arena);
    fl_free(matching->items);
    fl_free(matching->by_id);
    fl_free(matching->coming);
    fl_free(matching);
}

size_t fl_matching_count(const struct fl_matching *matching)
{
    return matching->count;
}

struct fl_matching_invoice fl_matching_invoice(
    const struct fl_matching *matching,
    size_t index)
{
    FL_ASSERT(index < matching->count);
    const struct invoice *invoice = &matching->items[index];

    return (struct fl_matching_invoice){
        .id = invoice->id,
        .number = invoice->text,
        .amount = invoice->amount,
        .paid = invoice->paid};
}

static size_t first_of(const struct fl_matching *matching, uint64_t number)
{
    size_t low = 0;
    size_t high = matching->count;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;

        if (matching->items[middle].number < number) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static bool contains(struct fl_bytes text, const char *part)
{
    const size_t size = strlen(part);

    for (size_t i = 0; size > 0 && i + size <= text.size; i++) {
        if (memcmp(text.data + i, part, size) == 0) {
            return true;
        }
    }
    return false;
}

static enum fl_match judge(
    const struct invoice *invoice,
    const struct fl_matching_payment *payment)
{
    const int64_t left = invoice->amount - invoice->paid;

    if (payment->inn.size == 0 ||
        !fl_bytes_equal(fl_bytes_of_text(invoice->inn), payment->inn)) {
        return FL_MATCH_NO_PARTY;
    }
    if (payment->amount == left) {
        return FL_MATCH_WHOLE;
    }
    if (payment->amount < left) {
        return FL_MATCH_PART;
    }
    /* A date or an amount in the purpose may look like a number: it has to be whole. */
    return contains(payment->purpose, invoice->text) ? FL_MATCH_OVER : FL_MATCH_NO_AMOUNT;
}

/* Lower is better. A number that stands there whole, with its prefix, is surer. */
static int rank_of(
    enum fl_match match,
    const struct invoice *invoice,
    const struct fl_matching_payment *payment)
{
    static const int ranks[] = {
        [FL_MATCH_WHOLE] = 0,
        [FL_MATCH_PART] = 2,
        [FL_MATCH_OVER] = 4,
        [FL_MATCH_NO_AMOUNT] = 6,
        [FL_MATCH_NO_PARTY] = 8};

    return ranks[match] + (contains(payment->purpose, invoice->text) ? 0 : 1);
}

enum fl_match fl_matching_take(
    struct fl_matching *matching,
    const struct fl_matching_payment *payment,
    ptrdiff_t *out_index)
{
    enum { RANK_NONE = 10 };
    struct fl_bytes left = payment->purpose;
    enum fl_match best = FL_MATCH_NO_NUMBER;
    int best_rank = RANK_NONE;
    bool several = false;
    uint64_t number = 0;

    *out_index = FL_MATCHING_NONE;
    if (!matching->about->type) {
        return FL_MATCH_NOT_WANTED;
    }
    while ((number = next_number(&left)) != 0) {
        for (size_t i = first_of(matching, number);
             i < matching->count && matching->items[i].number == number; i++) {
            const struct invoice *invoice = &matching->items[i];
            const enum fl_match match = judge(invoice, payment);
            const int rank = rank_of(match, invoice, payment);
            const bool is_other = *out_index != (ptrdiff_t)i;

            several =
                rank < best_rank ? false : several || (rank == best_rank && is_other);
            if (rank < best_rank) {
                best_rank = rank;
                best = match;
                *out_index = (ptrdiff_t)i;
            }
        }
    }
    if (several && best <= FL_MATCH_OVER) {
        return FL_MATCH_SEVERAL;
    }
    if (best <= FL_MATCH_OVER) {
        matching->items[*out_index].paid += payment->amount;
    }
    return best;
}
