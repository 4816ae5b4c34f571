#include "bank/bank.h"

#include <stdio.h>
#include <string.h>

#include "bank/invoice.h"
#include "bank/matching.h"
#include "change/change.h"
#include "change/object_json.h"
#include "change/ref.h"
#include "exchange/statement.h"
#include "file.h"
#include "language.h"
#include "table/map_text.h"
#include "table/mapping_value.h"

enum {
    COMPUTED = 7,
    KEYS_MAX = 200,
    DESCRIPTION_BYTES = 120,
};

static const char *const COMPUTED_NAMES[COMPUTED] = {
    "Вид",
    "Направление",
    "ДатаОперации",
    "ИННКонтрагента",
    "НаименованиеКонтрагента",
    "СчетКонтрагента",
    "Счет"};

enum computed { KIND, DIRECTION, BOOKED, PARTY_INN, PARTY_NAME, PARTY_ACCOUNT, INVOICE };

struct payment {
    const struct fl_statement_part *part;
    bool is_incoming;
    enum fl_match match;
    ptrdiff_t invoice; /* of the matching */
    int64_t left;      /* of a matched one, behind this payment; below zero: too much */
};

struct fl_bank {
    struct fl_node *node;
    uint64_t configuration_revision; /* the mapping is of it */
    const struct fl_mapping *mapping;
    const char *place;
    char description[DESCRIPTION_BYTES];
    struct fl_buffer file;
    struct fl_statement statement;
    bool statement_made;
    struct payment *payments;
    size_t payment_count;
    size_t other_count; /* of the direction that the mapping does not want */
    struct fl_matching *matching;
    size_t key_count; /* of the documents, behind the computed ones */
    struct fl_bytes keys[KEYS_MAX];
    size_t invoice_column_count; /* "Счет.X" that the mapping asks for */
    const struct fl_mapping_column *invoice_columns[FL_MAPPING_COLUMNS_MAX];
    size_t next; /* 0: the header */
    struct fl_arena arena;
    struct fl_bytes cells[COMPUTED + KEYS_MAX + FL_MAPPING_COLUMNS_MAX];
    struct fl_sheet_row row;
};

static struct fl_bytes get(
    const struct fl_bank *bank,
    const struct payment *payment,
    const char *key)
{
    return fl_statement_get(&bank->statement, payment->part, key);
}

/* The first of some keys that has a value. */
static struct fl_bytes first_of(
    const struct fl_bank *bank,
    const struct payment *payment,
    const char *const *keys)
{
    struct fl_bytes value = {(const uint8_t *)"", 0};

    for (size_t i = 0; keys[i] && value.size == 0; i++) {
        value = get(bank, payment, keys[i]);
    }
    return value;
}

static bool is_own_account(const struct fl_bank *bank, struct fl_bytes account)
{
    const struct fl_statement *statement = &bank->statement;
    const struct fl_bytes key = fl_bytes_of_text("РасчСчет");

    for (size_t i = 0; i < statement->part_count && account.size > 0; i++) {
        const struct fl_statement_part *part = &statement->parts[i];

        for (size_t j = 0;
             j < part->field_count && part->section != FL_STATEMENT_DOCUMENT; j++) {
            const struct fl_statement_field *field =
                &statement->fields[part->field_first + j];

            if (fl_bytes_equal(field->key, key) &&
                fl_bytes_equal(field->value, account)) {
                return true;
            }
        }
    }
    return false;
}

/* By which of the two dates is filled; both or none: by our accounts. */
static bool is_incoming(const struct fl_bank *bank, const struct payment *payment)
{
    const bool in = get(bank, payment, "ДатаПоступило").size > 0;
    const bool out = get(bank, payment, "ДатаСписано").size > 0;

    if (in != out) {
        return in;
    }
    return !is_own_account(bank, get(bank, payment, "ПлательщикСчет")) &&
           is_own_account(bank, get(bank, payment, "ПолучательСчет"));
}

/* "7701234567, ООО Ромашка" and "ИНН 7701234567 ООО Ромашка" without the INN. */
static struct fl_bytes without_inn(struct fl_bytes whole)
{
    const char *word = "ИНН";
    const size_t size = strlen(word);
    struct fl_bytes name = whole;
    size_t digits = 0;

