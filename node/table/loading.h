/*
 * Rows of a table into objects: each row is found by its key, compared with what is here
 * and, when told to, written. First everything is looked at, and what is to be written is
 * kept on the disk; only then, in transactions of some thousand rows, it is. Memory does
 * not grow with the table, nor with what is here.
 *
 * In shares, between which others write, too. It comes out as if the whole table had been
 * taken before them: an object that they changed has their values, with those of its row
 * upon them but for the key; one that they deleted stays deleted.
 */

#ifndef NODE_LOADING_H
#define NODE_LOADING_H

#include "command/output.h"
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

struct fl_loading;

struct fl_loading_options {
    bool dry_run;      /* show every row, write nothing */
    bool skip_refused; /* write the others */
};

struct fl_loading_report {
    uint64_t rows;
    uint64_t counts[FL_ROW_REFUSED + 1];
    uint64_t written;
    uint64_t gone; /* deleted by others before their rows were written */
};

/*
 * `mapping` and what `source` names outlive it. FL_BUSY: another one writes. The caller
 * ends it with the free below.
 */
enum fl_status fl_loading_new(
    struct fl_node *node,
    struct fl_mapping *mapping,
    const struct fl_row_source *source,
    const struct fl_loading_options *options,
    struct fl_loading **out_loading,
    struct fl_error *out_error);

/*
 * About `share_ms` of work; 0: much of it. Rows that are shown go into a list "rows" of
 * `output`: all of a dry run, else the first hundred that were refused. FL_REFUSED: rows
 * were, and nothing was written. FL_BUSY: the configuration is another now. A failure
 * behind the first rows that were written tells how many they are.
 */
enum fl_status fl_loading_step(
    struct fl_loading *loading,
    struct fl_output *output,
    uint32_t share_ms,
    bool *out_done,
    struct fl_error *out_error);

/* Everything was looked at: what it wants to write is being written. */
bool fl_loading_is_writing(const struct fl_loading *loading);

/* So far; lives as long as the loading. */
const struct fl_loading_report *fl_loading_report(const struct fl_loading *loading);

/* What was written stays; the same table once more writes the rest. Takes NULL. */
void fl_loading_free(struct fl_loading *loading);

#endif
