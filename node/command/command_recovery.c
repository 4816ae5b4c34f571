/*
 * Putting a backup in place, and saying what a store is that was brought here.
 *
 * The backup is copied beside the store, checked, given its new incarnation and record,
 * and only then put into place; what stood there is kept beside it.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "change/change.h"
#include "command_table.h"
#include "file.h"
#include "language.h"
#include "log.h"
#include "storage/check.h"

enum { COPY_BYTES = 1 << 20, REPLACED_MAX = 100 };

/* -- a copy of the backup -- */

static const char *const STORE_FILES[] = {"data.mdb",  "data.mdb.old", "lock.mdb",
                                          "node.lock", "ballast",      ""};

static void remove_store(const char *directory)
{
    for (size_t i = 0; i < sizeof STORE_FILES / sizeof STORE_FILES[0]; i++) {
        char *path = fl_node_path(directory, STORE_FILES[i]);
        if (path != NULL && unlink(path) != 0) {
            (void)rmdir(path);
        }
        fl_free(path);
    }
}

static enum fl_status copy_stream(
    struct fl_call *call,
    FILE *from,
    struct fl_file *to,
    struct fl_error *out_error)
{
    uint8_t *bytes = fl_alloc(COPY_BYTES);
    enum fl_status status =
        bytes != NULL ? FL_OK
                      : fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    uint64_t done = 0;
    while (status == FL_OK) {
        size_t size = fread(bytes, 1, COPY_BYTES, from);
        if (size == 0) {
            break;
        }
        status = fl_file_write(to, (struct fl_bytes){bytes, size}, out_error);
        done += size;
        fl_output_progress(call->output, N_("copying"), done, 0);
    }
    if (status == FL_OK && ferror(from)) {
        status = fl_error_set(
            out_error, FL_IO, "the backup cannot be read: %s", strerror(errno));
    }
    fl_free(bytes);
    return status;
}

static enum fl_status copy_file(
    struct fl_call *call,
    const char *from,
    const char *to,
    struct fl_error *out_error)
{
    struct fl_file file = {.descriptor = -1};
    FILE *stream = fopen(from, "rb");
    if (stream == NULL) {
        return fl_error_set(
            out_error, FL_NOT_FOUND,
            "%s cannot be read (%s); name a directory that `filial store backup` made",
            from, strerror(errno));
    }
    enum fl_status status = fl_file_begin(&file, to, 0600, out_error);
    if (status == FL_OK) {
        status = copy_stream(call, stream, &file, out_error);
    }
    if (status == FL_OK) {
        status = fl_file_publish(&file, out_error);
    }
    fl_file_abandon(&file);
    fclose(stream);
    return status;
}

/* -- what makes it this node's store again -- */

struct restore {
    struct fl_call *call;
    char *node_conf;
    char *keys_directory;
    char *store; /* where it is to stand */
    char *copy;  /* where it is made ready */
    char *source;
    struct fl_settings settings;
    struct fl_keys keys;
    struct fl_identity identity;
    struct fl_restored_record record;
};

static enum fl_status check(
    struct fl_call *call,
    struct fl_store *store,
    const struct fl_home *here,
    struct fl_error *out_error)
{
    struct fl_check_report report;
    if (!fl_home_has_key(store, here)) {
        return fl_error_set(
            out_error, FL_REFUSED,
            "the backup is of another node (%s): its keys are not those in %s/keys",
            fl_store_identity(store)->code, call->node_directory);
    }
    enum fl_status status =
        fl_store_check(store, &(struct fl_check_options){0}, &report, out_error);
    if (status == FL_OK && report.problems > 0) {
        return fl_error_set(
            out_error, FL_MALFORMED,
            "the backup has %llu problems; nothing was changed, take another one",
            (unsigned long long)report.problems);
    }
    return status;
}

static enum fl_status renew(
    struct restore *restore,
    struct fl_store *store,
    const struct fl_home *here,
    struct fl_error *out_error)
{
    struct fl_txn txn;
    fl_txn_begin(&txn, store, FL_TXN_KEEP);
    fl_home_put(&txn, here);
    fl_restored_put(&txn, &restore->keys, fl_call_by(restore->call), &restore->record);
    return fl_change_commit(&txn, out_error);
}

static enum fl_status make_ready(struct restore *restore, struct fl_error *out_error)
{
    struct fl_store_options options =
        fl_node_store_options(restore->copy, &restore->settings);
    struct fl_home here =
        fl_home_here(restore->call->node_directory, &restore->settings, &restore->keys);
    struct fl_store *store = NULL;
    options.ballast_bytes = 0;
    enum fl_status status = fl_store_open(&options, &store, out_error);
    if (status == FL_OK) {
        status = check(restore->call, store, &here, out_error);
    }
    if (status == FL_OK) {
        status = renew(restore, store, &here, out_error);
    }
    if (status == FL_OK) {
        restore->identity = *fl_store_identity(store);
    }
    fl_store_close(store);
    return status;
}

/* -- into its place -- */

static enum fl_status move_aside(
    const struct restore *restore,
    char *out_kept,
    size_t kept_bytes,
    struct fl_error *out_error)
{
    struct stat there;
    out_kept[0] = '\0';
    if (lstat(restore->store, &there) != 0) {
        return FL_OK; /* lost, or moved by an attempt that was cut */
    }
    for (int i = 1; i < REPLACED_MAX; i++) {
        snprintf(out_kept, kept_bytes, "%s.replaced-%d", restore->store, i);
        if (lstat(out_kept, &there) != 0) {
            return rename(restore->store, out_kept) == 0
                       ? FL_OK
                       : fl_error_set(
                             out_error, FL_IO, "cannot rename %s to %s: %s",
                             restore->store, out_kept, strerror(errno));
        }
    }
    return fl_error_set(
        out_error, FL_REFUSED,
        "there are %d replaced stores beside %s; remove those that nobody needs",
        REPLACED_MAX - 1, restore->store);
}

