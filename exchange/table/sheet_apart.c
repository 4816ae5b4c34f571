/*
 * A format read in a process of its own, which ends with the file: the libraries of
 * binary formats trust what they read, and what kills one of them must not end a node.
 * Rows come through a pipe:
 *
 *   'D' description sized          first, once
 *   'R' line u64 | fault sized | count u32 | cells sized
 *   'E' status u32 | words sized   it failed
 *   'Z'                            the end
 *
 * Sizes are u32, all in the order of the machine: both ends are the same program.
 */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sheet_format.h"

enum {
    FILE_BYTES_MAX = 1 << 30, /* these libraries hold much of it in memory */
    CPU_SECONDS_MAX = 600,
    FAULT_BYTES_MAX = 200,
};

struct apart {
    struct fl_sheet_source *source;
    pid_t process;
    FILE *pipe;
    bool ended;
    char fault[FAULT_BYTES_MAX];
};

/* --- the other process --- */

static void send_sized(FILE *pipe, struct fl_bytes bytes)
{
    const uint32_t size = (uint32_t)bytes.size;

    (void)fwrite(&size, sizeof(size), 1, pipe);
    (void)fwrite(bytes.data ? bytes.data : (const uint8_t *)"", 1, bytes.size, pipe);
}

static void send_failure(FILE *pipe, enum fl_status status, const struct fl_error *error)
{
    const uint32_t number = (uint32_t)status;

    (void)fputc('E', pipe);
    (void)fwrite(&number, sizeof(number), 1, pipe);
    send_sized(pipe, fl_bytes_of_text(error->text));
}

static void send_row(
    FILE *pipe,
    uint64_t line,
    const char *fault,
    const struct fl_sheet_cells *cells)
{
    const uint32_t count = (uint32_t)cells->count;

    (void)fputc('R', pipe);
    (void)fwrite(&line, sizeof(line), 1, pipe);
    send_sized(pipe, fl_bytes_of_text(fault ? fault : ""));
    (void)fwrite(&count, sizeof(count), 1, pipe);
    for (size_t i = 0; i < cells->count; i++) {
        send_sized(
            pipe, (struct fl_bytes){
                      cells->text.data + cells->begins[i],
                      cells->begins[i + 1] - cells->begins[i]});
    }
}

static void send_all(
    const struct fl_sheet_format *format,
    struct fl_sheet_source *source,
    FILE *pipe)
{
    struct fl_error error = {.text = ""};
    struct fl_sheet_cells cells;
    void *reader = NULL;
    uint64_t line = 1;
    enum fl_status status = format->open(source, &reader, &error);

    fl_sheet_cells_init(&cells);
    if (status == FL_OK) {
        (void)fputc('D', pipe);
        send_sized(pipe, fl_bytes_of_text(source->description));
    }
    while (status == FL_OK && line != 0 && !ferror(pipe)) {
        fl_sheet_cells_clear(&cells);
        source->fault = NULL;
        status = format->next(reader, &cells, &line, &error);
        if (status == FL_OK && line != 0) {
            send_row(pipe, line, source->fault, &cells);
        }
    }
    if (status == FL_OK) {
        (void)fputc('Z', pipe);
    } else {
        send_failure(pipe, status, &error);
    }
    (void)fflush(pipe);
}

/* What libraries print of a damaged file names nothing that a person knows. */
static void be_silent(void)
{
    const int nowhere = open("/dev/null", O_WRONLY);

    if (nowhere >= 0) {
        (void)dup2(nowhere, STDOUT_FILENO);
        (void)dup2(nowhere, STDERR_FILENO);
    }
}

_Noreturn static void be_apart(
    const struct fl_sheet_format *format,
    struct fl_sheet_source *source,
    int descriptor)
{
    const struct rlimit cpu = {CPU_SECONDS_MAX, CPU_SECONDS_MAX};
    const struct rlimit none = {0, 0};
    FILE *pipe = fdopen(descriptor, "wb");

    (void)setrlimit(RLIMIT_CPU, &cpu);
    (void)setrlimit(RLIMIT_CORE, &none);
    (void)signal(SIGPIPE, SIG_DFL);
    (void)signal(SIGTERM, SIG_DFL);
    be_silent();
    if (pipe) {
        send_all(format, source, pipe);
    }
    _exit(0);
}

/* --- this one --- */

static enum fl_status died(struct apart *apart, struct fl_error *out_error)
{
    return fl_error_set(
        out_error, FL_MALFORMED,
        "%s is damaged: its reader stopped in the middle of it; save it once more in the "
        "program that made it, or as CSV",
        apart->source->options.path);
}

static bool receive(struct apart *apart, void *out_memory, size_t size)
{
    return size == 0 || fread(out_memory, size, 1, apart->pipe) == 1;
}

/* At most `size_max` bytes and a NUL behind them. */
static bool receive_text(struct apart *apart, char *out_text, size_t size_max)
{
    uint32_t size = 0;

    if (!receive(apart, &size, sizeof(size)) || size > size_max ||
        !receive(apart, out_text, size)) {
        return false;
    }
    out_text[size] = '\0';
    return true;
}

