/*
 * Rows of a table into objects: each row is found by its key, compared with what is here
 * and, when told to, written. First everything is looked at, and what is to be written is
 * kept on the disk; only then, in transactions of some thousand rows, it is. Memory does
 * not grow with the table, nor with what is here.
 */

#ifndef NODE_LOADING_H
#define NODE_LOADING_H

#include "output.h"
#include "random.h"
#include "table/mapping_value.h"

enum fl_row_verdict {
    FL_ROW_NEW = 1,
    FL_ROW_CHANGED,
    FL_ROW_EQUAL,
    FL_ROW_REFUSED,
};

/* Where rows come from; read once, from the beginning. */
struct fl_row_source {
    const char *place; /* the name of the file, for words */
    enum fl_status (*rewind)(void *context, struct fl_error *out_error);
    /* NULL after the last; the first with a header is the header. */
    enum fl_status (*next)(
        void *context,
        const struct fl_sheet_row **out_row,
        struct fl_error *out_error);
    void *context;
};

struct fl_loading_options {
    bool dry_run;      /* show every row, write nothing */
    bool skip_refused; /* write the others */
};

struct fl_loading_report {
    uint64_t rows;
    uint64_t counts[FL_ROW_REFUSED + 1];
    uint64_t written;
};

/*
 * Rows that are shown go into a list "rows" of `output`: all of a dry run, else the
 * first hundred that were refused. FL_REFUSED: rows were, and nothing was written.
 * `out_report` is written always.
 */
enum fl_status fl_loading_run(
    struct fl_node *node,
    struct fl_mapping *mapping,
    const struct fl_row_source *source,
    const struct fl_loading_options *options,
    struct fl_output *output,
    struct fl_loading_report *out_report,
    struct fl_error *out_error);

#endif
