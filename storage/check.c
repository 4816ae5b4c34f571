/*
 * The check goes through every table in short transactions, a thousand rows each, and
 * seeks again by key. It counts what is wrong and goes on behind it; what it cannot do is
 * survive pages of the tree itself that lead nowhere, where the engine fails and the rest
 * of that table is given up.
 */

#include "storage/check.h"

#include <stdio.h>
#include <string.h>

#include "proto/hash.h"
#include "proto/record.h"
#include "proto/system.h"

#include "journal_rows.h"
#include "storage/collisions.h"
#include "storage/messages.h"
#include "storage/nodes.h"
#include "storage/positions.h"
#include "storage/quarantine.h"
#include "table.h"

enum { ROWS_OF_A_STEP = 1000, STREAM_BYTES = 4 + FL_UUID_BYTES };

struct check {
    const struct fl_check_options *options;
    struct fl_check_report report;
    struct fl_txn txn;
    struct fl_buffer whole;
    uint64_t total;
    bool done; /* of the table that is gone through */

    /* Where the next step goes on. */
    uint8_t key[FL_PART_KEY_BYTES_MAX];
    size_t key_size;
    uint64_t lsn;
    struct fl_key object;
    bool object_seen;

    /* What is the same for many entries in a row is looked up once. */
    uint64_t lsn_first;
    uint64_t lsn_last;
    uint32_t origin_known;
    uint16_t configuration_known;
};

static void problem(struct check *check, const char *text)
{
    check->report.problems++;
    if (check->options != NULL && check->options->problem != NULL) {
        check->options->problem(check->options->context, fl_error_words(text));
    }
}

static void problem_of_txn(struct check *check)
{
    problem(check, fl_txn_error(&check->txn)->text);
}

static void problem_of_lsn(struct check *check, uint64_t lsn, const char *what)
{
    uint8_t bytes[8];

    fl_store_u64(bytes, lsn);
    (void)fl_table_malformed(
        &check->txn, FL_TABLE_JOURNAL,
        (struct fl_bytes){.data = bytes, .size = sizeof bytes}, what);
    problem_of_txn(check);
}

static void problem_of_peer(struct check *check, uint32_t peer, const char *what)
{
    uint8_t bytes[4];

    fl_store_u32(bytes, peer);
    (void)fl_table_malformed(
        &check->txn, FL_TABLE_PEERS,
        (struct fl_bytes){.data = bytes, .size = sizeof bytes}, what);
    problem_of_txn(check);
}

static void check_origin(struct check *check, const struct fl_entry *entry)
{
    struct fl_uuid node;

    if (entry->origin == check->origin_known) {
        return;
    }
    if (fl_nodes_by_number(&check->txn, entry->origin, &node) != FL_OK) {
        problem_of_lsn(check, entry->lsn, "its origin is not known");
        return;
    }
    check->origin_known = entry->origin;
}

static void check_configuration(struct check *check, const struct fl_entry *entry)
{
    uint8_t bytes[2] = {
        (uint8_t)(entry->configuration >> 8),
        (uint8_t)entry->configuration,
    };
    struct fl_bytes row;

    if (entry->configuration == 0 || entry->configuration == check->configuration_known) {
        return;
    }
    if (fl_txn_checked(
            &check->txn, fl_txn_engine(&check->txn)
                             ->get(
                                 check->txn.handle, FL_TABLE_CONFIGURATIONS,
                                 (struct fl_bytes){.data = bytes, .size = sizeof bytes},
                                 &row)) != FL_OK) {
        problem_of_lsn(check, entry->lsn, "its configuration is not known");
        return;
    }
    check->configuration_known = entry->configuration;
}

/* An entry is live, or a later one of its object is. */
static void check_place(struct check *check, const struct fl_entry *entry)
{
    uint64_t lsn = 0;

    if (entry->live) {
        check->report.live_entries++;
    } else if (
        fl_object_lsn(&check->txn, entry->key, &lsn) != FL_OK || lsn < entry->lsn) {
        problem_of_lsn(check, entry->lsn, "the index of objects has lost it");
    }
}

static bool is_sound(const struct fl_entry *entry)
{
    struct fl_system_record system;

    return fl_system_is(entry->key.type) ? fl_system_open(entry->record, &system) == FL_OK
                                         : fl_record_check(entry->record) == FL_OK;
}

static void check_entry(struct check *check, const struct fl_entry *entry)
{
    check_place(check, entry);
    if (entry->lsn_first != check->lsn_first && entry->lsn_first <= check->lsn_last) {
        problem_of_lsn(check, entry->lsn, "its transaction begins inside another one");
    }
    if (entry->record.size > 0 && !is_sound(entry)) {
        problem_of_lsn(check, entry->lsn, "its record is malformed");
    }
    check_origin(check, entry);
    check_configuration(check, entry);
    check->lsn_first = entry->lsn_first;
}