static enum fl_status receive_failure(struct apart *apart, struct fl_error *out_error)
{
    char words[FL_ERROR_TEXT_BYTES_MAX];
    uint32_t status = 0;

    if (!receive(apart, &status, sizeof(status)) || status == FL_OK || status > FL_IO ||
        !receive_text(apart, words, sizeof(words) - 1)) {
        return died(apart, out_error);
    }
    apart->ended = true;
    if (out_error) {
        out_error->status = (enum fl_status)status;
        memcpy(out_error->text, words, sizeof(words));
    }
    return (enum fl_status)status;
}

void fl_sheet_apart_close(void *reader)
{
    struct apart *apart = reader;

    if (!apart) {
        return;
    }
    if (apart->pipe) {
        (void)fclose(apart->pipe);
    }
    if (apart->process > 0) {
        (void)kill(apart->process, SIGKILL);
        while (waitpid(apart->process, NULL, 0) < 0 && errno == EINTR) {
        }
    }
    fl_free(apart);
}

static enum fl_status check_file(const char *path, struct fl_error *out_error)
{
    struct stat about;

    if (stat(path, &about) != 0) {
        return fl_error_set(
            out_error, errno == ENOENT ? FL_NOT_FOUND : FL_IO, "%s: %s", path,
            strerror(errno));
    }
    if (about.st_size > FILE_BYTES_MAX) {
        return fl_error_set(
            out_error, FL_LIMIT, "%s is larger than 1 GiB; save it as CSV", path);
    }
    return FL_OK;
}

static enum fl_status start(
    struct apart *apart,
    const struct fl_sheet_format *format,
    struct fl_error *out_error)
{
    int ends[2];

    if (pipe(ends) != 0) {
        return fl_error_set(out_error, FL_IO, "pipe: %s", strerror(errno));
    }
    (void)fflush(NULL);
    apart->process = fork();
    if (apart->process == 0) {
        (void)close(ends[0]);
        be_apart(format, apart->source, ends[1]);
    }
    (void)close(ends[1]);
    apart->pipe = fdopen(ends[0], "rb");
    if (apart->process < 0 || !apart->pipe) {
        return fl_error_set(out_error, FL_IO, "fork: %s", strerror(errno));
    }
    return FL_OK;
}

enum fl_status fl_sheet_apart_open(
    const struct fl_sheet_format *format,
    struct fl_sheet_source *source,
    void **out_reader,
    struct fl_error *out_error)
{
    struct apart *apart = fl_alloc_zeroed(1, sizeof(*apart));
    enum fl_status status = check_file(source->options.path, out_error);

    if (!apart && status == FL_OK) {
        status = fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    if (status == FL_OK) {
        apart->source = source;
        status = start(apart, format, out_error);
    }
    if (status == FL_OK) {
        const int kind = fgetc(apart->pipe);

        if (kind == 'E') {
            status = receive_failure(apart, out_error);
        } else if (
            kind != 'D' ||
            !receive_text(apart, source->description, sizeof(source->description) - 1)) {
            status = died(apart, out_error);
        }
    }
    if (status != FL_OK) {
        fl_sheet_apart_close(apart);
        return status;
    }
    *out_reader = apart;
    return FL_OK;
}

static bool receive_row(
    struct apart *apart,
    struct fl_sheet_cells *cells,
    uint64_t *out_line)
{
    uint32_t count = 0;

    if (!receive(apart, out_line, sizeof(*out_line)) || *out_line == 0 ||
        !receive_text(apart, apart->fault, sizeof(apart->fault) - 1) ||
        !receive(apart, &count, sizeof(count)) || count > FL_SHEET_CELLS_MAX) {
        return false;
    }
    apart->source->fault = apart->fault[0] == '\0' ? NULL : apart->fault;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t size = 0;

        if (!receive(apart, &size, sizeof(size)) || size > FL_SHEET_ROW_BYTES_MAX) {
            return false;
        }
        uint8_t *room = fl_buffer_reserve(&cells->text, size + 1);

        if (!room || !receive(apart, room, size)) {
            return false;
        }
        fl_buffer_added(&cells->text, size);
        if (fl_sheet_cells_end(cells) != FL_OK) {
            return false;
        }
    }
    return true;
}

enum fl_status fl_sheet_apart_next(
    void *reader,
    struct fl_sheet_cells *cells,
    uint64_t *out_line,
    struct fl_error *out_error)
{
    struct apart *apart = reader;
    const int kind = apart->ended ? 'Z' : fgetc(apart->pipe);

    if (kind == 'E') {
        return receive_failure(apart, out_error);
    }
    if (kind == 'Z') {
        apart->ended = true;
        *out_line = 0;
        return FL_OK;
    }
    return kind == 'R' && receive_row(apart, cells, out_line) ? FL_OK
                                                              : died(apart, out_error);
}
