#include "carry/carry_server.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "place/endpoint_place.h"

enum { NAMES_BYTES_MAX = 4 << 20, WORDS_MAX = FL_CALL_ARGUMENTS_MAX };

static const char mask[] = "*.messages/*.confirmed";

struct server {
    struct fl_call *call;
    struct fl_place place;
    char directory[64];     /* where the files lie meanwhile */
    struct fl_buffer names; /* of those that were fetched, NUL behind each */
};

bool fl_carry_is_server(const struct fl_call *call)
{
    return strcmp(call->command->noun, "carry") == 0 && call->argument_count == 1 &&
           strstr(call->arguments[0], "://") != NULL;
}

static void path_of(const struct server *server, const char *name, char *out, size_t size)
{
    (void)snprintf(out, size, "%s/%s", server->directory, name);
}

static bool is_mail(const struct server *server)
{
    return fl_place_mail.is(&server->place);
}

static void take_option(
    const struct fl_call *call,
    const char *name,
    char *out_text,
    size_t size)
{
    const char *value = fl_call_option(call, name);

    (void)snprintf(out_text, size, "%s", value == NULL ? "" : value);
}

static void take_options(const struct fl_call *call, struct fl_place *place)
{
    (void)snprintf(place->url, sizeof(place->url), "%s", call->arguments[0]);
    take_option(
        call, "password-file", place->password_file, sizeof(place->password_file));
    take_option(call, "ca-file", place->ca_file, sizeof(place->ca_file));
    take_option(call, "smtp", place->smtp, sizeof(place->smtp));
    take_option(call, "mail-address", place->address, sizeof(place->address));
}

static enum fl_status check_place(
    const struct server *server,
    bool is_out,
    struct fl_error *out_error)
{
    const struct fl_place *place = &server->place;

    if (!is_mail(server)) {
        return fl_place_check_url(place->url, FL_PLACE_FTP, out_error);
    }
    return is_out
               ? fl_place_check_mail(place->url, place->smtp, place->address, out_error)
               : fl_place_check_mailbox(place->url, out_error);
}

static enum fl_status begin(
    struct server *server,
    bool is_out,
    struct fl_error *out_error)
{
    take_options(server->call, &server->place);
    enum fl_status status = check_place(server, is_out, out_error);

    if (status != FL_OK) {
        return status;
    }
    server->place.number = (uint32_t)getpid();
    (void)snprintf(
        server->directory, sizeof(server->directory), "/tmp/filial-carry.XXXXXX");
    if (mkdtemp(server->directory) == NULL) {
        server->directory[0] = '\0';
        return fl_error_set(
            out_error, FL_IO, "a directory in /tmp cannot be made for the files");
    }
    return FL_OK;
}

/* With all that is in it. */
static void end(struct server *server)
{
    char path[FL_PLACE_NAME_BYTES + 80];
    DIR *directory = server->directory[0] == '\0' ? NULL : opendir(server->directory);
    const struct dirent *entry;

    while (directory != NULL && (entry = readdir(directory)) != NULL) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            path_of(server, entry->d_name, path, sizeof(path));
            (void)unlink(path);
        }
    }
    if (directory != NULL) {
        (void)closedir(directory);
        (void)rmdir(server->directory);
    }
    fl_buffer_deinit(&server->names);
}

/* The words of the call, with the directory in the place of the server. */
static int run_words(
    struct server *server,
    size_t word_count,
    char *const *words,
    fl_carry_run run)
{
    char *changed[WORDS_MAX];
    const char *url = server->call->arguments[0];
    size_t count = 0;

    for (size_t i = 0; i < word_count && count < WORDS_MAX; i++) {
        changed[count++] = strcmp(words[i], url) == 0 ? server->directory : words[i];
    }
    server->call->arguments[0] = server->directory;
    return run(server->call, count, changed);
}

/* The mails that an earlier one of that name has left: this one holds all of it. */
static void remove_older(struct server *server, const char *name)
{
    struct fl_place_file file;
    struct fl_error ignored;
    bool has = false;

    (void)fl_place_newest(&server->place, "", name, &file, &has, &ignored);
}

