#include "command_image.h"
#include "command_table.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/daemon.h"
#include "image/image.h"
#include "language.h"
#include "storage/journal.h"

static enum fl_status nobody_sends(
    void *context,
    struct fl_link *link,
    struct fl_bytes head,
    struct fl_bytes body)
{
    (void)context;
    (void)link;
    (void)head;
    (void)body;
    return FL_NOT_FOUND;
}

static void nobody_closes(void *context, struct fl_link *link, const char *words)
{
    (void)context;
    (void)link;
    (void)words;
}

static void nobody_waits(void *context, struct fl_link *link)
{
    (void)context;
    (void)link;
}

enum fl_status fl_command_image_replicator(
    struct fl_call *call,
    struct fl_replicator **out_replicator,
    struct fl_error *out_error)
{
    const struct fl_replicator_output output = {
        .send = nobody_sends, .close = nobody_closes, .round_done = nobody_waits};
    return fl_replicator_new(call->node, &output, out_replicator, out_error);
}

struct fl_link *fl_command_image_link(struct fl_replicator *replicator, uint32_t peer)
{
    struct fl_link *link;
    for (size_t i = 0; (link = fl_replicator_link(replicator, i)) != NULL; i++) {
        if (fl_link_peer(link)->number == peer) {
            return link;
        }
    }
    return NULL;
}

/* --- create --- */

static enum fl_status find_node(
    struct fl_call *call,
    struct fl_peer *out_peer,
    struct fl_error *out_error)
{
    const char *code = call->arguments[0];
    enum fl_status status = fl_call_peer(call, NULL, code, out_peer, out_error);
    if (status != FL_OK) {
        return status;
    }
    if (out_peer->format != FL_PEER_NATIVE) {
        return fl_error_set(
            out_error, FL_UNSUPPORTED,
            "%s is a 1C base; `filial export --to %s --all` writes everything for it",
            code, code);
    }
    return FL_OK;
}

static enum fl_status create(
    struct fl_call *call,
    struct fl_link *link,
    const char *path,
    struct fl_image_writer *writer,
    struct fl_error *out_error)
{
    struct fl_txn txn;
    fl_txn_begin(&txn, call->node->store, FL_TXN_READ);
    uint64_t head = fl_journal_head(&txn);
    fl_txn_abort(&txn);
    bool done = false;
    enum fl_status status = fl_image_create_begin(writer, link, path, out_error);
    while (status == FL_OK && !done) {
        status = fl_image_create_step(writer, link, &done, out_error);
        fl_output_progress(
            call->output, N_("writing"), writer->lsn < head ? writer->lsn : head, head);
    }
    if (status != FL_OK) {
        fl_image_create_abandon(writer);
    }
    return status;
}

static void show_created(
    struct fl_call *call,
    const char *path,
    const struct fl_image_writer *writer)
{
    struct fl_output *output = call->output;
    fl_output_text(output, "file", N_("file"), path);
    fl_output_text(output, "to", N_("to"), call->arguments[0]);
    fl_output_number(output, "messages", N_("messages"), writer->messages);
    fl_output_number(output, "objects", N_("objects"), writer->entries);
    fl_output_number(output, "bytes", N_("bytes"), writer->bytes);
    fl_output_say(
        output, _("At %s, with filiald stopped: filial image load FILE"),
        call->arguments[0]);
}

FL_HANDLER(image_create)
{
    struct fl_peer peer;
    struct fl_replicator *replicator = NULL;
    struct fl_image_writer writer = {.messages = 0};
    enum fl_status status = find_node(call, &peer, out_error);
    if (status == FL_OK && call->node->daemon == NULL) {
        status = fl_command_image_replicator(call, &replicator, out_error);
    }
    if (status != FL_OK) {
        return status;
    }
    struct fl_link *link = replicator != NULL
                               ? fl_command_image_link(replicator, peer.number)
                               : fl_daemon_link(call->node->daemon, peer.number);
    char *path = fl_call_path(call, call->arguments[1]);
    if (path == NULL) {
        status = fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    } else if (link == NULL) {
        status = fl_error_set(
            out_error, FL_NOT_FOUND, "%s takes no messages now; see `filial node list`",
            peer.code);
    } else {
        call->wrote = true; /* numbers */
        status = create(call, link, path, &writer, out_error);
    }
    if (status == FL_OK) {
        show_created(call, path, &writer);
    }
    fl_free(path);
    fl_replicator_free(replicator);
    return status;
}

/* --- load --- */

static void show_progress(void *context, uint64_t done, uint64_t total)
{
    struct fl_call *call = context;
    fl_output_progress(call->output, N_("loading"), done, total);
}

enum fl_status fl_command_image_map(
    const char *path,
    struct fl_bytes *out_bytes,
    struct fl_error *out_error)
{
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    struct stat facts;
    if (descriptor < 0 || fstat(descriptor, &facts) != 0) {
        enum fl_status status =
            fl_error_set(out_error, FL_IO, "%s: %s", path, strerror(errno));
        if (descriptor >= 0) {
            close(descriptor);
        }
        return status;
    }
    if (!S_ISREG(facts.st_mode) || facts.st_size == 0) {
        close(descriptor);
        return fl_error_set(out_error, FL_MALFORMED, "%s is no image of Filial", path);
    }
    void *memory =
        mmap(NULL, (size_t)facts.st_size, PROT_READ, MAP_PRIVATE, descriptor, 0);
    close(descriptor);
    if (memory == MAP_FAILED) {
        return fl_error_set(out_error, FL_IO, "%s: %s", path, strerror(errno));
    }
    *out_bytes = (struct fl_bytes){memory, (size_t)facts.st_size};
    return FL_OK;
}

void fl_command_image_unmap(struct fl_bytes bytes)
{
    if (bytes.data != NULL) {
        munmap((void *)(uintptr_t)bytes.data, bytes.size);
    }
}

static enum fl_status load(
    struct fl_call *call,
    struct fl_bytes file,
    struct fl_error *out_error)
{
    struct fl_replicator *replicator = NULL;
    struct fl_image_loaded loaded;
    enum fl_status status = fl_command_image_replicator(call, &replicator, out_error);
    if (status == FL_OK) {
        status = fl_image_load(replicator, file, show_progress, call, &loaded, out_error);
    }
    fl_replicator_free(replicator);
    if (status != FL_OK) {
        return status;
    }
    struct fl_output *output = call->output;
    call->wrote = loaded.messages > loaded.skipped;
    fl_output_number(output, "messages", N_("messages"), loaded.messages);
    fl_output_number(output, "skipped", N_("of them taken before"), loaded.skipped);
    fl_output_number(output, "objects", N_("objects"), loaded.entries);
    return FL_OK;
}

FL_HANDLER(image_load)
{
    struct fl_bytes file = {.size = 0};
    if (call->node->daemon != NULL) {
        return fl_error_set(
            out_error, FL_BUSY,
            "filiald runs on this node and takes messages itself: stop it, load the "
            "image, start it again");
    }
    char *path = fl_call_path(call, call->arguments[0]);
    if (path == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    enum fl_status status = fl_command_image_map(path, &file, out_error);
    if (status == FL_OK) {
        status = load(call, file, out_error);
        fl_command_image_unmap(file);
    }
    fl_free(path);
    return status;
}
