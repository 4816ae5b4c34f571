#include "bank/matching.h"

#include <stdlib.h>
#include <string.h>

#include "change.h"
#include "proto/record.h"
#include "ref.h"
#include "table/map_text.h"
#include "walk.h"

enum { DIGITS_MAX = 12, INVOICES_MAX = 1 << 22, INN_BYTES = 16, NUMBER_BYTES = 40 };

/* The digits of a number behind its prefix: "ЦО-000123" is 123. */
struct invoice {
    uint64_t number;
    struct fl_decimal amount;
    struct fl_uuid id;
    char inn[INN_BYTES];
    char text[NUMBER_BYTES]; /* the whole number */
};

struct fl_matching {
    struct fl_node *node;
    const struct fl_mapping_invoice *about;
    struct invoice *items;
    size_t count;
    size_t capacity;
    struct fl_arena arena;
};

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
    fl_arena_reset(&matching->arena);
    if (!make_room(matching)) {
        return fl_error_set(out_error, FL_LIMIT, "more invoices than fit into memory");
    }
    enum fl_status status = fl_record_decode(
        entry->key, /* deleted= */ false, entry->record, &matching->arena, &object);

    if (status != FL_OK) {
        return fl_error_set(out_error, status, "an object here cannot be unpacked");
    }
    struct invoice invoice = {.id = entry->key.id};
    const struct fl_bytes number =
        text_of(fl_object_field(&object, about->number->number));
    const struct fl_value *amount = fl_object_field(&object, about->amount->number);

    invoice.number = last_number(number);
    if (amount && amount->kind == FL_VALUE_NUMBER) {
        invoice.amount = amount->number;
    }
    copy_text(invoice.text, sizeof(invoice.text), number);
    read_inn(
        matching, txn, fl_object_field(&object, about->partner->number), invoice.inn);
    if (invoice.number != 0) {
        matching->items[matching->count++] = invoice;
    }
    return FL_OK;
}

static int compare(const void *a, const void *b)
{
    const struct invoice *first = a;
    const struct invoice *second = b;

    return first->number < second->number ? -1 : first->number > second->number;
}

enum fl_status fl_matching_open(
    struct fl_node *node,
    const struct fl_mapping_invoice *invoice,
    struct fl_matching **out_matching,
    struct fl_error *out_error)
{
    struct fl_matching *matching = fl_alloc_zeroed(1, sizeof(*matching));
    enum fl_status status = FL_OK;

    if (!matching) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    matching->node = node;
    matching->about = invoice;
    fl_arena_init(&matching->arena, FL_OBJECT_ARENA_BYTES_MAX);
    if (invoice->type) {
        status = fl_walk_objects(
            node->store, invoice->type->number, visit, matching, out_error);
    }
    if (status != FL_OK) {
        fl_matching_close(matching);
        return status;
    }
    if (matching->count > 0) {
        qsort(matching->items, matching->count, sizeof(*matching->items), compare);
    }
    *out_matching = matching;
    return FL_OK;
}

void fl_matching_close(struct fl_matching *matching)
{
    if (!matching) {
        return;
    }
    fl_arena_deinit(&matching->arena);
    fl_free(matching->items);
    fl_free(matching);
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

static enum fl_match judge(
    const struct invoice *invoice,
    const struct fl_matching_payment *payment)
{
    if (payment->inn.size == 0 ||
        !fl_bytes_equal(fl_bytes_of_text(invoice->inn), payment->inn)) {
        return FL_MATCH_NO_PARTY;
    }
    const int order = fl_decimal_compare(payment->amount, invoice->amount);

    return order == 0 ? FL_MATCH_WHOLE : order < 0 ? FL_MATCH_PART : FL_MATCH_NO_AMOUNT;
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

/* Lower is better. A number that stands there whole, with its prefix, is surer. */
static int rank_of(
    enum fl_match match,
    const struct invoice *invoice,
    const struct fl_matching_payment *payment)
{
    static const int ranks[] = {
        [FL_MATCH_WHOLE] = 0,
        [FL_MATCH_PART] = 2,
        [FL_MATCH_NO_AMOUNT] = 4,
        [FL_MATCH_NO_PARTY] = 6};

    return ranks[match] + (contains(payment->purpose, invoice->text) ? 0 : 1);
}

enum fl_match fl_matching_find(
    const struct fl_matching *matching,
    const struct fl_matching_payment *payment,
    struct fl_uuid *out_invoice)
{
    enum { RANK_NONE = 8 };
    struct fl_bytes left = payment->purpose;
    enum fl_match best = FL_MATCH_NO_NUMBER;
    int best_rank = RANK_NONE;
    bool several = false;
    uint64_t number = 0;

    *out_invoice = (struct fl_uuid){{0}};
    if (!matching->about->type) {
        return FL_MATCH_NOT_WANTED;
    }
    while ((number = next_number(&left)) != 0) {
        for (size_t i = first_of(matching, number);
             i < matching->count && matching->items[i].number == number; i++) {
            const struct invoice *invoice = &matching->items[i];
            const enum fl_match match = judge(invoice, payment);
            const int rank = rank_of(match, invoice, payment);
            const bool is_other =
                memcmp(&invoice->id, out_invoice, sizeof(invoice->id)) != 0;

            several =
                rank < best_rank ? false : several || (rank == best_rank && is_other);
            if (rank < best_rank) {
                best_rank = rank;
                best = match;
                *out_invoice = invoice->id;
            }
        }
    }
    return several && best <= FL_MATCH_PART ? FL_MATCH_SEVERAL : best;
}