static void step_journal(struct check *check)
{
    struct fl_journal_scan scan;

    fl_journal_scan_begin(&scan, &check->txn, check->lsn);
    for (int i = 0; i < ROWS_OF_A_STEP; i++) {
        struct fl_entry entry;
        enum fl_status status = fl_journal_scan_next(&scan, &entry);

        if (status == FL_NOT_FOUND || fl_txn_status(&check->txn) != FL_OK) {
            check->done = true;
            break;
        }
        check->report.journal_entries++;
        check->report.values++;
        if (status == FL_OK) {
            check_entry(check, &entry);
        } else {
            problem_of_txn(check);
        }
        check->lsn_last = entry.lsn;
        check->lsn = entry.lsn + 1;
    }
    fl_journal_scan_end(&scan);
}

static void step_objects(struct check *check)
{
    struct fl_object_walk walk;

    fl_object_walk_begin(&walk, &check->txn, check->object);
    for (int i = 0; i < ROWS_OF_A_STEP; i++) {
        struct fl_entry entry;
        enum fl_status status = fl_object_walk_next(&walk, &entry);

        if (status == FL_NOT_FOUND || fl_txn_status(&check->txn) != FL_OK) {
            check->done = true;
            break;
        }
        if (check->object_seen && fl_key_equal(entry.key, check->object)) {
            continue; /* the last one of the step before */
        }
        check->report.objects++;
        check->report.values++;
        if (status != FL_OK) {
            problem_of_txn(check);
        } else if ((entry.flags & (FL_ENTRY_DELETED | FL_ENTRY_WITHDRAWN)) != 0) {
            check->report.tombstones++;
        }
        check->object = entry.key;
        check->object_seen = true;
    }
    fl_object_walk_end(&walk);
}

/* How large the value is that these parts make, 0 when it lies whole or is not there. */
static size_t owner_size(struct check *check, enum fl_table table, struct fl_bytes key)
{
    size_t size = 0;

    if (table == FL_TABLE_JOURNAL && key.size == 8) {
        (void)fl_journal_parts_size(&check->txn, fl_load_u64(key.data), &size);
        return size;
    }
    (void)fl_table_parts_size(&check->txn, table, key, &size);
    return size;
}

static void check_part(struct check *check, struct fl_bytes key, struct fl_bytes row)
{
    struct fl_bytes owner;
    size_t from;

    if (!fl_table_tag_holds(FL_TABLE_PARTS, key, row)) {
        (void)fl_table_malformed(
            &check->txn, FL_TABLE_PARTS, key, "the part does not match its tag");
        problem_of_txn(check);
        return;
    }
    if (key.size < 6 || key.data[0] >= FL_TABLE_COUNT_) {
        (void)fl_table_malformed(&check->txn, FL_TABLE_PARTS, key, "not a part");
        problem_of_txn(check);
        return;
    }
    owner = (struct fl_bytes){.data = key.data + 1, .size = key.size - 5};
    from = (size_t)fl_load_u32(key.data + key.size - 4) * FL_STORE_PART_BYTES_MAX;
    if (owner_size(check, (enum fl_table)key.data[0], owner) <= from) {
        (void)fl_table_malformed(
            &check->txn, FL_TABLE_PARTS, key, "it belongs to no value");
        problem_of_txn(check);
    }
}

static void check_row(
    struct check *check,
    enum fl_table table,
    struct fl_bytes key,
    struct fl_bytes row)
{
    struct fl_bytes value;

    check->report.values++;
    if (table == FL_TABLE_PARTS) {
        check_part(check, key, row);
    } else if (
        fl_table_open_row(&check->txn, table, key, row, &check->whole, &value) != FL_OK) {
        problem_of_txn(check);
    }
}

static enum fl_status row_next(
    struct check *check,
    void *cursor,
    bool first,
    struct fl_bytes *out_key,
    struct fl_bytes *out_row)
{
    const struct fl_engine *engine = fl_txn_engine(&check->txn);
    struct fl_bytes from = {.data = check->key, .size = check->key_size};
    enum fl_status status;

    if (!first) {
        return engine->cursor_next(cursor, out_key, out_row);
    }
    status = engine->cursor_seek(cursor, from, out_key, out_row);
    if (status == FL_OK && from.size > 0 && fl_bytes_equal(*out_key, from)) {
        status = engine->cursor_next(cursor, out_key, out_row);
    }
    return status;
}

/* A damaged tree may lead in a circle. */
static bool is_behind(const struct check *check, struct fl_bytes key)
{
    struct fl_bytes last = {.data = check->key, .size = check->key_size};

    return last.size == 0 || fl_bytes_compare(last, key) < 0;
}

