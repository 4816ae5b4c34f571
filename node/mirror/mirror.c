#include "mirror.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mirror_partition.h"
#include "mirror_read.h"
#include "mirror_reconcile.h"
#include "mirror_rows.h"
#include "node.h"
#include "proto/record.h"

enum {
    BRANCHES_EVERY_MS = 1000, /* looked at */
    BRANCHES_AT_LEAST_MS = 60000,
    BRANCHES_BYTES_MAX = 64 << 20,
};

/* Seconds from 0001-01-01 to 1970-01-01. */
#define UNIX_BEGIN INT64_C(62135596800)

struct place {
    bool is_known;
    uint64_t lsn;
    bool is_reconciling; /* rows may be there that the journal tells nothing of */
    bool is_partitioned;
    char node[FL_UUID_TEXT_BYTES + 1];
    char incarnation[FL_UUID_TEXT_BYTES + 1];
};

struct fl_mirror {
    struct fl_mirror_options options;
    char *url;
    char *password_file;
    struct fl_sql *sql;
    struct fl_mirror_reader reader;
    struct fl_mirror_batch batch;
    struct fl_mirror_rows *rows;
    struct fl_mirror_schema *schema;
    uint16_t configuration; /* of `schema` */
    struct place place;
    /*
     * A database that was made empty at the begin of the journal: of each object one
     * version is live, so up to the head of that moment each comes once, as the first of
     * it. What changes meanwhile comes behind. In memory alone, up to the first failure:
     * who goes on later looks for what is there.
     */
    bool is_empty;
    uint64_t adds_up_to;
    struct fl_arena arena;
    struct fl_mirror_progress progress;
    struct fl_buffer branches; /* as they were written last */
    int64_t branches_ms;
    int64_t branches_written_ms;
};

static void time_text(int64_t unix_ms, char out_text[FL_SQL_TIME_BYTES])
{
    out_text[0] = '\0';
    if (unix_ms > 0) {
        fl_sql_time_text(unix_ms / 1000 + UNIX_BEGIN, out_text);
    }
}

/* -- making -- */

struct fl_mirror *fl_mirror_new(const struct fl_mirror_options *options)
{
    struct fl_mirror *mirror = fl_alloc_zeroed(1, sizeof *mirror);
    if (mirror == NULL) {
        return NULL;
    }
    mirror->options = *options;
    mirror->url = fl_node_copy(options->url);
    mirror->password_file =
        fl_node_copy(options->password_file == NULL ? "" : options->password_file);
    mirror->rows = fl_mirror_rows_new();
    mirror->place.lsn = options->lsn;
    mirror->progress.lsn = options->lsn;
    mirror->reader.store = options->store;
    mirror->reader.own_node = options->identity.node;
    mirror->reader.batch_objects = options->batch_objects;
    memcpy(
        mirror->reader.own_code, options->identity.code, sizeof mirror->reader.own_code);
    fl_mirror_batch_init(&mirror->batch);
    fl_buffer_init(&mirror->branches, BRANCHES_BYTES_MAX);
    fl_arena_init(&mirror->arena, FL_OBJECT_ARENA_BYTES_MAX);
    if (mirror->url == NULL || mirror->password_file == NULL || mirror->rows == NULL) {
        fl_mirror_free(mirror);
        return NULL;
    }
    return mirror;
}

static void close_database(struct fl_mirror *mirror)
{
    fl_buffer_clear(&mirror->branches); /* the next one may have others */
    mirror->branches_ms = 0;
    mirror->adds_up_to = 0;
    fl_mirror_schema_close(mirror->schema, mirror->sql);
    mirror->schema = NULL;
    mirror->configuration = 0;
    mirror->place.is_known = false;
    fl_sql_close(mirror->sql);
    mirror->sql = NULL;
}

