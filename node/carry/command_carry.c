/*
 * filial carry out, in.
 */

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "carry/carry.h"
#include "command/command_image.h"
#include "command/command_table.h"
#include "daemon/daemon.h"
#include "language.h"
#include "replicator/link.h"

static const char MESSAGES[] = ".messages";
static const char CONFIRMED[] = ".confirmed";

enum { FILES_MAX = 20000, PASSES_MAX = 16, NAME_BYTES = 2 * FL_CODE_BYTES_MAX + 16 };

static enum fl_status no_memory(struct fl_error *out_error)
{
    return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
}

/* --- out --- */

static char *path_for(
    const struct fl_call *call,
    const char *directory,
    const char *peer_code,
    const char *suffix)
{
    char name[NAME_BYTES];

    (void)snprintf(
        name, sizeof(name), "%s_%s%s", call->node->identity->code, peer_code, suffix);
    return fl_node_path(directory, name);
}

static enum fl_status write_messages(
    struct fl_link *link,
    const char *path,
    struct fl_image_writer *writer,
    struct fl_error *out_error)
{
    bool done = false;
    enum fl_status status = fl_image_create_begin(writer, link, path, out_error);

    while (status == FL_OK && !done) {
        status = fl_image_create_step(writer, link, &done, out_error);
    }
    if (status != FL_OK) {
        fl_image_create_abandon(writer);
    } else if (writer->messages == 0) {
        (void)unlink(path); /* all is confirmed; an earlier file is of no use either */
    }
    return status;
}

static enum fl_status carry_to(
    struct fl_call *call,
    struct fl_link *link,
    const char *directory,
    struct fl_error *out_error)
{
    const char *code = fl_link_peer(link)->code;
    char *messages = path_for(call, directory, code, MESSAGES);
    char *confirmed = path_for(call, directory, code, CONFIRMED);
    struct fl_image_writer writer = {.messages = 0};
    enum fl_status status = messages == NULL || confirmed == NULL
                                ? no_memory(out_error)
                                : write_messages(link, messages, &writer, out_error);

    if (status == FL_OK) {
        status = fl_carry_write_confirm(link, confirmed, out_error);
        fl_output_row(call->output);
        fl_output_text(call->output, "to", N_("to"), code);
        fl_output_number(call->output, "messages", N_("messages"), writer.messages);
        fl_output_number(call->output, "objects", N_("objects"), writer.entries);
        fl_output_number(call->output, "bytes", N_("bytes"), writer.bytes);
        fl_output_flag(call->output, "confirms", N_("confirms"), status == FL_OK);
        status = status == FL_NOT_FOUND ? FL_OK : status;
    }
    fl_free(messages);
    fl_free(confirmed);
    return status;
}

/* The peers that a file can be for; others have 1C packages, or have never been met. */
static bool is_wanted(const struct fl_call *call, const struct fl_peer *peer)
{
    const char *wanted = fl_call_option(call, "for");

    return peer->format == FL_PEER_NATIVE && peer->state == FL_PEER_ACTIVE &&
           (wanted == NULL ? !fl_uuid_is_zero(peer->incarnation)
                           : strcmp(wanted, peer->code) == 0);
}

static enum fl_status carry_all(
    struct fl_call *call,
    struct fl_replicator *replicator,
    const char *directory,
    size_t *out_count,
    struct fl_error *out_error)
{
    struct fl_peer peer = {.number = 0};
    enum fl_status status = FL_OK;
    bool more = true;

    while (status == FL_OK && more) {
        struct fl_txn txn;

        fl_txn_begin(&txn, call->node->store, FL_TXN_READ);
        more = fl_peers_next(&txn, peer.number, &peer) == FL_OK;
        fl_txn_abort(&txn);
        struct fl_link *link = NULL;

        if (more && is_wanted(call, &peer)) {
            link = replicator != NULL ? fl_command_image_link(replicator, peer.number)
                                      : fl_daemon_link(call->node->daemon, peer.number);
        }
        if (link != NULL) {
            ++*out_count;
            status = carry_to(call, link, directory, out_error);
        }
    }
    return status;
}

const struct fl_option fl_command_carry_out_options[] = {
    {"for", "CODE", N_("only for this node")},
    {"password-file", "FILE", N_("of the server")},
    {"ca-file", "FILE",
     N_("whom its certificate must be of (PEM), for ftps, ftpes and mail")},
    {"smtp", "URL", N_("mail: by whom mails are sent, smtps://user%40firm.example@host")},
    {"mail-address", "ADDRESS", N_("mail: the account's own, to which messages go")},
    {NULL, NULL, NULL}};

