/*
 * Objects as payment orders for a bank: the mapping of an import read the other way. A
 * column becomes the key that it was read from; `| ref X` gives X of what is pointed to.
 */

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "bank/bank.h"
#include "change.h"
#include "exchange/statement.h"
#include "file.h"
#include "language.h"
#include "proto/record.h"
#include "ref.h"
#include "table/map_text.h"
#include "walk.h"

enum { TEXT_BYTES = 64 };

struct exporting {
    struct fl_call *call;
    struct fl_mapping *mapping;
    struct fl_statement_writer writer;
    struct fl_file file;
    struct fl_arena arena;
    uint64_t count;
};

static enum fl_status write_bytes(
    void *context,
    struct fl_bytes bytes,
    struct fl_error *out_error)
{
    struct exporting *exporting = context;

    return fl_file_write(&exporting->file, bytes, out_error);
}

/* Amounts have a point and two digits. */
static size_t put_number(struct fl_decimal number, char out[TEXT_BYTES])
{
    char text[FL_DECIMAL_TEXT_BYTES_MAX];
    const size_t size = fl_decimal_format(number, text);
    const char *point = memchr(text, '.', size);
    const size_t fraction = point ? size - (size_t)(point - text) - 1 : 0;

    return (size_t)snprintf(
        out, TEXT_BYTES, "%.*s%s", (int)size, text,
        !point          ? ".00"
        : fraction == 1 ? "0"
                        : "");
}

static struct fl_bytes text_of(struct exporting *exporting, const struct fl_value *value)
{
    char text[TEXT_BYTES] = "";
    struct fl_bytes copy = {(const uint8_t *)"", 0};

    if (value->kind == FL_VALUE_STRING) {
        return fl_map_text_trim(value->bytes);
    }
    if (value->kind == FL_VALUE_NUMBER) {
        (void)put_number(value->number, text);
    } else if (value->kind == FL_VALUE_DATE && value->date != 0) {
        char iso[FL_DATETIME_TEXT_BYTES];

        fl_datetime_format(value->date, iso);
        snprintf(text, sizeof(text), "%.2s.%.2s.%.4s", iso + 8, iso + 5, iso);
    }
    (void)fl_arena_copy(&exporting->arena, fl_bytes_of_text(text), &copy);
    return copy;
}

/* What a column is in the file; empty when nothing. */
static struct fl_bytes value_of(
    struct exporting *exporting,
    struct fl_txn *txn,
    const struct fl_object *object,
    const struct fl_mapping_column *column)
{
    const struct fl_value *value =
        column->attribute ? fl_object_field(object, column->attribute->number) : NULL;

    for (size_t i = 0; i < column->step_count && value; i++) {
        const struct fl_mapping_step *step = &column->steps[i];
        struct fl_object target;

        if (step->kind != FL_STEP_REF) {
            continue;
        }
        const struct fl_key key = {.type = value->type, .id = value->uuid};

        value = value->kind == FL_VALUE_REF &&
                        fl_change_current(
                            txn, key, &exporting->arena, &target, NULL, NULL) == FL_OK
                    ? fl_object_field(&target, step->by->number)
                    : NULL;
    }
    return value ? text_of(exporting, value) : (struct fl_bytes){(const uint8_t *)"", 0};
}

static bool is_written(const struct fl_mapping_column *column)
{
    static const char *const computed[] = {"Вид",
                                           "Направление",
                                           "ИННКонтрагента",
                                           "НаименованиеКонтрагента",
                                           "СчетКонтрагента",
                                           "Счет"};
    bool found = column->is_constant || !column->attribute ||
                 (column->source.size > strlen("Счет.") &&
                  memcmp(column->source.data, "Счет.", strlen("Счет.")) == 0);

    for (size_t i = 0; i < sizeof(computed) / sizeof(computed[0]); i++) {
        found |= fl_bytes_equal(column->source, fl_bytes_of_text(computed[i]));
    }
    return !found;
}

static enum fl_status visit(
    void *context,
    struct fl_txn *txn,
    const struct fl_entry *entry,
    bool *out_stop,
    struct fl_error *out_error)
{
    struct exporting *exporting = context;
    struct fl_statement_writer *writer = &exporting->writer;
    struct fl_object object;

    (void)out_stop;
    fl_arena_reset(&exporting->arena);
    /* Others are read below: what is here is held until then. */
    struct fl_bytes record;
    enum fl_status status = fl_arena_copy(&exporting->arena, entry->record, &record);

