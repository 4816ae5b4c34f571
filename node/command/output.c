#include "output.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "language.h"

enum { CELL_BYTES_MAX = 4096, LINE_BYTES_MAX = 2048, PROGRESS_EVERY_MS = 200 };

static void write_standard(
    void *context,
    enum fl_output_stream stream,
    struct fl_bytes bytes)
{
    (void)context;
    FILE *file = stream == FL_OUTPUT_RESULT ? stdout : stderr;
    fwrite(bytes.data, 1, bytes.size, file);
}

void fl_output_init_standard(struct fl_output *output, bool json)
{
    fl_output_init(output, json, isatty(STDERR_FILENO) == 1, write_standard, NULL);
}

void fl_output_init(
    struct fl_output *output,
    bool json,
    bool terminal,
    fl_output_write write,
    void *context)
{
    *output = (struct fl_output){
        .json = json, .terminal = terminal, .write = write, .context = context};
    output->root = json_object();
    output->failed = output->root == NULL;
}

static void forget(void *context, enum fl_output_stream stream, struct fl_bytes bytes)
{
    (void)context;
    (void)stream;
    (void)bytes;
}

void fl_output_init_silent(struct fl_output *output)
{
    fl_output_init(output, /* json= */ false, /* terminal= */ false, forget, NULL);
}

static void put(struct fl_output *output, const char *text)
{
    output->write(output->context, FL_OUTPUT_RESULT, fl_bytes_of_text(text));
}

static void put_json(struct fl_output *output, const json_t *value, size_t flags)
{
    char *text = json_dumps(value, flags);
    if (text == NULL) {
        output->failed = true;
        return;
    }
    put(output, text);
    free(text);
}

static void put_padded(struct fl_output *output, const char *text, size_t width)
{
    put(output, text);
    for (size_t shown = fl_output_width(text); shown < width; shown++) {
        put(output, " ");
    }
}

size_t fl_output_width(const char *text)
{
    return fl_bytes_utf8_length(fl_bytes_of_text(text));
}

/* Words in a row, with commas between them. False: the array holds something else too. */
static bool join(const json_t *array, char out_text[CELL_BYTES_MAX])
{
    static const char more[] = ", …";
    size_t index;
    size_t size = 0;
    json_t *item;
    out_text[0] = '\0';
    json_array_foreach(array, index, item)
    {
        if (!json_is_string(item)) {
            return false;
        }
        const char *comma = index == 0 ? "" : ", ";
        const char *word = json_string_value(item);
        if (size + strlen(comma) + strlen(word) + sizeof more > CELL_BYTES_MAX) {
            memcpy(out_text + size, more, sizeof more);
            return true;
        }
        size +=
            (size_t)snprintf(out_text + size, CELL_BYTES_MAX - size, "%s%s", comma, word);
    }
    return true;
}

/* A value as a cell of a table: one line, bounded. */
static void cell_of(const json_t *value, char out_text[CELL_BYTES_MAX])
{
    char joined[CELL_BYTES_MAX];
    char *dumped = NULL;
    const char *text = "";
    if (json_is_string(value)) {
        text = json_string_value(value);
    } else if (json_is_true(value)) {
        text = _("yes");
    } else if (json_is_false(value)) {
        text = _("no");
    } else if (json_is_array(value) && join(value, joined)) {
        text = joined;
    } else if (value != NULL && !json_is_null(value)) {
        dumped = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
        text = dumped == NULL ? "" : dumped;
    }
    const size_t size = fl_bytes_cut(fl_bytes_of_text(text), CELL_BYTES_MAX - 1).size;
    for (size_t i = 0; i < size; i++) {
        out_text[i] = (unsigned char)text[i] < ' ' ? ' ' : text[i];
    }
    out_text[size] = '\0';
    free(dumped);
}

/* The fields of the top level, as aligned lines; then there are none. */
static void show_fields(struct fl_output *output)
{
    if (output->json || json_object_size(output->root) == 0) {
        return;
    }
    size_t width = 0;
    for (size_t i = 0; i < output->column_count; i++) {
        size_t label = fl_output_width(_(output->labels[i]));
        width = label > width ? label : width;
    }
    for (size_t i = 0; i < output->column_count; i++) {
        char cell[CELL_BYTES_MAX];
        cell_of(json_object_get(output->root, output->keys[i]), cell);
        put_padded(output, _(output->labels[i]), width + 2);
        put(output, cell);
        put(output, "\n");
    }
    json_object_clear(output->root);
    output->column_count = 0;
}

