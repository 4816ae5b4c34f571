/*
 * Objects as payment orders for a bank: by a mapping that says what an order has
 * (order_map.h), or by the mapping of an import read the other way. Then a column becomes
 * the key that it was read from; `| ref X` gives X of what is pointed to.
 */

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "bank/bank.h"
#include "bank/order_map.h"
#include "change/change.h"
#include "change/object_condition.h"
#include "change/ref.h"
#include "exchange/statement.h"
#include "file.h"
#include "language.h"
#include "proto/record.h"
#include "walk.h"

enum { TEXT_BYTES = 64 };

struct exporting {
    struct fl_call *call;
    struct fl_mapping *mapping;  /* of an import, unless there is ... */
    struct fl_order_map *orders; /* ... one of orders; NULL: none */
    struct fl_object_conditions conditions;
    struct fl_statement_writer writer;
    struct fl_file file;
    struct fl_arena arena;
    struct fl_buffer text;
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

static struct fl_bytes text_of(struct exporting *exporting, const struct fl_value *value)
{
    fl_buffer_clear(&exporting->text);
    fl_order_put_value(value, &exporting->text);
    return fl_buffer_view(&exporting->text);
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

static void put_columns(
    struct exporting *exporting,
    struct fl_txn *txn,
    const struct fl_object *object)
{
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
        fl_statement_writer_field(
            &exporting->writer, key, value_of(exporting, txn, object, column));
    }
}

/* What a bank asks for first: an order without it is none. */
static bool is_needed(const char *key)
{
    return strcmp(key, "Номер") == 0 || strcmp(key, "Дата") == 0 ||
           strcmp(key, "Сумма") == 0;
}

static enum fl_status put_order(
    struct exporting *exporting,
    struct fl_txn *txn,
    const struct fl_object *object,
    struct fl_error *out_error)
{
    const struct fl_order_map *orders = exporting->orders;

    for (size_t i = 0; i < orders->field_count; i++) {
        const struct fl_order_field *field = &orders->fields[i];
        enum fl_status status = fl_order_text(
            orders, field, exporting->call->node->configuration, txn, object,
            &exporting->arena, &exporting->text);

        if (status != FL_OK) {
            return fl_error_set(
                out_error, status, "%s is longer than %d bytes", field->key,
                (int)FL_ORDER_TEXT_BYTES_MAX);
        }
        if (is_needed(field->key) && exporting->text.size == 0) {
            return fl_error_set(
                out_error, FL_REFUSED, "%s of the order would be empty", field->key);
        }
        fl_statement_writer_field(
            &exporting->writer, field->key, fl_buffer_view(&exporting->text));
    }
    return FL_OK;
}

static enum fl_status put_document(
    struct exporting *exporting,
    struct fl_txn *txn,
    const struct fl_object *object,
    struct fl_error *out_error)
{
    struct fl_statement_writer *writer = &exporting->writer;
    enum fl_status status = FL_OK;

    fl_statement_writer_document(
        writer, fl_bytes_of_text(
                    exporting->orders ? exporting->orders->kind : "Платежное поручение"));
    if (exporting->orders) {
        status = put_order(exporting, txn, object, out_error);
    } else {
        put_columns(exporting, txn, object);
    }
    fl_statement_writer_document_end(writer);
    exporting->count++;
    if (status == FL_OK && writer->failure != FL_OK && out_error) {
        *out_error = writer->error;
    }
    return status == FL_OK ? writer->failure : status;
}

static const struct fl_type *type_of(const struct exporting *exporting)
{
    return exporting->orders ? exporting->orders->type : exporting->mapping->type;
}

static enum fl_status visit(
    void *context,
    struct fl_txn *txn,
    const struct fl_entry *entry,
    bool *out_stop,
    struct fl_error *out_error)
{
    struct exporting *exporting = context;
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
    /* What is marked for deletion is not to be paid. */
    if (fl_object_role(&object, type_of(exporting), FL_ROLE_DELETION_MARK) ||
        !fl_object_conditions_hold(&exporting->conditions, &object)) {
        return FL_OK;
    }
    status = put_document(exporting, txn, &object, out_error);
    if (status != FL_OK && out_error) {
        fl_error_prefix(
            out_error, "%s",
            fl_ref_text(exporting->call->node->configuration, entry->key).text);
    }
    return status;
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
        writer, "Документ",
        fl_bytes_of_text(
            exporting->orders ? exporting->orders->kind : "Платежное поручение"));
}

/* What the option says, else the mapping, else what is usual. */
static enum fl_status choose(
    struct exporting *exporting,
    enum fl_encoding *out_encoding,
    const char **out_version,
    struct fl_error *out_error)
{
    const struct fl_order_map *orders = exporting->orders;
    const char *encoding = fl_call_option(exporting->call, "encoding");
    const char *version = fl_call_option(exporting->call, "version");

