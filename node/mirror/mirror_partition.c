#include "mirror_partition.h"

#include <stdio.h>
#include <string.h>

#include "mirror_names.h"

enum { SQL_BYTES_MAX = 1 << 16, SEEN_MAX = 1 << 20, BRANCH_SHOWN_BYTES = 24 };

static uint64_t hash_of(uint32_t type, struct fl_bytes branch)
{
    uint64_t hash = UINT64_C(14695981039346656037) ^ type;
    for (size_t i = 0; i < branch.size; i++) {
        hash = (hash ^ branch.data[i]) * UINT64_C(1099511628211);
    }
    return (hash ^ hash >> 29) | 1; /* 0 is a free place */
}

void fl_mirror_partition_name(
    const char *table,
    const char *branch,
    size_t bytes_max,
    char out_name[FL_MIRROR_NAME_BYTES])
{
    char whole[FL_MIRROR_NAME_BYTES];
    char tail[64];
    snprintf(whole, sizeof whole, "%.600s$%.300s", table, branch);
    if (strlen(whole) <= bytes_max) {
        memcpy(out_name, whole, strlen(whole) + 1);
        return;
    }
    unsigned hash = (unsigned)(hash_of(0, fl_bytes_of_text(whole)) & 0xffffffu);
    bool is_short = strlen(branch) <= BRANCH_SHOWN_BYTES;
    snprintf(
        tail, sizeof tail, "$%06x%s%s", hash, is_short ? "$" : "",
        is_short ? branch : "");
    struct fl_bytes kept =
        fl_bytes_utf8_beginning(fl_bytes_of_text(table), bytes_max - strlen(tail));
    snprintf(out_name, FL_MIRROR_NAME_BYTES, "%.*s%s", (int)kept.size, table, tail);
}

/* Was it there already? It is now, in a table of a power of two places. */
static bool is_seen(struct fl_mirror_schema *schema, uint64_t hash)
{
    if (2 * schema->seen_count >= schema->seen_capacity) {
        size_t capacity = schema->seen_capacity == 0 ? 256 : 2 * schema->seen_capacity;
        uint64_t *grown =
            capacity > SEEN_MAX ? NULL : fl_alloc_zeroed(capacity, sizeof *grown);
        if (grown == NULL) {
            return false;
        }
        for (size_t i = 0; i < schema->seen_capacity; i++) {
            size_t at = (size_t)schema->seen[i] & (capacity - 1);
            while (schema->seen[i] != 0 && grown[at] != 0) {
                at = (at + 1) & (capacity - 1);
            }
            grown[at] = schema->seen[i] != 0 ? schema->seen[i] : grown[at];
        }
        fl_free(schema->seen);
        schema->seen = grown;
        schema->seen_capacity = capacity;
    }
    size_t at = (size_t)hash & (schema->seen_capacity - 1);
    while (schema->seen[at] != 0 && schema->seen[at] != hash) {
        at = (at + 1) & (schema->seen_capacity - 1);
    }
    bool seen = schema->seen[at] == hash;
    schema->seen_count += !seen;
    schema->seen[at] = hash;
    return seen;
}

static bool found(void *context, const struct fl_sql_row *row)
{
    bool *is_there = context;
    (void)row;
    *is_there = true;
    return false;
}

static void put_literal(struct fl_buffer *text, const char *value)
{
    fl_buffer_put_u8(text, '\'');
    for (; *value != '\0'; value++) {
        fl_buffer_put_text(text, *value == '\'' ? "'" : "");
        fl_buffer_put_u8(text, (uint8_t)*value);
    }
    fl_buffer_put_u8(text, '\'');
}

static enum fl_status make(
    struct fl_sql *sql,
    const struct fl_mirror_table *table,
    const char *branch,
    struct fl_error *out_error)
{
    char name[FL_MIRROR_NAME_BYTES];
    bool is_there = false;
    const char *parameters[] = {table->sql.name, branch, name};
    struct fl_buffer text;
    enum fl_status status = fl_sql_query(
        sql, "SELECT 1 FROM filial_partitions WHERE table_name = $1 AND branch = $2", 2,
        parameters, found, &is_there, out_error);
    if (status != FL_OK || is_there) {
        return status;
    }
    fl_mirror_partition_name(
        table->sql.name, branch, fl_sql_name_bytes_max(fl_sql_dialect(sql)), name);
    fl_buffer_init(&text, SQL_BYTES_MAX);
    fl_buffer_put_text(&text, "CREATE TABLE ");
    fl_sql_quote(&text, name);
    fl_buffer_put_text(&text, " PARTITION OF ");
    fl_sql_quote(&text, table->sql.name);
    fl_buffer_put_text(&text, " FOR VALUES IN (");
    put_literal(&text, branch);
    fl_buffer_put_text(&text, ")");
    status = fl_sql_run(sql, fl_sql_text(&text), out_error);
    fl_buffer_deinit(&text);
    return status == FL_OK
               ? fl_sql_query(
                     sql,
                     "INSERT INTO filial_partitions (table_name, branch, partition_name) "
                     "VALUES ($1, $2, $3)",
                     3, parameters, NULL, NULL, out_error)
               : status;
}

enum fl_status fl_mirror_partition(
    struct fl_sql *sql,
    struct fl_mirror_schema *schema,
    uint32_t type,
    struct fl_bytes branch,
    struct fl_error *out_error)
{
    char code[FL_MIRROR_NAME_BYTES];
    size_t count = 0;
    struct fl_mirror_table *tables = fl_mirror_schema_tables(schema, type, &count);
    if (tables == NULL || !tables->sql.is_partitioned ||
        is_seen(schema, hash_of(type, branch))) {
        return FL_OK;
    }
    snprintf(code, sizeof code, "%.*s", (int)branch.size, (const char *)branch.data);
    enum fl_status status = FL_OK;
    for (size_t i = 0; i < count && status == FL_OK; i++) {
        status = make(sql, &tables[i], code, out_error);
    }
    return status;
}
