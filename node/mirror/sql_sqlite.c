/*
 * SQLite: a file in WAL mode, so that reports read while the mirror writes. A commit may
 * be lost with the power, and then the position in it is lost too.
 */

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sql_engine.h"

enum {
    BUSY_MS = 60000,
    BUSY_STEP_MS = 20,
    SQL_BYTES_MAX = 8 << 20,
    PAGE_BYTES = 8192, /* of a new file */
    CACHE_KIB = 65536,
    STEPS = 10000
};

struct sqlite {
    struct fl_sql base;
    sqlite3 *database;
    const atomic_bool *cancel;
};

struct prepared {
    sqlite3_stmt *put;
    sqlite3_stmt *remove;
};

static const char PREFIX[] = "sqlite:";

static struct sqlite *sqlite_of(struct fl_sql *sql)
{
    return (struct sqlite *)(void *)sql;
}

static enum fl_status failure(struct sqlite *sqlite, struct fl_error *out_error)
{
    int code = sqlite3_errcode(sqlite->database);
    return fl_error_set(
        out_error,
        code == SQLITE_BUSY   ? FL_BUSY
        : code == SQLITE_FULL ? FL_FULL
                              : FL_IO,
        "SQLite: %s", sqlite3_errmsg(sqlite->database));
}

static enum fl_status check_url(const char *url, struct fl_error *out_error)
{
    return url[strlen(PREFIX)] != '\0'
               ? FL_OK
               : fl_error_set(
                     out_error, FL_MALFORMED, "which file? sqlite:/srv/filial/mirror.db");
}

/* Asked while a statement runs. */
static int is_stopped(void *context)
{
    const struct sqlite *sqlite = context;
    return sqlite->cancel != NULL && atomic_load(sqlite->cancel);
}

/* Asked while another process writes. */
static int busy(void *context, int count)
{
    if (count > BUSY_MS / BUSY_STEP_MS || is_stopped(context)) {
        return 0;
    }
    (void)sqlite3_sleep(BUSY_STEP_MS);
    return 1;
}

static enum fl_status run(
    struct fl_sql *sql,
    const char *text,
    struct fl_error *out_error)
{
    struct sqlite *sqlite = sqlite_of(sql);
    return sqlite3_exec(sqlite->database, text, NULL, NULL, NULL) == SQLITE_OK
               ? FL_OK
               : failure(sqlite, out_error);
}

static void close_sqlite(struct fl_sql *sql)
{
    struct sqlite *sqlite = sqlite_of(sql);
    (void)sqlite3_close_v2(sqlite->database);
    fl_free(sqlite);
}

static bool is_there(struct fl_sql *sql)
{
    struct sqlite *sqlite = sqlite_of(sql);
    int has_moved = 0;
    return sqlite3_file_control(
               sqlite->database, "main", SQLITE_FCNTL_HAS_MOVED, &has_moved) !=
               SQLITE_OK ||
           has_moved == 0;
}

static enum fl_status set_up(struct sqlite *sqlite, struct fl_error *out_error)
{
    char text[256];
    snprintf(
        text, sizeof text,
        "PRAGMA page_size = %d; PRAGMA cache_size = -%d; PRAGMA temp_store = memory;"
        "PRAGMA foreign_keys = off;"
        "PRAGMA journal_mode = wal; PRAGMA synchronous = normal;"
        "PRAGMA wal_autocheckpoint = 4000;",
        PAGE_BYTES, CACHE_KIB);
    return run(&sqlite->base, text, out_error);
}

