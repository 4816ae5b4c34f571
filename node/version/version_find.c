#include "version_find.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "change/change.h"
#include "change/ref.h"
#include "language.h"
#include "object_diff.h"
#include "proto/record.h"

void fl_version_found_deinit(struct fl_version_found *found)
{
    fl_buffer_deinit(&found->record);
}

void fl_version_name(
    enum fl_version_place place,
    uint64_t number,
    char out_name[FL_VERSION_NAME_BYTES])
{
    const char *prefix = place == FL_VERSION_COLLISION    ? "c"
                         : place == FL_VERSION_QUARANTINE ? "q"
                                                          : "";
    snprintf(
        out_name, FL_VERSION_NAME_BYTES, "%s%llu", prefix, (unsigned long long)number);
}

static enum fl_status parse_name(
    struct fl_call *call,
    const char *name,
    struct fl_version_found *found,
    struct fl_error *out_error)
{
    char *end = NULL;
    const char *digits = name + (name[0] == 'c' || name[0] == 'q');
    found->place = name[0] == 'c'   ? FL_VERSION_COLLISION
                   : name[0] == 'q' ? FL_VERSION_QUARANTINE
                                    : FL_VERSION_ENTRY;
    found->number = digits[0] >= '0' && digits[0] <= '9' ? strtoull(digits, &end, 10) : 0;
    if (end != NULL && *end == '\0' && found->number > 0) {
        return FL_OK;
    }
    call->usage = true;
    return fl_error_set(
        out_error, FL_MALFORMED,
        "\"%s\" is no version: 105, or c12 as sent in collision 12, or q5 of quarantine; "
        "`filial object history REF` lists them",
        name);
}

static enum fl_status unknown(
    struct fl_call *call,
    struct fl_key key,
    const char *name,
    struct fl_error *out_error)
{
    struct fl_ref_text ref = fl_ref_text(call->node->configuration, key);
    return fl_error_set(
        out_error, FL_NOT_FOUND,
        "%s has no version %s here, or it is kept no more; `filial object history %s` "
        "lists what there is",
        ref.text, name, ref.text);
}

static enum fl_status take(struct fl_version_found *found, struct fl_bytes record)
{
    fl_buffer_init(&found->record, FL_RECORD_BYTES_MAX);
    fl_buffer_put(&found->record, record);
    found->entry.record = fl_buffer_view(&found->record);
    return fl_buffer_status(&found->record);
}

static enum fl_status find_entry(
    struct fl_txn *txn,
    struct fl_key key,
    struct fl_version_found *found)
{
    struct fl_version_walk walk;
    struct fl_version version;
    fl_version_walk_begin(&walk, txn, key, 0);
    enum fl_status status = fl_version_walk_to(&walk, found->number, &version);
    if (status == FL_OK) {
        found->entry = version.entry;
        status = take(found, version.entry.record);
    }
    fl_version_walk_end(&walk);
    if (status == FL_OK &&
        fl_arrivals_get(txn, found->entry.lsn, &found->arrival) != FL_OK) {
        found->arrival = (struct fl_arrival){.lsn = 0};
    }
    return status;
}

static enum fl_status find_collision(
    struct fl_txn *txn,
    struct fl_key key,
    struct fl_version_found *found)
{
    struct fl_collision_record collision;
    enum fl_status status = fl_collisions_get(txn, found->number, &collision);
    if (status != FL_OK || !fl_key_equal(collision.key, key)) {
        return status == FL_OK ? FL_NOT_FOUND : status;
    }
    found->entry = (struct fl_entry){
        .key = key,
        .origin = collision.theirs.origin,
        .configuration = collision.theirs.configuration,
        .flags = collision.theirs.flags};
    return take(found, collision.theirs.record);
}

static enum fl_status find_quarantined(
    struct fl_txn *txn,
    struct fl_key key,
    struct fl_version_found *found)
{
    struct fl_quarantined held;
    enum fl_status status = fl_quarantine_get(txn, found->number, &held);
    if (status != FL_OK || !fl_key_equal(held.key, key)) {
        return status == FL_OK ? FL_NOT_FOUND : status;
    }
    found->entry = (struct fl_entry){
        .key = key,
        .origin = held.origin,
        .configuration = held.configuration,
        .flags = held.flags};
    return take(found, held.record);
}