static void widen(struct fl_output *output)
{
    size_t index;
    json_t *row;
    for (size_t i = 0; i < output->column_count; i++) {
        output->widths[i] = fl_output_width(_(output->labels[i]));
    }
    json_array_foreach(output->list, index, row)
    {
        for (size_t i = 0; i < output->column_count; i++) {
            char cell[CELL_BYTES_MAX];
            cell_of(json_object_get(row, output->keys[i]), cell);
            size_t width = fl_output_width(cell);
            output->widths[i] = width > output->widths[i] ? width : output->widths[i];
        }
    }
}

static void show_line(struct fl_output *output, const json_t *row)
{
    for (size_t i = 0; i < output->column_count; i++) {
        char cell[CELL_BYTES_MAX];
        const char *text = _(output->labels[i]);
        if (row != NULL) {
            cell_of(json_object_get(row, output->keys[i]), cell);
            text = cell;
        }
        bool last = i + 1 == output->column_count;
        put_padded(output, text, last ? 0 : output->widths[i] + 2);
    }
    put(output, "\n");
}

/* The rows held so far; the first time with a header above them. */
static void show_rows(struct fl_output *output)
{
    if (output->json || output->list == NULL || json_array_size(output->list) == 0) {
        return;
    }
    if (!output->header_shown) {
        widen(output);
        show_line(output, NULL);
        output->header_shown = true;
    }
    size_t index;
    json_t *row;
    json_array_foreach(output->list, index, row)
    {
        show_line(output, row);
    }
    json_array_clear(output->list);
    output->row = NULL;
}

static void progress_hide(struct fl_output *output)
{
    if (output->progress_shown) {
        output->write(output->context, FL_OUTPUT_COMPLAINT, fl_bytes_of_text("\r\033[K"));
        output->progress_shown = false;
    }
    output->progress_begin_ms = 0;
}

enum fl_status fl_output_finish(struct fl_output *output)
{
    progress_hide(output);
    fl_output_list_end(output);
    if (output->json) {
        put_json(output, output->root, JSON_INDENT(2));
        put(output, "\n");
    } else {
        show_fields(output);
    }
    return output->failed ? FL_NO_MEMORY : FL_OK;
}

void fl_output_deinit(struct fl_output *output)
{
    if (output != NULL) {
        json_decref(output->root);
        if (!output->json) {
            json_decref(output->list);
        }
        *output = (struct fl_output){0};
    }
}

static void add_column(struct fl_output *output, const char *key, const char *label)
{
    for (size_t i = 0; i < output->column_count; i++) {
        if (strcmp(output->keys[i], key) == 0) {
            return;
        }
    }
    FL_ASSERT(output->column_count < FL_OUTPUT_COLUMNS_MAX);
    output->keys[output->column_count] = key;
    output->labels[output->column_count++] = label;
}

void fl_output_json(
    struct fl_output *output,
    const char *key,
    const char *label,
    json_t *take_value)
{
    json_t *place = output->row != NULL ? output->row : output->root;
    if (take_value == NULL || json_object_set_new(place, key, take_value) != 0) {
        output->failed = true;
        return;
    }
    if (!output->json && !output->header_shown) {
        add_column(output, key, label);
    }
}

void fl_output_text(
    struct fl_output *output,
    const char *key,
    const char *label,
    const char *value)
{
    fl_output_json(output, key, label, json_string(value));
}

void fl_output_text_if_any(
    struct fl_output *output,
    const char *key,
    const char *label,
    const char *value)
{
    if (output->json || value[0] != '\0') {
        fl_output_text(output, key, label, value);
    }
}

void fl_output_number(
    struct fl_output *output,
    const char *key,
    const char *label,
    uint64_t value)
{
    FL_ASSERT(value <= INT64_MAX);
    fl_output_json(output, key, label, json_integer((json_int_t)value));
}

void fl_output_flag(
    struct fl_output *output,
    const char *key,
    const char *label,
    bool value)
{
    fl_output_json(output, key, label, json_boolean(value));
}

void fl_output_uuid(
    struct fl_output *output,
    const char *key,
    const char *label,
    struct fl_uuid value)
{
    fl_output_json(output, key, label, json_string(fl_uuid_text(value).text));
}

void fl_output_hex(
    struct fl_output *output,
    const char *key,
    const char *label,
    struct fl_bytes value)
{
    char text[CELL_BYTES_MAX];
    const size_t size_max = (sizeof text - 1) / 2;
    fl_bytes_hex(
        (struct fl_bytes){value.data, value.size < size_max ? value.size : size_max},
        text);
    fl_output_json(output, key, label, json_string(text));
}

void fl_output_time_text(int64_t unix_ms, char out_text[FL_OUTPUT_TIME_BYTES])
{
    time_t seconds = (time_t)(unix_ms / 1000);
    struct tm parts;
    out_text[0] = '\0';
    if (unix_ms != 0 && gmtime_r(&seconds, &parts) != NULL) {
        strftime(out_text, FL_OUTPUT_TIME_BYTES, "%Y-%m-%dT%H:%M:%SZ", &parts);
    }
}