void fl_mirror_free(struct fl_mirror *mirror)
{
    if (mirror == NULL) {
        return;
    }
    close_database(mirror);
    fl_mirror_reader_deinit(&mirror->reader);
    fl_mirror_batch_deinit(&mirror->batch);
    fl_buffer_deinit(&mirror->branches);
    fl_mirror_rows_free(mirror->rows);
    fl_arena_deinit(&mirror->arena);
    fl_free(mirror->url);
    fl_free(mirror->password_file);
    fl_free(mirror);
}

const struct fl_mirror_progress *fl_mirror_progress(const struct fl_mirror *mirror)
{
    return &mirror->progress;
}

/* -- the position -- */

static bool take_place(void *context, const struct fl_sql_row *row)
{
    struct place *place = context;
    place->is_known = true;
    place->lsn = strtoull(row->values[0], NULL, 10);
    snprintf(place->node, sizeof place->node, "%s", row->values[1]);
    snprintf(place->incarnation, sizeof place->incarnation, "%s", row->values[2]);
    place->is_reconciling = strcmp(row->values[3], "1") == 0;
    place->is_partitioned = strcmp(row->values[4], "1") == 0;
    return false;
}

static enum fl_status ask_place(
    struct fl_mirror *mirror,
    bool locks,
    struct place *out_place,
    struct fl_error *out_error)
{
    struct place found = {.is_known = false};
    enum fl_status status = fl_sql_query(
        mirror->sql,
        locks ? "SELECT lsn, node, incarnation, reconciling, partitioned FROM "
                "filial_mirror WHERE id = 1 FOR UPDATE"
              : "SELECT lsn, node, incarnation, reconciling, partitioned FROM "
                "filial_mirror WHERE id = 1",
        0, NULL, take_place, &found, out_error);
    if (status == FL_OK) {
        *out_place = found;
    }
    return status;
}

/* In a transaction: nobody else moves it until the end, not even a killed one's rest. */
static enum fl_status lock_place(
    struct fl_mirror *mirror,
    struct place *out_place,
    struct fl_error *out_error)
{
    bool locks = fl_sql_dialect(mirror->sql) == FL_SQL_POSTGRESQL;
    return ask_place(mirror, locks, out_place, out_error);
}

static bool is_same_place(const struct place *one, const struct place *other)
{
    return one->is_known && one->lsn == other->lsn &&
           strcmp(one->incarnation, other->incarnation) == 0;
}

static enum fl_status put_place(
    struct fl_mirror *mirror,
    const struct place *place,
    uint64_t head,
    struct fl_error *out_error)
{
    char lsn[24];
    char head_text[24];
    char time[FL_SQL_TIME_BYTES];
    const struct fl_identity *identity = &mirror->options.identity;
    struct fl_uuid_text node = fl_uuid_text(identity->node);
    snprintf(lsn, sizeof lsn, "%" PRIu64, place->lsn);
    snprintf(head_text, sizeof head_text, "%" PRIu64, head);
    time_text(fl_node_now_ms(), time);
    const char *parameters[] = {
        node.text,
        identity->code,
        place->incarnation,
        lsn,
        head_text,
        time,
        place->is_reconciling ? "1" : "0",
        place->is_partitioned ? "1" : "0"};
    return fl_sql_query(
        mirror->sql,
        "INSERT INTO filial_mirror (id, format, node, code, incarnation, lsn, head, "
        "written, reconciling, partitioned) VALUES (1, 1, $1, $2, $3, CAST($4 AS "
        "bigint), CAST($5 AS bigint), $6, CAST($7 AS integer), CAST($8 AS integer)) ON "
        "CONFLICT (id) DO "
        "UPDATE "
        "SET code = excluded.code, incarnation = excluded.incarnation, lsn = "
        "excluded.lsn, head = excluded.head, written = excluded.written, reconciling = "
        "excluded.reconciling",
        8, parameters, NULL, NULL, out_error);
}

