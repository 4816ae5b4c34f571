#include "table/loading.h"

#include <stdio.h>
#include <string.h>

#include "change.h"
#include "language.h"
#include "proto/record.h"
#include "ref.h"
#include "storage/journal.h"
#include "table/scratch.h"

enum {
    ROWS_A_READ = 1024,
    ROWS_A_TXN = 16384,
    BYTES_A_TXN = 8 << 20,
    SHOWN_REFUSED_MAX = 100,
    PROGRESS_ROWS = 4096,
    CHANGES_BYTES = 600,
};

struct loading {
    struct fl_node *node;
    struct fl_mapping *mapping;
    const struct fl_row_source *source;
    const struct fl_loading_options *options;
    struct fl_output *output;
    struct fl_loading_report *report;
    struct fl_mapping_refs refs;
    struct fl_lookup keys;
    struct fl_ref_maker maker;
    struct fl_arena arena;
    struct fl_buffer record;
    struct fl_txn txn;
    struct fl_spool *spool; /* what is to be written; NULL: nothing is */
    struct fl_value values[FL_MAPPING_COLUMNS_MAX];
    char note[FL_ERROR_TEXT_BYTES_MAX]; /* what changes, or why it was refused */
};

/* What a row means, once it is known. */
struct outcome {
    enum fl_row_verdict verdict;
    struct fl_key key;
};

static struct fl_bytes cell_of(
    const struct fl_mapping_column *column,
    const struct fl_sheet_row *row)
{
    if (column->is_constant) {
        return column->source;
    }
    return column->index >= 0 && (size_t)column->index < row->cell_count
               ? row->cells[column->index]
               : (struct fl_bytes){(const uint8_t *)"", 0};
}

static enum fl_status read_values(
    struct loading *loading,
    const struct fl_sheet_row *row,
    struct fl_error *out_error)
{
    const struct fl_mapping *mapping = loading->mapping;
    enum fl_status status = FL_OK;

    if (row->fault) {
        return fl_error_set(out_error, FL_MALFORMED, "%s", fl_error_words(row->fault));
    }
    for (size_t i = 0; i < mapping->column_count && status == FL_OK; i++) {
        const struct fl_mapping_column *column = &mapping->columns[i];

        status = fl_mapping_value(
            mapping, column, &loading->refs, loading->node->configuration,
            cell_of(column, row), &loading->arena, &loading->values[i], out_error);
    }
    return status;
}

static bool is_empty_key(const struct fl_value *value)
{
    return value->kind == FL_VALUE_STRING ? value->bytes.size == 0
           : value->kind == FL_VALUE_REF  ? fl_uuid_is_zero(value->uuid)
                                          : false;
}

/* The object of a row: known, or with a new identity. */
static enum fl_status find_object(
    struct loading *loading,
    const struct fl_sheet_row *row,
    struct fl_key *out_key,
    struct fl_error *out_error)
{
    const struct fl_mapping *mapping = loading->mapping;
    struct fl_value keys[FL_MAPPING_KEYS_MAX];
    bool is_empty = true;

    for (size_t i = 0; i < mapping->key_count; i++) {
        keys[i] = loading->values[mapping->keys[i]];
        is_empty &= is_empty_key(&keys[i]);
    }
    if (is_empty) {
        return fl_error_set(out_error, FL_MALFORMED, "the key is empty");
    }
    const bool by_ref = !mapping->columns[mapping->keys[0]].attribute;
    const uint64_t hash = fl_lookup_hash(keys, mapping->key_count);
    struct fl_lookup_item *item = fl_lookup_find(&loading->keys, hash);

    if (!item) {
        item = fl_lookup_add(
            &loading->keys, hash,
            by_ref ? keys[0].uuid : fl_ref_maker_next(&loading->maker, fl_node_now_ms()));
    }
    if (!item) {
        return fl_error_set(out_error, FL_FULL, "there is no room for the index of keys");
    }
    if (item->ambiguous) {
        return fl_error_set(
            out_error, FL_REFUSED,
            "several objects have this key: join them, or name more key fields");
    }
    if (item->line != 0) {
        return fl_error_set(
            out_error, FL_REFUSED, "row %llu has the same key",
            (unsigned long long)item->line);
    }
    item->line = row->line > UINT32_MAX ? UINT32_MAX : (uint32_t)row->line;
    *out_key = (struct fl_key){.type = mapping->type->number, .id = item->id};
    return FL_OK;
}

