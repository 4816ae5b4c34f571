#include "http_write.h"

#include "change/change_json.h"
#include "change/ref.h"
#include "version/version_policy.h"

enum {
    SHARED_MAX = 1024,       /* requests in one commit */
    CHANGE_BYTES = 64 << 10, /* a transaction that takes another one has so much room */
    CHANGE_KEYS = 16,
};

struct fl_http_write {
    struct fl_http_change *changes;
    size_t count;
    fl_http_tell tell;
    struct fl_http_written written;
    struct fl_error error;
    struct fl_http_request *next; /* in the queue */
};

void fl_http_changes_free(struct fl_http_change *changes, size_t count)
{
    for (size_t i = 0; changes != NULL && i < count; i++) {
        json_decref(changes[i].line);
    }
    fl_free(changes);
}

static void write_free(struct fl_http_write *write)
{
    if (write != NULL) {
        fl_http_changes_free(write->changes, write->count);
        fl_free(write);
    }
}

void fl_http_write(
    struct fl_http_request *request,
    struct fl_http_change *take_changes,
    size_t count,
    fl_http_tell tell)
{
    struct fl_http_write *write = fl_alloc_zeroed(1, sizeof *write);
    struct fl_http_request **last = &request->http->writes;
    if (write == NULL) {
        struct fl_error error;
        (void)fl_error_set(&error, FL_NO_MEMORY, "not enough memory");
        fl_http_changes_free(take_changes, count);
        fl_http_reply_failure(request, FL_NO_MEMORY, &error);
        return;
    }
    write->changes = take_changes;
    write->count = count;
    write->tell = tell;
    request->write = write;
    while (*last != NULL) {
        last = &(*last)->write->next;
    }
    *last = request;
}

void fl_http_write_forget(struct fl_http_request *request)
{
    struct fl_http_request **link = &request->http->writes;
    if (request->write == NULL) {
        return;
    }
    while (*link != NULL && *link != request) {
        link = &(*link)->write->next;
    }
    if (*link == request) {
        *link = request->write->next;
    }
    write_free(request->write);
    request->write = NULL;
}

/* Does what is here now allow the change? */
static enum fl_status check(
    struct fl_http *http,
    struct fl_txn *txn,
    const struct fl_http_change *change,
    bool *out_precondition,
    struct fl_error *out_error)
{
    struct fl_change_json parsed;
    struct fl_entry entry;
    if (change->must == FL_HTTP_MUST_NOTHING && !change->has_version) {
        return FL_OK;
    }
    enum fl_status status =
        fl_change_json_parse(http->node->configuration, change->line, &parsed, out_error);
    if (status != FL_OK || !parsed.has_key) {
        return status;
    }
    status = fl_object_get(txn, parsed.key, &entry);
    bool is_here = status == FL_OK && (entry.flags & FL_ENTRY_DELETED) == 0;
    uint64_t lsn = entry.lsn;
    if (status != FL_OK && status != FL_NOT_FOUND) {
        return fl_error_set(out_error, status, "the object that is here does not read");
    }
    if (change->must == FL_HTTP_MUST_EXIST && !is_here) {
        return fl_error_set(
            out_error, FL_NOT_FOUND, "%s is not here (it never was, or was deleted)",
            fl_ref_text(http->node->configuration, parsed.key).text);
    }
    if (change->must == FL_HTTP_MUST_BE_NEW && is_here) {
        return fl_error_set(
            out_error, FL_REFUSED, "%s is here already; PATCH changes it",
            fl_ref_text(http->node->configuration, parsed.key).text);
    }
    if (change->has_version && (!is_here || lsn != change->version)) {
        *out_precondition = true;
        return fl_error_set(
            out_error, FL_REFUSED,
            "%s was changed since: its DataVersion is not that of If-Match; read it "
            "again",
            fl_ref_text(http->node->configuration, parsed.key).text);
    }
    return FL_OK;
}

/* Nothing of it is appended when the first change fails; else the transaction is lost. */
static enum fl_status apply(
    struct fl_http *http,
    struct fl_txn *txn,
    struct fl_http_write *write)
{
    struct fl_http_written *written = &write->written;
    enum fl_status status = FL_OK;
    *written = (struct fl_http_written){
        .count = write->count, .changes = write->changes, .error = &write->error};
    fl_version_written_by(http->node, "HTTP");
    fl_journal_transaction(txn);
    for (size_t i = 0; i < write->count && status == FL_OK; i++) {
        struct fl_http_change *change = &write->changes[i];
        status = check(http, txn, change, &written->precondition, &write->error);
        if (status == FL_OK) {
            status = fl_change_apply(
                http->node, txn, change->line, &http->memory, &change->key,
                &write->error);
        }
        written->failed = i;
    }
    fl_version_written_by(http->node, "");
    written->status = status;
    return status;
}

static void fail(struct fl_http_write *write, const struct fl_txn *txn)
{
    write->written.status = fl_change_txn_failure(txn, &write->error);
    write->written.failed = write->count;
}

static struct fl_http_request *take(struct fl_http *http)
{
    struct fl_http_request *request = http->writes;
    http->writes = request->write->next;
    request->write->next = NULL;
    return request;
}

static void tell(struct fl_http_request *request)
{
    struct fl_http_write *write = request->write;
    request->write = NULL;
    write->written.error = &write->error;
    write->tell(request, &write->written);
    write_free(write);
}

/* One request in a transaction of its own. */
static void write_alone(struct fl_http *http, struct fl_http_request *request)
{
    struct fl_txn txn;
    struct fl_http_write *write = request->write;
    fl_txn_begin(&txn, http->node->store, FL_TXN_WRITE);
    enum fl_status status = apply(http, &txn, write);
    if (status == FL_OK && write->count > 0) {
        status = fl_txn_commit(&txn);
        http->wrote = http->wrote || status == FL_OK;
        if (status != FL_OK) {
            fail(write, &txn);
        }
    }
    fl_txn_abort(&txn);
    tell(request);
}

/* Requests of one change each, as many as there are, in one. */
static void write_shared(struct fl_http *http)
{
    struct fl_http_request *taken[SHARED_MAX];
    struct fl_txn txn;
    size_t count = 0;
    size_t applied = 0;
    fl_txn_begin(&txn, http->node->store, FL_TXN_WRITE);
    while (count < SHARED_MAX && http->writes != NULL &&
           http->writes->write->count == 1 && fl_txn_status(&txn) == FL_OK &&
           (count == 0 || fl_txn_has_room(&txn, CHANGE_BYTES, CHANGE_KEYS))) {
        taken[count] = take(http);
        applied += apply(http, &txn, taken[count++]->write) == FL_OK;
    }
    enum fl_status status = FL_OK;
    if (applied > 0 || fl_txn_status(&txn) != FL_OK) {
        status = fl_txn_commit(&txn);
    }
    fl_txn_abort(&txn);
    http->wrote = http->wrote || (status == FL_OK && applied > 0);
    bool apart = status != FL_OK && count > 1 && !fl_store_is_dead(http->node->store);
    for (size_t i = 0; i < count; i++) {
        if (apart) {
            write_alone(http, taken[i]); /* one of them broke it for all */
            continue;
        }
        if (status != FL_OK && taken[i]->write->written.status == FL_OK) {
            fail(taken[i]->write, &txn);
        }
        tell(taken[i]);
    }
}

void fl_http_write_all(struct fl_http *http)
{
    while (http->writes != NULL) {
        if (http->writes->write->count == 1) {
            write_shared(http);
        } else {
            write_alone(http, take(http));
        }
    }
}