static enum fl_status failure(
    struct fl_txn *txn,
    enum fl_status status,
    struct fl_error *out_error)
{
    if (fl_txn_status(txn) != FL_OK || status == FL_MALFORMED) {
        *out_error = *fl_txn_error(txn);
        return status;
    }
    return fl_error_set(out_error, status, "not enough memory");
}

enum fl_status fl_version_find(
    struct fl_call *call,
    struct fl_txn *txn,
    struct fl_key key,
    const char *name,
    struct fl_version_found *found,
    struct fl_error *out_error)
{
    *found = (struct fl_version_found){.number = 0};
    enum fl_status status = parse_name(call, name, found, out_error);
    if (status != FL_OK) {
        return status;
    }
    switch (found->place) {
    case FL_VERSION_ENTRY:
        status = find_entry(txn, key, found);
        break;
    case FL_VERSION_COLLISION:
        status = find_collision(txn, key, found);
        break;
    case FL_VERSION_QUARANTINE:
        status = find_quarantined(txn, key, found);
        break;
    }
    if (status == FL_NOT_FOUND) {
        return unknown(call, key, name, out_error);
    }
    return status == FL_OK ? FL_OK : failure(txn, status, out_error);
}

enum fl_status fl_version_find_before(
    struct fl_call *call,
    struct fl_txn *txn,
    struct fl_key key,
    uint64_t lsn,
    struct fl_version_found *found,
    struct fl_error *out_error)
{
    struct fl_version_walk walk;
    struct fl_version version;
    *found = (struct fl_version_found){.place = FL_VERSION_ENTRY};
    fl_version_walk_begin(&walk, txn, key, lsn);
    enum fl_status status = fl_version_walk_next(&walk, &version);
    if (status == FL_OK) {
        found->number = version.entry.lsn;
        found->entry = version.entry;
        status = take(found, version.entry.record);
    }
    fl_version_walk_end(&walk);
    if (status == FL_NOT_FOUND) {
        struct fl_ref_text ref = fl_ref_text(call->node->configuration, key);
        return lsn == 0 ? fl_error_set(
                              out_error, FL_NOT_FOUND, "this node knows no version of %s",
                              ref.text)
                        : fl_error_set(
                              out_error, FL_NOT_FOUND,
                              "no version of %s before %llu is kept here", ref.text,
                              (unsigned long long)lsn);
    }
    return status == FL_OK ? FL_OK : failure(txn, status, out_error);
}

enum fl_status fl_version_find_object(
    struct fl_call *call,
    struct fl_txn *txn,
    struct fl_key key,
    const char *name,
    struct fl_version_found *found,
    struct fl_arena *arena,
    struct fl_object *out_object,
    struct fl_error *out_error)
{
    const unsigned gone = FL_ENTRY_DELETED | FL_ENTRY_WITHDRAWN;
    enum fl_status status = fl_version_find(call, txn, key, name, found, out_error);
    if (status != FL_OK) {
        return status;
    }
    if ((found->entry.flags & gone) != 0) {
        return fl_error_set(
            out_error, FL_NOT_FOUND, "by version %s %s was not here any more", name,
            fl_ref_text(call->node->configuration, key).text);
    }
    status = fl_record_decode(
        key, /* deleted= */ false, found->entry.record, arena, out_object);
    return status == FL_OK
               ? FL_OK
               : fl_error_set(
                     out_error, FL_MALFORMED, "version %s cannot be unpacked", name);
}

json_t *fl_version_json(const struct fl_call *call, const struct fl_version_found *found)
{
    if ((found->entry.flags & FL_ENTRY_WITHDRAWN) != 0) {
        struct fl_ref_text ref = fl_ref_text(call->node->configuration, found->entry.key);
        return json_pack("{s:s}", "delete", ref.text);
    }
    return fl_object_version_json(
        call->node->configuration, found->entry.key, found->entry.flags,
        found->entry.record);
}
