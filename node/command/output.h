/*
 * What a command answers, told once and shown as text or as JSON.
 *
 * Fields stand at the top level (a column of "label: value") or in a row of a list (a
 * table). In JSON they are members of one object, and each list is an array of objects.
 * Sentences, raw text and progress are for people only.
 */

#ifndef NODE_OUTPUT_H
#define NODE_OUTPUT_H

#include <jansson.h>

#include "proto/bytes.h"
#include "proto/uuid.h"

enum {
    FL_OUTPUT_COLUMNS_MAX = 64,
    FL_OUTPUT_ROWS_HELD_MAX = 500, /* rows looked at to find the widths of columns */
};

enum fl_output_stream { FL_OUTPUT_RESULT = 1, FL_OUTPUT_COMPLAINT = 2 };

typedef void (
    *fl_output_write)(void *context, enum fl_output_stream stream, struct fl_bytes bytes);

struct fl_output {
    bool json;
    bool terminal; /* stderr is one: progress is shown */
    fl_output_write write;
    void *context;
    json_t *root; /* JSON: the answer; text: the top-level fields not yet shown */
    json_t *list; /* rows of the list that is open */
    json_t *row;
    const char *keys[FL_OUTPUT_COLUMNS_MAX]; /* of the open list, or of the fields */
    const char *labels[FL_OUTPUT_COLUMNS_MAX];
    size_t widths[FL_OUTPUT_COLUMNS_MAX];
    size_t column_count;
    bool header_shown;
    bool failed; /* no memory: the answer would not be whole */
    int64_t progress_begin_ms;
    int64_t progress_last_ms;
    bool progress_shown;
};

/* To this process's standard streams. */
void fl_output_init_standard(struct fl_output *output, bool json);
void fl_output_init(
    struct fl_output *output,
    bool json,
    bool terminal,
    fl_output_write write,
    void *context);
/* Nobody reads it. */
void fl_output_init_silent(struct fl_output *output);
/* Show what is held; FL_NO_MEMORY when the answer is not whole. */
enum fl_status fl_output_finish(struct fl_output *output);
void fl_output_deinit(struct fl_output *output);

/* `key` is JSON's and is not translated, `label` is English and is. Both are literals. */
void fl_output_text(
    struct fl_output *output,
    const char *key,
    const char *label,
    const char *value);
/* The same; for people only when it is not empty. */
void fl_output_text_if_any(
    struct fl_output *output,
    const char *key,
    const char *label,
    const char *value);
void fl_output_number(
    struct fl_output *output,
    const char *key,
    const char *label,
    uint64_t value);
void fl_output_flag(
    struct fl_output *output,
    const char *key,
    const char *label,
    bool value);
void fl_output_uuid(
    struct fl_output *output,
    const char *key,
    const char *label,
    struct fl_uuid value);
void fl_output_hex(
    struct fl_output *output,
    const char *key,
    const char *label,
    struct fl_bytes value);
/* As fl_output_time() shows it; "" for 0. */
enum { FL_OUTPUT_TIME_BYTES = 32 };
void fl_output_time_text(int64_t unix_ms, char out_text[FL_OUTPUT_TIME_BYTES]);
/* Unix time in ms, shown in UTC as ISO 8601; 0 is "never". */
void fl_output_time(
    struct fl_output *output,
    const char *key,
    const char *label,
    int64_t unix_ms);
/* Any JSON value, which is taken; text shows strings bare and the rest as JSON. */
void fl_output_json(
    struct fl_output *output,
    const char *key,
    const char *label,
    json_t *take_value);

void fl_output_list_begin(struct fl_output *output, const char *key);
void fl_output_row(struct fl_output *output); /* fields after it belong to a new row */
void fl_output_list_end(struct fl_output *output);

/* A sentence (translated by the caller) on a line of its own; text only. */
void fl_output_say(struct fl_output *output, const char *format, ...) FL_PRINTF(2, 3);
/* As it is; text only. */
void fl_output_raw(struct fl_output *output, struct fl_bytes text);

/* On stderr, "filial: " before it; with JSON {"error":..., "status":...}. */
void fl_output_complain(struct fl_output *output, const struct fl_error *error);
/* A remark on stderr that is no failure. */
void fl_output_warn(struct fl_output *output, const char *format, ...) FL_PRINTF(2, 3);

/*
 * How far a long job is: shown on a terminal once it has taken a second, a few times a
 * second. `total` 0: unknown. `what` is English and literal.
 */
void fl_output_progress(
    struct fl_output *output,
    const char *what,
    uint64_t done,
    uint64_t total);

/* Cells that a text takes on a terminal: code points. */
size_t fl_output_width(const char *text);

#endif