FL_HANDLER(carry_out)
{
    struct fl_replicator *replicator = NULL;
    size_t count = 0;
    char *directory = fl_call_path(call, call->arguments[0]);
    enum fl_status status = directory == NULL ? no_memory(out_error) : FL_OK;

    if (status == FL_OK && call->node->daemon == NULL) {
        status = fl_command_image_replicator(call, &replicator, out_error);
    }
    if (status == FL_OK) {
        call->wrote = true; /* numbers */
        fl_output_list_begin(call->output, "carried");
        status = carry_all(call, replicator, directory, &count, out_error);
        fl_output_list_end(call->output);
    }
    if (status == FL_OK && count == 0) {
        status = fl_error_set(
            out_error, FL_NOT_FOUND,
            "there is no such node to carry anything to; `filial node list` shows those "
            "that are active");
    }
    fl_replicator_free(replicator);
    fl_free(directory);
    return status;
}

/* --- in --- */

struct carried {
    char *name;
    bool is_settled;
    bool is_ours;          /* what it holds was for this node, and is taken */
    enum fl_status status; /* of the last try */
    struct fl_error error;
};

struct carry_in {
    struct fl_call *call;
    struct fl_replicator *replicator;
    char *directory;
    struct carried *files;
    size_t count;
    bool came; /* in this pass */
};

static bool ends_with(const char *name, const char *suffix)
{
    size_t size = strlen(name);
    size_t tail = strlen(suffix);

    return size > tail && strcmp(name + size - tail, suffix) == 0;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(((const struct carried *)a)->name, ((const struct carried *)b)->name);
}

static bool add_file(struct carry_in *in, const char *name)
{
    size_t size = strlen(name) + 1;
    struct carried *files =
        fl_realloc(in->files, (in->count + 1) * sizeof(struct carried));

    if (files == NULL) {
        return false;
    }
    in->files = files;
    files[in->count] = (struct carried){.name = fl_alloc(size)};
    if (files[in->count].name == NULL) {
        return false;
    }
    memcpy(files[in->count++].name, name, size);
    return true;
}

static enum fl_status list_files(struct carry_in *in, struct fl_error *out_error)
{
    DIR *directory = opendir(in->directory);
    const struct dirent *entry;
    bool fits = true;

    if (directory == NULL) {
        return fl_error_set(
            out_error, FL_IO, "%s cannot be read: %s", in->directory, strerror(errno));
    }
    while (fits && in->count < FILES_MAX && (entry = readdir(directory)) != NULL) {
        if (ends_with(entry->d_name, MESSAGES) || ends_with(entry->d_name, CONFIRMED)) {
            fits = add_file(in, entry->d_name);
        }
    }
    (void)closedir(directory);
    if (fits && in->count > 0) {
        qsort(in->files, in->count, sizeof(in->files[0]), compare_names);
    }
    return fits ? FL_OK : no_memory(out_error);
}

static void begin_row(struct carry_in *in, const struct carried *file)
{
    fl_output_row(in->call->output);
    fl_output_text(in->call->output, "file", N_("file"), file->name);
}

static void no_progress(void *context, uint64_t done, uint64_t total)
{
    struct fl_call *call = context;

    fl_output_progress(call->output, N_("loading"), done, total);
}

static enum fl_status take_messages(
    struct carry_in *in,
    struct carried *file,
    struct fl_bytes bytes)
{
    struct fl_output *output = in->call->output;
    struct fl_image_loaded loaded;
    struct fl_image_head head;

    if (fl_image_open(bytes, &head) == FL_OK &&
        !fl_uuid_equal(head.receiver, in->call->node->identity->node)) {
        return FL_OK; /* for another node, or our own */
    }
    enum fl_status status = fl_image_load(
        in->replicator, bytes, no_progress, in->call, &loaded, &file->error);

    if (status == FL_OK) {
        file->is_ours = true;
        in->came = in->came || loaded.messages > loaded.skipped;
        begin_row(in, file);
        fl_output_number(output, "messages", N_("messages"), loaded.messages);
        fl_output_number(output, "skipped", N_("of them taken before"), loaded.skipped);
        fl_output_number(output, "objects", N_("objects"), loaded.entries);
        fl_output_text(output, "outcome", N_("outcome"), "taken");
    }
    return status;
}