    if (name.size > size && memcmp(name.data, word, size) == 0) {
        name = fl_map_text_trim((struct fl_bytes){name.data + size, name.size - size});
    }
    while (digits < name.size && name.data[digits] >= '0' && name.data[digits] <= '9') {
        digits++;
    }
    if (digits >= 10 && digits < name.size &&
        (name.data[digits] == ' ' || name.data[digits] == ',')) {
        name.data += digits + 1;
        name.size -= digits + 1;
        return fl_map_text_trim(name);
    }
    return fl_map_text_trim(whole);
}

static void compute(
    const struct fl_bank *bank,
    const struct payment *payment,
    struct fl_bytes out_cells[COMPUTED])
{
    static const char *const booked_in[] = {"ДатаПоступило", "Дата", NULL};
    static const char *const booked_out[] = {"ДатаСписано", "Дата", NULL};
    static const char *const payer[] = {"Плательщик1", "Плательщик", NULL};
    static const char *const payee[] = {"Получатель1", "Получатель", NULL};
    static const char *const payer_account[] = {
        "ПлательщикРасчСчет", "ПлательщикСчет", NULL};
    static const char *const payee_account[] = {
        "ПолучательРасчСчет", "ПолучательСчет", NULL};
    const bool in = payment->is_incoming;

    out_cells[KIND] = payment->part->kind;
    out_cells[DIRECTION] = fl_bytes_of_text(in ? "приход" : "расход");
    out_cells[BOOKED] = first_of(bank, payment, in ? booked_in : booked_out);
    out_cells[PARTY_INN] = get(bank, payment, in ? "ПлательщикИНН" : "ПолучательИНН");
    out_cells[PARTY_NAME] = without_inn(first_of(bank, payment, in ? payer : payee));
    out_cells[PARTY_ACCOUNT] =
        first_of(bank, payment, in ? payer_account : payee_account);
    out_cells[INVOICE] = fl_bytes_of_text("");
}

static bool is_matched(const struct payment *payment)
{
    return payment->match == FL_MATCH_WHOLE || payment->match == FL_MATCH_PART ||
           payment->match == FL_MATCH_OVER;
}

/* False: it has no amount that can be counted. */
static bool describe(
    const struct fl_bank *bank,
    const struct payment *payment,
    struct fl_matching_payment *out_about)
{
    struct fl_bytes cells[COMPUTED];
    struct fl_decimal amount;

    compute(bank, payment, cells);
    *out_about = (struct fl_matching_payment){
        .number = get(bank, payment, "Номер"),
        .purpose = get(bank, payment, "НазначениеПлатежа"),
        .inn = cells[PARTY_INN],
        .date = cells[BOOKED]};
    return fl_mapping_number(get(bank, payment, "Сумма"), &amount) &&
           fl_money_of(amount, &out_about->amount);
}

static void match_one(struct fl_bank *bank, struct payment *payment)
{
    struct fl_matching_payment about;

    payment->match = FL_MATCH_NOT_WANTED;
    payment->invoice = FL_MATCHING_NONE;
    if (payment->is_incoming && describe(bank, payment, &about)) {
        payment->match = fl_matching_take(bank->matching, &about, &payment->invoice);
    }
    if (is_matched(payment)) {
        const struct fl_matching_invoice invoice =
            fl_matching_invoice(bank->matching, (size_t)payment->invoice);

        payment->left = invoice.amount - invoice.paid;
    }
}

static enum fl_status begin_matching(struct fl_bank *bank, struct fl_error *out_error)
{
    struct fl_matching_payment *coming =
        fl_alloc_zeroed(bank->payment_count + 1, sizeof(*coming));
    size_t count = 0;

    if (!coming) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    for (size_t i = 0; i < bank->payment_count; i++) {
        count += describe(bank, &bank->payments[i], &coming[count]) ? 1 : 0;
    }
    enum fl_status status = fl_matching_open(
        bank->node, bank->mapping, coming, count, &bank->matching, out_error);

    fl_free(coming);
    return status;
}

static void add_key(struct fl_bank *bank, struct fl_bytes key)
{
    for (size_t i = 0; i < bank->key_count; i++) {
        if (fl_bytes_equal(bank->keys[i], key)) {
            return;
        }
    }
    if (bank->key_count < KEYS_MAX) {
        bank->keys[bank->key_count++] = key;
    }
}

