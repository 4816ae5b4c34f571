/*
 * Rows in the text form of PostgreSQL's COPY: fields with a tab between, \N for null, and
 * \\ \t \n \r for what would be mistaken ("COPY", Text Format, in its manual).
 */

#ifndef NODE_MIRROR_SQL_POSTGRESQL_COPY_H
#define NODE_MIRROR_SQL_POSTGRESQL_COPY_H

#include "sql.h"

void fl_copy_put_row(
    struct fl_buffer *buffer,
    const struct fl_sql_table *table,
    const struct fl_sql_cell *cells);
void fl_copy_put_id(struct fl_buffer *buffer, struct fl_uuid id);

#endif