void fl_output_time(
    struct fl_output *output,
    const char *key,
    const char *label,
    int64_t unix_ms)
{
    char text[FL_OUTPUT_TIME_BYTES];
    fl_output_time_text(unix_ms, text);
    if (text[0] != '\0') {
        fl_output_json(output, key, label, json_string(text));
    } else {
        fl_output_json(output, key, label, output->json ? json_null() : json_string("-"));
    }
}

void fl_output_list_begin(struct fl_output *output, const char *key)
{
    FL_ASSERT(output->list == NULL);
    progress_hide(output);
    show_fields(output);
    output->list = json_array();
    if (output->list == NULL) {
        output->failed = true;
    } else if (
        output->json && json_object_set_new(output->root, key, output->list) != 0) {
        output->failed = true;
        output->list = NULL;
    }
    output->column_count = 0;
    output->header_shown = false;
}

void fl_output_row(struct fl_output *output)
{
    if (output->list == NULL) {
        FL_ASSERT(output->failed);
        return;
    }
    if (!output->json && json_array_size(output->list) >= FL_OUTPUT_ROWS_HELD_MAX) {
        show_rows(output);
    }
    json_t *row = json_object();
    if (row == NULL || json_array_append_new(output->list, row) != 0) {
        output->failed = true;
        row = NULL;
    }
    output->row = row;
}

void fl_output_list_end(struct fl_output *output)
{
    if (output->list == NULL) {
        return;
    }
    show_rows(output);
    if (!output->json) {
        json_decref(output->list);
    }
    output->list = NULL;
    output->row = NULL;
    output->column_count = 0;
    output->header_shown = false; /* fields may follow */
}

void fl_output_say(struct fl_output *output, const char *format, ...)
{
    if (output->json) {
        return;
    }
    progress_hide(output);
    if (output->list == NULL) {
        show_fields(output);
    }
    char text[LINE_BYTES_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    put(output, text);
    put(output, "\n");
}

void fl_output_raw(struct fl_output *output, struct fl_bytes text)
{
    if (!output->json) {
        show_fields(output);
        output->write(output->context, FL_OUTPUT_RESULT, text);
    }
}

void fl_output_complain(struct fl_output *output, const struct fl_error *error)
{
    progress_hide(output);
    char text[FL_ERROR_TEXT_BYTES_MAX + 16];
    if (!output->json) {
        snprintf(text, sizeof text, "filial: %s\n", error->text);
        output->write(output->context, FL_OUTPUT_COMPLAINT, fl_bytes_of_text(text));
        return;
    }
    json_t *complaint = json_pack(
        "{s:s, s:s}", "error", error->text, "status", fl_status_name(error->status));
    char *dumped = json_dumps(complaint, JSON_COMPACT);
    if (dumped != NULL) {
        output->write(output->context, FL_OUTPUT_COMPLAINT, fl_bytes_of_text(dumped));
        output->write(output->context, FL_OUTPUT_COMPLAINT, fl_bytes_of_text("\n"));
    }
    free(dumped);
    json_decref(complaint);
}

void fl_output_warn(struct fl_output *output, const char *format, ...)
{
    progress_hide(output);
    char text[LINE_BYTES_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    output->write(output->context, FL_OUTPUT_COMPLAINT, fl_bytes_of_text("filial: "));
    output->write(output->context, FL_OUTPUT_COMPLAINT, fl_bytes_of_text(text));
    output->write(output->context, FL_OUTPUT_COMPLAINT, fl_bytes_of_text("\n"));
}

static int64_t monotonic_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void fl_output_progress(
    struct fl_output *output,
    const char *what,
    uint64_t done,
    uint64_t total)
{
    if (!output->terminal || output->json) {
        return;
    }
    int64_t now = monotonic_ms();
    if (output->progress_begin_ms == 0) {
        output->progress_begin_ms = now;
    }
    if (now - output->progress_begin_ms < 1000 ||
        now - output->progress_last_ms < PROGRESS_EVERY_MS) {
        return;
    }
    char text[LINE_BYTES_MAX];
    if (total > 0 && done <= total) {
        unsigned percent = (unsigned)((double)done * 100.0 / (double)total);
        snprintf(text, sizeof text, "\r\033[K%s: %u %%", _(what), percent);
    } else {
        snprintf(text, sizeof text, "\r\033[K%s: %" PRIu64, _(what), done);
    }
    output->write(output->context, FL_OUTPUT_COMPLAINT, fl_bytes_of_text(text));
    output->progress_last_ms = now;
    output->progress_shown = true;
}