/* Keys that no document has may be asked for: they are empty there. */
static void find_columns(struct fl_bank *bank)
{
    const char *prefix = "Счет.";
    const size_t prefix_size = strlen(prefix);

    for (size_t i = 0; i < bank->mapping->column_count; i++) {
        const struct fl_mapping_column *column = &bank->mapping->columns[i];
        bool is_computed = column->is_constant;

        for (size_t j = 0; j < COMPUTED; j++) {
            is_computed |=
                fl_bytes_equal(column->source, fl_bytes_of_text(COMPUTED_NAMES[j]));
        }
        if (!column->is_constant && column->source.size > prefix_size &&
            memcmp(column->source.data, prefix, prefix_size) == 0) {
            bank->invoice_columns[bank->invoice_column_count++] = column;
        } else if (!is_computed) {
            add_key(bank, column->source);
        }
    }
}

static bool is_wanted(const struct fl_bank *bank, bool incoming)
{
    return bank->mapping->direction == FL_DIRECTION_BOTH ||
           (bank->mapping->direction == FL_DIRECTION_IN) == incoming;
}

static enum fl_status find_payments(struct fl_bank *bank, struct fl_error *out_error)
{
    const struct fl_statement *statement = &bank->statement;

    bank->payments = fl_alloc_zeroed(statement->part_count + 1, sizeof(*bank->payments));
    if (!bank->payments) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    for (size_t i = 0; i < statement->part_count; i++) {
        struct payment payment = {.part = &statement->parts[i]};

        if (payment.part->section != FL_STATEMENT_DOCUMENT) {
            continue;
        }
        payment.is_incoming = is_incoming(bank, &payment);
        if (is_wanted(bank, payment.is_incoming)) {
            bank->payments[bank->payment_count++] = payment;
        } else {
            bank->other_count++;
        }
    }
    find_columns(bank);
    return begin_matching(bank, out_error);
}

enum fl_status fl_bank_open(
    struct fl_node *node,
    const struct fl_mapping *mapping,
    const char *path,
    const char *place,
    struct fl_bank **out_bank,
    struct fl_error *out_error)
{
    struct fl_bank *bank = fl_alloc_zeroed(1, sizeof(*bank));

    if (!bank) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    bank->node = node;
    bank->configuration_revision = node->configuration_revision;
    bank->mapping = mapping;
    bank->place = place;
    fl_arena_init(&bank->arena, FL_OBJECT_ARENA_BYTES_MAX);
    fl_buffer_init(&bank->file, FL_STATEMENT_BYTES_MAX);
    enum fl_status status =
        fl_file_read(path, FL_STATEMENT_BYTES_MAX, &bank->file, out_error);

    if (status == FL_OK) {
        bank->statement_made = true;
        status =
            fl_statement_init(&bank->statement, fl_buffer_view(&bank->file), out_error);
        if (status != FL_OK && out_error) {
            fl_error_prefix(out_error, "%s", place);
        }
    }
    if (status == FL_OK) {
        status = find_payments(bank, out_error);
    }
    if (status != FL_OK) {
        fl_bank_close(bank);
        return status;
    }
    snprintf(
        bank->description, sizeof(bank->description), "1CClientBankExchange, %s",
        fl_encoding_name(bank->statement.encoding));
    *out_bank = bank;
    return FL_OK;
}

void fl_bank_close(struct fl_bank *bank)
{
    if (!bank) {
        return;
    }
    if (bank->statement_made) {
        fl_statement_deinit(&bank->statement);
    }
    fl_matching_close(bank->matching);
    fl_buffer_deinit(&bank->file);
    fl_arena_deinit(&bank->arena);
    fl_free(bank->payments);
    fl_free(bank);
}

enum fl_status fl_bank_step(
    struct fl_bank *bank,
    const struct fl_share *share,
    bool *out_done,
    struct fl_error *out_error)
{
    if (bank->configuration_revision != bank->node->configuration_revision) {
        return fl_error_set(
            out_error, FL_BUSY,
            "%s: the configuration changed meanwhile, with %llu rows written: import it "
            "again",
            bank->place, 0ULL);
    }
    enum fl_status status = fl_matching_step(bank->matching, share, out_done, out_error);