static void note_change(
    struct loading *loading,
    const struct fl_object *before,
    const struct fl_attribute *attribute,
    const struct fl_value *value)
{
    const struct fl_value *old = fl_object_field(before, attribute->number);
    const struct fl_value empty = fl_value_empty(&attribute->type);
    const size_t used = strlen(loading->note);

    if (fl_value_equal(old ? old : &empty, value) || used > CHANGES_BYTES) {
        return;
    }
    snprintf(
        loading->note + used, sizeof(loading->note) - used, "%s%s", used > 0 ? ", " : "",
        attribute->name);
}

static bool put_values(struct loading *loading, struct fl_object *object)
{
    const struct fl_mapping *mapping = loading->mapping;
    struct fl_field *fields = fl_arena_array(
        &loading->arena, object->field_count + mapping->column_count + 1,
        sizeof(*fields));

    if (!fields) {
        return false;
    }
    if (object->field_count > 0) {
        memcpy(fields, object->fields, object->field_count * sizeof(*fields));
    }
    object->fields = fields;
    for (size_t i = 0; i < mapping->column_count; i++) {
        const struct fl_attribute *attribute = mapping->columns[i].attribute;
        size_t place = 0;

        while (attribute && place < object->field_count &&
               fields[place].number != attribute->number) {
            place++;
        }
        if (attribute) {
            fields[place] = (struct fl_field){attribute->number, loading->values[i]};
            object->field_count += place == object->field_count ? 1 : 0;
        }
    }
    return true;
}

/* Load what is here, put the row upon it, compare. */
static enum fl_status judge(
    struct loading *loading,
    struct outcome *outcome,
    struct fl_error *out_error)
{
    const struct fl_configuration *configuration = loading->node->configuration;
    struct fl_object object = {.key = outcome->key};
    struct fl_entry entry;
    enum fl_status status = fl_change_current(
        &loading->txn, outcome->key, &loading->arena, &object, &entry, out_error);
    const bool is_new = status == FL_NOT_FOUND;

    if (status != FL_OK && !is_new) {
        return status;
    }
    for (size_t i = 0; i < loading->mapping->column_count && !is_new; i++) {
        const struct fl_attribute *attribute = loading->mapping->columns[i].attribute;

        if (attribute) {
            note_change(loading, &object, attribute, &loading->values[i]);
        }
    }
    if (!put_values(loading, &object)) {
        return fl_error_set(
            out_error, FL_LIMIT, "the row is larger than an object may be");
    }
    status = fl_object_normalise(loading->mapping->type, &object, out_error);
    if (status == FL_OK) {
        status = fl_object_check(configuration, &object, out_error);
    }
    fl_buffer_clear(&loading->record);
    if (status == FL_OK && fl_record_encode(&object, &loading->record) != FL_OK) {
        status =
            fl_error_set(out_error, FL_LIMIT, "the row is larger than an object may be");
    }
    if (status != FL_OK) {
        return status;
    }
    const bool is_equal =
        !is_new && fl_bytes_equal(entry.record, fl_buffer_view(&loading->record));

    outcome->verdict = is_new ? FL_ROW_NEW : is_equal ? FL_ROW_EQUAL : FL_ROW_CHANGED;
    return loading->spool && !is_equal ? fl_spool_put(
                                             loading->spool, object.key,
                                             fl_buffer_view(&loading->record), out_error)
                                       : FL_OK;
}

static const char *word_of(enum fl_row_verdict verdict)
{
    static const char *const words[] = {
        "", N_("new"), N_("changed"), N_("equal"), N_("refused")};

    return words[verdict];
}

static void show(
    struct loading *loading,
    const struct fl_sheet_row *row,
    const struct outcome *outcome)
{
    struct fl_output *output = loading->output;
    const bool is_refused = outcome->verdict == FL_ROW_REFUSED;
    const bool wanted =
        loading->options->dry_run ||
        (is_refused && loading->report->counts[FL_ROW_REFUSED] <= SHOWN_REFUSED_MAX);

    if (!wanted) {
        return;
    }
    fl_output_row(output);
    fl_output_number(output, "line", N_("line"), row->line);
    const char *word = word_of(outcome->verdict);

    fl_output_text(output, "verdict", N_("what"), output->json ? word : _(word));
    fl_output_text(
        output, "ref", N_("ref"),
        is_refused ? "" : fl_ref_text(loading->node->configuration, outcome->key).text);
    fl_output_text(output, "note", N_("why"), loading->note);
}