static enum fl_status send_one(
    struct server *server,
    const char *name,
    struct fl_error *out_error)
{
    char path[FL_PLACE_NAME_BYTES + 80];

    path_of(server, name, path, sizeof(path));
    enum fl_status status = fl_place_put(&server->place, path, name, out_error);

    if (status == FL_OK && is_mail(server)) {
        remove_older(server, name);
    }
    return status;
}

static enum fl_status send_all(struct server *server, struct fl_error *out_error)
{
    DIR *directory = opendir(server->directory);
    const struct dirent *entry;
    enum fl_status status = FL_OK;

    while (status == FL_OK && directory != NULL && (entry = readdir(directory)) != NULL) {
        if (entry->d_name[0] != '.') {
            status = send_one(server, entry->d_name, out_error);
        }
    }
    if (directory != NULL) {
        (void)closedir(directory);
    }
    return status;
}

static enum fl_status fetch(
    struct server *server,
    const char *name,
    struct fl_error *out_error)
{
    struct fl_place_file file = {.size = 0};
    char path[FL_PLACE_NAME_BYTES + 80];

    if (strlen(name) >= sizeof(file.name) || strchr(name, '/') != NULL) {
        return FL_OK;
    }
    (void)snprintf(file.name, sizeof(file.name), "%s", name);
    path_of(server, name, path, sizeof(path));
    if (is_mail(server)) {
        /* Which mail of that name it is. */
        bool has = false;
        enum fl_status status =
            fl_place_newest(&server->place, name, NULL, &file, &has, out_error);

        if (status != FL_OK) {
            return status == FL_NOT_FOUND ? FL_OK : status;
        }
    }
    return fl_place_get(&server->place, &file, path, out_error);
}

static enum fl_status fetch_all(struct server *server, struct fl_error *out_error)
{
    enum fl_status status =
        is_mail(server) ? fl_mail_names(&server->place, mask, &server->names, out_error)
                        : fl_ftp_names(&server->place, mask, &server->names, out_error);

    for (size_t at = 0; status == FL_OK && at < server->names.size;) {
        const char *name = (const char *)server->names.data + at;

        status = fetch(server, name, out_error);
        at += strlen(name) + 1;
    }
    return status;
}

/* What `carry in --remove` has removed here goes there too. */
static void remove_taken(struct server *server)
{
    char path[FL_PLACE_NAME_BYTES + 80];

    for (size_t at = 0; at < server->names.size;) {
        const char *name = (const char *)server->names.data + at;

        path_of(server, name, path, sizeof(path));
        if (access(path, F_OK) != 0) {
            fl_place_remove(&server->place, name);
        }
        at += strlen(name) + 1;
    }
}

static int carry(
    struct server *server,
    size_t word_count,
    char *const *words,
    fl_carry_run run,
    struct fl_error *error)
{
    const bool is_out = strcmp(server->call->command->verb, "out") == 0;
    const bool removes = fl_call_has(server->call, "remove");
    enum fl_status status = begin(server, is_out, error);

    if (status == FL_OK && !is_out) {
        status = fetch_all(server, error);
    }
    int exit_status =
        status == FL_OK ? run_words(server, word_count, words, run) : FL_EXIT_FAILED;

    if (status == FL_OK && is_out && exit_status == FL_EXIT_DONE) {
        status = send_all(server, error);
    }
    if (status == FL_OK && removes) {
        remove_taken(server);
    }
    if (status != FL_OK) {
        fl_output_complain(server->call->output, error);
        exit_status = status == FL_MALFORMED ? FL_EXIT_USAGE : FL_EXIT_FAILED;
    }
    return exit_status;
}

int fl_carry_by_server(
    struct fl_call *call,
    size_t word_count,
    char *const *words,
    fl_carry_run run)
{
    struct server server = {.call = call};
    struct fl_error error = {.text = ""};

    fl_buffer_init(&server.names, NAMES_BYTES_MAX);
    int exit_status = carry(&server, word_count, words, run, &error);

    end(&server);
    return exit_status;
}
