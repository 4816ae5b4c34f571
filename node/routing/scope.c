#include "scope.h"

#include <stdlib.h>
#include <string.h>

#include "proto/record.h"

enum { ENTRIES_GROWTH = 64 };

void fl_scope_begin(
    struct fl_scope *scope,
    struct fl_node *node,
    struct fl_txn *txn,
    const struct fl_peer *peer)
{
    *scope = (struct fl_scope){
        .node = node,
        .txn = txn,
        .peer = peer,
        .limited = fl_routing_limits(node, txn, peer)};
}

void fl_scope_end(struct fl_scope *scope)
{
    fl_free(scope->entries);
    *scope = (struct fl_scope){.limited = false};
}

void fl_scope_transaction(struct fl_scope *scope, const struct fl_reader *reader)
{
    scope->transaction = *reader;
    scope->entry_count = 0;
    scope->read = false;
}

/* -- the transaction in hand -- */

static int compare_entries(const void *a, const void *b)
{
    const struct fl_message_entry *first = a;
    const struct fl_message_entry *second = b;
    uint8_t keys[2][FL_KEY_BYTES];
    fl_key_encode(first->key, keys[0]);
    fl_key_encode(second->key, keys[1]);
    return memcmp(keys[0], keys[1], FL_KEY_BYTES);
}

static void read_transaction(struct fl_scope *scope)
{
    struct fl_reader reader = scope->transaction;
    struct fl_message_entry entry;
    size_t room = scope->entry_count;
    scope->read = true;
    while (fl_message_next_entry(&reader, &entry) == FL_OK &&
           (scope->entry_count == 0 || (entry.flags & FL_MESSAGE_ENTRY_FIRST) == 0)) {
        if (scope->entry_count == room) {
            room = 2 * room + ENTRIES_GROWTH;
            struct fl_message_entry *entries =
                fl_realloc(scope->entries, room * sizeof *entries);
            if (entries == NULL) {
                break; /* what is not found counts as not there: refused, not lost */
            }
            scope->entries = entries;
        }
        scope->entries[scope->entry_count++] = entry;
    }
    if (scope->entry_count > 0) {
        qsort(
            scope->entries, scope->entry_count, sizeof *scope->entries, compare_entries);
    }
}

static const struct fl_object *find_in_transaction(
    void *context,
    struct fl_key key,
    struct fl_arena *arena)
{
    struct fl_scope *scope = context;
    const struct fl_message_entry wanted = {.key = key};
    if (!scope->read && scope->transaction.next != NULL) {
        read_transaction(scope);
    }
    const struct fl_message_entry *entry =
        scope->entry_count > 0 ? bsearch(
                                     &wanted, scope->entries, scope->entry_count,
                                     sizeof *scope->entries, compare_entries)
                               : NULL;
    struct fl_object *object = fl_arena_alloc(arena, sizeof *object);
    if (entry == NULL || object == NULL ||
        (entry->flags & (FL_MESSAGE_ENTRY_DELETED | FL_MESSAGE_ENTRY_WITHDRAWN)) != 0 ||
        fl_record_decode(key, /* deleted= */ false, entry->record, arena, object) !=
            FL_OK) {
        return NULL;
    }
    return object;
}

/* -- judging -- */

/* The version here; what is not here belongs to nobody yet. */
static bool owns_present(struct fl_scope *scope, struct fl_key key)
{
    struct fl_entry entry;
    if (fl_object_get(scope->txn, key, &entry) != FL_OK ||
        (entry.flags & (FL_ENTRY_DELETED | FL_ENTRY_WITHDRAWN)) != 0) {
        return true;
    }
    return fl_routing_judge(
        scope->node, scope->txn,
        &(struct fl_routing_question){
            .peer = scope->peer, .key = key, .record = entry.record});
}

const char *fl_scope_reason_of(
    struct fl_scope *scope,
    struct fl_key key,
    struct fl_bytes record,
    bool deleted)
{
    const struct fl_node_plan *plan = fl_node_plan_of(scope->node, scope->peer);
    if (!scope->limited || !fl_routing_has_filter(scope->node, plan, key.type)) {
        return NULL;
    }
    if (!owns_present(scope, key)) {
        return "the object here lies outside the filter of its sender: it may not be "
               "changed from there";
    }
    if (deleted || fl_routing_judge(
                       scope->node, scope->txn,
                       &(struct fl_routing_question){
                           .peer = scope->peer,
                           .key = key,
                           .record = record,
                           .overlay = find_in_transaction,
                           .context = scope})) {
        return NULL;
    }
    return "it lies outside the filter of its sender";
}

const char *fl_scope_reason(struct fl_scope *scope, const struct fl_message_entry *entry)
{
    if ((entry->flags & FL_MESSAGE_ENTRY_WITHDRAWN) != 0) {
        return scope->peer->role != FL_PEER_EQUAL ? NULL
                                                  : "only a parent withdraws objects";
    }
    return fl_scope_reason_of(
        scope, entry->key, entry->record, (entry->flags & FL_MESSAGE_ENTRY_DELETED) != 0);
}