static bool is_of_the_row(enum fl_status status)
{
    return status == FL_MALFORMED || status == FL_NOT_FOUND || status == FL_REFUSED ||
           status == FL_LIMIT;
}

static enum fl_status take_row(
    struct loading *loading,
    const struct fl_sheet_row *row,
    struct fl_error *out_error)
{
    struct outcome outcome = {.verdict = FL_ROW_REFUSED};
    struct fl_error error;

    fl_arena_reset(&loading->arena);
    loading->note[0] = '\0';
    enum fl_status status = read_values(loading, row, &error);

    if (status == FL_OK) {
        status = find_object(loading, row, &outcome.key, &error);
    }
    if (status == FL_OK) {
        status = judge(loading, &outcome, &error);
    }
    if (status != FL_OK &&
        (!is_of_the_row(status) || fl_txn_status(&loading->txn) != FL_OK)) {
        if (out_error) {
            *out_error = error;
            fl_error_prefix(
                out_error, "%s, row %llu", loading->source->place,
                (unsigned long long)row->line);
        }
        return status;
    }
    if (status != FL_OK) {
        outcome.verdict = FL_ROW_REFUSED;
        snprintf(loading->note, sizeof(loading->note), "%s", error.text);
    }
    loading->report->rows++;
    loading->report->counts[outcome.verdict]++;
    show(loading, row, &outcome);
    return FL_OK;
}

static enum fl_status bind_header(
    struct loading *loading,
    const struct fl_sheet_row **io_row,
    struct fl_error *out_error)
{
    struct fl_mapping *mapping = loading->mapping;
    const struct fl_row_source *source = loading->source;
    enum fl_status status = source->next(source->context, io_row, out_error);

    while (status == FL_OK && mapping->has_header && *io_row &&
           (*io_row)->line < mapping->header_line) {
        status = source->next(source->context, io_row, out_error);
    }
    if (status == FL_OK && !*io_row) {
        status = fl_error_set(out_error, FL_MALFORMED, "%s is empty", source->place);
    }
    if (status == FL_OK) {
        status = fl_mapping_bind(
            mapping, mapping->has_header ? *io_row : NULL, source->place, out_error);
    }
    if (status == FL_OK && mapping->has_header) {
        status = source->next(source->context, io_row, out_error);
    }
    return status;
}

/* A read transaction is short: what it sees is kept from being used again. */
static void look_anew(struct loading *loading, uint64_t count)
{
    if (count % PROGRESS_ROWS == 0) {
        fl_output_progress(loading->output, N_("looking at rows"), count, /* of= */ 0);
    }
    if (count % ROWS_A_READ == 0) {
        fl_txn_abort(&loading->txn);
        fl_txn_begin(&loading->txn, loading->node->store, FL_TXN_READ);
    }
}

static enum fl_status look(struct loading *loading, struct fl_error *out_error)
{
    const struct fl_row_source *source = loading->source;
    const struct fl_sheet_row *row = NULL;
    uint64_t count = 0;
    enum fl_status status = source->rewind(source->context, out_error);

    fl_txn_begin(&loading->txn, loading->node->store, FL_TXN_READ);
    if (status == FL_OK) {
        status = bind_header(loading, &row, out_error);
    }
    while (status == FL_OK && row) {
        status = take_row(loading, row, out_error);
        if (status == FL_OK) {
            look_anew(loading, ++count);
            status = source->next(source->context, &row, out_error);
        }
    }
    fl_txn_abort(&loading->txn);
    return status;
}

/* ---- writing ---- */

static enum fl_status commit(struct loading *loading, struct fl_error *out_error)
{
    fl_output_progress(
        loading->output, N_("writing"), loading->report->written,
        loading->report->counts[FL_ROW_NEW] + loading->report->counts[FL_ROW_CHANGED]);
    return fl_change_commit(&loading->txn, out_error);
}

static enum fl_status write_one(
    struct loading *loading,
    struct fl_key key,
    struct fl_bytes record,
    struct fl_error *out_error)
{
    const struct fl_entry entry = {
        .origin = FL_ORIGIN_HERE,
        .configuration = loading->node->configuration_number,
        .key = key,
        .record = record};

    if (fl_journal_append(&loading->txn, &entry) == 0) {
        return fl_change_txn_failure(&loading->txn, out_error);
    }
    loading->report->written++;
    return FL_OK;
}

