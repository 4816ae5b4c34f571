#include "table/loading.h"

#include <stdio.h>
#include <string.h>

#include "change/change.h"
#include "change/ref.h"
#include "language.h"
#include "proto/record.h"
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

enum phase { READING_REFS, READING_KEYS, LOOKING, WRITING };

struct fl_loading {
    struct fl_node *node;
    uint64_t configuration_revision; /* the mapping is of it: it is not to change */
    struct fl_mapping *mapping;
    struct fl_row_source source;
    struct fl_loading_options options;
    struct fl_loading_report report;
    enum phase phase;
    struct fl_share share;    /* of this step */
    struct fl_output *output; /* likewise */
    struct fl_mapping_refs refs;
    struct fl_lookup keys;
    struct fl_lookup_building building; /* of the keys */
    bool is_begun;                      /* rows are read, and shown */
    bool is_only_one;
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
    struct fl_loading *loading,
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
    struct fl_loading *loading,
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
    struct fl_loading *loading,
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

static bool put_values(struct fl_loading *loading, struct fl_object *object)
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
    struct fl_loading *loading,
    struct outcome *outcome,
    struct fl_error *out_error)
{
    const struct fl_configuration *configuration = loading->node->configuration;
    struct fl_object object = {.key = outcome->key};
    struct fl_entry entry;
    uint64_t lsn = 0;
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
    if (!loading->spool || is_equal) {
        return FL_OK;
    }
    (void)fl_object_lsn(&loading->txn, outcome->key, &lsn); /* of a deleted one, too */
    const struct fl_spool_item item = {
        .key = object.key, .lsn = lsn, .record = fl_buffer_view(&loading->record)};

    return fl_spool_put(loading->spool, &item, out_error);
}

static const char *word_of(enum fl_row_verdict verdict)
{
    static const char *const words[] = {
        "", N_("new"), N_("changed"), N_("equal"), N_("refused")};

    return words[verdict];
}

static void show(
    struct fl_loading *loading,
    const struct fl_sheet_row *row,
    const struct outcome *outcome)
{
    struct fl_output *output = loading->output;
    const bool is_refused = outcome->verdict == FL_ROW_REFUSED;
    const bool wanted =
        loading->options.dry_run ||
        (is_refused && loading->report.counts[FL_ROW_REFUSED] <= SHOWN_REFUSED_MAX);

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
    struct fl_loading *loading,
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
                out_error, "%s, row %llu", loading->source.place,
                (unsigned long long)row->line);
        }
        return status;
    }
    if (status != FL_OK) {
        outcome.verdict = FL_ROW_REFUSED;
        snprintf(loading->note, sizeof(loading->note), "%s", error.text);
    }
    loading->report.rows++;
    loading->report.counts[outcome.verdict]++;
    show(loading, row, &outcome);
    return FL_OK;
}

static enum fl_status bind_header(
    struct fl_loading *loading,
    const struct fl_sheet_row **io_row,
    struct fl_error *out_error)
{
    struct fl_mapping *mapping = loading->mapping;
    const struct fl_row_source *source = &loading->source;
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
static void look_anew(struct fl_loading *loading, uint64_t count)
{
    if (count % PROGRESS_ROWS == 0) {
        fl_output_progress(loading->output, N_("looking at rows"), count, /* of= */ 0);
    }
    if (count % ROWS_A_READ == 0) {
        fl_txn_abort(&loading->txn);
        fl_txn_begin(&loading->txn, loading->node->store, FL_TXN_READ);
    }
}

static enum fl_status begin_looking(
    struct fl_loading *loading,
    const struct fl_sheet_row **out_row,
    struct fl_error *out_error)
{
    loading->is_begun = true;
    fl_output_list_begin(loading->output, "rows");
    enum fl_status status = loading->source.rewind(loading->source.context, out_error);

    return status == FL_OK ? bind_header(loading, out_row, out_error) : status;
}

/* `*out_done`: there are no more rows. */
static enum fl_status look(
    struct fl_loading *loading,
    bool *out_done,
    struct fl_error *out_error)
{
    const struct fl_row_source *source = &loading->source;
    const struct fl_sheet_row *row = NULL;
    enum fl_status status = loading->is_begun
                                ? source->next(source->context, &row, out_error)
                                : begin_looking(loading, &row, out_error);

