/*
 * The end of a table that was written: a workbook is packed, and all goes to the disk,
 * which takes seconds of a large one. In a thread, while a daemon goes on.
 */

#ifndef NODE_TABLE_SHEET_ENDING_H
#define NODE_TABLE_SHEET_ENDING_H

#include "exchange/sheet_writer.h"
#include "file.h"

struct fl_sheet_ending;

/*
 * Takes the writer and the file that it writes, which is zero then. NULL: no memory, and
 * nothing was taken.
 */
struct fl_sheet_ending *fl_sheet_ending_new(
    struct fl_sheet_writer *take_writer,
    struct fl_file *take_file);

/* Here and now: the file stands in its place. */
enum fl_status fl_sheet_ending_run(
    struct fl_sheet_ending *ending,
    struct fl_error *out_error);

/* In a thread. FL_NO_MEMORY: there is none, and nothing has begun. */
enum fl_status fl_sheet_ending_begin(
    struct fl_sheet_ending *ending,
    struct fl_error *out_error);
/* Waits for some milliseconds at most. `*out_done`: the file stands in its place. */
enum fl_status fl_sheet_ending_step(
    struct fl_sheet_ending *ending,
    bool *out_done,
    struct fl_error *out_error);

/* Nobody waits for the thread: what it works on goes when it is done. Takes NULL. */
void fl_sheet_ending_free(struct fl_sheet_ending *ending);

#endif