static enum fl_status prepare(struct fl_mirror *mirror, struct fl_error *out_error)
{
    enum fl_status status = fl_sql_run(
        mirror->sql,
        "CREATE TABLE IF NOT EXISTS filial_mirror (id integer PRIMARY KEY CHECK (id = "
        "1), format integer NOT NULL, node text NOT NULL, code text NOT NULL, "
        "incarnation text NOT NULL, lsn bigint NOT NULL, head bigint NOT NULL, written "
        "timestamp, reconciling integer NOT NULL, partitioned integer NOT NULL); "
        "CREATE TABLE IF NOT EXISTS filial_branches (node text PRIMARY KEY, branch text "
        "NOT NULL, name text NOT NULL, role text NOT NULL, native integer NOT NULL, "
        "active integer NOT NULL, position bigint NOT NULL, stated timestamp, heard "
        "timestamp, whole bigint NOT NULL); "
        "CREATE TABLE IF NOT EXISTS filial_days (node text PRIMARY KEY, branch text NOT "
        "NULL, name text NOT NULL, day text NOT NULL, closed timestamp, zone text NOT "
        "NULL, lsn bigint NOT NULL)",
        out_error);
    return status == FL_OK ? fl_mirror_schema_prepare(mirror->sql, out_error) : status;
}

/* A journal that is sent from its begin tells its closed days again. */
static enum fl_status begin_anew(
    struct fl_mirror *mirror,
    struct place *place,
    struct fl_error *out_error)
{
    place->lsn = 0;
    place->is_reconciling = true;
    return fl_sql_run(mirror->sql, "DELETE FROM filial_days", out_error);
}

/*
 * Another incarnation of the store, or one that went back, counts its journal anew: all
 * is sent again, and what is not here any more is looked for.
 */
static enum fl_status judge_place(
    struct fl_mirror *mirror,
    struct place *place,
    struct fl_error *out_error)
{
    enum fl_status status = FL_OK;
    struct fl_uuid_text node = fl_uuid_text(mirror->options.identity.node);
    struct fl_uuid_text incarnation = fl_uuid_text(mirror->options.identity.incarnation);
    if (place->is_known && strcmp(place->node, node.text) != 0) {
        return fl_error_set(
            out_error, FL_REFUSED,
            "this database is the mirror of another node; give each node a database of "
            "its own");
    }
    if (!place->is_known) {
        place->is_partitioned = mirror->options.schema.is_partitioned &&
                                fl_sql_dialect(mirror->sql) == FL_SQL_POSTGRESQL;
    } else if (strcmp(place->incarnation, incarnation.text) != 0) {
        status = begin_anew(mirror, place, out_error);
    }
    memcpy(place->incarnation, incarnation.text, sizeof place->incarnation);
    place->is_known = true;
    return status;
}

static enum fl_status open_place(struct fl_mirror *mirror, struct fl_error *out_error)
{
    struct place place = {.is_known = false};
    bool is_new = false;
    enum fl_status status = fl_sql_begin(mirror->sql, out_error);
    if (status != FL_OK) {
        return status;
    }
    status = prepare(mirror, out_error);
    if (status == FL_OK) {
        status = lock_place(mirror, &place, out_error);
        is_new = !place.is_known;
    }
    if (status == FL_OK) {
        status = judge_place(mirror, &place, out_error);
    }
    if (status == FL_OK) {
        status = put_place(mirror, &place, mirror->progress.head, out_error);
    }
    if (status == FL_OK) {
        status = fl_sql_commit(mirror->sql, out_error);
    }
    if (status == FL_OK) {
        mirror->place = place;
        mirror->is_empty = is_new;
    }
    return status;
}

static enum fl_status open_database(struct fl_mirror *mirror, struct fl_error *out_error)
{
    const struct fl_sql_options options = {
        .url = mirror->url,
        .password_file = mirror->password_file,
        .cancel = mirror->options.cancel};
    enum fl_status status = fl_sql_open(&options, &mirror->sql, out_error);
    return status == FL_OK ? open_place(mirror, out_error) : status;
}

