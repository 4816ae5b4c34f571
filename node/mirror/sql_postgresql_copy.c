#include "sql_postgresql_copy.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "sql_engine.h"

static void put_text(struct fl_buffer *buffer, struct fl_bytes bytes)
{
    uint8_t *to = fl_buffer_reserve(buffer, 2 * bytes.size);
    size_t size = 0;
    if (to == NULL) {
        return;
    }
    for (size_t i = 0; i < bytes.size; i++) {
        uint8_t byte = bytes.data[i];
        if (byte == 0) {
            continue; /* no text of PostgreSQL has it, and all would wait for this one */
        }
        uint8_t escape = byte == '\\'   ? '\\'
                         : byte == '\t' ? 't'
                         : byte == '\n' ? 'n'
                         : byte == '\r' ? 'r'
                                        : 0;
        if (escape != 0) {
            to[size++] = '\\';
        }
        to[size++] = escape != 0 ? escape : byte;
    }
    fl_buffer_added(buffer, size);
}

static void put_bytes(struct fl_buffer *buffer, struct fl_bytes bytes)
{
    fl_buffer_put_text(buffer, "\\\\x");
    uint8_t *to = fl_buffer_reserve(buffer, 2 * bytes.size + 1);
    if (to != NULL) {
        fl_bytes_hex(bytes, (char *)to);
        fl_buffer_added(buffer, 2 * bytes.size);
    }
}

static void put_uuid(struct fl_buffer *buffer, struct fl_uuid uuid)
{
    char text[FL_UUID_TEXT_BYTES];
    fl_uuid_format(uuid, text);
    fl_buffer_put_memory(buffer, text, sizeof text);
}

static void put_cell(
    struct fl_buffer *buffer,
    enum fl_sql_type type,
    const struct fl_sql_cell *cell)
{
    char text[FL_DECIMAL_TEXT_BYTES_MAX];
    char time[FL_SQL_TIME_BYTES];
    switch (type) {
    case FL_SQL_TEXT:
        put_text(buffer, cell->bytes);
        break;
    case FL_SQL_BYTES:
        put_bytes(buffer, cell->bytes);
        break;
    case FL_SQL_NUMBER:
        fl_buffer_put_memory(buffer, text, fl_decimal_format(cell->number, text));
        break;
    case FL_SQL_INTEGER:
        snprintf(text, sizeof text, "%" PRId64, cell->integer);
        fl_buffer_put_text(buffer, text);
        break;
    case FL_SQL_TIME:
    case FL_SQL_DAY:
        fl_sql_time_text(cell->seconds, time);
        fl_buffer_put_memory(
            buffer, time, type == FL_SQL_DAY ? 10 : FL_SQL_TIME_BYTES - 1);
        break;
    case FL_SQL_BOOLEAN:
        fl_buffer_put_u8(buffer, cell->boolean ? 't' : 'f');
        break;
    case FL_SQL_UUID:
        put_uuid(buffer, cell->uuid);
        break;
    }
}

void fl_copy_put_row(
    struct fl_buffer *buffer,
    const struct fl_sql_table *table,
    const struct fl_sql_cell *cells)
{
    for (size_t i = 0; i < table->column_count; i++) {
        if (i > 0) {
            fl_buffer_put_u8(buffer, '\t');
        }
        if (cells[i].is_null) {
            fl_buffer_put_text(buffer, "\\N");
        } else {
            put_cell(buffer, table->columns[i].type, &cells[i]);
        }
    }
    fl_buffer_put_u8(buffer, '\n');
}

void fl_copy_put_id(struct fl_buffer *buffer, struct fl_uuid id)
{
    put_uuid(buffer, id);
    fl_buffer_put_u8(buffer, '\n');
}
