#include "sql.h"

#include <string.h>

#include "proto/datetime.h"
#include "sql_engine.h"

static const struct fl_sql_engine *const ENGINES[] = {&fl_sql_sqlite, &fl_sql_postgresql};

static const struct fl_sql_engine *engine_of(const char *url)
{
    for (size_t i = 0; i < sizeof ENGINES / sizeof ENGINES[0]; i++) {
        for (size_t k = 0; k < 2; k++) {
            const char *prefix = ENGINES[i]->prefixes[k];
            if (prefix[0] != '\0' && strncmp(url, prefix, strlen(prefix)) == 0) {
                return ENGINES[i];
            }
        }
    }
    return NULL;
}

static const struct fl_sql_engine *engine_by(enum fl_sql_dialect dialect)
{
    return dialect == FL_SQL_SQLITE ? &fl_sql_sqlite : &fl_sql_postgresql;
}

enum fl_status fl_sql_check_url(
    const char *url,
    enum fl_sql_dialect *out_dialect,
    struct fl_error *out_error)
{
    const struct fl_sql_engine *engine = engine_of(url);
    if (engine == NULL || strlen(url) > FL_SQL_URL_BYTES_MAX) {
        return fl_error_set(
            out_error, FL_MALFORMED,
            "the URL of a database is sqlite:FILE or postgresql://host/database, not "
            "\"%s\"",
            url);
    }
    enum fl_status status = engine->check_url(url, out_error);
    if (status == FL_OK) {
        *out_dialect = engine->dialect;
    }
    return status;
}

enum fl_status fl_sql_open(
    const struct fl_sql_options *options,
    struct fl_sql **out_sql,
    struct fl_error *out_error)
{
    enum fl_sql_dialect dialect;
    enum fl_status status = fl_sql_check_url(options->url, &dialect, out_error);
    return status == FL_OK ? engine_by(dialect)->open(options, out_sql, out_error)
                           : status;
}

enum fl_status fl_sql_try(
    const struct fl_sql_options *options,
    struct fl_error *out_error)
{
    enum fl_sql_dialect dialect;
    enum fl_status status = fl_sql_check_url(options->url, &dialect, out_error);
    return status == FL_OK ? engine_by(dialect)->try(options, out_error) : status;
}

void fl_sql_close(struct fl_sql *sql)
{
    if (sql != NULL) {
        sql->engine->close(sql);
    }
}

bool fl_sql_is_there(struct fl_sql *sql)
{
    return sql->engine->is_there(sql);
}

enum fl_sql_dialect fl_sql_dialect(const struct fl_sql *sql)
{
    return sql->engine->dialect;
}

size_t fl_sql_name_bytes_max(enum fl_sql_dialect dialect)
{
    return engine_by(dialect)->name_bytes_max;
}

const char *fl_sql_type_words(enum fl_sql_dialect dialect, enum fl_sql_type type)
{
    return engine_by(dialect)->type_words(type);
}

void fl_sql_quote(struct fl_buffer *buffer, const char *name)
{
    fl_buffer_put_u8(buffer, '"');
    for (const char *at = name; *at != '\0'; at++) {
        if (*at == '"') {
            fl_buffer_put_u8(buffer, '"');
        }
        fl_buffer_put_u8(buffer, (uint8_t)*at);
    }
    fl_buffer_put_u8(buffer, '"');
}

enum fl_status fl_sql_check_width(size_t column_count, struct fl_error *out_error)
{
    if (column_count == 0) {
        return fl_error_set(
            out_error, FL_MALFORMED,
            "a question reads, and this answers with no columns");
    }
    return column_count <= FL_SQL_COLUMNS_MAX
               ? FL_OK
               : fl_error_set(
                     out_error, FL_LIMIT, "the answer has %zu columns, more than %d",
                     column_count, FL_SQL_COLUMNS_MAX);
}

