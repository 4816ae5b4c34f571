#include "endpoints.h"

#include <curl/curl.h>
#include <string.h>

#include "file.h"
#include "share.h"

enum { WORK_LOOK_MS = 20 }; /* while a thread works */

struct fl_endpoints {
    struct fl_node *node;
    bool read;
    uint64_t revision; /* of the node, when they were read */
    struct fl_endpoint_poll **items;
    size_t count;
    size_t next; /* to be served first in the next turn */
    bool ended;  /* a round, in this turn: somebody may wait for it */
};

struct fl_endpoints *fl_endpoints_new(struct fl_node *node)
{
    struct fl_endpoints *endpoints = fl_alloc_zeroed(1, sizeof *endpoints);
    if (endpoints != NULL) {
        endpoints->node = node;
        (void)curl_global_init(CURL_GLOBAL_DEFAULT);
    }
    return endpoints;
}

static void free_poll(struct fl_endpoint_poll *poll)
{
    fl_endpoint_poll_end(poll);
    fl_free(poll);
}

void fl_endpoints_free(struct fl_endpoints *endpoints)
{
    if (endpoints == NULL) {
        return;
    }
    for (size_t i = 0; i < endpoints->count; i++) {
        free_poll(endpoints->items[i]);
    }
    fl_free(endpoints->items);
    fl_free(endpoints);
    curl_global_cleanup();
}

struct fl_endpoint_poll *fl_endpoints_find(struct fl_endpoints *endpoints, uint32_t peer)
{
    for (size_t i = 0; i < endpoints->count; i++) {
        if (endpoints->items[i]->peer == peer) {
            return endpoints->items[i];
        }
    }
    return NULL;
}

static bool is_equal(
    const struct fl_endpoint_settings *a,
    const struct fl_endpoint_settings *b)
{
    return a->format == b->format && a->zip == b->zip && a->poll_ms == b->poll_ms &&
           a->archive_files == b->archive_files && a->archive_bytes == b->archive_bytes &&
           strcmp(a->directory, b->directory) == 0 && strcmp(a->ftp, b->ftp) == 0 &&
           strcmp(a->mail, b->mail) == 0 && strcmp(a->smtp, b->smtp) == 0 &&
           strcmp(a->mail_address, b->mail_address) == 0 &&
           strcmp(a->password_file, b->password_file) == 0 &&
           strcmp(a->ca_file, b->ca_file) == 0 && strcmp(a->mapping, b->mapping) == 0 &&
           strcmp(a->base_plan, b->base_plan) == 0 &&
           strcmp(a->our_code, b->our_code) == 0 && a->english == b->english &&
           a->serves == b->serves && strcmp(a->url, b->url) == 0 &&
           strcmp(a->user, b->user) == 0 && strcmp(a->intranet, b->intranet) == 0 &&
           strcmp(a->base_code, b->base_code) == 0 && strcmp(a->prefix, b->prefix) == 0 &&
           strcmp(a->versions, b->versions) == 0 &&
           strcmp(a->incoming, b->incoming) == 0 && strcmp(a->outgoing, b->outgoing) == 0;
}

/* Another place is looked at at once, and nothing of what was there is known any more. */
static void take_settings(
    struct fl_endpoint_poll *poll,
    const struct fl_endpoint_settings *settings)
{
    if (is_equal(&poll->settings, settings)) {
        return;
    }
    fl_endpoint_poll_end(poll);
    poll->settings = *settings;
    poll->waiting = (struct fl_place_file){.name = ""};
    poll->due_ms = 0;
}

/* What a daemon that was killed has left of a package is in nobody's way but the disk's.
 */
static void sweep(const struct fl_node *node, uint32_t peer)
{
    char *path = fl_endpoint_own_path(node, peer, NULL);
    if (path != NULL) {
        fl_file_sweep(path);
    }
    fl_free(path);
}