    if (status == FL_OK) {
        status = fl_record_decode(
            entry->key, /* deleted= */ false, record, &exporting->arena, &object);
    }
    if (status != FL_OK) {
        return fl_error_set(out_error, status, "an object here cannot be unpacked");
    }
    fl_statement_writer_document(writer, fl_bytes_of_text("Платежное поручение"));
    for (size_t i = 0; i < exporting->mapping->column_count; i++) {
        const struct fl_mapping_column *column = &exporting->mapping->columns[i];
        char key[FL_NAME_BYTES_MAX + 1];

        if (!is_written(column) || column->source.size > FL_NAME_BYTES_MAX) {
            continue;
        }
        memcpy(key, column->source.data, column->source.size);
        key[column->source.size] = '\0';
        if (strcmp(key, "ДатаОперации") == 0) {
            strcpy(key, "Дата"); /* an order is not booked yet */
        }
        fl_statement_writer_field(writer, key, value_of(exporting, txn, &object, column));
    }
    fl_statement_writer_document_end(writer);
    exporting->count++;
    if (writer->failure != FL_OK && out_error) {
        *out_error = writer->error;
        fl_error_prefix(
            out_error, "%s",
            fl_ref_text(exporting->call->node->configuration, entry->key).text);
    }
    return writer->failure;
}

static void put_header(struct exporting *exporting)
{
    const time_t now = (time_t)(fl_node_now_ms() / 1000);
    struct fl_statement_writer *writer = &exporting->writer;
    const char *account = fl_call_option(exporting->call, "account");
    char text[TEXT_BYTES] = "";
    struct tm parts;

    fl_statement_writer_field(writer, "Отправитель", fl_bytes_of_text("Filial"));
    fl_statement_writer_field(writer, "Получатель", fl_bytes_of_text(""));
    if (localtime_r(&now, &parts)) {
        (void)strftime(text, sizeof(text), "%d.%m.%Y", &parts);
        fl_statement_writer_field(writer, "ДатаСоздания", fl_bytes_of_text(text));
        (void)strftime(text, sizeof(text), "%H:%M:%S", &parts);
        fl_statement_writer_field(writer, "ВремяСоздания", fl_bytes_of_text(text));
    }
    if (account) {
        fl_statement_writer_field(writer, "РасчСчет", fl_bytes_of_text(account));
    }
    fl_statement_writer_field(
        writer, "Документ", fl_bytes_of_text("Платежное поручение"));
}

static enum fl_status write_file(struct exporting *exporting, struct fl_error *out_error)
{
    const struct fl_codec_sink sink = {.write = write_bytes, .context = exporting};
    const char *name = fl_call_option(exporting->call, "encoding");
    enum fl_encoding encoding = FL_ENCODING_1251;

    name = name ? name : exporting->mapping->encoding;
    if (name && !fl_encoding_find(fl_bytes_of_text(name), &encoding)) {
        return fl_error_set(
            out_error, FL_MALFORMED,
            "\"%s\" is no encoding: give UTF-8, windows-1251 or cp866", name);
    }
    fl_statement_writer_init(&exporting->writer, sink, encoding, "1.03");
    put_header(exporting);
    enum fl_status status = fl_walk_objects(
        exporting->call->node->store, exporting->mapping->type->number, visit, exporting,
        out_error);
    const enum fl_status ended =
        fl_statement_writer_end(&exporting->writer, status == FL_OK ? out_error : NULL);

    return status == FL_OK ? ended : status;
}

static enum fl_status run(
    struct exporting *exporting,
    const char *map,
    const char *path,
    struct fl_error *out_error)
{
    enum fl_status status = fl_mapping_init(
        exporting->mapping, exporting->call->node->configuration, map, out_error);

    exporting->call->usage = status != FL_OK;
    if (status == FL_OK) {
        status = fl_file_begin(&exporting->file, path, 0644, out_error);
    }
    if (status == FL_OK) {
        status = write_file(exporting, out_error);
        if (status == FL_OK) {
            status = fl_file_publish(&exporting->file, out_error);
        }
        fl_file_abandon(&exporting->file);
    }
    return status;
}

enum fl_status fl_bank_export(
    struct fl_call *call,
    const char *path,
    struct fl_error *out_error)
{
    if (!fl_call_option(call, "map")) {
        call->usage = true;
        return fl_error_set(
            out_error, FL_MALFORMED,
            "which attribute is what? give --map FILE, the mapping of an import");
    }
    struct exporting *exporting = fl_alloc_zeroed(1, sizeof(*exporting));
    char *map = fl_call_path(call, fl_call_option(call, "map"));
    enum fl_status status = FL_NO_MEMORY;

    if (exporting) {
        exporting->call = call;
        exporting->mapping = fl_alloc_zeroed(1, sizeof(*exporting->mapping));
        fl_arena_init(&exporting->arena, FL_OBJECT_ARENA_BYTES_MAX);
    }
    if (exporting && exporting->mapping && map) {
        status = run(exporting, map, path, out_error);
    } else {
        (void)fl_error_set(out_error, status, "not enough memory");
    }
    if (status == FL_OK) {
        fl_output_text(call->output, "file", N_("file"), path);
        fl_output_number(call->output, "documents", N_("documents"), exporting->count);
    }
    if (exporting && exporting->mapping) {
        fl_mapping_deinit(exporting->mapping);
        fl_free(exporting->mapping);
    }
    if (exporting) {
        fl_arena_deinit(&exporting->arena);
    }
    fl_free(exporting);
    fl_free(map);
    return status;
}