static void step_rows(struct check *check, enum fl_table table)
{
    void *cursor = fl_txn_cursor(&check->txn, table);

    if (cursor == NULL) {
        check->done = true;
        return;
    }
    for (int i = 0; i < ROWS_OF_A_STEP && !check->done; i++) {
        struct fl_bytes key;
        struct fl_bytes row;
        enum fl_status status =
            fl_txn_checked(&check->txn, row_next(check, cursor, i == 0, &key, &row));

        if (status != FL_OK) {
            check->done = true;
            break;
        }
        if (key.size > sizeof check->key || !is_behind(check, key)) {
            fl_txn_failed(
                &check->txn,
                fl_table_malformed(&check->txn, table, key, "keys are out of order"));
            check->done = true;
            break;
        }
        check_row(check, table, key, row);
        memcpy(check->key, key.data, key.size);
        check->key_size = key.size;
        check->done = fl_txn_status(&check->txn) != FL_OK;
    }
    fl_txn_cursor_end(&check->txn, cursor);
}

/* The ways to find a peer lead to it, and its numbers make sense. */
static void check_peer(struct check *check, const struct fl_peer *peer)
{
    struct fl_stored_position positions[FL_POSITIONS_MAX];
    struct fl_peer found;
    size_t count;

    check->report.peers++;
    if (fl_peers_by_code(&check->txn, peer->plan, fl_bytes_of_text(peer->code), &found) !=
            FL_OK ||
        found.number != peer->number) {
        problem_of_peer(check, peer->number, "it is not found by its code");
    }
    if (fl_peers_by_node(&check->txn, peer->plan, peer->node, &found) != FL_OK ||
        found.number != peer->number) {
        problem_of_peer(check, peer->number, "it is not found by its node");
    }
    if (peer->confirmed_number > peer->number_sent &&
        fl_uuid_equal(peer->confirmed_incarnation, check->txn.identity.incarnation)) {
        problem_of_peer(check, peer->number, "it confirmed a number that was not sent");
    }
    if (peer->confirmed_lsn > fl_journal_head(&check->txn) ||
        peer->resend_below > fl_journal_head(&check->txn)) {
        problem_of_peer(check, peer->number, "it is ahead of the journal");
    }
    if (fl_positions_list(&check->txn, peer->number, positions, &count) != FL_OK) {
        problem_of_txn(check);
    }
}

static void check_peers(struct check *check)
{
    struct fl_peer peer = {.number = 0};
    enum fl_status status;

    while ((status = fl_peers_next(&check->txn, peer.number, &peer)) == FL_OK) {
        check_peer(check, &peer);
    }
    if (status == FL_MALFORMED) {
        problem_of_txn(check);
    }
}

static void check_messages(struct check *check)
{
    struct fl_bytes all = {.data = NULL, .size = 0};
    struct fl_table_key key = {.size = 0};
    struct fl_bytes value;

    while (fl_table_above(
               &check->txn, FL_TABLE_MESSAGES, all, fl_table_key_view(&key), &key,
               &value) == FL_OK) {
        struct fl_sent_message message;
        struct fl_peer_stream stream = {.peer = fl_load_u32(key.bytes)};

        memcpy(stream.incarnation.bytes, key.bytes + 4, FL_UUID_BYTES);
        check->report.messages++;
        if (fl_messages_get(
                &check->txn, stream, fl_load_u64(key.bytes + STREAM_BYTES), &message) !=
            FL_OK) {
            problem_of_txn(check);
        } else if (message.lsn_to > fl_journal_head(&check->txn)) {
            problem_of_peer(
                check, stream.peer, "a message to it is ahead of the journal");
        }
    }
}

static void check_records_apart(struct check *check)
{
    struct fl_collision_record collision = {.id = 0};
    struct fl_quarantined quarantined = {.id = 0};
    enum fl_status status;

    while ((status = fl_collisions_next(&check->txn, collision.id, &collision)) ==
           FL_OK) {
    }
    if (status == FL_MALFORMED) {
        problem_of_txn(check);
    }
    while ((status = fl_quarantine_next(&check->txn, quarantined.id, &quarantined)) ==
           FL_OK) {
        if (!fl_quarantine_holds(&check->txn, quarantined.key)) {
            problem(check, "a quarantined object is not found by its key");
        }
    }
    if (status == FL_MALFORMED) {
        problem_of_txn(check);
    }
}

static void show_progress(struct check *check, uint64_t done)
{
    if (check->options != NULL && check->options->progress != NULL) {
        check->options->progress(
            check->options->context, done < check->total ? done : check->total,
            check->total);
    }
}

/* A failure of the engine ends one table, with words. */
static void end_step(struct check *check)
{
    if (fl_txn_status(&check->txn) != FL_OK) {
        problem_of_txn(check);
    }
    fl_txn_abort(&check->txn);
}

