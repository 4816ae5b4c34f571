/*
 * PostgreSQL: what is put gathers in memory, and the commit copies it into temporary
 * tables and from there, in one statement a table, to its place; or right there, when it
 * only adds. A commit of the server
 * is not waited for to reach its disk: the position is in the same transaction, so what a
 * crash of the server takes back is sent again.
 */

#include <stdio.h>
#include <string.h>

#include "sql_engine.h"
#include "sql_postgresql_copy.h"
#include "sql_postgresql_wait.h"

enum { SQL_BYTES_MAX = 8 << 20, ROWS_BYTES_MAX = 1 << 30, PASSWORD_BYTES = 512 };

struct postgresql;

struct staged {
    struct fl_sql_table *table;
    unsigned number;       /* names its temporary tables */
    bool is_made;          /* the temporary tables are there */
    bool is_used;          /* in this transaction: it is in the list */
    struct fl_buffer rows; /* in the text of COPY */
    struct fl_buffer gone; /* ids, the same */
    struct staged *next;
};

struct postgresql {
    struct fl_sql base;
    struct fl_pg_line line;
    struct staged *used;
    unsigned number_last;
};

static struct postgresql *postgresql_of(struct fl_sql *sql)
{
    return (struct postgresql *)(void *)sql;
}

static enum fl_status check_url(const char *url, struct fl_error *out_error)
{
    char *words = NULL;
    enum fl_status status = FL_OK;
    PQconninfoOption *options = PQconninfoParse(url, &words);
    if (options == NULL) {
        status = fl_error_set(
            out_error, FL_MALFORMED, "%s is no URL of PostgreSQL: %.*s", url,
            words == NULL ? 0 : (int)strcspn(words, "\n"), words == NULL ? "" : words);
    }
    for (PQconninfoOption *option = options;
         option != NULL && option->keyword != NULL && status == FL_OK; option++) {
        if (strcmp(option->keyword, "password") == 0 && option->val != NULL) {
            status = fl_error_set(
                out_error, FL_MALFORMED,
                "a password in the URL would be seen by everybody: give --password-file "
                "FILE, or write it into ~/.pgpass of the user that filiald runs as");
        }
    }
    PQconninfoFree(options);
    PQfreemem(words);
    return status;
}

/* -- opening -- */

static void say_nothing(void *context, const char *words)
{
    (void)context;
    (void)words;
}

static enum fl_status read_password(
    const char *path,
    char out_password[PASSWORD_BYTES],
    struct fl_error *out_error)
{
    out_password[0] = '\0';
    if (path == NULL || path[0] == '\0') {
        return FL_OK;
    }
    FILE *file = fopen(path, "r");
    if (file == NULL || fgets(out_password, PASSWORD_BYTES, file) == NULL) {
        if (file != NULL) {
            (void)fclose(file);
        }
        return fl_error_set(out_error, FL_IO, "%s: no password can be read there", path);
    }
    (void)fclose(file);
    out_password[strcspn(out_password, "\r\n")] = '\0';
    return FL_OK;
}

static enum fl_status run(
    struct fl_sql *sql,
    const char *text,
    struct fl_error *out_error)
{
    struct postgresql *postgresql = postgresql_of(sql);
    PGresult *result =
        fl_pg_result(&postgresql->line, PQsendQuery(postgresql->line.connection, text));
    ExecStatusType code = PQresultStatus(result);
    enum fl_status status =
        code == PGRES_COMMAND_OK || code == PGRES_TUPLES_OK || code == PGRES_EMPTY_QUERY
            ? FL_OK
            : fl_pg_failure(&postgresql->line, result, out_error);
    PQclear(result);
    return status;
}

static void close_postgresql(struct fl_sql *sql)
{
    struct postgresql *postgresql = postgresql_of(sql);
    PQfinish(postgresql->line.connection);
    fl_free(postgresql);
}

static bool is_there(struct fl_sql *sql)
{
    return PQstatus(postgresql_of(sql)->line.connection) == CONNECTION_OK;
}

/*
 * Joins go by the index of the large table: temporary ones have no statistics. A server
 * that knows how notices that we have gone, and ends what still runs for us.
 */
