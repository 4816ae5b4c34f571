/*
 * What is to be told to a peer, in the order of the journal: from the journal itself, or
 * from the streams that the peer reads (routing.h).
 */

#ifndef NODE_SELECTION_H
#define NODE_SELECTION_H

#include "routing.h"
#include "storage/auto_record.h"
#include "storage/journal.h"
#include "storage/streams.h"

enum { FL_SELECTION_STREAMS = 3 }; /* of everybody, of those with the same lists, own */

struct fl_selected {
    struct fl_entry entry; /* as it is to go: of a withdrawn object without its content */
    bool told; /* registered whatever the entry's origin: it comes to the peer, or goes */
    bool again; /* ... unless it was registered at `lsn_written`, which is given too */
    uint64_t lsn_written;
    /*
     * Above 0: it was registered there, by a version of `origin_written`, and was written
     * again at `lsn_since`, when that registered nothing.
     */
    uint64_t lsn_since;
    uint32_t origin_written;
};

struct fl_selection {
    struct fl_node *node;
    struct fl_txn *txn;
    const struct fl_peer *peer;
    struct fl_subscription subscription;
    uint64_t lsn_from;
    bool by_journal;
    bool journal_ahead; /* `entry` and its status wait to be given */
    struct fl_journal_scan journal;
    struct fl_entry entry;
    enum fl_status journal_status;
    struct fl_selection_stream {
        bool open;
        struct fl_stream_scan scan;
        struct fl_stream_row row; /* the one ahead */
        enum fl_status status;
    } streams[FL_SELECTION_STREAMS];
    struct fl_auto_recorded recorded; /* the one ahead */
    enum fl_status recorded_status;
    struct fl_arena arena;
    struct fl_buffer record; /* of what is withdrawn */
};

/* `node`, `txn` and `peer` outlive the selection. */
void fl_selection_begin(
    struct fl_selection *selection,
    struct fl_node *node,
    struct fl_txn *txn,
    const struct fl_peer *peer,
    const struct fl_subscription *subscription,
    uint64_t lsn_from);

/*
 * FL_NOT_FOUND at the end. FL_MALFORMED: something does not match its tag, and
 * `out_selected->entry.lsn` says where. Borrowed until the next call.
 */
enum fl_status fl_selection_next(
    struct fl_selection *selection,
    struct fl_selected *out_selected);
void fl_selection_end(struct fl_selection *selection);

/*
 * What is withdrawn from this node goes on to those below it; and back to a parent that
 * was restored, which may not know that it took it away.
 */
static inline bool fl_selection_passes(
    const struct fl_peer *peer,
    const struct fl_entry *entry)
{
    return (entry->flags & FL_ENTRY_WITHDRAWN) == 0 || peer->role == FL_PEER_CHILD ||
           (peer->role == FL_PEER_PARENT && entry->lsn <= peer->resend_below);
}

/*
 * The present state of one object as it is for the peer. FL_NOT_FOUND: there is none.
 * `record` is where that of a withdrawn one is made.
 */
enum fl_status fl_selection_present(
    struct fl_selection *selection,
    struct fl_key key,
    struct fl_entry *out_entry);

#endif
