/*
 * What the benchmarks of package formats share: records to write, the file in between,
 * libxml2 alone as the ceiling of reading, and measurements that each run in a process of
 * their own, so that its peak memory is its own. Rates are per second of CPU, since the
 * disk is not what is measured.
 */

#ifndef TESTS_PACKAGE_BENCH_H
#define TESTS_PACKAGE_BENCH_H

#include <fcntl.h>
#include <libxml/parser.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "exchange/codec.h"
#include "proto/limits.h"
#include "proto/record.h"

enum { RUNS = 5, BLOCK_BYTES = 64 << 10 };

struct stored {
    struct fl_key key;
    struct fl_bytes record;
};

static struct fl_arena record_arena;
static const char *bench_name;
static char path[4096]; /* of the file */

static inline _Noreturn void die(const char *what)
{
    (void)fprintf(stderr, "%s: %s\n", bench_name, what);
    exit(1);
}

static inline double cpu_seconds(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static inline void keep_record(const struct fl_object *object, struct stored *stored)
{
    struct fl_buffer buffer;

    fl_buffer_init(&buffer, FL_RECORD_BYTES_MAX);
    stored->key = object->key;
    if (fl_record_encode(object, &buffer) != FL_OK ||
        fl_arena_copy(&record_arena, fl_buffer_view(&buffer), &stored->record) != FL_OK) {
        die("cannot keep a record");
    }
    fl_buffer_deinit(&buffer);
}

static inline int create(void)
{
    const int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    if (file < 0) {
        die("cannot create the file");
    }
    return file;
}

static inline enum fl_status write_file(
    void *context,
    struct fl_bytes bytes,
    struct fl_error *out_error)
{
    const int file = *(const int *)context;

    (void)out_error;
    return write(file, bytes.data, bytes.size) == (ssize_t)bytes.size ? FL_OK : FL_IO;
}

static inline int open_file(void)
{
    const int file = open(path, O_RDONLY);

    if (file < 0) {
        die("cannot open the file");
    }
    return file;
}

static inline enum fl_status read_file(
    void *context,
    uint8_t *out_bytes,
    size_t size_max,
    size_t *out_size,
    struct fl_error *out_error)
{
    const ssize_t size = read(*(const int *)context, out_bytes, size_max);

    (void)out_error;
    *out_size = size > 0 ? (size_t)size : 0;
    return size < 0 ? FL_IO : FL_OK;
}

static size_t sax_elements;

static inline void sax_start(
    void *context,
    const xmlChar *name,
    const xmlChar *prefix,
    const xmlChar *uri,
    int namespace_count,
    const xmlChar **namespaces,
    int attribute_count,
    int defaulted_count,
    const xmlChar **attributes)
{
    (void)context;
    (void)prefix;
    (void)uri;
    (void)namespace_count;
    (void)namespaces;
    (void)attribute_count;
    (void)defaulted_count;
    (void)attributes;
    sax_elements += name[0] == 'D';
}

static inline void sax_end(
    void *context,
    const xmlChar *name,
    const xmlChar *prefix,
    const xmlChar *uri)
{
    (void)context;
    (void)name;
    (void)prefix;
    (void)uri;
}

static inline void sax_text(void *context, const xmlChar *text, int size)
{
    (void)context;
    (void)text;
    (void)size;
}

/* libxml2 alone, doing nothing with what it finds. */
static inline size_t parse_only(size_t objects)
{
    xmlSAXHandler sax = {
        .initialized = XML_SAX2_MAGIC,
        .startElementNs = sax_start,
        .endElementNs = sax_end,
        .characters = sax_text};
    char *const block = fl_alloc(BLOCK_BYTES);
    const int file = open_file();
    xmlParserCtxt *const parser = xmlCreatePushParserCtxt(&sax, NULL, NULL, 0, NULL);
    ssize_t size = 0;

    if (!block || !parser) {
        die("out of memory");
    }
    (void)xmlCtxtUseOptions(parser, XML_PARSE_NONET | XML_PARSE_COMPACT);
    while ((size = read(file, block, BLOCK_BYTES)) > 0) {
        if (xmlParseChunk(parser, block, (int)size, 0) != 0) {
            die("cannot parse");
        }
    }
    (void)xmlParseChunk(parser, NULL, 0, 1);
    xmlFreeParserCtxt(parser);
    fl_free(block);
    (void)close(file);
    return objects;
}

struct outcome {
    double objects_per_s;
    double peak_mib;
};

static inline struct outcome run(size_t (*measured)(size_t objects), size_t objects)
{
    int ends[2];
    struct outcome outcome = {0};
    int status = 0;

    if (pipe(ends) != 0) {
        die("no pipe");
    }
    const pid_t child = fork();

    if (child == 0) {
        const double start = cpu_seconds();
        const size_t count = measured(objects);
        struct rusage usage;

        outcome.objects_per_s = (double)count / (cpu_seconds() - start);
        (void)getrusage(RUSAGE_SELF, &usage);
        outcome.peak_mib = (double)usage.ru_maxrss / 1024;
        _exit(write(ends[1], &outcome, sizeof(outcome)) == sizeof(outcome) ? 0 : 1);
    }
    (void)close(ends[1]);
    if (child < 0 ||
        read(ends[0], &outcome, sizeof(outcome)) != (ssize_t)sizeof(outcome)) {
        die("a measurement failed");
    }
    (void)close(ends[0]);
    (void)waitpid(child, &status, 0);
    return outcome;
}

static inline int compare_doubles(const void *a, const void *b)
{
    const double left = *(const double *)a;
    const double right = *(const double *)b;

    return left < right ? -1 : left > right;
}

/* The median of some runs, as a line of the bench. */
static inline void report(
    const char *name,
    size_t (*measured)(size_t objects),
    size_t objects)
{
    double rates[RUNS];

    (void)fprintf(stderr, "   %s:", name);
    for (size_t i = 0; i < RUNS; i++) {
        rates[i] = run(measured, objects).objects_per_s;
        (void)fprintf(stderr, " %.0f", rates[i]);
    }
    (void)fprintf(stderr, "\n");
    qsort(rates, RUNS, sizeof(rates[0]), compare_doubles);
    (void)printf("%s %.0f objects/s\n", name, rates[RUNS / 2]);
    (void)fflush(stdout);
}

#endif