void fl_sql_put_columns(
    struct fl_buffer *buffer,
    const struct fl_sql_table *table,
    const char *prefix)
{
    for (size_t i = 0; i < table->column_count; i++) {
        fl_buffer_put_text(buffer, i == 0 ? "" : ", ");
        fl_buffer_put_text(buffer, prefix);
        fl_sql_quote(buffer, table->columns[i].name);
    }
}

const char *fl_sql_text(struct fl_buffer *buffer)
{
    fl_buffer_put_u8(buffer, '\0');
    return fl_buffer_status(buffer) == FL_OK ? (const char *)buffer->data : NULL;
}

void fl_sql_time_text(int64_t seconds, char out_text[FL_SQL_TIME_BYTES])
{
    fl_datetime_format(seconds, out_text);
    out_text[10] = ' ';
    out_text[FL_DATETIME_TEXT_BYTES] = '\0';
}

enum fl_status fl_sql_run(
    struct fl_sql *sql,
    const char *text,
    struct fl_error *out_error)
{
    return text == NULL ? fl_error_set(out_error, FL_NO_MEMORY, "not enough memory")
                        : sql->engine->run(sql, text, out_error);
}

enum fl_status fl_sql_query(
    struct fl_sql *sql,
    const char *text,
    size_t parameter_count,
    const char *const *parameters,
    fl_sql_visit visit,
    void *context,
    struct fl_error *out_error)
{
    FL_ASSERT(parameter_count <= FL_SQL_PARAMETERS_MAX);
    return text == NULL
               ? fl_error_set(out_error, FL_NO_MEMORY, "not enough memory")
               : sql->engine->query(
                     sql, text, parameter_count, parameters, visit, context, out_error);
}

enum fl_status fl_sql_ask(
    struct fl_sql *sql,
    const char *text,
    size_t parameter_count,
    const char *const *parameters,
    const struct fl_sql_taker *taker,
    struct fl_error *out_error)
{
    FL_ASSERT(parameter_count <= FL_SQL_PARAMETERS_MAX);
    return text == NULL ? fl_error_set(out_error, FL_NO_MEMORY, "not enough memory")
                        : sql->engine->ask(
                              sql, text, parameter_count, parameters, taker, out_error);
}

enum fl_status fl_sql_begin(struct fl_sql *sql, struct fl_error *out_error)
{
    sql->adds_only = false;
    return sql->engine->run(
        sql, sql->engine->dialect == FL_SQL_SQLITE ? "BEGIN IMMEDIATE" : "BEGIN",
        out_error);
}

enum fl_status fl_sql_begin_reading(struct fl_sql *sql, struct fl_error *out_error)
{
    return sql->engine->run(
        sql,
        sql->engine->dialect == FL_SQL_SQLITE
            ? "BEGIN"
            : "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        out_error);
}

void fl_sql_add_only(struct fl_sql *sql)
{
    sql->adds_only = true;
}

enum fl_status fl_sql_commit(struct fl_sql *sql, struct fl_error *out_error)
{
    return sql->engine->commit(sql, out_error);
}

void fl_sql_rollback(struct fl_sql *sql)
{
    sql->engine->rollback(sql);
}

enum fl_status fl_sql_put(
    struct fl_sql *sql,
    struct fl_sql_table *table,
    const struct fl_sql_cell *cells,
    struct fl_error *out_error)
{
    return sql->engine->put(sql, table, cells, out_error);
}

enum fl_status fl_sql_remove(
    struct fl_sql *sql,
    struct fl_sql_table *table,
    struct fl_uuid id,
    struct fl_error *out_error)
{
    return sql->adds_only ? FL_OK : sql->engine->remove(sql, table, id, out_error);
}

void fl_sql_forget(struct fl_sql *sql, struct fl_sql_table *table)
{
    if (table->prepared != NULL && sql != NULL) {
        sql->engine->forget(sql, table);
    }
    table->prepared = NULL;
}