    for (size_t i = 0; i < bank->payment_count && *out_done; i++) {
        match_one(bank, &bank->payments[i]);
    }
    return status;
}

static struct fl_key invoice_key(
    const struct fl_bank *bank,
    const struct payment *payment)
{
    return (struct fl_key){
        .type = bank->mapping->invoice.type->number,
        .id = fl_matching_invoice(bank->matching, (size_t)payment->invoice).id};
}

/* Values of the invoice's own attributes, as texts that a mapping reads again. */
static void fill_invoice(
    struct fl_bank *bank,
    const struct payment *payment,
    struct fl_bytes *cells)
{
    const struct fl_configuration *configuration = bank->node->configuration;
    struct fl_object object = {.field_count = 0};
    struct fl_txn txn;

    fl_txn_begin(&txn, bank->node->store, FL_TXN_READ);
    enum fl_status status = fl_change_current(
        &txn, invoice_key(bank, payment), &bank->arena, &object, NULL, NULL);

    fl_txn_abort(&txn);
    for (size_t i = 0; i < bank->invoice_column_count && status == FL_OK; i++) {
        struct fl_bytes name = bank->invoice_columns[i]->source;

        name.data += strlen("Счет.");
        name.size -= strlen("Счет.");
        const struct fl_attribute *attribute =
            fl_attribute_by_name(bank->mapping->invoice.type, name);
        const struct fl_value *value =
            attribute ? fl_object_field(&object, attribute->number) : NULL;
        json_t *json =
            value ? fl_object_json_value(configuration, &attribute->type, value) : NULL;

        if (json_is_string(json)) {
            const struct fl_bytes text = {
                (const uint8_t *)json_string_value(json), json_string_length(json)};

            (void)fl_arena_copy(&bank->arena, text, &cells[i]);
        }
        json_decref(json);
    }
}

static void fill_header(struct fl_bank *bank)
{
    struct fl_bytes *cells = bank->cells;

    for (size_t i = 0; i < COMPUTED; i++) {
        *cells++ = fl_bytes_of_text(COMPUTED_NAMES[i]);
    }
    for (size_t i = 0; i < bank->key_count; i++) {
        *cells++ = bank->keys[i];
    }
    for (size_t i = 0; i < bank->invoice_column_count; i++) {
        *cells++ = bank->invoice_columns[i]->source;
    }
}

static void fill_row(struct fl_bank *bank, const struct payment *payment)
{
    const struct fl_statement *statement = &bank->statement;
    struct fl_bytes *keys = bank->cells + COMPUTED;
    struct fl_bytes *columns = keys + bank->key_count;

    memset(bank->cells, 0, sizeof(bank->cells));
    compute(bank, payment, bank->cells);
    for (size_t i = 0; i < bank->key_count; i++) {
        for (size_t j = 0; j < payment->part->field_count; j++) {
            const struct fl_statement_field *field =
                &statement->fields[payment->part->field_first + j];

            if (fl_bytes_equal(field->key, bank->keys[i])) {
                keys[i] = field->value;
            }
        }
    }
    if (is_matched(payment)) {
        const struct fl_ref_text ref =
            fl_ref_text(bank->node->configuration, invoice_key(bank, payment));

        (void)fl_arena_copy(
            &bank->arena, fl_bytes_of_text(ref.text), &bank->cells[INVOICE]);
        fill_invoice(bank, payment, columns);
    }
}

static enum fl_status rewind_rows(void *context, struct fl_error *out_error)
{
    struct fl_bank *bank = context;

    (void)out_error;
    bank->next = 0;
    return FL_OK;
}

static enum fl_status next_row(
    void *context,
    const struct fl_sheet_row **out_row,
    struct fl_error *out_error)
{
    struct fl_bank *bank = context;

    (void)out_error;
    fl_arena_reset(&bank->arena);
    if (bank->next > bank->payment_count) {
        *out_row = NULL;
        return FL_OK;
    }
    bank->row = (struct fl_sheet_row){
        .line = 1,
        .cell_count = COMPUTED + bank->key_count + bank->invoice_column_count,
        .cells = bank->cells};
    if (bank->next == 0) {
        fill_header(bank);
    } else {
        const struct payment *payment = &bank->payments[bank->next - 1];

        bank->row.line = payment->part->line;
        fill_row(bank, payment);
    }
    bank->next++;
    *out_row = &bank->row;
    return FL_OK;
}

