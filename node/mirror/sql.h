/*
 * A database of somebody else's, behind one interface: SQLite in a file, PostgreSQL at an
 * address. Calls block, and belong to a thread of their own; one thread uses a database.
 *
 * Rows are put into tables that hold one row for each object (an upsert by its id) or
 * several (those of a section or a register: what was there of the object goes first).
 * An object may be put or removed once in a transaction.
 */

#ifndef NODE_MIRROR_SQL_H
#define NODE_MIRROR_SQL_H

#include <stdatomic.h>

#include "proto/bytes.h"
#include "proto/decimal.h"
#include "proto/uuid.h"

enum { FL_SQL_URL_BYTES_MAX = 512, FL_SQL_PARAMETERS_MAX = 16, FL_SQL_COLUMNS_MAX = 64 };

enum fl_sql_dialect { FL_SQL_SQLITE = 1, FL_SQL_POSTGRESQL };

enum fl_sql_type {
    FL_SQL_TEXT = 1,
    FL_SQL_NUMBER,  /* decimal; SQLite keeps 15 digits of it */
    FL_SQL_INTEGER, /* 64 bits */
    FL_SQL_TIME,    /* date and time without a zone; SQLite: 'YYYY-MM-DD hh:mm:ss' */
    FL_SQL_DAY,
    FL_SQL_BOOLEAN, /* SQLite: 0 and 1 */
    FL_SQL_UUID,    /* SQLite: text */
    FL_SQL_BYTES,
};

/* A value on its way into a column of that type; bytes are borrowed until the put ends.
 */
struct fl_sql_cell {
    bool is_null;
    bool boolean;
    union {
        struct fl_bytes bytes; /* TEXT, BYTES */
        struct fl_decimal number;
        int64_t integer;
        int64_t seconds; /* TIME, DAY: datetime.h */
        struct fl_uuid uuid;
    };
};

struct fl_sql_column {
    char *name; /* bare: quoted where it is used */
    enum fl_sql_type type;
};

/* The first column is the object's id; of `many`, the second is the number of the row. */
struct fl_sql_table {
    char *name;
    bool many;
    bool is_partitioned; /* PostgreSQL: by the column `partition` */
    size_t partition;
    size_t column_count;
    struct fl_sql_column *columns;
    void *prepared; /* the database's; ended by fl_sql_forget() */
};

struct fl_sql_options {
    const char *url;           /* sqlite:FILE, postgresql://... */
    const char *password_file; /* "": none */
    const atomic_bool *cancel; /* may be NULL; set: what is running ends soon, failed */
    bool reads_only;           /* nothing is made, changed or set up for writing */
};

struct fl_sql;

/* FL_MALFORMED in words: no such kind of URL, or a password in it. */
enum fl_status fl_sql_check_url(
    const char *url,
    enum fl_sql_dialect *out_dialect,
    struct fl_error *out_error);

/* FL_IO: it does not answer, or refuses. The caller's, to end with fl_sql_close(). */
enum fl_status fl_sql_open(
    const struct fl_sql_options *options,
    struct fl_sql **out_sql,
    struct fl_error *out_error);
void fl_sql_close(struct fl_sql *sql); /* takes NULL */
/* Could it be opened? Nothing is made or changed there. */
enum fl_status fl_sql_try(
    const struct fl_sql_options *options,
    struct fl_error *out_error);

/* False: it is only to be closed. The line has broken, or another file has its name now.
 */
bool fl_sql_is_there(struct fl_sql *sql);

enum fl_sql_dialect fl_sql_dialect(const struct fl_sql *sql);
/* The longest name in bytes. */
size_t fl_sql_name_bytes_max(enum fl_sql_dialect dialect);
/* "numeric", "TEXT": what stands behind a column's name when it is made. */
const char *fl_sql_type_words(enum fl_sql_dialect dialect, enum fl_sql_type type);
/* Append `name` in quotes. */
void fl_sql_quote(struct fl_buffer *buffer, const char *name);
/* The buffer as a C string; NULL after a failure of it. */
const char *fl_sql_text(struct fl_buffer *buffer);
/* "YYYY-MM-DD hh:mm:ss" with a NUL; of a day its first 10 bytes. `seconds` of datetime.h
 */
enum { FL_SQL_TIME_BYTES = 20 };
void fl_sql_time_text(int64_t seconds, char out_text[FL_SQL_TIME_BYTES]);

/* One statement or several, without results. */
enum fl_status fl_sql_run(
    struct fl_sql *sql,
    const char *text,
    struct fl_error *out_error);

struct fl_sql_row {
    size_t count;
    const char *values[FL_SQL_COLUMNS_MAX]; /* as text; NULL: null */
    bool is_number[FL_SQL_COLUMNS_MAX];     /* said by fl_sql_ask() alone */
};

/* False ends the query well. */
typedef bool (*fl_sql_visit)(void *context, const struct fl_sql_row *row);

/* One statement with $1, $2, ... given as text (NULL: null); `visit` may be NULL. */
enum fl_status fl_sql_query(
    struct fl_sql *sql,
    const char *text,
    size_t parameter_count,
    const char *const *parameters,
    fl_sql_visit visit,
    void *context,
    struct fl_error *out_error);

/* Takes an answer whose columns are not known before. */
struct fl_sql_taker {
    void (*head)(void *context, size_t column_count, const char *const *names);
    fl_sql_visit visit;
    void *context;
};

/*
 * The same, its rows one by one: however many there are, they take no memory. `head` is
 * called once before them, and when there are none. After a `visit` that said no the
 * database is only to be closed.
 */
enum fl_status fl_sql_ask(
    struct fl_sql *sql,
    const char *text,
    size_t parameter_count,
    const char *const *parameters,
    const struct fl_sql_taker *taker,
    struct fl_error *out_error);

enum fl_status fl_sql_begin(struct fl_sql *sql, struct fl_error *out_error);
/* All questions up to the rollback see one state, and none of them can write. */
enum fl_status fl_sql_begin_reading(struct fl_sql *sql, struct fl_error *out_error);
/*
 * Up to the end of the transaction: no rows of the objects that are put or removed are in
 * the database. Adding goes faster then; where it was not true, the commit fails.
 */
void fl_sql_add_only(struct fl_sql *sql);
/* With everything that was put. FL_IO: nothing was kept, or the outcome is unknown. */
enum fl_status fl_sql_commit(struct fl_sql *sql, struct fl_error *out_error);
void fl_sql_rollback(struct fl_sql *sql);

/* `cells` has one for each column. */
enum fl_status fl_sql_put(
    struct fl_sql *sql,
    struct fl_sql_table *table,
    const struct fl_sql_cell *cells,
    struct fl_error *out_error);
/* All rows of the object; before those that are put of it. */
enum fl_status fl_sql_remove(
    struct fl_sql *sql,
    struct fl_sql_table *table,
    struct fl_uuid id,
    struct fl_error *out_error);
/* Before the table is freed, or has other columns. */
void fl_sql_forget(struct fl_sql *sql, struct fl_sql_table *table);

#endif