/* Begins a transaction at the expected position; FL_BUSY: another has moved it. */
static enum fl_status begin(struct fl_mirror *mirror, struct fl_error *out_error)
{
    struct place place;
    enum fl_status status = fl_sql_begin(mirror->sql, out_error);
    if (status == FL_OK) {
        status = lock_place(mirror, &place, out_error);
    }
    if (status == FL_OK && !is_same_place(&place, &mirror->place)) {
        status = fl_error_set(
            out_error, FL_BUSY, "somebody else has written to this mirror meanwhile");
    }
    return status;
}

/* -- the schema -- */

static enum fl_status follow_configuration(
    struct fl_mirror *mirror,
    struct fl_error *out_error)
{
    struct fl_configuration *configuration = NULL;
    uint16_t number = mirror->batch.configuration;
    size_t changes = 0;
    if (number == mirror->configuration || number == 0) {
        return FL_OK;
    }
    fl_mirror_schema_close(mirror->schema, mirror->sql);
    mirror->schema = NULL;
    mirror->configuration = 0;
    enum fl_status status = fl_mirror_read_configuration(
        mirror->options.store, number, &configuration, out_error);
    if (status == FL_OK) {
        status = begin(mirror, out_error);
    }
    if (status != FL_OK) {
        fl_configuration_free(configuration);
        return status;
    }
    struct fl_mirror_schema_options options = mirror->options.schema;
    options.is_partitioned = mirror->place.is_partitioned;
    status = fl_mirror_schema_open(
        mirror->sql, &options, configuration, &mirror->schema, &changes, out_error);
    if (status == FL_OK) {
        status = fl_sql_commit(mirror->sql, out_error);
    }
    mirror->configuration = status == FL_OK ? number : 0;
    return status;
}

/* -- rows -- */

/* Asked before the store is looked at too, which may be closed soon after. */
static enum fl_status go_on(const struct fl_mirror *mirror, struct fl_error *out_error)
{
    const atomic_bool *cancel = mirror->options.cancel;
    return cancel == NULL || !atomic_load(cancel)
               ? FL_OK
               : fl_error_set(out_error, FL_BUSY, "it was stopped");
}

static enum fl_status write_entry(
    struct fl_mirror *mirror,
    const struct fl_mirror_entry *entry,
    int64_t seconds,
    struct fl_error *out_error)
{
    struct fl_object object;
    struct fl_bytes record = {mirror->batch.records.data + entry->offset, entry->size};
    const struct fl_mirror_stamp stamp = {
        fl_mirror_code(&mirror->reader, entry->origin), entry->lsn, seconds};
    mirror->progress.objects++;
    if (entry->is_gone) {
        return fl_mirror_rows_remove(mirror->sql, mirror->schema, entry->key, out_error);
    }
    fl_arena_reset(&mirror->arena);
    enum fl_status status =
        fl_record_decode(entry->key, false, record, &mirror->arena, &object);
    if (status == FL_NO_MEMORY) {
        return fl_error_set(out_error, status, "not enough memory");
    }
    if (status != FL_OK) {
        mirror->progress.unreadable++; /* what it was before is not true any more */
        return fl_mirror_rows_remove(mirror->sql, mirror->schema, entry->key, out_error);
    }
    status = fl_mirror_partition(
        mirror->sql, mirror->schema, entry->key.type, stamp.branch, out_error);
    return status == FL_OK ? fl_mirror_rows_put(
                                 mirror->rows, mirror->sql, mirror->schema, &object,
                                 &stamp, &mirror->progress.rows, out_error)
                           : status;
}

static enum fl_status write_entries(struct fl_mirror *mirror, struct fl_error *out_error)
{
    int64_t seconds = fl_node_now_ms() / 1000 + UNIX_BEGIN;
    enum fl_status status = FL_OK;
    for (size_t i = 0; i < mirror->batch.count && status == FL_OK; i++) {
        status = go_on(mirror, out_error);
        if (status == FL_OK) {
            status = write_entry(mirror, &mirror->batch.entries[i], seconds, out_error);
        }
    }
    return status;
}