struct fl_row_source fl_bank_rows(struct fl_bank *bank)
{
    return (struct fl_row_source){
        .place = bank->place, .rewind = rewind_rows, .next = next_row, .context = bank};
}

const char *fl_bank_description(const struct fl_bank *bank)
{
    return bank->description;
}

static const char *match_words(enum fl_match match)
{
    static const char *const words[] = {
        [FL_MATCH_WHOLE] = N_("paid"),
        [FL_MATCH_PART] = N_("paid in part"),
        [FL_MATCH_OVER] = N_("paid, and more than was left"),
        [FL_MATCH_NO_NUMBER] = N_("not matched: no invoice has a number of the purpose"),
        [FL_MATCH_NO_PARTY] =
            N_("not matched: the invoice of that number is for another"),
        [FL_MATCH_NO_AMOUNT] = N_("not matched: more than is left of the invoice"),
        [FL_MATCH_SEVERAL] = N_("not matched: several invoices fit"),
        [FL_MATCH_NOT_WANTED] = N_("not matched"),
    };

    return words[match];
}

static void show_text(
    struct fl_output *output,
    const char *key,
    const char *label,
    struct fl_bytes text)
{
    char copy[FL_NAME_BYTES_MAX + 1];
    const struct fl_bytes cut = fl_bytes_utf8_beginning(text, sizeof(copy) - 1);

    memcpy(copy, cut.data, cut.size);
    copy[cut.size] = '\0';
    fl_output_text(output, key, label, copy);
}

static void show_payment(
    const struct fl_bank *bank,
    const struct payment *payment,
    struct fl_output *output)
{
    struct fl_bytes cells[COMPUTED];
    char left[FL_MONEY_TEXT_BYTES] = "";

    compute(bank, payment, cells);
    if (is_matched(payment)) {
        fl_money_text(payment->left, left);
    }
    fl_output_row(output);
    fl_output_number(output, "line", N_("line"), payment->part->line);
    show_text(output, "number", N_("number"), get(bank, payment, "Номер"));
    show_text(output, "amount", N_("amount"), get(bank, payment, "Сумма"));
    show_text(output, "party", N_("party"), cells[PARTY_NAME]);
    fl_output_flag(output, "matched", N_("matched"), is_matched(payment));
    fl_output_text(output, "match", N_("how"), _(match_words(payment->match)));
    fl_output_text(output, "left", N_("left of the invoice"), left);
    fl_output_text(
        output, "invoice", N_("invoice"),
        payment->invoice != FL_MATCHING_NONE
            ? fl_ref_text(bank->node->configuration, invoice_key(bank, payment)).text
            : "");
}

/* Each invoice once that a payment of the statement pays. */
static void show_invoices(const struct fl_bank *bank, struct fl_output *output)
{
    const size_t count = fl_matching_count(bank->matching);
    bool *seen = fl_alloc_zeroed(count + 1, sizeof(*seen));

    if (!seen) {
        return;
    }
    fl_output_list_begin(output, "invoices");
    for (size_t i = 0; i < bank->payment_count; i++) {
        const struct payment *payment = &bank->payments[i];

        if (is_matched(payment) && !seen[payment->invoice]) {
            seen[payment->invoice] = true;
            fl_invoice_show(
                bank->node, bank->mapping, bank->matching, (size_t)payment->invoice,
                output);
        }
    }
    fl_output_list_end(output);
    fl_free(seen);
}

void fl_bank_show(const struct fl_bank *bank, struct fl_output *output)
{
    for (size_t i = 0; i < bank->statement.note_count; i++) {
        fl_output_warn(output, "%s:%s", bank->place, bank->statement.notes[i]);
    }
    fl_output_list_begin(output, "payments");
    for (size_t i = 0; i < bank->payment_count && bank->mapping->invoice.type; i++) {
        show_payment(bank, &bank->payments[i], output);
    }
    fl_output_list_end(output);
    show_invoices(bank, output);
    if (bank->other_count > 0) {
        fl_output_number(
            output, "other_direction", N_("of the other direction, left out"),
            bank->other_count);
    }
}
