#include "site/site_told.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "endpoint/endpoint_settings.h"
#include "file.h"
#include "proto/hash.h"

/* "told", the number of the message; then goods and tag of each, in their order. */
enum { HEAD_BYTES = 12, TOLD_BYTES = FL_UUID_BYTES + 8, BLOCK_BYTES = 64 << 10 };
static const char MARK[4] = {'t', 'o', 'l', 'd'};

struct fl_site_telling {
    struct fl_site_outgoing *out;
    struct fl_site_slice *slice;
    bool begun; /* `records` are the next */
    const struct fl_site_record *records;
    size_t count;
    const struct fl_site_keys *untold;
    struct fl_site_keys *changed;
    uint32_t type; /* of the goods */
    FILE *old;     /* NULL: nothing was told yet */
    bool has_old;  /* `old_goods` and its tag are to be compared */
    struct fl_uuid old_goods;
    uint64_t old_tag;
    struct fl_file file;
    struct fl_buffer block;
};

static char *path_of(
    const struct fl_node *node,
    uint32_t peer,
    size_t index,
    const char *end)
{
    char name[48];
    snprintf(name, sizeof name, "site/told-%zu%s", index, end);
    return fl_endpoint_own_path(node, peer, name);
}

/* --- the file that was told --- */

static bool read_number(FILE *file, uint64_t *out_number)
{
    uint8_t head[HEAD_BYTES];
    if (file == NULL || fread(head, 1, sizeof head, file) != sizeof head ||
        memcmp(head, MARK, sizeof MARK) != 0) {
        return false;
    }
    *out_number = fl_load_u64(head + sizeof MARK);
    return true;
}

/* One that is cut short says nothing of the rest, which is told again. */
static void next_old(struct fl_site_telling *telling)
{
    uint8_t bytes[TOLD_BYTES];
    telling->has_old = telling->old != NULL &&
                       fread(bytes, 1, sizeof bytes, telling->old) == sizeof bytes;
    if (telling->has_old) {
        memcpy(telling->old_goods.bytes, bytes, FL_UUID_BYTES);
        telling->old_tag = fl_load_u64(bytes + FL_UUID_BYTES);
    }
}

static void open_old(struct fl_site_telling *telling, size_t index)
{
    uint64_t number = 0;
    char *path = path_of(telling->out->node, telling->out->peer.number, index, "");
    telling->old = path == NULL ? NULL : fopen(path, "rb");
    if (telling->old != NULL && !read_number(telling->old, &number)) {
        (void)fclose(telling->old);
        telling->old = NULL;
    }
    fl_free(path);
    next_old(telling);
}

/* --- the file that will have been told --- */

static enum fl_status flush(struct fl_site_telling *telling, struct fl_error *out_error)
{
    enum fl_status status =
        fl_buffer_status(&telling->block) == FL_OK
            ? fl_file_write(&telling->file, fl_buffer_view(&telling->block), out_error)
            : fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    fl_buffer_clear(&telling->block);
    return status;
}