/* -- branches -- */

static enum fl_status write_branch(
    struct fl_mirror *mirror,
    const struct fl_mirror_branch *branch,
    struct fl_error *out_error)
{
    char position[24];
    char whole[24];
    char stated[FL_SQL_TIME_BYTES];
    char heard[FL_SQL_TIME_BYTES];
    struct fl_uuid_text node = fl_uuid_text(branch->node);
    bool is_self = strcmp(branch->role, "self") == 0;
    snprintf(position, sizeof position, "%" PRIu64, branch->position);
    snprintf(whole, sizeof whole, "%" PRIu64, branch->whole_lsn);
    time_text(is_self ? fl_node_now_ms() : branch->stated_ms, stated);
    time_text(is_self ? fl_node_now_ms() : branch->heard_ms, heard);
    const char *parameters[] = {
        node.text,
        branch->code,
        branch->name[0] != '\0' ? branch->name : branch->code,
        branch->role,
        branch->is_native ? "1" : "0",
        branch->is_active ? "1" : "0",
        position,
        stated[0] != '\0' ? stated : NULL,
        heard[0] != '\0' ? heard : NULL,
        whole};
    return fl_sql_query(
        mirror->sql,
        "INSERT INTO filial_branches (node, branch, name, role, native, active, "
        "position, stated, heard, whole) VALUES ($1, $2, $3, $4, CAST($5 AS integer), "
        "CAST($6 AS integer), CAST($7 AS bigint), $8, $9, CAST($10 AS bigint)) ON "
        "CONFLICT (node) DO UPDATE SET branch = excluded.branch, name = excluded.name, "
        "role = excluded.role, native = excluded.native, active = excluded.active, "
        "position = excluded.position, stated = excluded.stated, heard = excluded.heard, "
        "whole = excluded.whole",
        10, parameters, NULL, NULL, out_error);
}

/* Those that are no more. */
static enum fl_status delete_branches(
    struct fl_mirror *mirror,
    struct fl_error *out_error)
{
    struct fl_buffer text;
    fl_buffer_init(&text, BRANCHES_BYTES_MAX);
    fl_buffer_put_text(&text, "DELETE FROM filial_branches WHERE node NOT IN (");
    for (size_t i = 0; i < mirror->batch.branch_count; i++) {
        struct fl_uuid_text node = fl_uuid_text(mirror->batch.branches[i].node);
        fl_buffer_put_text(&text, i == 0 ? "'" : ", '");
        fl_buffer_put_text(&text, node.text);
        fl_buffer_put_text(&text, "'");
    }
    fl_buffer_put_text(&text, ")");
    enum fl_status status = fl_sql_run(mirror->sql, fl_sql_text(&text), out_error);
    fl_buffer_deinit(&text);
    return status;
}

static enum fl_status write_branches(struct fl_mirror *mirror, struct fl_error *out_error)
{
    enum fl_status status = delete_branches(mirror, out_error);
    for (size_t i = 0; i < mirror->batch.branch_count && status == FL_OK; i++) {
        status = write_branch(mirror, &mirror->batch.branches[i], out_error);
    }
    return status;
}

static enum fl_status write_day(
    struct fl_mirror *mirror,
    const struct fl_mirror_day *closed,
    struct fl_error *out_error)
{
    char day[FL_DAY_TEXT_BYTES];
    char time[FL_SQL_TIME_BYTES];
    char lsn[24];
    struct fl_uuid_text node = fl_uuid_text(closed->node);
    fl_day_text(closed->day.day, day);
    time_text(closed->day.closed_ms, time);
    snprintf(lsn, sizeof lsn, "%" PRIu64, closed->lsn);
    const char *parameters[] = {
        node.text, closed->day.code, closed->day.name, day, time, closed->day.zone, lsn};
    return fl_sql_query(
        mirror->sql,
        "INSERT INTO filial_days (node, branch, name, day, closed, zone, lsn) VALUES "
        "($1, $2, $3, $4, $5, $6, CAST($7 AS bigint)) ON CONFLICT (node) DO UPDATE SET "
        "branch = excluded.branch, name = excluded.name, day = excluded.day, closed = "
        "excluded.closed, zone = excluded.zone, lsn = excluded.lsn",
        7, parameters, NULL, NULL, out_error);
}