    fl_txn_begin(&loading->txn, loading->node->store, FL_TXN_READ);
    while (status == FL_OK && row) {
        status = take_row(loading, row, out_error);
        if (status == FL_OK) {
            look_anew(loading, loading->report.rows);
        }
        if (status != FL_OK || fl_share_is_over(&loading->share)) {
            break;
        }
        status = source->next(source->context, &row, out_error);
    }
    fl_txn_abort(&loading->txn);
    *out_done = status == FL_OK && !row;
    return status;
}

/* ---- writing ---- */

static enum fl_status commit(struct fl_loading *loading, struct fl_error *out_error)
{
    fl_output_progress(
        loading->output, N_("writing"), loading->report.written,
        loading->report.counts[FL_ROW_NEW] + loading->report.counts[FL_ROW_CHANGED]);
    return fl_change_commit(&loading->txn, out_error);
}

static enum fl_status append(
    struct fl_loading *loading,
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
    loading->report.written++;
    return FL_OK;
}

/* The values that its row gave to `row_object`, or, of the key, those that are here. */
static void gather_values(
    struct fl_loading *loading,
    const struct fl_object *row_object,
    const struct fl_object *current)
{
    for (size_t i = 0; i < loading->mapping->column_count; i++) {
        const struct fl_mapping_column *column = &loading->mapping->columns[i];
        const struct fl_value *value =
            column->attribute
                ? fl_object_field(
                      column->is_key ? current : row_object, column->attribute->number)
                : NULL;

        if (column->attribute) {
            loading->values[i] =
                value ? *value : fl_value_empty(&column->attribute->type);
        }
    }
}

/* Others have changed it since its row was looked at. */
static enum fl_status write_upon(
    struct fl_loading *loading,
    const struct fl_spool_item *item,
    struct fl_error *out_error)
{
    struct fl_object row_object;
    struct fl_object object = {.key = item->key};
    struct fl_entry entry;

    fl_arena_reset(&loading->arena);
    enum fl_status status = fl_change_current(
        &loading->txn, item->key, &loading->arena, &object, &entry, out_error);

    if (status == FL_NOT_FOUND) {
        loading->report.gone++;
        return FL_OK;
    }
    if (status == FL_OK) {
        status = fl_record_decode(
            item->key, /* deleted= */ false, item->record, &loading->arena, &row_object);
    }
    if (status == FL_OK) {
        gather_values(loading, &row_object, &object);
        status = put_values(loading, &object) ? FL_OK : FL_LIMIT;
    }
    if (status == FL_OK) {
        status = fl_object_normalise(loading->mapping->type, &object, out_error);
    }
    fl_buffer_clear(&loading->record);
    if (status != FL_OK || fl_record_encode(&object, &loading->record) != FL_OK) {
        return fl_error_set(
            out_error, FL_LIMIT, "the row is larger than an object may be");
    }
    return fl_bytes_equal(entry.record, fl_buffer_view(&loading->record))
               ? FL_OK
               : append(loading, item->key, fl_buffer_view(&loading->record), out_error);
}

/* The transaction took nothing: what there is was written by those before it. */
static enum fl_status tell_written(
    struct fl_loading *loading,
    const struct fl_loading_report *before,
    enum fl_status status,
    struct fl_error *out_error)
{
    const struct fl_loading_report *report = &loading->report;

    loading->report = *before;
    fl_error_prefix(
        out_error, "%s: %llu of %llu rows were written, import it again for the others",
        loading->source.place, (unsigned long long)report->written,
        (unsigned long long)(report->counts[FL_ROW_NEW] + report->counts[FL_ROW_CHANGED]));
    return status;
}

/* A share's worth of what is kept; `*out_done` when that was the rest. */
static enum fl_status write_some(
    struct fl_loading *loading,
    bool *out_done,
    struct fl_error *out_error)
{
    const struct fl_loading_report before = loading->report;
    enum fl_status status = FL_OK;
    uint64_t count = 0;

    fl_txn_begin(&loading->txn, loading->node->store, FL_TXN_WRITE);
    while (status == FL_OK && count++ < ROWS_A_TXN &&
           loading->txn.source_bytes < BYTES_A_TXN &&
           !fl_share_is_over(&loading->share)) {
        struct fl_spool_item item;
        uint64_t lsn = 0;

        status = fl_spool_next(loading->spool, &item, out_error);
        if (status == FL_OK) {
            (void)fl_object_lsn(&loading->txn, item.key, &lsn);
            status = lsn == item.lsn ? append(loading, item.key, item.record, out_error)
                                     : write_upon(loading, &item, out_error);
        }
    }
    *out_done = status == FL_NOT_FOUND;
    if (status == FL_OK || status == FL_NOT_FOUND) {
        status = commit(loading, out_error);
    }
    fl_txn_abort(&loading->txn);
    return status == FL_OK ? FL_OK : tell_written(loading, &before, status, out_error);
}

/* ---- the whole ---- */

static void begin_keys(struct fl_loading *loading)
{
    const struct fl_mapping *mapping = loading->mapping;
    const struct fl_attribute *keys[FL_MAPPING_KEYS_MAX];

    for (size_t i = 0; i < mapping->key_count; i++) {
        keys[i] = mapping->columns[mapping->keys[i]].attribute;
    }
    fl_lookup_building_begin(
        &loading->building, &loading->keys, loading->node->store, mapping->type, keys,
        mapping->key_count);
    loading->building.walk.done = !keys[0]; /* an identity finds its object by itself */
    loading->phase = READING_KEYS;
}

/* All rows were looked at. */
static enum fl_status end_looking(
    struct fl_loading *loading,
    bool *out_done,
    struct fl_error *out_error)
{
    const struct fl_loading_report *report = &loading->report;