static enum fl_status begin_new(
    struct fl_site_telling *telling,
    size_t index,
    struct fl_error *out_error)
{
    const struct fl_site_outgoing *out = telling->out;
    char *path = path_of(out->node, out->peer.number, index, ".next");
    uint8_t number[8];
    enum fl_status status =
        fl_endpoint_own_make(out->node, out->peer.number, "site", out_error);
    if (status == FL_OK && path == NULL) {
        status = fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    if (status == FL_OK) {
        status = fl_file_begin(&telling->file, path, 0600, out_error);
    }
    fl_free(path);
    fl_buffer_init(&telling->block, (size_t)BLOCK_BYTES * 2);
    fl_store_u64(number, out->report->message_number);
    fl_buffer_put_memory(&telling->block, MARK, sizeof MARK);
    fl_buffer_put_memory(&telling->block, number, sizeof number);
    return status;
}

static enum fl_status put_new(
    struct fl_site_telling *telling,
    struct fl_uuid goods,
    uint64_t tag,
    struct fl_error *out_error)
{
    uint8_t bytes[8];
    fl_store_u64(bytes, tag);
    fl_uuid_put(&telling->block, goods);
    fl_buffer_put_memory(&telling->block, bytes, sizeof bytes);
    return telling->block.size < BLOCK_BYTES ? FL_OK : flush(telling, out_error);
}

/* --- comparing --- */

/* 0: there is nothing to be told. */
static uint64_t tag_of(const struct fl_site_record *records, size_t count)
{
    uint64_t tag = 0;
    for (size_t i = 0; i < count; i++) {
        if (records[i].amount != 0) {
            uint8_t before[8];
            uint8_t value[FL_UUID_BYTES + 8];
            fl_store_u64(before, tag);
            memcpy(value, records[i].other.bytes, FL_UUID_BYTES);
            fl_store_u64(value + FL_UUID_BYTES, (uint64_t)records[i].amount);
            tag = fl_tag(
                0, (struct fl_bytes){before, sizeof before},
                (struct fl_bytes){value, sizeof value});
        }
    }
    return tag;
}

static enum fl_status note(
    struct fl_site_telling *telling,
    struct fl_uuid goods,
    struct fl_error *out_error)
{
    return telling->changed == NULL ||
                   fl_site_keys_add(telling->changed, telling->type, goods, false)
               ? FL_OK
               : fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
}

/* What was told of goods before these has no records any more. */
static enum fl_status pass_old(
    struct fl_site_telling *telling,
    const struct fl_uuid *goods,
    struct fl_error *out_error)
{
    enum fl_status status = FL_OK;
    while (status == FL_OK && telling->has_old &&
           (goods == NULL || fl_uuid_compare(telling->old_goods, *goods) < 0)) {
        status = note(telling, telling->old_goods, out_error);
        next_old(telling);
    }
    return status;
}

static enum fl_status compare_one(
    struct fl_site_telling *telling,
    struct fl_uuid goods,
    const struct fl_site_record *records,
    size_t count,
    struct fl_error *out_error)
{
    const uint64_t tag = tag_of(records, count);
    uint64_t told = 0;
    enum fl_status status = pass_old(telling, &goods, out_error);
    if (status == FL_OK && telling->has_old && fl_uuid_equal(telling->old_goods, goods)) {
        told = telling->old_tag;
        next_old(telling);
    }
    if (status == FL_OK && tag != told) {
        status = note(telling, goods, out_error);
    }
    const bool counts =
        tag != 0 && (telling->untold == NULL ||
                     !fl_site_keys_have(telling->untold, telling->type, goods));
    return status == FL_OK && counts ? put_new(telling, goods, tag, out_error) : status;
}

static enum fl_status compare_some(
    struct fl_site_telling *telling,
    struct fl_error *out_error)
{
    enum fl_status status = FL_OK;
    if (!telling->begun) {
        status = fl_site_slice_first(
            telling->slice, &telling->records, &telling->count, out_error);
        telling->begun = true;
    }
    while (status == FL_OK && telling->count > 0 &&
           !fl_share_is_over(&telling->out->share)) {
        status = compare_one(
            telling, telling->records[0].goods, telling->records, telling->count,
            out_error);
        if (status == FL_OK) {
            status = fl_site_slice_next(
                telling->slice, &telling->records, &telling->count, out_error);
        }
    }
    return status;
}

enum fl_status fl_site_told_begin(
    struct fl_site_outgoing *out,
    size_t index,
    const struct fl_site_keys *untold,
    struct fl_site_keys *changed,
    struct fl_site_telling **out_telling,
    struct fl_error *out_error)
{
    const struct fl_attribute *goods = out->mapping->parts[index]->goods;
    struct fl_site_telling *telling = fl_alloc(sizeof *telling);
    if (telling == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    *telling = (struct fl_site_telling){
        .out = out,
        .slice = &out->slices[index],
        .untold = untold,
        .changed = changed,
        .type = goods->type.ref_count == 0 ? 0 : goods->type.refs[0]};
    enum fl_status status = begin_new(telling, index, out_error);
    open_old(telling, index);
    if (status != FL_OK) {
        fl_site_told_end(telling);
        return status;
    }
    *out_telling = telling;
    return FL_OK;
}

enum fl_status fl_site_told_compare(
    struct fl_site_telling *telling,
    bool *out_done,
    struct fl_error *out_error)
{
    enum fl_status status = compare_some(telling, out_error);
    if (status != FL_OK || telling->count > 0) {
        return status;
    }
    status = pass_old(telling, NULL, out_error);
    if (status == FL_OK) {
        status = flush(telling, out_error);
    }
    if (status == FL_OK) {
        status = fl_file_place(&telling->file, out_error);
    }
    *out_done = status == FL_OK;
    return status;
}

void fl_site_told_end(struct fl_site_telling *telling)
{
    if (telling == NULL) {
        return;
    }
    fl_file_abandon(&telling->file);
    fl_buffer_deinit(&telling->block);
    if (telling->old != NULL) {
        (void)fclose(telling->old);
    }
    fl_free(telling);
}

/* --- confirmed --- */

enum fl_status fl_site_told_sync(const char *directory, struct fl_error *out_error)
{
    enum fl_status status = FL_OK;
    for (size_t i = 0; i < FL_SITE_PARTS_MAX && status == FL_OK; i++) {
        char name[48];
        snprintf(name, sizeof name, "told-%zu.next", i);
        char *path = fl_node_path(directory, name);
        if (path == NULL) {
            return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
        }
        FILE *file = fopen(path, "rb");
        if (file != NULL && fsync(fileno(file)) != 0) {
            status = fl_error_set(out_error, FL_IO, "%s: %s", path, strerror(errno));
        }
        if (file != NULL) {
            (void)fclose(file);
        }
        fl_free(path);
    }
    return status == FL_OK ? fl_file_sync_directory(directory, out_error) : status;
}

static enum fl_status confirm_one(
    const char *next,
    const char *path,
    uint64_t number,
    struct fl_error *out_error)
{
    uint64_t written = 0;
    FILE *file = fopen(next, "rb");
    const bool whole = read_number(file, &written);
    if (file != NULL) {
        (void)fclose(file);
    }
    return !whole || written > number || rename(next, path) == 0
               ? FL_OK
               : fl_error_set(out_error, FL_IO, "%s: %s", path, strerror(errno));
}

enum fl_status fl_site_told_confirm(
    const struct fl_node *node,
    uint32_t peer,
    uint64_t number,
    struct fl_error *out_error)
{
    enum fl_status status = FL_OK;
    for (size_t i = 0; i < FL_SITE_PARTS_MAX && status == FL_OK; i++) {
        char *next = path_of(node, peer, i, ".next");
        char *path = path_of(node, peer, i, "");
        status = next == NULL || path == NULL
                     ? fl_error_set(out_error, FL_NO_MEMORY, "not enough memory")
                     : confirm_one(next, path, number, out_error);
        fl_free(next);
        fl_free(path);
    }
    return status;
}