static void each_table(struct check *check, struct fl_store *store)
{
    for (int table = 0; table < FL_TABLE_COUNT_; table++) {
        /* These two have steps of their own, which read all of them too. */
        check->done = table == FL_TABLE_JOURNAL || table == FL_TABLE_OBJECTS ||
                      fl_table_name((enum fl_table)table) == NULL;
        check->key_size = 0;
        while (!check->done) {
            fl_txn_begin(&check->txn, store, FL_TXN_READ);
            step_rows(check, (enum fl_table)table);
            end_step(check);
            show_progress(check, check->report.values);
        }
    }
}

static void each_step(
    struct check *check,
    struct fl_store *store,
    void (*step)(struct check *check))
{
    check->done = false;
    while (!check->done) {
        fl_txn_begin(&check->txn, store, FL_TXN_READ);
        step(check);
        end_step(check);
        show_progress(check, check->report.values);
    }
}

static void once(
    struct check *check,
    struct fl_store *store,
    void (*step)(struct check *check))
{
    fl_txn_begin(&check->txn, store, FL_TXN_READ);
    step(check);
    end_step(check);
}

/* The last lsn, and how many rows there are to read. */
static void measure(struct check *check)
{
    check->total = 0;
    for (int table = 0; table < FL_TABLE_COUNT_; table++) {
        check->total += fl_table_entries(&check->txn, (enum fl_table)table);
    }
    check->lsn_last = fl_journal_head(&check->txn);
}

enum fl_status fl_store_check(
    struct fl_store *store,
    const struct fl_check_options *options,
    struct fl_check_report *out_report,
    struct fl_error *out_error)
{
    struct check *check = fl_alloc_zeroed(1, sizeof *check);
    uint64_t head_before;

    if (check == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "no memory to check the store");
    }
    check->options = options;
    once(check, store, measure);
    head_before = check->lsn_last;
    check->lsn_last = 0;
    each_table(check, store);
    each_step(check, store, step_journal);
    each_step(check, store, step_objects);
    once(check, store, check_peers);
    once(check, store, check_messages);
    once(check, store, check_records_apart);
    /* Only when nothing was appended meanwhile do the two counts belong together. */
    if (check->lsn_last == head_before && check->report.problems == 0 &&
        check->report.live_entries != check->report.objects) {
        problem(check, "the journal and the index of objects do not agree");
    }
    *out_report = check->report;
    fl_buffer_deinit(&check->whole);
    fl_free(check);
    return FL_OK;
}

enum fl_status fl_store_type_next(struct fl_txn *txn, uint32_t type, uint32_t *out_type)
{
    struct fl_key from = {.type = type + 1};
    struct fl_object_walk walk;
    struct fl_entry entry;
    enum fl_status status;

    if (type == UINT32_MAX) {
        return FL_NOT_FOUND;
    }
    fl_object_walk_begin(&walk, txn, from);
    status = fl_object_walk_next(&walk, &entry);
    fl_object_walk_end(&walk);
    if (status == FL_OK || status == FL_MALFORMED) {
        *out_type = entry.key.type;
        return FL_OK;
    }
    return status;
}

static void content_add(
    struct fl_hasher *hasher,
    const struct fl_entry *entry,
    struct fl_store_contents *contents)
{
    uint8_t head[FL_KEY_BYTES + 4];

    fl_key_encode(entry->key, head);
    fl_store_u32(head + FL_KEY_BYTES, (uint32_t)entry->record.size);
    fl_hasher_add(hasher, (struct fl_bytes){.data = head, .size = sizeof head});
    fl_hasher_add(hasher, entry->record);
    contents->objects++;
    contents->bytes += entry->record.size;
}

enum fl_status fl_store_content(
    struct fl_txn *txn,
    uint32_t type,
    struct fl_store_contents *out_contents)
{
    struct fl_key from = {.type = type};
    struct fl_store_contents contents = {.objects = 0};
    struct fl_object_walk walk;
    struct fl_hasher hasher;
    struct fl_entry entry;
    enum fl_status status;

    fl_hasher_init(&hasher);
    fl_object_walk_begin(&walk, txn, from);
    while ((status = fl_object_walk_next(&walk, &entry)) == FL_OK) {
        /* Settings that travel come last, and are no content. */
        if (type != 0 ? entry.key.type != type : fl_system_is(entry.key.type)) {
            break;
        }
        if ((entry.flags & (FL_ENTRY_DELETED | FL_ENTRY_WITHDRAWN)) == 0) {
            content_add(&hasher, &entry, &contents);
        }
    }
    fl_object_walk_end(&walk);
    fl_hasher_finish(&hasher, contents.hash);
    if (status != FL_OK && status != FL_NOT_FOUND) {
        return status;
    }
    *out_contents = contents;
    return FL_OK;
}