static enum fl_status write_days(struct fl_mirror *mirror, struct fl_error *out_error)
{
    enum fl_status status = FL_OK;
    for (size_t i = 0; i < mirror->batch.day_count && status == FL_OK; i++) {
        status = write_day(mirror, &mirror->batch.days[i], out_error);
    }
    return status;
}

/* -- a step -- */

static enum fl_status write_batch(
    struct fl_mirror *mirror,
    bool branches,
    struct fl_error *out_error)
{
    struct place place = mirror->place;
    const struct fl_mirror_progress before = mirror->progress;
    enum fl_status status = begin(mirror, out_error);
    if (status == FL_OK && mirror->batch.lsn_to <= mirror->adds_up_to) {
        fl_sql_add_only(mirror->sql);
    }
    if (status == FL_OK && mirror->schema != NULL) {
        status = write_entries(mirror, out_error);
    }
    if (status == FL_OK && branches) {
        status = write_branches(mirror, out_error);
    }
    if (status == FL_OK) {
        status = write_days(mirror, out_error);
    }
    place.lsn = mirror->batch.lsn_to;
    if (status == FL_OK) {
        status = put_place(mirror, &place, mirror->batch.head, out_error);
    }
    if (status == FL_OK) {
        status = fl_sql_commit(mirror->sql, out_error);
    }
    if (status != FL_OK) {
        mirror->progress = before;
        return status;
    }
    mirror->place = place;
    mirror->progress.unreadable += mirror->batch.unreadable;
    mirror->progress.written_ms = fl_node_now_ms();
    return FL_OK;
}

static enum fl_status reconcile(struct fl_mirror *mirror, struct fl_error *out_error)
{
    enum fl_status status = fl_mirror_reconcile(
        mirror->sql, mirror->schema, mirror->options.store, mirror->options.cancel,
        out_error);
    if (status != FL_OK) {
        return status;
    }
    struct place place = mirror->place;
    place.is_reconciling = false;
    status = begin(mirror, out_error);
    if (status == FL_OK) {
        status = put_place(mirror, &place, mirror->batch.head, out_error);
    }
    if (status == FL_OK) {
        status = fl_sql_commit(mirror->sql, out_error);
    }
    mirror->place.is_reconciling = status != FL_OK;
    return status;
}

/* The journal is shorter than what was read of it: another one, sent from its begin. */
static enum fl_status start_over(struct fl_mirror *mirror, struct fl_error *out_error)
{
    struct place place = mirror->place;
    enum fl_status status = begin(mirror, out_error);
    if (status == FL_OK) {
        status = begin_anew(mirror, &place, out_error);
    }
    if (status == FL_OK) {
        status = put_place(mirror, &place, mirror->batch.head, out_error);
    }
    if (status == FL_OK) {
        status = fl_sql_commit(mirror->sql, out_error);
    }
    mirror->adds_up_to = 0;
    mirror->place = status == FL_OK ? place : mirror->place;
    return status;
}

/* Is there anything to write of the branches? Once a minute in any case. */
static bool branches_changed(struct fl_mirror *mirror, int64_t clock_ms)
{
    const struct fl_mirror_batch *batch = &mirror->batch;
    struct fl_bytes now = {
        (const uint8_t *)batch->branches, batch->branch_count * sizeof *batch->branches};
    bool changed = !fl_bytes_equal(now, fl_buffer_view(&mirror->branches)) ||
                   clock_ms - mirror->branches_written_ms >= BRANCHES_AT_LEAST_MS ||
                   clock_ms < mirror->branches_written_ms;
    if (batch->branch_count == 0 || !changed) {
        return false;
    }
    fl_buffer_clear(&mirror->branches);
    fl_buffer_put(&mirror->branches, now);
    mirror->branches_written_ms = clock_ms;
    return true;
}

