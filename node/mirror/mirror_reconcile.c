#include "mirror_reconcile.h"

#include <stdio.h>
#include <stdlib.h>

#include "mirror_read.h"
#include "mirror_rows.h"

enum { PAGE = 5000, SQL_BYTES_MAX = 1 << 20 };

struct page {
    struct fl_uuid ids[PAGE];
    bool here[PAGE];
    size_t count;
    bool is_malformed;
};

static bool take_id(void *context, const struct fl_sql_row *row)
{
    struct page *page = context;
    page->is_malformed =
        page->count == PAGE || row->values[0] == NULL ||
        fl_uuid_parse(fl_bytes_of_text(row->values[0]), &page->ids[page->count]) != FL_OK;
    page->count += !page->is_malformed;
    return !page->is_malformed;
}

static enum fl_status read_page(
    struct fl_sql *sql,
    const struct fl_mirror_table *table,
    const char *from,
    struct page *page,
    struct fl_error *out_error)
{
    bool casts = fl_sql_dialect(sql) == FL_SQL_POSTGRESQL;
    struct fl_buffer text;
    char tail[120];
    fl_buffer_init(&text, SQL_BYTES_MAX);
    fl_buffer_put_text(&text, "SELECT DISTINCT \"_id\" FROM ");
    fl_sql_quote(&text, table->sql.name);
    snprintf(
        tail, sizeof tail, " WHERE \"_id\" >= %s ORDER BY \"_id\" LIMIT %d",
        casts ? "CAST($1 AS uuid)" : "$1", PAGE);
    fl_buffer_put_text(&text, tail);
    page->count = 0;
    page->is_malformed = false;
    enum fl_status status =
        fl_sql_query(sql, fl_sql_text(&text), 1, &from, take_id, page, out_error);
    fl_buffer_deinit(&text);
    return status == FL_OK && page->is_malformed
               ? fl_error_set(
                     out_error, FL_MALFORMED, "%s has an \"_id\" that is none of ours",
                     table->sql.name)
               : status;
}

static enum fl_status remove_missing(
    struct fl_sql *sql,
    const struct fl_mirror_schema *schema,
    uint32_t type,
    const struct page *page,
    struct fl_error *out_error)
{
    enum fl_status status = fl_sql_begin(sql, out_error);
    for (size_t i = 0; i < page->count && status == FL_OK; i++) {
        if (!page->here[i]) {
            const struct fl_key key = {.type = type, .id = page->ids[i]};
            status = fl_mirror_rows_remove(sql, schema, key, out_error);
        }
    }
    return status == FL_OK ? fl_sql_commit(sql, out_error) : status;
}

static enum fl_status reconcile_type(
    struct fl_sql *sql,
    const struct fl_mirror_schema *schema,
    const struct fl_mirror_table *table,
    struct fl_store *store,
    const atomic_bool *cancel,
    struct page *page,
    struct fl_error *out_error)
{
    char from[FL_UUID_TEXT_BYTES + 1] = "00000000-0000-0000-0000-000000000000";
    enum fl_status status = FL_OK;
    do {
        status = read_page(sql, table, from, page, out_error);
        if (status == FL_OK && cancel != NULL && atomic_load(cancel)) {
            status = fl_error_set(out_error, FL_BUSY, "it was stopped");
        }
        if (status == FL_OK && page->count > 0) {
            fl_uuid_format(page->ids[page->count - 1], from);
            status = fl_mirror_read_presence(
                store, table->type->number, page->ids, page->count, page->here,
                out_error);
        }
        if (status == FL_OK && page->count > 0) {
            status = remove_missing(sql, schema, table->type->number, page, out_error);
        }
    } while (status == FL_OK && page->count == PAGE);
    return status;
}

enum fl_status fl_mirror_reconcile(
    struct fl_sql *sql,
    const struct fl_mirror_schema *schema,
    struct fl_store *store,
    const atomic_bool *cancel,
    struct fl_error *out_error)
{
    struct page *page = fl_alloc(sizeof *page);
    enum fl_status status = FL_OK;
    if (page == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    for (size_t i = 0; i < schema->count && status == FL_OK; i++) {
        if (schema->tables[i].section == NULL) {
            status = reconcile_type(
                sql, schema, &schema->tables[i], store, cancel, page, out_error);
        }
    }
    fl_free(page);
    return status;
}