static enum fl_status put_in_place(
    const struct restore *restore,
    char *out_kept,
    size_t kept_bytes,
    struct fl_error *out_error)
{
    enum fl_status status = move_aside(restore, out_kept, kept_bytes, out_error);
    if (status == FL_OK && rename(restore->copy, restore->store) != 0) {
        return fl_error_set(
            out_error, FL_IO, "cannot rename %s to %s: %s", restore->copy, restore->store,
            strerror(errno));
    }
    return status == FL_OK
               ? fl_file_sync_directory(restore->call->node_directory, out_error)
               : status;
}

static enum fl_status prepare(struct restore *restore, struct fl_error *out_error)
{
    struct fl_call *call = restore->call;
    char *backup = fl_call_path(call, call->arguments[0]);
    restore->source = backup == NULL ? NULL : fl_node_path(backup, "data.mdb");
    restore->node_conf = fl_node_path(call->node_directory, "node.conf");
    restore->keys_directory = fl_node_path(call->node_directory, "keys");
    restore->store = fl_node_path(call->node_directory, "store");
    restore->copy = fl_node_path(call->node_directory, "store.restore");
    fl_free(backup);
    if (restore->source == NULL || restore->node_conf == NULL ||
        restore->keys_directory == NULL || restore->store == NULL ||
        restore->copy == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    enum fl_status status = fl_crypto_start();
    if (status != FL_OK) {
        return fl_error_set(out_error, status, "this machine gives no randomness");
    }
    status = fl_settings_load(restore->node_conf, &restore->settings, out_error);
    return status == FL_OK
               ? fl_keys_load(restore->keys_directory, &restore->keys, out_error)
               : status;
}

static enum fl_status restore_backup(
    struct restore *restore,
    char *out_kept,
    size_t kept_bytes,
    struct fl_error *out_error)
{
    enum fl_status status = prepare(restore, out_error);
    if (status != FL_OK) {
        return status;
    }
    remove_store(restore->copy); /* of an attempt that was cut */
    if (mkdir(restore->copy, 0700) != 0) {
        return fl_error_set(
            out_error, FL_IO, "cannot make directory %s: %s", restore->copy,
            strerror(errno));
    }
    char *data = fl_node_path(restore->copy, "data.mdb");
    status = data == NULL ? fl_error_set(out_error, FL_NO_MEMORY, "not enough memory")
                          : copy_file(restore->call, restore->source, data, out_error);
    fl_free(data);
    if (status == FL_OK) {
        status = make_ready(restore, out_error);
    }
    if (status == FL_OK) {
        status = put_in_place(restore, out_kept, kept_bytes, out_error);
    }
    if (status != FL_OK) {
        remove_store(restore->copy);
    }
    return status;
}

FL_HANDLER(store_restore)
{
    enum { KEPT_BYTES = 4096 };
    char kept[KEPT_BYTES];
    struct restore *restore = fl_alloc_zeroed(1, sizeof *restore);
    if (restore == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    restore->call = call;
    enum fl_status status = restore_backup(restore, kept, sizeof kept, out_error);
    if (status == FL_OK) {
        fl_output_text(call->output, "code", N_("code"), restore->identity.code);
        fl_output_uuid(
            call->output, "incarnation", N_("incarnation"), restore->record.incarnation);
        fl_output_uuid(
            call->output, "replaced", N_("instead of"), restore->record.replaced);
        fl_output_text(call->output, "kept", N_("the store before"), kept);
        fl_output_say(
            call->output,
            _("Start filiald: the node gets back from its peers what the backup does not "
              "have. Changes that\nno peer had yet are in the store before only."));
    }
    fl_keys_deinit(&restore->keys);
    fl_free(restore->node_conf);
    fl_free(restore->keys_directory);
    fl_free(restore->store);
    fl_free(restore->copy);
    fl_free(restore->source);
    fl_free(restore);
    return status;
}

/* -- adopt -- */

static void log_adopted(const struct fl_call *call, const char *as)
{
    fl_log(
        FL_LOG_WARN, FL_LOG_EVENT_STORE_ADOPTED, "as=%s by=%s", as,
        fl_log_value(fl_call_by(call)).text);
}

FL_HANDLER(store_adopt)
{
    struct fl_node *node = call->node;
    bool moved = fl_call_has(call, "moved");
    struct fl_home here = fl_home_here(node->directory, &node->settings, &node->keys);
    struct fl_restored_record record = {.time_ms = 0};
    struct fl_txn txn;
    if (moved == fl_call_has(call, "restored")) {
        call->usage = true;
        return fl_error_set(
            out_error, FL_REFUSED,
            "say what this store is: --moved, the original is gone; or --restored, it is "
            "a backup or a copy");
    }
    fl_txn_begin(&txn, node->store, FL_TXN_KEEP);
    fl_home_put(&txn, &here);
    if (!moved) {
        fl_restored_put(&txn, &node->keys, fl_call_by(call), &record);
    }
    if (fl_txn_commit(&txn) != FL_OK) {
        return fl_change_txn_failure(&txn, out_error);
    }
    call->wrote = true;
    node->home = FL_HOME_OURS;
    log_adopted(call, moved ? "moved" : "restored");
    enum fl_status status = fl_node_reload(node, out_error);
    if (status == FL_OK) {
        fl_output_text(call->output, "home", N_("home"), fl_home_state_name(node->home));
        fl_output_uuid(
            call->output, "incarnation", N_("incarnation"), node->identity->incarnation);
    }
    return status;
}