/*
 * Nothing is to be written. Is the database still there, and is it as it was? Another one
 * may stand in its place, of a backup or a server that has taken over.
 */
static bool is_as_it_was(struct fl_mirror *mirror)
{
    struct place place;
    return ask_place(mirror, /* locks= */ false, &place, NULL) == FL_OK &&
           is_same_place(&place, &mirror->place);
}

static enum fl_status step(
    struct fl_mirror *mirror,
    bool *out_more,
    struct fl_error *out_error)
{
    if (mirror->sql != NULL && !fl_sql_is_there(mirror->sql)) {
        close_database(mirror);
    }
    bool was_open = mirror->sql != NULL;
    enum fl_status status = was_open ? FL_OK : open_database(mirror, out_error);
    int64_t clock_ms = fl_node_now_ms();
    bool branches = clock_ms - mirror->branches_ms >= BRANCHES_EVERY_MS ||
                    clock_ms < mirror->branches_ms;
    if (status == FL_OK) {
        status = go_on(mirror, out_error);
    }
    if (status == FL_OK) {
        status = fl_mirror_read(
            &mirror->reader, mirror->place.lsn, branches, &mirror->batch, out_error);
    }
    if (status != FL_OK) {
        return status;
    }
    mirror->progress.head = mirror->batch.head;
    mirror->adds_up_to = mirror->is_empty ? mirror->batch.head : mirror->adds_up_to;
    mirror->is_empty = false;
    if (mirror->place.lsn > mirror->batch.head) {
        *out_more = true;
        return start_over(mirror, out_error);
    }
    /* Deletions behind our position may be forgotten; whose the rotten are, is unknown.
     */
    mirror->place.is_reconciling =
        mirror->place.is_reconciling || mirror->batch.unreadable > 0 ||
        (mirror->place.lsn > 0 && mirror->place.lsn < mirror->batch.purged);
    /* With the last batch alone: before it, rows would be missing of what they tell. */
    branches = branches && mirror->batch.is_last;
    mirror->branches_ms = branches ? clock_ms : mirror->branches_ms;
    branches = branches_changed(mirror, clock_ms);
    bool writes = branches || mirror->batch.lsn_to != mirror->place.lsn;
    if (was_open && !writes && !is_as_it_was(mirror)) {
        close_database(mirror);
        *out_more = true; /* opened again, from where it stands now */
        return FL_OK;
    }
    status = follow_configuration(mirror, out_error);
    if (status == FL_OK && writes) {
        status = write_batch(mirror, branches, out_error);
    }
    if (status == FL_OK && mirror->batch.is_last && mirror->place.is_reconciling &&
        mirror->schema != NULL) {
        status = reconcile(mirror, out_error);
    }
    *out_more = !mirror->batch.is_last;
    return status;
}

void fl_mirror_look_at_branches(struct fl_mirror *mirror)
{
    mirror->branches_ms = 0;
}

enum fl_status fl_mirror_step(
    struct fl_mirror *mirror,
    bool *out_more,
    struct fl_error *out_error)
{
    struct fl_error error = {.status = FL_OK};
    enum fl_status status = step(mirror, out_more, &error);
    mirror->progress.is_level = status == FL_OK && !*out_more;
    mirror->progress.lsn = mirror->place.lsn;
    if (status != FL_OK) {
        if (mirror->sql != NULL) {
            fl_sql_rollback(mirror->sql);
        }
        close_database(mirror);
        if (go_on(mirror, NULL) == FL_OK) { /* without the database it falls behind */
            mirror->progress.head = fl_mirror_read_head(mirror->options.store);
        }
        return fl_error_set(out_error, status, "%s", error.text);
    }
    return FL_OK;
}
