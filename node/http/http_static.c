/*
 * Files of the web page: names of letters, digits, "-", "_" and "." in a path without
 * hidden parts, below one directory and never a link out of it.
 */

#define _XOPEN_SOURCE 700 /* realpath() */

#include "http_api.h"

#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char CONTENT_POLICY[] =
    "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

static const struct {
    const char *suffix;
    const char *type;
} TYPES[] = {
    {".html", "text/html; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".mjs", "text/javascript; charset=utf-8"},
    {".json", "application/json; charset=utf-8"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".ico", "image/x-icon"},
    {".woff2", "font/woff2"},
    {".ics", "text/calendar; charset=utf-8"},
    {".txt", "text/plain; charset=utf-8"},
    {".webmanifest", "application/manifest+json"},
};

char *fl_http_static_directory(const struct fl_node *node)
{
    static const char below[] = "/../share/filial/web";
    char program[PATH_MAX + sizeof below];
    struct stat facts;
    const char *chosen = node->settings.http_directory;
    if (chosen[0] == '\0') {
        ssize_t size = readlink("/proc/self/exe", program, PATH_MAX);
        if (size <= 0) {
            return NULL;
        }
        program[size] = '\0';
        char *slash = strrchr(program, '/');
        if (slash == NULL) {
            return NULL;
        }
        memcpy(slash, below, sizeof below);
        chosen = program;
    }
    if (stat(chosen, &facts) != 0 || !S_ISDIR(facts.st_mode)) {
        return NULL;
    }
    size_t size = strlen(chosen) + 1;
    char *copy = fl_alloc(size);
    if (copy != NULL) {
        memcpy(copy, chosen, size);
    }
    return copy;
}

static const char *type_of(const char *path)
{
    size_t size = strlen(path);
    for (size_t i = 0; i < sizeof TYPES / sizeof TYPES[0]; i++) {
        size_t suffix = strlen(TYPES[i].suffix);
        if (size > suffix && strcmp(path + size - suffix, TYPES[i].suffix) == 0) {
            return TYPES[i].type;
        }
    }
    return NULL;
}

static bool is_plain(const char *path)
{
    for (size_t i = 0; path[i] != '\0'; i++) {
        char byte = path[i];
        bool is_letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
                         (byte >= '0' && byte <= '9');
        bool is_start = i == 0 || path[i - 1] == '/';
        bool is_mark = byte == '-' || byte == '_' || (byte == '.' && !is_start) ||
                       (byte == '/' && (i == 0 || !is_start));
        if (!is_letter && !is_mark) {
            return false;
        }
    }
    return true;
}

/* -1: there is none. */
static int open_file(const char *directory, const char *path, struct stat *out_facts)
{
    char whole[PATH_MAX];
    char real[PATH_MAX];
    char root[PATH_MAX];
    int size = snprintf(whole, sizeof whole, "%s%s", directory, path);
    if (size < 0 || (size_t)size >= sizeof whole || realpath(whole, real) == NULL ||
        realpath(directory, root) == NULL) {
        return -1;
    }
    size_t root_size = strlen(root);
    if (strncmp(real, root, root_size) != 0 || real[root_size] != '/') {
        return -1;
    }
    int file = open(real, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (file < 0 || fstat(file, out_facts) != 0 || !S_ISREG(out_facts->st_mode)) {
        if (file >= 0) {
            (void)close(file);
        }
        return -1;
    }
    return file;
}

static void not_found(struct fl_http_request *request)
{
    struct fl_error error;
    (void)fl_error_set(
        &error, FL_NOT_FOUND, "nothing is at %.200s; /openapi.json says what there is",
        request->uri.path);
    fl_http_reply_error(request, 404, &error);
}

void fl_http_static(struct fl_http_request *request)
{
    const char *directory = request->http->directory;
    const char *path = request->uri.path;
    const char *wanted = strcmp(path, "/") == 0 ? "/index.html" : path;
    const char *type = type_of(wanted);
    char tag[64];
    struct stat facts;
    int file = directory == NULL || type == NULL || !is_plain(wanted)
                   ? -1
                   : open_file(directory, wanted, &facts);
    if (file < 0) {
        not_found(request);
        return;
    }
    snprintf(
        tag, sizeof tag, "\"%" PRIx64 "-%" PRIx64 "\"", (uint64_t)facts.st_size,
        (uint64_t)facts.st_mtim.tv_sec * 1000000000u + (uint64_t)facts.st_mtim.tv_nsec);
    const char *known = fl_http_request_header(request, "If-None-Match");
    if (known != NULL && strcmp(known, tag) == 0) {
        (void)close(file);
        fl_http_reply_copy(request, 304, NULL, (struct fl_bytes){NULL, 0});
    } else {
        fl_http_reply_take(request, 200, type, NULL, (size_t)facts.st_size, NULL);
        request->reply.file = file;
    }
    fl_http_reply_header(request, "ETag", tag);
    fl_http_reply_header(request, "Cache-Control", "no-cache");
    fl_http_reply_header(request, "Content-Security-Policy", CONTENT_POLICY);
    fl_http_reply_header(request, "Referrer-Policy", "no-referrer");
}