    encoding = encoding ? encoding
               : orders ? orders->encoding
                        : exporting->mapping->encoding;
    version = version ? version : orders ? orders->version : NULL;
    *out_encoding = FL_ENCODING_1251;
    *out_version = version ? version : "1.03";
    if (encoding && !fl_encoding_find(fl_bytes_of_text(encoding), out_encoding)) {
        return fl_error_set(
            out_error, FL_MALFORMED,
            "\"%s\" is no encoding: give UTF-8, windows-1251 or cp866", encoding);
    }
    if (version && strcmp(version, "1.01") != 0 && strcmp(version, "1.02") != 0 &&
        strcmp(version, "1.03") != 0) {
        return fl_error_set(
            out_error, FL_MALFORMED,
            "\"%s\" is no version of the format: give 1.01, 1.02 or 1.03", version);
    }
    return FL_OK;
}

static enum fl_status write_file(struct exporting *exporting, struct fl_error *out_error)
{
    const struct fl_codec_sink sink = {.write = write_bytes, .context = exporting};
    enum fl_encoding encoding;
    const char *version;
    enum fl_status status = choose(exporting, &encoding, &version, out_error);

    if (status != FL_OK) {
        exporting->call->usage = true;
        return status;
    }
    fl_statement_writer_init(&exporting->writer, sink, encoding, version);
    put_header(exporting);
    status = fl_walk_objects(
        exporting->call->node->store, type_of(exporting)->number, visit, exporting,
        out_error);
    const enum fl_status ended =
        fl_statement_writer_end(&exporting->writer, status == FL_OK ? out_error : NULL);

    return status == FL_OK ? ended : status;
}

/* Of orders when it says so, else of an import. */
static enum fl_status read_map(
    struct exporting *exporting,
    const char *path,
    struct fl_error *out_error)
{
    const struct fl_configuration *configuration = exporting->call->node->configuration;
    enum fl_status status =
        fl_order_map_init(exporting->orders, configuration, path, out_error);

    if (status == FL_NOT_FOUND) {
        fl_order_map_deinit(exporting->orders);
        fl_free(exporting->orders);
        exporting->orders = NULL;
        status = fl_mapping_init(exporting->mapping, configuration, path, out_error);
    }
    if (status == FL_OK) {
        status = fl_object_conditions_init(
            &exporting->conditions, exporting->call, type_of(exporting), out_error);
    }
    exporting->call->usage = status != FL_OK;
    return status;
}

static enum fl_status run(
    struct exporting *exporting,
    const char *map,
    const char *path,
    struct fl_error *out_error)
{
    enum fl_status status = read_map(exporting, map, out_error);

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

static void exporting_free(struct exporting *exporting)
{
    if (!exporting) {
        return;
    }
    if (exporting->mapping) {
        fl_mapping_deinit(exporting->mapping);
    }
    if (exporting->orders) {
        fl_order_map_deinit(exporting->orders);
    }
    fl_object_conditions_deinit(&exporting->conditions);
    fl_free(exporting->mapping);
    fl_free(exporting->orders);
    fl_arena_deinit(&exporting->arena);
    fl_buffer_deinit(&exporting->text);
    fl_free(exporting);
}

static struct exporting *exporting_new(struct fl_call *call)
{
    struct exporting *exporting = fl_alloc_zeroed(1, sizeof(*exporting));

    if (!exporting) {
        return NULL;
    }
    exporting->call = call;
    exporting->mapping = fl_alloc_zeroed(1, sizeof(*exporting->mapping));
    exporting->orders = fl_alloc_zeroed(1, sizeof(*exporting->orders));
    fl_arena_init(&exporting->arena, FL_OBJECT_ARENA_BYTES_MAX);
    fl_buffer_init(&exporting->text, FL_ORDER_TEXT_BYTES_MAX);
    if (!exporting->mapping || !exporting->orders) {
        exporting_free(exporting);
        return NULL;
    }
    return exporting;
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
            "which attribute is what? give --map FILE, a mapping of orders as "
            "deploy/demo/orders.map, or that of an import");
    }
    struct exporting *exporting = exporting_new(call);
    char *map = fl_call_path(call, fl_call_option(call, "map"));
    enum fl_status status =
        exporting && map ? run(exporting, map, path, out_error)
                         : fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");

    if (status == FL_OK) {
        fl_output_text(call->output, "file", N_("file"), path);
        fl_output_number(call->output, "documents", N_("documents"), exporting->count);
    }
    exporting_free(exporting);
    fl_free(map);
    return status;
}
