/*
 * Setting "seen/PEER": form u8 = 1 | confirmed: incarnation 16, number u64, life u64 |
 * heard u8, each incarnation 16, life u64.
 * Setting "lives/PEER": form u8 = 1 | cut u8 | lives u8, each life u64, own incarnation
 * 16, peer's 16, sent u64, applied u64.
 */

#include "lives.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "proto/bytes.h"
#include "storage/settings.h"

enum { FORM = 1, NAME_BYTES = 32, VALUE_BYTES_MAX = 8 << 10 };

static_assert(
    3 + FL_LIVES_MAX * (3 * 8 + 2 * FL_UUID_BYTES) <= VALUE_BYTES_MAX &&
        FL_LIVES_MAX < 256,
    "the longest list fits its row");

static struct fl_bytes name_of(const char *what, uint32_t peer, char text[NAME_BYTES])
{
    (void)snprintf(text, NAME_BYTES, "%s/%08" PRIx32, what, peer);
    return fl_bytes_of_text(text);
}

static void put(struct fl_txn *txn, struct fl_bytes name, struct fl_buffer *buffer)
{
    if (fl_buffer_status(buffer) == FL_OK) {
        fl_settings_put(txn, name, fl_buffer_view(buffer));
    } else {
        fl_txn_fail(txn, &(struct fl_error){.status = FL_NO_MEMORY, .text = "no memory"});
    }
    fl_buffer_deinit(buffer);
}

/* -- what was seen of the peer -- */

static bool read_seen(struct fl_bytes value, struct fl_seen *seen)
{
    struct fl_reader reader = fl_reader_of(value);
    bool is_known = fl_reader_u8(&reader) == FORM;

    seen->confirmed.incarnation = fl_uuid_take(&reader);
    seen->confirmed.number = fl_reader_u64(&reader);
    seen->confirmed.life = fl_reader_u64(&reader);
    seen->heard_count = fl_reader_u8(&reader);
    if (seen->heard_count > FL_POSITIONS_MAX) {
        return false;
    }
    for (size_t i = 0; i < seen->heard_count; i++) {
        seen->heard[i].incarnation = fl_uuid_take(&reader);
        seen->heard[i].life = fl_reader_u64(&reader);
    }
    return fl_reader_done(&reader) && is_known;
}

void fl_seen_get(struct fl_txn *txn, uint32_t peer, struct fl_seen *out_seen)
{
    char name[NAME_BYTES];
    struct fl_bytes value;

    memset(out_seen, 0, sizeof(*out_seen));
    if (fl_settings_get(txn, name_of("seen", peer, name), &value) == FL_OK &&
        !read_seen(value, out_seen)) {
        memset(out_seen, 0, sizeof(*out_seen));
    }
}

void fl_seen_put(struct fl_txn *txn, uint32_t peer, const struct fl_seen *seen)
{
    char name[NAME_BYTES];
    struct fl_buffer buffer;

    fl_buffer_init(&buffer, VALUE_BYTES_MAX);
    fl_buffer_put_u8(&buffer, FORM);
    fl_uuid_put(&buffer, seen->confirmed.incarnation);
    fl_buffer_put_u64(&buffer, seen->confirmed.number);
    fl_buffer_put_u64(&buffer, seen->confirmed.life);
    fl_buffer_put_u8(&buffer, (uint8_t)seen->heard_count);
    for (size_t i = 0; i < seen->heard_count; i++) {
        fl_uuid_put(&buffer, seen->heard[i].incarnation);
        fl_buffer_put_u64(&buffer, seen->heard[i].life);
    }
    put(txn, name_of("seen", peer, name), &buffer);
}

uint64_t fl_seen_life(const struct fl_seen *seen, struct fl_uuid incarnation)
{
    for (size_t i = 0; i < seen->heard_count; i++) {
        if (fl_uuid_equal(seen->heard[i].incarnation, incarnation)) {
            return seen->heard[i].life;
        }
    }
    return 0;
}

void fl_seen_hear(struct fl_seen *seen, struct fl_uuid incarnation, uint64_t life)
{
    size_t gone = 0;

    while (gone < seen->heard_count &&
           !fl_uuid_equal(seen->heard[gone].incarnation, incarnation)) {
        gone++;
    }
    if (gone == seen->heard_count && gone < FL_POSITIONS_MAX) {
        seen->heard_count++;
    } else {
        gone = gone == seen->heard_count ? 0 : gone;
        memmove(
            seen->heard + gone, seen->heard + gone + 1,
            (seen->heard_count - gone - 1) * sizeof(seen->heard[0]));
    }
    seen->heard[seen->heard_count - 1] =
        (struct fl_heard){.incarnation = incarnation, .life = life};
}

/* -- what the peer has seen of us -- */

static bool read_lives(struct fl_bytes value, struct fl_lives *lives)
{
    struct fl_reader reader = fl_reader_of(value);
    bool is_known = fl_reader_u8(&reader) == FORM;

    lives->cut = fl_reader_u8(&reader) != 0;
    lives->count = fl_reader_u8(&reader);
    if (lives->count > FL_LIVES_MAX) {
        return false;
    }
    for (size_t i = 0; i < lives->count; i++) {
        struct fl_life *life = &lives->items[i];

        life->life = fl_reader_u64(&reader);
        life->own = fl_uuid_take(&reader);
        life->peer = fl_uuid_take(&reader);
        life->sent = fl_reader_u64(&reader);
        life->applied = fl_reader_u64(&reader);
    }
    return fl_reader_done(&reader) && is_known;
}

void fl_lives_get(struct fl_txn *txn, uint32_t peer, struct fl_lives *out_lives)
{
    char name[NAME_BYTES];
    struct fl_bytes value;

    memset(out_lives, 0, sizeof(*out_lives));
    enum fl_status status = fl_settings_get(txn, name_of("lives", peer, name), &value);

    if (status == FL_NOT_FOUND || (status == FL_OK && read_lives(value, out_lives))) {
        return;
    }
    /* Nobody can tell any more which lives there were. */
    memset(out_lives, 0, sizeof(*out_lives));
    out_lives->cut = true;
}

void fl_lives_put(struct fl_txn *txn, uint32_t peer, const struct fl_lives *lives)
{
    char name[NAME_BYTES];
    struct fl_buffer buffer;

    fl_buffer_init(&buffer, VALUE_BYTES_MAX);
    fl_buffer_put_u8(&buffer, FORM);
    fl_buffer_put_u8(&buffer, lives->cut ? 1 : 0);
    fl_buffer_put_u8(&buffer, (uint8_t)lives->count);
    for (size_t i = 0; i < lives->count; i++) {
        const struct fl_life *life = &lives->items[i];

        fl_buffer_put_u64(&buffer, life->life);
        fl_uuid_put(&buffer, life->own);
        fl_uuid_put(&buffer, life->peer);
        fl_buffer_put_u64(&buffer, life->sent);
        fl_buffer_put_u64(&buffer, life->applied);
    }
    put(txn, name_of("lives", peer, name), &buffer);
}