static enum fl_status take_confirmed(
    struct carry_in *in,
    struct carried *file,
    struct fl_bytes bytes)
{
    struct fl_output *output = in->call->output;
    struct fl_carry_confirmed confirmed;
    enum fl_status status =
        fl_carry_take_confirm(in->replicator, bytes, &confirmed, &file->error);

    if (status == FL_NOT_FOUND) {
        return FL_OK;
    }
    if (status == FL_OK) {
        file->is_ours = true;
        begin_row(in, file);
        fl_output_number(
            output, "confirmed", N_("confirms our message"), confirmed.number);
        fl_output_text(
            output, "outcome", N_("outcome"), confirmed.is_new ? "taken" : "known");
    }
    return status;
}

static void take_file(struct carry_in *in, struct carried *file)
{
    struct fl_bytes bytes = {.size = 0};
    char *path = fl_node_path(in->directory, file->name);

    file->status = path == NULL ? no_memory(&file->error)
                                : fl_command_image_map(path, &bytes, &file->error);
    if (file->status == FL_OK) {
        file->status = ends_with(file->name, CONFIRMED) ? take_confirmed(in, file, bytes)
                                                        : take_messages(in, file, bytes);
        fl_command_image_unmap(bytes);
    }
    file->is_settled = file->status == FL_OK;
    if (file->is_ours && fl_call_has(in->call, "remove")) {
        (void)unlink(path);
    }
    fl_free(path);
}

/* A file may need what another one brings: again, as long as something comes. */
static void take_all(struct carry_in *in)
{
    in->came = true;
    for (int pass = 0; in->came && pass < PASSES_MAX; pass++) {
        in->came = false;
        for (size_t i = 0; i < in->count; i++) {
            if (!in->files[i].is_settled) {
                take_file(in, &in->files[i]);
            }
        }
    }
    for (size_t i = 0; i < in->count; i++) {
        const struct carried *file = &in->files[i];

        if (!file->is_settled) {
            begin_row(in, file);
            fl_output_text(in->call->output, "outcome", N_("outcome"), "refused");
            fl_output_text(in->call->output, "error", N_("error"), file->error.text);
            in->call->answer_is_no = true;
        }
    }
}

static enum fl_status take_with_replicator(
    struct carry_in *in,
    struct fl_error *out_error)
{
    enum fl_status status =
        fl_command_image_replicator(in->call, &in->replicator, out_error);

    if (status == FL_OK) {
        fl_output_list_begin(in->call->output, "carried");
        take_all(in);
        fl_output_list_end(in->call->output);
        fl_replicator_free(in->replicator);
    }
    return status;
}

static enum fl_status take_beside_daemon(struct carry_in *in, struct fl_error *out_error)
{
    struct fl_daemon *daemon = in->call->node->daemon;
    struct fl_error error;

    if (daemon == NULL) {
        return take_with_replicator(in, out_error);
    }
    enum fl_status status = fl_carry_close_lines(daemon, out_error);

    if (status != FL_OK) {
        return status;
    }
    status = take_with_replicator(in, out_error);
    if (fl_carry_open_lines(daemon, &error) != FL_OK && status == FL_OK) {
        status = error.status;
        *out_error = error;
    }
    return status;
}

const struct fl_option fl_command_carry_in_options[] = {
    {"password-file", "FILE", N_("of the server")},
    {"ca-file", "FILE",
     N_("whom its certificate must be of (PEM), for ftps, ftpes and mail")},
    {"remove", NULL, N_("remove the files that were taken")},
    {NULL, NULL, NULL}};

FL_HANDLER(carry_in)
{
    struct carry_in in = {
        .call = call, .directory = fl_call_path(call, call->arguments[0])};
    enum fl_status status =
        in.directory == NULL ? no_memory(out_error) : list_files(&in, out_error);

    if (status == FL_OK && in.count == 0) {
        fl_output_list_begin(call->output, "carried");
        fl_output_list_end(call->output);
        fl_output_say(call->output, _("Nothing to take in is there."));
    } else if (status == FL_OK) {
        call->wrote = true;
        status = take_beside_daemon(&in, out_error);
    }
    for (size_t i = 0; i < in.count; i++) {
        fl_free(in.files[i].name);
    }
    fl_free(in.files);
    fl_free(in.directory);
    return status;
}