/* A transaction's worth of what is kept; `*out_done` when that was the rest. */
static enum fl_status write_some(
    struct loading *loading,
    bool *out_done,
    struct fl_error *out_error)
{
    enum fl_status status = FL_OK;
    uint64_t count = 0;

    fl_txn_begin(&loading->txn, loading->node->store, FL_TXN_WRITE);
    while (status == FL_OK && count++ < ROWS_A_TXN &&
           loading->txn.source_bytes < BYTES_A_TXN) {
        struct fl_key key;
        struct fl_bytes record;

        status = fl_spool_next(loading->spool, &key, &record, out_error);
        if (status == FL_OK) {
            status = write_one(loading, key, record, out_error);
        }
    }
    *out_done = status == FL_NOT_FOUND;
    if (status == FL_OK || status == FL_NOT_FOUND) {
        status = commit(loading, out_error);
    }
    fl_txn_abort(&loading->txn);
    return status;
}

static enum fl_status write_all(struct loading *loading, struct fl_error *out_error)
{
    bool done = false;
    enum fl_status status = fl_spool_rewind(loading->spool, out_error);

    while (status == FL_OK && !done) {
        status = write_some(loading, &done, out_error);
    }
    return status;
}

static enum fl_status read_keys(struct loading *loading, struct fl_error *out_error)
{
    const struct fl_mapping *mapping = loading->mapping;
    const struct fl_attribute *keys[FL_MAPPING_KEYS_MAX];

    for (size_t i = 0; i < mapping->key_count; i++) {
        keys[i] = mapping->columns[mapping->keys[i]].attribute;
    }
    if (!keys[0]) {
        return FL_OK; /* the identity finds its object by itself */
    }
    return fl_lookup_build(
        &loading->keys, loading->node->store, mapping->type, keys, mapping->key_count,
        out_error);
}

static enum fl_status look_and_write(struct loading *loading, struct fl_error *out_error)
{
    const struct fl_loading_report *report = loading->report;

    fl_output_list_begin(loading->output, "rows");
    enum fl_status status = look(loading, out_error);

    fl_output_list_end(loading->output);
    if (status != FL_OK || loading->options->dry_run) {
        return status;
    }
    if (report->counts[FL_ROW_REFUSED] > 0 && !loading->options->skip_refused) {
        return fl_error_set(
            out_error, FL_REFUSED,
            "%s: %llu of %llu rows were refused, so nothing was written; correct them, "
            "or give --skip-refused to take the others",
            loading->source->place, (unsigned long long)report->counts[FL_ROW_REFUSED],
            (unsigned long long)report->rows);
    }
    if (report->counts[FL_ROW_NEW] + report->counts[FL_ROW_CHANGED] == 0) {
        return FL_OK;
    }
    return write_all(loading, out_error);
}

enum fl_status fl_loading_run(
    struct fl_node *node,
    struct fl_mapping *mapping,
    const struct fl_row_source *source,
    const struct fl_loading_options *options,
    struct fl_output *output,
    struct fl_loading_report *out_report,
    struct fl_error *out_error)
{
    struct loading *loading = fl_alloc_zeroed(1, sizeof(*loading));

    memset(out_report, 0, sizeof(*out_report));
    if (!loading) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    loading->node = node;
    loading->mapping = mapping;
    loading->source = source;
    loading->options = options;
    loading->output = output;
    loading->report = out_report;
    fl_arena_init(&loading->arena, FL_OBJECT_ARENA_BYTES_MAX);
    fl_buffer_init(&loading->record, FL_RECORD_BYTES_MAX);
    fl_lookup_init(&loading->keys, node->directory);
    enum fl_status status = fl_mapping_refs_init(
        &loading->refs, node->store, node->directory, mapping, out_error);

    if (status == FL_OK) {
        status = read_keys(loading, out_error);
    }
    if (status == FL_OK && !options->dry_run) {
        status = fl_spool_open(node->directory, &loading->spool, out_error);
    }
    if (status == FL_OK) {
        status = look_and_write(loading, out_error);
    }
    fl_mapping_refs_deinit(&loading->refs);
    fl_lookup_deinit(&loading->keys);
    fl_spool_close(loading->spool);
    fl_arena_deinit(&loading->arena);
    fl_buffer_deinit(&loading->record);
    fl_free(loading);
    return status;
}