static enum fl_status open_file(
    const struct fl_sql_options *options,
    int flags,
    enum fl_status (*go_on)(struct sqlite *sqlite, struct fl_error *out_error),
    struct fl_sql **out_sql,
    struct fl_error *out_error)
{
    const char *path = options->url + strlen(PREFIX);
    struct sqlite *sqlite = fl_alloc_zeroed(1, sizeof *sqlite);
    if (sqlite == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    sqlite->base.engine = &fl_sql_sqlite;
    sqlite->cancel = options->cancel;
    enum fl_status status = FL_OK;
    flags |= SQLITE_OPEN_NOMUTEX; /* one thread at a time */
    if (sqlite3_open_v2(path, &sqlite->database, flags, NULL) == SQLITE_OK) {
        (void)sqlite3_busy_handler(sqlite->database, busy, sqlite);
        sqlite3_progress_handler(sqlite->database, STEPS, is_stopped, sqlite);
        status = go_on(sqlite, out_error);
    } else {
        status = failure(sqlite, out_error);
    }
    if (status != FL_OK) {
        fl_error_prefix(out_error, "%s", path);
        close_sqlite(&sqlite->base);
        return status;
    }
    *out_sql = &sqlite->base;
    return FL_OK;
}

static enum fl_status set_up_reading(struct sqlite *sqlite, struct fl_error *out_error)
{
    return run(&sqlite->base, "PRAGMA temp_store = memory", out_error);
}

static enum fl_status open_sqlite(
    const struct fl_sql_options *options,
    struct fl_sql **out_sql,
    struct fl_error *out_error)
{
    if (options->reads_only) {
        return open_file(
            options, SQLITE_OPEN_READONLY, set_up_reading, out_sql, out_error);
    }
    return open_file(
        options, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, set_up, out_sql, out_error);
}

/* A database indeed, and one that can be written to. */
static enum fl_status look(struct sqlite *sqlite, struct fl_error *out_error)
{
    enum fl_status status = run(&sqlite->base, "PRAGMA schema_version", out_error);
    return status == FL_OK && sqlite3_db_readonly(sqlite->database, "main") == 1
               ? fl_error_set(out_error, FL_IO, "SQLite: this file cannot be written to")
               : status;
}

static enum fl_status try_sqlite(
    const struct fl_sql_options *options,
    struct fl_error *out_error)
{
    const char *path = options->url + strlen(PREFIX);
    struct fl_sql *sql = NULL;
    if (access(path, F_OK) == 0) {
        enum fl_status status =
            open_file(options, SQLITE_OPEN_READWRITE, look, &sql, out_error);
        if (status == FL_OK) {
            close_sqlite(sql);
        }
        return status;
    }
    char folder[FL_SQL_URL_BYTES_MAX + 1];
    snprintf(folder, sizeof folder, "%s", path);
    char *slash = strrchr(folder, '/');
    if (slash != NULL) {
        slash[slash == folder] = '\0';
    }
    return access(slash == NULL ? "." : folder, W_OK | X_OK) == 0
               ? FL_OK
               : fl_error_set(
                     out_error, FL_IO, "SQLite: %s cannot be made: %s", path,
                     strerror(errno));
}

static const char *type_words(enum fl_sql_type type)
{
    static const char *const WORDS[] = {
        [FL_SQL_TEXT] = "TEXT", [FL_SQL_NUMBER] = "NUMERIC", [FL_SQL_INTEGER] = "INTEGER",
        [FL_SQL_TIME] = "TEXT", [FL_SQL_DAY] = "TEXT",       [FL_SQL_BOOLEAN] = "INTEGER",
        [FL_SQL_UUID] = "TEXT", [FL_SQL_BYTES] = "BLOB"};
    return WORDS[type];
}

/* -- questions -- */

static int bind_parameters(
    sqlite3_stmt *statement,
    size_t parameter_count,
    const char *const *parameters)
{
    char name[24];
    int code = SQLITE_OK;
    for (size_t i = 0; code == SQLITE_OK && i < parameter_count; i++) {
        snprintf(name, sizeof name, "$%zu", i + 1);
        int index = sqlite3_bind_parameter_index(statement, name);
        if (index > 0) {
            code =
                sqlite3_bind_text(statement, index, parameters[i], -1, SQLITE_TRANSIENT);
        }
    }
    return code;
}

static size_t count_columns(sqlite3_stmt *statement)
{
    size_t count = (size_t)sqlite3_column_count(statement);
    return count < FL_SQL_COLUMNS_MAX ? count : FL_SQL_COLUMNS_MAX;
}

static void tell_head(sqlite3_stmt *statement, const struct fl_sql_taker *taker)
{
    const char *names[FL_SQL_COLUMNS_MAX];
    size_t count = count_columns(statement);
    for (size_t i = 0; i < count; i++) {
        names[i] = sqlite3_column_name(statement, (int)i);
    }
    taker->head(taker->context, count, names);
}

static bool tell_row(sqlite3_stmt *statement, const struct fl_sql_taker *taker)
{
    struct fl_sql_row row = {.count = count_columns(statement)};
    for (size_t i = 0; i < row.count; i++) {
        int type = sqlite3_column_type(statement, (int)i);
        row.is_number[i] = type == SQLITE_INTEGER || type == SQLITE_FLOAT;
        row.values[i] = (const char *)sqlite3_column_text(statement, (int)i);
    }
    return taker->visit == NULL || taker->visit(taker->context, &row);
}

static enum fl_status tell_answer(
    struct sqlite *sqlite,
    sqlite3_stmt *statement,
    const struct fl_sql_taker *taker,
    struct fl_error *out_error)
{
    int code = SQLITE_ROW;
    bool more = true;
    enum fl_status status = FL_OK;
    if (taker->head != NULL) {
        status = fl_sql_check_width((size_t)sqlite3_column_count(statement), out_error);
        if (status != FL_OK) {
            return status;
        }
        tell_head(statement, taker);
    }
    while (code == SQLITE_ROW && more) {
        code = sqlite3_step(statement);
        more = code != SQLITE_ROW || tell_row(statement, taker);
    }
    return code == SQLITE_DONE || code == SQLITE_ROW ? FL_OK : failure(sqlite, out_error);
}

/* Behind a statement, where a blank or a comment may stand. */
static enum fl_status check_is_alone(
    struct sqlite *sqlite,
    const char *rest,
    struct fl_error *out_error)
{
    sqlite3_stmt *statement = NULL;
    int code = *rest == '\0'
                   ? SQLITE_OK
                   : sqlite3_prepare_v2(sqlite->database, rest, -1, &statement, NULL);
    bool is_alone = code == SQLITE_OK && statement == NULL;
    (void)sqlite3_finalize(statement);
    return is_alone ? FL_OK
                    : fl_error_set(
                          out_error, FL_MALFORMED,
                          "SQLite: one statement can be asked, and another follows it");
}

static enum fl_status ask(
    struct fl_sql *sql,
    const char *text,
    size_t parameter_count,
    const char *const *parameters,
    const struct fl_sql_taker *taker,
    struct fl_error *out_error)
{
    struct sqlite *sqlite = sqlite_of(sql);
    sqlite3_stmt *statement = NULL;
    const char *rest = "";
    int code = sqlite3_prepare_v2(sqlite->database, text, -1, &statement, &rest);
    if (code == SQLITE_OK) {
        code = bind_parameters(statement, parameter_count, parameters);
    }
    enum fl_status status = code == SQLITE_OK ? check_is_alone(sqlite, rest, out_error)
                                              : failure(sqlite, out_error);
    if (status == FL_OK) {
        status = tell_answer(sqlite, statement, taker, out_error);
    }
    (void)sqlite3_finalize(statement);
    return status;
}

static enum fl_status query(
    struct fl_sql *sql,
    const char *text,
    size_t parameter_count,
    const char *const *parameters,
    fl_sql_visit visit,
    void *context,
    struct fl_error *out_error)
{
    const struct fl_sql_taker taker = {.visit = visit, .context = context};
    return ask(sql, text, parameter_count, parameters, &taker, out_error);
}

static enum fl_status commit(struct fl_sql *sql, struct fl_error *out_error)
{
    return run(sql, "COMMIT", out_error);
}

static void rollback(struct fl_sql *sql)
{
    (void)run(sql, "ROLLBACK", NULL);
}

/* -- rows -- */

static void put_upsert(struct fl_buffer *text, const struct fl_sql_table *table)
{
    fl_buffer_put_text(text, "INSERT INTO ");
    fl_sql_quote(text, table->name);
    fl_buffer_put_text(text, " (");
    fl_sql_put_columns(text, table, "");
    fl_buffer_put_text(text, ") VALUES (");
    for (size_t i = 0; i < table->column_count; i++) {
        fl_buffer_put_text(text, i == 0 ? "?" : ",?");
    }
    fl_buffer_put_text(text, ")");
    if (table->many) {
        return;
    }
    fl_buffer_put_text(text, " ON CONFLICT (");
    fl_sql_quote(text, table->columns[0].name);
    fl_buffer_put_text(text, ") DO UPDATE SET ");
    for (size_t i = 1; i < table->column_count; i++) {
        fl_buffer_put_text(text, i == 1 ? "" : ", ");
        fl_sql_quote(text, table->columns[i].name);
        fl_buffer_put_text(text, " = excluded.");
        fl_sql_quote(text, table->columns[i].name);
    }
}

static void put_delete(struct fl_buffer *text, const struct fl_sql_table *table)
{
    fl_buffer_put_text(text, "DELETE FROM ");
    fl_sql_quote(text, table->name);
    fl_buffer_put_text(text, " WHERE ");
    fl_sql_quote(text, table->columns[0].name);
    fl_buffer_put_text(text, " = ?");
}

static enum fl_status prepare(
    struct sqlite *sqlite,
    const struct fl_sql_table *table,
    void (*make)(struct fl_buffer *text, const struct fl_sql_table *table),
    sqlite3_stmt **out_statement,
    struct fl_error *out_error)
{
    struct fl_buffer text;
    fl_buffer_init(&text, SQL_BYTES_MAX);
    make(&text, table);
    const char *whole = fl_sql_text(&text);
    enum fl_status status = FL_NO_MEMORY;
    if (whole != NULL) {
        int code = sqlite3_prepare_v3(
            sqlite->database, whole, -1, SQLITE_PREPARE_PERSISTENT, out_statement, NULL);
        status = code == SQLITE_OK ? FL_OK : failure(sqlite, out_error);
    }
    fl_buffer_deinit(&text);
    return status;
}

static void forget(struct fl_sql *sql, struct fl_sql_table *table)
{
    struct prepared *prepared = table->prepared;
    (void)sql;
    (void)sqlite3_finalize(prepared->put);
    (void)sqlite3_finalize(prepared->remove);
    fl_free(prepared);
    table->prepared = NULL;
}

static enum fl_status prepared_of(
    struct fl_sql *sql,
    struct fl_sql_table *table,
    struct prepared **out_prepared,
    struct fl_error *out_error)
{
    struct prepared *prepared = table->prepared;
    enum fl_status status = FL_OK;
    if (prepared == NULL) {
        prepared = fl_alloc_zeroed(1, sizeof *prepared);
        if (prepared == NULL) {
            return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
        }
        table->prepared = prepared;
        status = prepare(sqlite_of(sql), table, put_upsert, &prepared->put, out_error);
        if (status == FL_OK) {
            status =
                prepare(sqlite_of(sql), table, put_delete, &prepared->remove, out_error);
        }
        if (status != FL_OK) {
            forget(sql, table);
        }
    }
    *out_prepared = prepared;
    return status;
}

/* Whole ones and those of 15 digits exactly; others as SQLite reads their text. */
static int bind_number(sqlite3_stmt *statement, int index, struct fl_decimal number)
{
    static const double POWERS[] = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                    1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
    const uint64_t exact = UINT64_C(1000000000000000);
    if (number.high == 0 && number.scale == 0 && number.low <= INT64_MAX) {
        int64_t whole = (int64_t)number.low;
        return sqlite3_bind_int64(statement, index, number.negative ? -whole : whole);
    }
    if (number.high == 0 && number.low < exact &&
        number.scale < sizeof POWERS / sizeof POWERS[0]) {
        double value = (double)number.low / POWERS[number.scale];
        return sqlite3_bind_double(statement, index, number.negative ? -value : value);
    }
    char text[FL_DECIMAL_TEXT_BYTES_MAX];
    size_t size = fl_decimal_format(number, text);
    return sqlite3_bind_text(statement, index, text, (int)size, SQLITE_TRANSIENT);
}

static int bind_text(sqlite3_stmt *statement, int index, struct fl_bytes bytes)
{
    return sqlite3_bind_text(
        statement, index, bytes.size == 0 ? "" : (const char *)bytes.data,
        (int)bytes.size, SQLITE_STATIC);
}

static int bind_uuid(sqlite3_stmt *statement, int index, struct fl_uuid uuid)
{
    char text[FL_UUID_TEXT_BYTES];
    fl_uuid_format(uuid, text);
    return sqlite3_bind_text(statement, index, text, sizeof text, SQLITE_TRANSIENT);
}

static int bind_time(sqlite3_stmt *statement, int index, int64_t seconds, bool is_day)
{
    char text[FL_SQL_TIME_BYTES];
    fl_sql_time_text(seconds, text);
    return sqlite3_bind_text(
        statement, index, text, is_day ? 10 : FL_SQL_TIME_BYTES - 1, SQLITE_TRANSIENT);
}

static int bind(
    sqlite3_stmt *statement,
    int index,
    enum fl_sql_type type,
    const struct fl_sql_cell *cell)
{
    if (cell->is_null) {
        return sqlite3_bind_null(statement, index);
    }
    switch (type) {
    case FL_SQL_TEXT:
        return bind_text(statement, index, cell->bytes);
    case FL_SQL_BYTES:
        return sqlite3_bind_blob(
            statement, index, cell->bytes.size == 0 ? "" : (const void *)cell->bytes.data,
            (int)cell->bytes.size, SQLITE_STATIC);
    case FL_SQL_NUMBER:
        return bind_number(statement, index, cell->number);
    case FL_SQL_INTEGER:
        return sqlite3_bind_int64(statement, index, cell->integer);
    case FL_SQL_TIME:
    case FL_SQL_DAY:
        return bind_time(statement, index, cell->seconds, type == FL_SQL_DAY);
    case FL_SQL_BOOLEAN:
        return sqlite3_bind_int64(statement, index, cell->boolean);
    case FL_SQL_UUID:
        return bind_uuid(statement, index, cell->uuid);
    }
    return SQLITE_MISUSE;
}

static enum fl_status finish(
    struct sqlite *sqlite,
    sqlite3_stmt *statement,
    int code,
    struct fl_error *out_error)
{
    enum fl_status status = FL_OK;
    if (code == SQLITE_OK) {
        code = sqlite3_step(statement);
    }
    if (code != SQLITE_DONE) {
        status = failure(sqlite, out_error);
    }
    (void)sqlite3_reset(statement);
    return status;
}

static enum fl_status put(
    struct fl_sql *sql,
    struct fl_sql_table *table,
    const struct fl_sql_cell *cells,
    struct fl_error *out_error)
{
    struct prepared *prepared = NULL;
    enum fl_status status = prepared_of(sql, table, &prepared, out_error);
    if (status != FL_OK) {
        return status;
    }
    int code = SQLITE_OK;
    for (size_t i = 0; i < table->column_count && code == SQLITE_OK; i++) {
        code = bind(prepared->put, (int)i + 1, table->columns[i].type, &cells[i]);
    }
    return finish(sqlite_of(sql), prepared->put, code, out_error);
}

static enum fl_status remove_rows(
    struct fl_sql *sql,
    struct fl_sql_table *table,
    struct fl_uuid id,
    struct fl_error *out_error)
{
    struct prepared *prepared = NULL;
    enum fl_status status = prepared_of(sql, table, &prepared, out_error);
    if (status != FL_OK) {
        return status;
    }
    int code = bind_uuid(prepared->remove, 1, id);
    return finish(sqlite_of(sql), prepared->remove, code, out_error);
}

const struct fl_sql_engine fl_sql_sqlite = {
    .dialect = FL_SQL_SQLITE,
    .prefixes = {"sqlite:", ""},
    .name_bytes_max = 1000,
    .check_url = check_url,
    .open = open_sqlite,
    .try = try_sqlite,
    .close = close_sqlite,
    .is_there = is_there,
    .type_words = type_words,
    .run = run,
    .query = query,
    .ask = ask,
    .commit = commit,
    .rollback = rollback,
    .put = put,
    .remove = remove_rows,
    .forget = forget,
};