static enum fl_status set_up(
    struct postgresql *postgresql,
    bool reads_only,
    struct fl_error *out_error)
{
    (void)PQsetNoticeProcessor(postgresql->line.connection, say_nothing, NULL);
    (void)run(&postgresql->base, "SET client_connection_check_interval = '1s'", NULL);
    return run(
        &postgresql->base,
        reads_only ? "SET datestyle = 'ISO'"
                   : "SET synchronous_commit = off; SET datestyle = 'ISO'; "
                     "SET enable_hashjoin = off; SET enable_mergejoin = off; "
                     "SET jit = off; SET temp_buffers = '64MB'; "
                     "SET idle_in_transaction_session_timeout = '10min'",
        out_error);
}

static enum fl_status open_postgresql(
    const struct fl_sql_options *options,
    struct fl_sql **out_sql,
    struct fl_error *out_error)
{
    char password[PASSWORD_BYTES];
    enum fl_status status = read_password(options->password_file, password, out_error);
    if (status != FL_OK) {
        return status;
    }
    struct postgresql *postgresql = fl_alloc_zeroed(1, sizeof *postgresql);
    if (postgresql == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    postgresql->base.engine = &fl_sql_postgresql;
    postgresql->line.cancel = options->cancel;
    status = fl_pg_connect(&postgresql->line, options->url, password, out_error);
    memset(password, 0, sizeof password);
    if (status == FL_OK) {
        status = set_up(postgresql, options->reads_only, out_error);
    }
    if (status != FL_OK) {
        close_postgresql(&postgresql->base);
        return status;
    }
    *out_sql = &postgresql->base;
    return FL_OK;
}

static enum fl_status try_postgresql(
    const struct fl_sql_options *options,
    struct fl_error *out_error)
{
    struct fl_sql *sql = NULL;
    enum fl_status status = open_postgresql(options, &sql, out_error);
    if (status == FL_OK) {
        close_postgresql(sql);
    }
    return status;
}

static const char *type_words(enum fl_sql_type type)
{
    static const char *const WORDS[] = {
        [FL_SQL_TEXT] = "text",      [FL_SQL_NUMBER] = "numeric",
        [FL_SQL_INTEGER] = "bigint", [FL_SQL_TIME] = "timestamp",
        [FL_SQL_DAY] = "date",       [FL_SQL_BOOLEAN] = "boolean",
        [FL_SQL_UUID] = "uuid",      [FL_SQL_BYTES] = "bytea"};
    return WORDS[type];
}

/* -- questions -- */

static size_t count_columns(const PGresult *result)
{
    size_t count = (size_t)PQnfields(result);
    return count < FL_SQL_COLUMNS_MAX ? count : FL_SQL_COLUMNS_MAX;
}

static void fill_row(const PGresult *result, int at, struct fl_sql_row *row)
{
    for (size_t i = 0; i < row->count; i++) {
        row->values[i] =
            PQgetisnull(result, at, (int)i) ? NULL : PQgetvalue(result, at, (int)i);
    }
}

static void visit_rows(const PGresult *result, fl_sql_visit visit, void *context)
{
    struct fl_sql_row row = {.count = count_columns(result)};
    bool more = true;
    for (int at = 0; more && at < PQntuples(result); at++) {
        fill_row(result, at, &row);
        more = visit(context, &row);
    }
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
    struct postgresql *postgresql = postgresql_of(sql);
    PGresult *result = fl_pg_result(
        &postgresql->line, PQsendQueryParams(
                               postgresql->line.connection, text, (int)parameter_count,
                               NULL, parameters, NULL, NULL, /* resultFormat= */ 0));
    ExecStatusType code = PQresultStatus(result);
    enum fl_status status = FL_OK;
    if (code != PGRES_COMMAND_OK && code != PGRES_TUPLES_OK) {
        status = fl_pg_failure(&postgresql->line, result, out_error);
    } else if (visit != NULL && code == PGRES_TUPLES_OK) {
        visit_rows(result, visit, context);
    }
    PQclear(result);
    return status;
}

/* The types int8, int2, int4, float4, float8, numeric. */
static bool is_number(Oid type)
{
    return type == 20 || type == 21 || type == 23 || type == 700 || type == 701 ||
           type == 1700;
}

static void tell_head(const PGresult *result, const struct fl_sql_taker *taker)
{
    const char *names[FL_SQL_COLUMNS_MAX];
    size_t count = count_columns(result);
    for (size_t i = 0; i < count; i++) {
        names[i] = PQfname(result, (int)i);
    }
    taker->head(taker->context, count, names);
}

static bool tell_row(const PGresult *result, const struct fl_sql_taker *taker)
{
    struct fl_sql_row row = {.count = count_columns(result)};
    fill_row(result, 0, &row);
    for (size_t i = 0; i < row.count; i++) {
        row.is_number[i] = is_number(PQftype(result, (int)i));
    }
    return taker->visit(taker->context, &row);
}

/* The last result has no rows: it ends the answer, or is the whole of an empty one. */
static enum fl_status tell_rows(
    struct postgresql *postgresql,
    PGresult **io_result,
    const struct fl_sql_taker *taker,
    struct fl_error *out_error)
{
    bool more = true;
    while (more && PQresultStatus(*io_result) == PGRES_SINGLE_TUPLE) {
        more = tell_row(*io_result, taker);
        PQclear(*io_result);
        *io_result = more ? fl_pg_next(&postgresql->line) : NULL;
    }
    if (more && PQresultStatus(*io_result) != PGRES_TUPLES_OK) {
        return fl_pg_failure(&postgresql->line, *io_result, out_error);
    }
    if (more) {
        PQclear(fl_pg_next(&postgresql->line)); /* none: the line is free again */
    }
    return FL_OK;
}

static enum fl_status ask(
    struct fl_sql *sql,
    const char *text,
    size_t parameter_count,
    const char *const *parameters,
    const struct fl_sql_taker *taker,
    struct fl_error *out_error)
{
    struct postgresql *postgresql = postgresql_of(sql);
    PGconn *connection = postgresql->line.connection;
    int sent = PQsendQueryParams(
        connection, text, (int)parameter_count, NULL, parameters, NULL, NULL,
        /* resultFormat= */ 0);
    PGresult *result = sent == 1 && PQsetSingleRowMode(connection) == 1
                           ? fl_pg_first(&postgresql->line)
                           : NULL;
    ExecStatusType code = PQresultStatus(result);
    bool has_failed = code == PGRES_FATAL_ERROR || code == PGRES_BAD_RESPONSE;
    bool has_rows = code == PGRES_SINGLE_TUPLE || code == PGRES_TUPLES_OK;
    enum fl_status status =
        has_failed
            ? fl_pg_failure(&postgresql->line, result, out_error)
            : fl_sql_check_width(has_rows ? (size_t)PQnfields(result) : 0, out_error);
    if (status == FL_OK) {
        tell_head(result, taker);
        status = tell_rows(postgresql, &result, taker, out_error);
    }
    PQclear(result);
    return status;
}

/* -- rows -- */

static enum fl_status staged_of(
    struct fl_sql *sql,
    struct fl_sql_table *table,
    struct staged **out_staged,
    struct fl_error *out_error)
{
    struct postgresql *postgresql = postgresql_of(sql);
    struct staged *staged = table->prepared;
    if (staged == NULL) {
        staged = fl_alloc_zeroed(1, sizeof *staged);
        if (staged == NULL) {
            return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
        }
        staged->table = table;
        staged->number = ++postgresql->number_last;
        fl_buffer_init(&staged->rows, ROWS_BYTES_MAX);
        fl_buffer_init(&staged->gone, ROWS_BYTES_MAX);
        table->prepared = staged;
    }
    if (!staged->is_used) {
        staged->is_used = true;
        staged->next = postgresql->used;
        postgresql->used = staged;
    }
    *out_staged = staged;
    return FL_OK;
}

static enum fl_status put(
    struct fl_sql *sql,
    struct fl_sql_table *table,
    const struct fl_sql_cell *cells,
    struct fl_error *out_error)
{
    struct staged *staged = NULL;
    enum fl_status status = staged_of(sql, table, &staged, out_error);
    if (status == FL_OK) {
        fl_copy_put_row(&staged->rows, table, cells);
        status = fl_buffer_status(&staged->rows);
        if (status != FL_OK) {
            (void)fl_error_set(out_error, status, "not enough memory");
        }
    }
    return status;
}

static enum fl_status remove_rows(
    struct fl_sql *sql,
    struct fl_sql_table *table,
    struct fl_uuid id,
    struct fl_error *out_error)
{
    struct staged *staged = NULL;
    enum fl_status status = staged_of(sql, table, &staged, out_error);
    if (status == FL_OK) {
        fl_copy_put_id(&staged->gone, id);
        status = fl_buffer_status(&staged->gone);
        if (status != FL_OK) {
            (void)fl_error_set(out_error, status, "not enough memory");
        }
    }
    return status;
}

/* Nothing more of this transaction; memory is kept for the next. */
static void clear_staged(struct postgresql *postgresql, bool keeps_tables)
{
    struct staged *staged = postgresql->used;
    while (staged != NULL) {
        struct staged *next = staged->next;
        fl_buffer_clear(&staged->rows);
        fl_buffer_clear(&staged->gone);
        staged->is_used = false;
        staged->is_made = staged->is_made && keeps_tables;
        staged->next = NULL;
        staged = next;
    }
    postgresql->used = NULL;
}

static void forget(struct fl_sql *sql, struct fl_sql_table *table)
{
    struct postgresql *postgresql = postgresql_of(sql);
    struct staged *staged = table->prepared;
    struct staged **at = &postgresql->used;
    char text[160];
    while (*at != NULL && *at != staged) {
        at = &(*at)->next;
    }
    if (*at == staged) {
        *at = staged->next;
    }
    if (staged->is_made &&
        PQtransactionStatus(postgresql->line.connection) == PQTRANS_IDLE) {
        snprintf(
            text, sizeof text,
            "DROP TABLE IF EXISTS pg_temp.filial_rows_%u, pg_temp.filial_gone_%u",
            staged->number, staged->number);
        (void)run(sql, text, NULL);
    }
    fl_buffer_deinit(&staged->rows);
    fl_buffer_deinit(&staged->gone);
    fl_free(staged);
    table->prepared = NULL;
}

/* -- committing -- */

static enum fl_status make_temporary(
    struct postgresql *postgresql,
    struct staged *staged,
    struct fl_error *out_error)
{
    struct fl_buffer text;
    char names[200];
    if (staged->is_made) {
        snprintf(
            names, sizeof names,
            "TRUNCATE pg_temp.filial_rows_%u, pg_temp.filial_gone_%u", staged->number,
            staged->number);
        return run(&postgresql->base, names, out_error);
    }
    fl_buffer_init(&text, SQL_BYTES_MAX);
    snprintf(
        names, sizeof names,
        "CREATE TEMP TABLE filial_gone_%u (id uuid); CREATE TEMP TABLE filial_rows_%u AS "
        "SELECT ",
        staged->number, staged->number);
    fl_buffer_put_text(&text, names);
    fl_sql_put_columns(&text, staged->table, "");
    fl_buffer_put_text(&text, " FROM ");
    fl_sql_quote(&text, staged->table->name);
    fl_buffer_put_text(&text, " WITH NO DATA");
    enum fl_status status = fl_sql_run(&postgresql->base, fl_sql_text(&text), out_error);
    fl_buffer_deinit(&text);
    staged->is_made = status == FL_OK;
    return status;
}

static enum fl_status copy(
    struct postgresql *postgresql,
    const char *text,
    const struct fl_buffer *rows,
    struct fl_error *out_error)
{
    struct fl_pg_line *line = &postgresql->line;
    PGresult *result = fl_pg_result(line, PQsendQuery(line->connection, text));
    bool is_well = PQresultStatus(result) == PGRES_COPY_IN;
    if (is_well) {
        PQclear(result);
        bool sent = fl_pg_copy(line, fl_buffer_view(rows));
        result = fl_pg_result(line, 1);
        is_well = sent && PQresultStatus(result) == PGRES_COMMAND_OK;
    }
    enum fl_status status = is_well ? FL_OK : fl_pg_failure(line, result, out_error);
    PQclear(result);
    return status;
}

static enum fl_status copy_temporary(
    struct postgresql *postgresql,
    const char *what,
    unsigned number,
    const struct fl_buffer *rows,
    struct fl_error *out_error)
{
    char text[80];
    snprintf(text, sizeof text, "COPY pg_temp.filial_%s_%u FROM STDIN", what, number);
    return rows->size == 0 ? FL_OK : copy(postgresql, text, rows, out_error);
}

/* Rows that nothing stands in the way of. */
static enum fl_status add_rows(
    struct postgresql *postgresql,
    const struct staged *staged,
    struct fl_error *out_error)
{
    struct fl_buffer text;
    fl_buffer_init(&text, SQL_BYTES_MAX);
    fl_buffer_put_text(&text, "COPY ");
    fl_sql_quote(&text, staged->table->name);
    fl_buffer_put_text(&text, " (");
    fl_sql_put_columns(&text, staged->table, "");
    fl_buffer_put_text(&text, ") FROM STDIN");
    const char *whole = fl_sql_text(&text);
    enum fl_status status =
        whole == NULL ? fl_error_set(out_error, FL_NO_MEMORY, "not enough memory")
                      : copy(postgresql, whole, &staged->rows, out_error);
    fl_buffer_deinit(&text);
    return status;
}

static enum fl_status run_and_free(
    struct postgresql *postgresql,
    struct fl_buffer *text,
    struct fl_error *out_error)
{
    enum fl_status status = fl_sql_run(&postgresql->base, fl_sql_text(text), out_error);
    fl_buffer_deinit(text);
    return status;
}

static enum fl_status delete_gone(
    struct postgresql *postgresql,
    const struct staged *staged,
    struct fl_error *out_error)
{
    struct fl_buffer text;
    char number[16];
    fl_buffer_init(&text, SQL_BYTES_MAX);
    snprintf(number, sizeof number, "%u", staged->number);
    fl_buffer_put_text(&text, "DELETE FROM ");
    fl_sql_quote(&text, staged->table->name);
    fl_buffer_put_text(&text, " AS t USING pg_temp.filial_gone_");
    fl_buffer_put_text(&text, number);
    fl_buffer_put_text(&text, " AS g WHERE t.");
    fl_sql_quote(&text, staged->table->columns[0].name);
    fl_buffer_put_text(&text, " = g.id");
    return run_and_free(postgresql, &text, out_error);
}

/* An object whose rows come from another branch now leaves the partition of the last. */
static enum fl_status delete_moved(
    struct postgresql *postgresql,
    const struct staged *staged,
    struct fl_error *out_error)
{
    const struct fl_sql_table *table = staged->table;
    struct fl_buffer text;
    char from[80];
    fl_buffer_init(&text, SQL_BYTES_MAX);
    snprintf(
        from, sizeof from, " AS t USING pg_temp.filial_rows_%u AS r WHERE t.",
        staged->number);
    fl_buffer_put_text(&text, "DELETE FROM ");
    fl_sql_quote(&text, table->name);
    fl_buffer_put_text(&text, from);
    fl_sql_quote(&text, table->columns[0].name);
    fl_buffer_put_text(&text, " = r.");
    fl_sql_quote(&text, table->columns[0].name);
    fl_buffer_put_text(&text, " AND t.");
    fl_sql_quote(&text, table->columns[table->partition].name);
    fl_buffer_put_text(&text, " <> r.");
    fl_sql_quote(&text, table->columns[table->partition].name);
    return run_and_free(postgresql, &text, out_error);
}

static void put_conflict(struct fl_buffer *text, const struct fl_sql_table *table)
{
    fl_buffer_put_text(text, " ON CONFLICT (");
    if (table->is_partitioned) {
        fl_sql_quote(text, table->columns[table->partition].name);
        fl_buffer_put_text(text, ", ");
    }
    fl_sql_quote(text, table->columns[0].name);
    fl_buffer_put_text(text, ") DO UPDATE SET ");
    for (size_t i = 1, count = 0; i < table->column_count; i++) {
        if (!table->is_partitioned || i != table->partition) {
            fl_buffer_put_text(text, count++ == 0 ? "" : ", ");
            fl_sql_quote(text, table->columns[i].name);
            fl_buffer_put_text(text, " = excluded.");
            fl_sql_quote(text, table->columns[i].name);
        }
    }
}

static enum fl_status insert_rows(
    struct postgresql *postgresql,
    const struct staged *staged,
    struct fl_error *out_error)
{
    const struct fl_sql_table *table = staged->table;
    struct fl_buffer text;
    char from[64];
    fl_buffer_init(&text, SQL_BYTES_MAX);
    snprintf(from, sizeof from, " FROM pg_temp.filial_rows_%u", staged->number);
    fl_buffer_put_text(&text, "INSERT INTO ");
    fl_sql_quote(&text, table->name);
    fl_buffer_put_text(&text, " (");
    fl_sql_put_columns(&text, table, "");
    fl_buffer_put_text(&text, ") SELECT ");
    fl_sql_put_columns(&text, table, "");
    fl_buffer_put_text(&text, from);
    if (!table->many) {
        put_conflict(&text, table);
    }
    return run_and_free(postgresql, &text, out_error);
}

static enum fl_status merge_rows(
    struct postgresql *postgresql,
    struct staged *staged,
    struct fl_error *out_error)
{
    enum fl_status status = make_temporary(postgresql, staged, out_error);
    if (status == FL_OK) {
        status =
            copy_temporary(postgresql, "gone", staged->number, &staged->gone, out_error);
    }
    if (status == FL_OK) {
        status =
            copy_temporary(postgresql, "rows", staged->number, &staged->rows, out_error);
    }
    if (status == FL_OK && staged->gone.size > 0) {
        status = delete_gone(postgresql, staged, out_error);
    }
    if (status == FL_OK && staged->rows.size > 0 && !staged->table->many &&
        staged->table->is_partitioned) {
        status = delete_moved(postgresql, staged, out_error);
    }
    if (status == FL_OK && staged->rows.size > 0) {
        status = insert_rows(postgresql, staged, out_error);
    }
    return status;
}

static enum fl_status flush(
    struct postgresql *postgresql,
    struct staged *staged,
    struct fl_error *out_error)
{
    enum fl_status status = postgresql->base.adds_only
                                ? add_rows(postgresql, staged, out_error)
                                : merge_rows(postgresql, staged, out_error);
    if (status != FL_OK) {
        fl_error_prefix(out_error, "%s", staged->table->name);
    }
    return status;
}

static enum fl_status commit(struct fl_sql *sql, struct fl_error *out_error)
{
    struct postgresql *postgresql = postgresql_of(sql);
    enum fl_status status = FL_OK;
    for (struct staged *staged = postgresql->used; staged != NULL && status == FL_OK;
         staged = staged->next) {
        status = flush(postgresql, staged, out_error);
    }
    if (status == FL_OK) {
        status = run(sql, "COMMIT", out_error);
    }
    if (status == FL_OK) {
        clear_staged(postgresql, /* keeps_tables= */ true);
    }
    return status;
}

static void rollback(struct fl_sql *sql)
{
    struct postgresql *postgresql = postgresql_of(sql);
    (void)run(sql, "ROLLBACK", NULL);
    /* Tables that were made earlier are there still: other numbers for those to come. */
    for (struct staged *staged = postgresql->used; staged != NULL;
         staged = staged->next) {
        staged->number = ++postgresql->number_last;
    }
    clear_staged(postgresql, /* keeps_tables= */ false);
}

const struct fl_sql_engine fl_sql_postgresql = {
    .dialect = FL_SQL_POSTGRESQL,
    .prefixes = {"postgresql://", "postgres://"},
    .name_bytes_max = 63,
    .check_url = check_url,
    .open = open_postgresql,
    .try = try_postgresql,
    .close = close_postgresql,
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
