/*
 * What SQLite and PostgreSQL each provide for sql.h. Both begin with a struct fl_sql.
 */

#ifndef NODE_MIRROR_SQL_ENGINE_H
#define NODE_MIRROR_SQL_ENGINE_H

#include "sql.h"

struct fl_sql_engine {
    enum fl_sql_dialect dialect;
    const char *prefixes[2]; /* of URLs; "" none */
    size_t name_bytes_max;
    enum fl_status (*check_url)(const char *url, struct fl_error *out_error);
    enum fl_status (*open)(
        const struct fl_sql_options *options,
        struct fl_sql **out_sql,
        struct fl_error *out_error);
    enum fl_status (
        *try)(const struct fl_sql_options *options, struct fl_error *out_error);
    void (*close)(struct fl_sql *sql);
    bool (*is_there)(struct fl_sql *sql);
    const char *(*type_words)(enum fl_sql_type type);
    enum fl_status (
        *run)(struct fl_sql *sql, const char *text, struct fl_error *out_error);
    enum fl_status (*query)(
        struct fl_sql *sql,
        const char *text,
        size_t parameter_count,
        const char *const *parameters,
        fl_sql_visit visit,
        void *context,
        struct fl_error *out_error);
    enum fl_status (*ask)(
        struct fl_sql *sql,
        const char *text,
        size_t parameter_count,
        const char *const *parameters,
        const struct fl_sql_taker *taker,
        struct fl_error *out_error);
    enum fl_status (*commit)(struct fl_sql *sql, struct fl_error *out_error);
    void (*rollback)(struct fl_sql *sql);
    enum fl_status (*put)(
        struct fl_sql *sql,
        struct fl_sql_table *table,
        const struct fl_sql_cell *cells,
        struct fl_error *out_error);
    enum fl_status (*remove)(
        struct fl_sql *sql,
        struct fl_sql_table *table,
        struct fl_uuid id,
        struct fl_error *out_error);
    void (*forget)(struct fl_sql *sql, struct fl_sql_table *table);
};

struct fl_sql {
    const struct fl_sql_engine *engine;
    bool adds_only; /* in this transaction nothing of what is put is there already */
};

extern const struct fl_sql_engine fl_sql_sqlite;
extern const struct fl_sql_engine fl_sql_postgresql;

/* FL_LIMIT in words: an answer that has more columns than a row here. FL_MALFORMED: one
 * that has none is no answer to a question. */
enum fl_status fl_sql_check_width(size_t column_count, struct fl_error *out_error);

/* Append a comma list of all columns, quoted; each with `prefix` before it. */
void fl_sql_put_columns(
    struct fl_buffer *buffer,
    const struct fl_sql_table *table,
    const char *prefix);

#endif