    if (!loading->options.dry_run && !loading->options.skip_refused &&
        report->counts[FL_ROW_REFUSED] > 0) {
        return fl_error_set(
            out_error, FL_REFUSED,
            "%s: %llu of %llu rows were refused, so nothing was written; correct them, "
            "or give --skip-refused to take the others",
            loading->source.place, (unsigned long long)report->counts[FL_ROW_REFUSED],
            (unsigned long long)report->rows);
    }
    *out_done = loading->options.dry_run ||
                report->counts[FL_ROW_NEW] + report->counts[FL_ROW_CHANGED] == 0;
    loading->phase = WRITING;
    return *out_done ? FL_OK : fl_spool_rewind(loading->spool, out_error);
}

static enum fl_status step_looking(
    struct fl_loading *loading,
    bool *out_done,
    struct fl_error *out_error)
{
    bool ended = false;
    enum fl_status status = look(loading, &ended, out_error);

    if (status == FL_OK && !ended) {
        return FL_OK;
    }
    fl_output_list_end(loading->output);
    return status == FL_OK ? end_looking(loading, out_done, out_error) : status;
}

static enum fl_status go_on(
    struct fl_loading *loading,
    bool *out_done,
    struct fl_error *out_error)
{
    enum fl_status status = FL_OK;
    bool ended = false;

    switch (loading->phase) {
    case READING_REFS:
        status = fl_mapping_refs_step(&loading->refs, &loading->share, &ended, out_error);
        if (ended) {
            begin_keys(loading);
        }
        return status;
    case READING_KEYS:
        status = fl_lookup_building_step(&loading->building, &loading->share, out_error);
        if (status == FL_OK && loading->building.walk.done) {
            loading->phase = LOOKING;
        }
        return status;
    case LOOKING:
        return step_looking(loading, out_done, out_error);
    case WRITING:
        return write_some(loading, out_done, out_error);
    }
    return status;
}

enum fl_status fl_loading_step(
    struct fl_loading *loading,
    struct fl_output *output,
    uint32_t share_ms,
    bool *out_done,
    struct fl_error *out_error)
{
    loading->output = output;
    loading->share = fl_share_begin(share_ms);
    if (loading->configuration_revision != loading->node->configuration_revision) {
        if (loading->phase == LOOKING && loading->is_begun) {
            fl_output_list_end(output);
        }
        return fl_error_set(
            out_error, FL_BUSY,
            "%s: the configuration changed meanwhile, with %llu rows written: import it "
            "again",
            loading->source.place, (unsigned long long)loading->report.written);
    }
    return go_on(loading, out_done, out_error);
}

bool fl_loading_is_writing(const struct fl_loading *loading)
{
    return loading->phase == WRITING;
}

const struct fl_loading_report *fl_loading_report(const struct fl_loading *loading)
{
    return &loading->report;
}

static enum fl_status begin(struct fl_loading *loading, struct fl_error *out_error)
{
    struct fl_node *node = loading->node;

    if (!loading->options.dry_run && node->is_loading) {
        return fl_error_set(
            out_error, FL_BUSY,
            "another table is being imported: import this one when that is done");
    }
    if (!loading->options.dry_run) {
        loading->is_only_one = node->is_loading = true;
    }
    enum fl_status status = fl_mapping_refs_begin(
        &loading->refs, node->store, node->directory, loading->mapping, out_error);

    return status == FL_OK && !loading->options.dry_run
               ? fl_spool_open(node->directory, &loading->spool, out_error)
               : status;
}

enum fl_status fl_loading_new(
    struct fl_node *node,
    struct fl_mapping *mapping,
    const struct fl_row_source *source,
    const struct fl_loading_options *options,
    struct fl_loading **out_loading,
    struct fl_error *out_error)
{
    struct fl_loading *loading = fl_alloc_zeroed(1, sizeof(*loading));

    if (!loading) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    loading->node = node;
    loading->configuration_revision = node->configuration_revision;
    loading->mapping = mapping;
    loading->source = *source;
    loading->options = *options;
    fl_arena_init(&loading->arena, FL_OBJECT_ARENA_BYTES_MAX);
    fl_buffer_init(&loading->record, FL_RECORD_BYTES_MAX);
    fl_lookup_init(&loading->keys, node->directory);
    enum fl_status status = begin(loading, out_error);

    if (status != FL_OK) {
        fl_loading_free(loading);
        return status;
    }
    *out_loading = loading;
    return FL_OK;
}

void fl_loading_free(struct fl_loading *loading)
{
    if (!loading) {
        return;
    }
    loading->node->is_loading = loading->node->is_loading && !loading->is_only_one;
    fl_lookup_building_end(&loading->building);
    fl_mapping_refs_deinit(&loading->refs);
    fl_lookup_deinit(&loading->keys);
    fl_spool_close(loading->spool);
    fl_arena_deinit(&loading->arena);
    fl_buffer_deinit(&loading->record);
    fl_free(loading);
}