static struct fl_endpoint_poll *add(
    struct fl_endpoints *endpoints,
    struct fl_txn *txn,
    uint32_t peer,
    const struct fl_endpoint_settings *settings)
{
    struct fl_endpoint_poll **items =
        fl_realloc(endpoints->items, (endpoints->count + 1) * sizeof *endpoints->items);
    struct fl_endpoint_poll *poll =
        items == NULL ? NULL : fl_alloc_zeroed(1, sizeof *poll);
    endpoints->items = items == NULL ? endpoints->items : items;
    if (poll == NULL) {
        return NULL;
    }
    sweep(endpoints->node, peer);
    poll->node = endpoints->node;
    poll->peer = peer;
    poll->settings = *settings;
    fl_endpoint_state_get(txn, peer, &poll->state);
    memcpy(&poll->kept, &poll->state, sizeof poll->kept);
    endpoints->items[endpoints->count++] = poll;
    return poll;
}

static void drop_gone(struct fl_endpoints *endpoints, struct fl_txn *txn)
{
    struct fl_endpoint_settings settings;
    size_t kept = 0;
    for (size_t i = 0; i < endpoints->count; i++) {
        struct fl_endpoint_poll *poll = endpoints->items[i];
        if (fl_endpoint_settings_get(txn, poll->peer, &settings) == FL_OK) {
            endpoints->items[kept++] = poll;
        } else {
            free_poll(poll);
        }
    }
    endpoints->count = kept;
}

static void read_all(struct fl_endpoints *endpoints)
{
    struct fl_endpoint_settings settings;
    struct fl_txn txn;
    uint32_t peer = 0;
    fl_txn_begin(&txn, endpoints->node->store, FL_TXN_READ);
    drop_gone(endpoints, &txn);
    while (fl_endpoint_settings_next(&txn, peer, &peer, &settings) == FL_OK) {
        struct fl_endpoint_poll *poll = fl_endpoints_find(endpoints, peer);
        if (poll != NULL) {
            take_settings(poll, &settings);
        } else {
            (void)add(endpoints, &txn, peer, &settings);
        }
    }
    fl_txn_abort(&txn);
    endpoints->revision = endpoints->node->revision;
    endpoints->read = true;
}

struct fl_endpoint_poll *fl_endpoints_read_one(
    struct fl_endpoints *endpoints,
    uint32_t peer)
{
    read_all(endpoints);
    return fl_endpoints_find(endpoints, peer);
}

bool fl_endpoints_serve(struct fl_endpoints *endpoints, uint64_t now_ms)
{
    bool wrote = false;
    if (!endpoints->read || endpoints->revision != endpoints->node->revision) {
        read_all(endpoints);
    }
    endpoints->ended = false;
    const struct fl_share share = fl_share_begin(FL_SHARE_MS);
    for (size_t i = 0; i < endpoints->count; i++) {
        endpoints->next %= endpoints->count;
        struct fl_endpoint_poll *poll = endpoints->items[endpoints->next++];
        const uint64_t rounds = poll->rounds;
        poll->turns++;
        (void)fl_endpoint_poll_step(poll, now_ms, &wrote);
        endpoints->ended = endpoints->ended || poll->rounds != rounds;
        if (fl_share_is_over(&share)) {
            break;
        }
    }
    return wrote;
}

uint64_t fl_endpoints_due_ms(const struct fl_endpoints *endpoints, uint64_t now_ms)
{
    uint64_t due_ms = endpoints->read && !endpoints->ended ? UINT64_MAX : 0;
    for (size_t i = 0; i < endpoints->count; i++) {
        const struct fl_endpoint_poll *poll = endpoints->items[i];
        uint64_t its_ms = poll->phase == FL_POLL_IDLE    ? poll->due_ms
                          : fl_endpoint_poll_works(poll) ? now_ms
                                                         : now_ms + WORK_LOOK_MS;
        due_ms = its_ms < due_ms ? its_ms : due_ms;
    }
    return due_ms;
}
