/*
 * What the mirror is to hold next, copied out of the store: read transactions stay short,
 * however long the database takes.
 */

#ifndef NODE_MIRROR_READ_H
#define NODE_MIRROR_READ_H

#include "proto/configuration.h"
#include "proto/day.h"
#include "proto/limits.h"
#include "storage/journal.h"
#include "storage/peers.h"

enum {
    FL_MIRROR_BATCH_OBJECTS = 20000, /* unless the reader says otherwise */
    FL_MIRROR_BATCH_BYTES = 16 << 20,
};

struct fl_mirror_entry {
    struct fl_key key;
    uint64_t lsn;
    uint32_t origin;
    bool is_gone;
    size_t offset; /* of its record in `records` */
    size_t size;
};

/* A branch as this node knows it: the vector of every report. */
struct fl_mirror_branch {
    struct fl_uuid node;
    char code[FL_CODE_BYTES_MAX + 1];
    char name[FL_NAME_BYTES_MAX + 1];
    const char *role;
    uint64_t position; /* number of its last message that was applied; ours: the lsn */
    int64_t stated_ms; /* when its state was whole here last; 0: never */
    int64_t heard_ms;
    bool is_native;
    bool is_active;
    uint64_t whole_lsn; /* of ours: what came before it, came whole */
};

/* A day that a node has closed, as its change stands in the journal. */
struct fl_mirror_day {
    struct fl_uuid node;
    uint64_t lsn;
    struct fl_day day;
};

struct fl_mirror_batch {
    struct fl_mirror_entry *entries;
    size_t count;
    size_t capacity;
    struct fl_buffer records;
    struct fl_mirror_branch *branches;
    size_t branch_count;
    struct fl_mirror_day *days;
    size_t day_count;
    size_t day_capacity;
    uint64_t lsn_to;        /* all up to it is in the batch */
    uint64_t head;          /* of the journal */
    uint64_t purged;        /* deletions up to it may be forgotten */
    uint64_t unreadable;    /* entries that rot, passed over */
    bool is_last;           /* nothing is behind it */
    uint16_t configuration; /* in use; 0: none */
};

struct fl_mirror_reader {
    struct fl_store *store;
    char own_code[FL_CODE_BYTES_MAX + 1];
    struct fl_uuid own_node;
    char **codes; /* by origin; NULL: not known yet */
    size_t code_count;
    size_t batch_objects; /* 0: FL_MIRROR_BATCH_OBJECTS */
};

void fl_mirror_reader_deinit(struct fl_mirror_reader *reader);
void fl_mirror_batch_init(struct fl_mirror_batch *batch);
void fl_mirror_batch_deinit(struct fl_mirror_batch *batch);

/*
 * What is live behind `lsn`, in the order of the journal and up to the border of a
 * transaction; with the branches when `branches` is set and nothing is behind it.
 */
enum fl_status fl_mirror_read(
    struct fl_mirror_reader *reader,
    uint64_t lsn,
    bool branches,
    struct fl_mirror_batch *batch,
    struct fl_error *out_error);

/* The code of who wrote it, or the identity of a node that has none here. */
struct fl_bytes fl_mirror_code(const struct fl_mirror_reader *reader, uint32_t origin);

/* Of the journal, as it is now. */
uint64_t fl_mirror_read_head(struct fl_store *store);

/* A configuration of the store, the caller's. */
enum fl_status fl_mirror_read_configuration(
    struct fl_store *store,
    uint16_t number,
    struct fl_configuration **out_configuration,
    struct fl_error *out_error);

/* Which of these objects are here: neither unknown, nor deleted, nor withdrawn, nor
 * rotten.
 */
enum fl_status fl_mirror_read_presence(
    struct fl_store *store,
    uint32_t type,
    const struct fl_uuid *ids,
    size_t count,
    bool *out_here,
    struct fl_error *out_error);

#endif
