/*
 * Setting "auto-record/TYPE/PLAN": lsn u64 | peers u32 of each turn, rising. A rule that
 * was never on, as far as anybody asks, turned at 0.
 *
 * registered: 0 u32 | 0 u32 | plan 16 | key of the object 20 -> lsn u64, and
 * 0 u32 | 0xFFFFFFFF u32 | plan 16 | lsn u64 -> key of the object 20 | lsn minus the
 * first of its source transaction u32 | origin u32: no peer has these numbers.
 */

#include "storage/auto_record.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "proto/system.h"

#include "auto_record_rows.h"
#include "fields.h"
#include "journal_rows.h"
#include "storage/settings.h"
#include "table.h"

enum {
    TURN_BYTES = 8 + 4,
    TYPE_PREFIX_BYTES = 12 + 8 + 1, /* "auto-record/TYPE/" */
    NAME_BYTES = TYPE_PREFIX_BYTES + 2 * FL_PEER_PLAN_BYTES,
    LSN_BYTES = 8,
    PLACE_LSN_AT = 2 * 4 + FL_PEER_PLAN_BYTES,
    PLACE_BYTES = FL_KEY_BYTES + 4 + 4,
};

/* In the keys of `registered`: of an object, of a place in the journal. */
static const uint32_t OBJECT = 0;
static const uint32_t PLACE = UINT32_MAX;

static const char prefix_of_all[] = "auto-record/";

/* -- the rule -- */

static bool is_past(const struct fl_auto_record_turn *turn, uint32_t peer, uint64_t lsn)
{
    return turn->lsn < lsn || turn->peers < peer;
}

bool fl_auto_record_is_on(const struct fl_auto_record *rule, uint32_t peer, uint64_t lsn)
{
    bool on = true;

    for (size_t i = 0; i < rule->turn_count && is_past(&rule->turns[i], peer, lsn); i++) {
        on = !on;
    }
    return on;
}

static struct fl_bytes type_prefix(uint32_t type, char out_text[NAME_BYTES + 1])
{
    (void)snprintf(out_text, NAME_BYTES + 1, "%s%08" PRIx32 "/", prefix_of_all, type);
    return fl_bytes_of_text(out_text);
}

static struct fl_bytes name_of(
    const uint8_t plan[FL_PEER_PLAN_BYTES],
    uint32_t type,
    char out_text[NAME_BYTES + 1])
{
    (void)type_prefix(type, out_text);
    fl_bytes_hex(
        (struct fl_bytes){plan, FL_PEER_PLAN_BYTES}, out_text + TYPE_PREFIX_BYTES);
    return fl_bytes_of_text(out_text);
}

static struct fl_auto_record decode(struct fl_bytes value)
{
    struct fl_auto_record rule = {.turn_count = 0};
    struct fl_reader reader = fl_reader_of(value);

    while (rule.turn_count < FL_AUTO_RECORD_TURNS_MAX &&
           fl_reader_left(&reader) >= TURN_BYTES) {
        struct fl_auto_record_turn *turn = &rule.turns[rule.turn_count++];

        turn->lsn = fl_reader_u64(&reader);
        turn->peers = fl_reader_u32(&reader);
    }
    return rule;
}

enum fl_status fl_auto_record_get(
    struct fl_txn *txn,
    const uint8_t plan[FL_PEER_PLAN_BYTES],
    uint32_t type,
    struct fl_auto_record *out_rule)
{
    char name[NAME_BYTES + 1];
    struct fl_bytes value;
    enum fl_status status = fl_settings_get(txn, name_of(plan, type, name), &value);

    if (status == FL_OK) {
        *out_rule = decode(value);
    }
    return status;
}

static void put(
    struct fl_txn *txn,
    struct fl_bytes name,
    const struct fl_auto_record *rule)
{
    uint8_t bytes[FL_AUTO_RECORD_TURNS_MAX * TURN_BYTES];

    if (rule->turn_count == 0) {
        fl_settings_remove(txn, name);
        return;
    }
    for (size_t i = 0; i < rule->turn_count; i++) {
        fl_store_u64(bytes + i * TURN_BYTES, rule->turns[i].lsn);
        fl_store_u32(bytes + i * TURN_BYTES + 8, rule->turns[i].peers);
    }
    fl_settings_put(
        txn, name,
        (struct fl_bytes){.data = bytes, .size = rule->turn_count * TURN_BYTES});
}

/* The first `count` turns are one state from the beginning on: off, or nothing to say. */
static void fold(struct fl_auto_record *rule, size_t count)
{
    const size_t folded = count % 2;

    memmove(
        rule->turns + folded, rule->turns + count,
        (rule->turn_count - count) * sizeof(rule->turns[0]));
    rule->turn_count -= count - folded;
    if (folded > 0) {
        rule->turns[0] = (struct fl_auto_record_turn){.lsn = 0};
    }
}

void fl_auto_record_turn(
    struct fl_txn *txn,
    const uint8_t plan[FL_PEER_PLAN_BYTES],
    uint32_t type,
    uint64_t lsn)
{
    struct fl_auto_record rule = {.turn_count = 0};
    char name[NAME_BYTES + 1];

    (void)fl_auto_record_get(txn, plan, type, &rule);
    if (rule.turn_count == FL_AUTO_RECORD_TURNS_MAX) {
        fold(&rule, 2);
    }
    rule.turns[rule.turn_count++] =
        (struct fl_auto_record_turn){.lsn = lsn, .peers = fl_peers_last(txn)};
    put(txn, name_of(plan, type, name), &rule);
    txn->auto_record_known = false;
}

/* -- what had registered an object -- */

static struct fl_table_key prefix_of(
    uint32_t kind,
    const uint8_t plan[FL_PEER_PLAN_BYTES])
{
    struct fl_table_key key = {.size = 0};

    fl_table_key_put_u32(&key, 0);
    fl_table_key_put_u32(&key, kind);
    fl_table_key_put(&key, plan, FL_PEER_PLAN_BYTES);
    return key;
}

static struct fl_table_key object_key(
    const uint8_t plan[FL_PEER_PLAN_BYTES],
    struct fl_key object)
{
    struct fl_table_key key = prefix_of(OBJECT, plan);
    uint8_t bytes[FL_KEY_BYTES];

    fl_key_encode(object, bytes);
    fl_table_key_put(&key, bytes, sizeof bytes);
    return key;
}

static struct fl_table_key place_key(const uint8_t plan[FL_PEER_PLAN_BYTES], uint64_t lsn)
{
    struct fl_table_key key = prefix_of(PLACE, plan);

    fl_table_key_put_u64(&key, lsn);
    return key;
}

static enum fl_status decode_place(
    struct fl_txn *txn,
    const struct fl_table_key *key,
    struct fl_bytes value,
    struct fl_auto_recorded *out_recorded)
{
    if (key->size != PLACE_LSN_AT + LSN_BYTES || value.size != PLACE_BYTES) {
        return fl_table_malformed(
            txn, FL_TABLE_REGISTERED, fl_table_key_view(key),
            "not the place where an object was registered");
    }
    const uint64_t lsn = fl_load_u64(key->bytes + PLACE_LSN_AT);

    *out_recorded = (struct fl_auto_recorded){
        .key = fl_key_decode(value.data),
        .lsn = lsn,
        .lsn_first = lsn - fl_load_u32(value.data + FL_KEY_BYTES),
        .origin = fl_load_u32(value.data + FL_KEY_BYTES + 4)};
    return FL_OK;
}

static enum fl_status get_lsn(
    struct fl_txn *txn,
    const uint8_t plan[FL_PEER_PLAN_BYTES],
    struct fl_key object,
    uint64_t *out_lsn)
{
    struct fl_table_key key = object_key(plan, object);
    struct fl_bytes value;
    enum fl_status status =
        fl_table_get(txn, FL_TABLE_REGISTERED, fl_table_key_view(&key), &value);

    if (status == FL_OK && value.size == LSN_BYTES) {
        *out_lsn = fl_load_u64(value.data);
    }
    return status == FL_OK && value.size != LSN_BYTES
               ? fl_table_malformed(
                     txn, FL_TABLE_REGISTERED, fl_table_key_view(&key), "not an lsn")
               : status;
}

enum fl_status fl_auto_recorded_get(
    struct fl_txn *txn,
    const uint8_t plan[FL_PEER_PLAN_BYTES],
    struct fl_key key,
    struct fl_auto_recorded *out_recorded)
{
    struct fl_bytes value;
    uint64_t lsn = 0;
    enum fl_status status = get_lsn(txn, plan, key, &lsn);

    if (status != FL_OK) {
        return status;
    }
    struct fl_table_key place = place_key(plan, lsn);

    status = fl_table_get(txn, FL_TABLE_REGISTERED, fl_table_key_view(&place), &value);
    return status == FL_OK ? decode_place(txn, &place, value, out_recorded) : status;
}

enum fl_status fl_auto_recorded_next(
    struct fl_txn *txn,
    const uint8_t plan[FL_PEER_PLAN_BYTES],
    uint64_t lsn_from,
    struct fl_auto_recorded *out_recorded)
{
    const struct fl_table_key prefix = prefix_of(PLACE, plan);
    const struct fl_table_key after =
        lsn_from == 0 ? prefix : place_key(plan, lsn_from - 1);
    struct fl_table_key key;
    struct fl_bytes value;
    enum fl_status status = fl_table_above(
        txn, FL_TABLE_REGISTERED, fl_table_key_view(&prefix), fl_table_key_view(&after),
        &key, &value);

    return status == FL_OK ? decode_place(txn, &key, value, out_recorded) : status;
}

static void forget(
    struct fl_txn *txn,
    const uint8_t plan[FL_PEER_PLAN_BYTES],
    struct fl_key object)
{
    struct fl_table_key key = object_key(plan, object);
    uint64_t lsn = 0;

    if (get_lsn(txn, plan, object, &lsn) == FL_OK) {
        struct fl_table_key place = place_key(plan, lsn);

        fl_table_remove(txn, FL_TABLE_REGISTERED, fl_table_key_view(&place));
        fl_table_remove(txn, FL_TABLE_REGISTERED, fl_table_key_view(&key));
    }
}

static bool has_turned(struct fl_txn *txn)
{
    struct fl_setting_name name;
    struct fl_bytes value;

    if (!txn->auto_record_known) {
        txn->auto_record_known = true;
        txn->auto_record_turned =
            fl_settings_next(txn, fl_bytes_of_text(prefix_of_all), NULL, &name, &value) !=
            FL_NOT_FOUND;
    }
    return txn->auto_record_turned;
}

/* The next rule of a type, in whatever plan. */
static bool next_rule(
    struct fl_txn *txn,
    uint32_t type,
    struct fl_setting_name *name,
    uint8_t out_plan[FL_PEER_PLAN_BYTES],
    struct fl_auto_record *out_rule)
{
    char text[NAME_BYTES + 1];
    struct fl_bytes value;
    const struct fl_bytes prefix = type_prefix(type, text);

    if (fl_settings_next(txn, prefix, name->size == 0 ? NULL : name, name, &value) !=
            FL_OK ||
        name->size != NAME_BYTES) {
        return false;
    }
    *out_rule = decode(value);
    memcpy(text, name->bytes, NAME_BYTES);
    text[NAME_BYTES] = '\0';
    for (size_t i = 0; i < FL_PEER_PLAN_BYTES; i++) {
        unsigned byte = 0;

        (void)sscanf(text + TYPE_PREFIX_BYTES + 2 * i, "%2x", &byte);
        out_plan[i] = (uint8_t)byte;
    }
    return true;
}

/*
 * Whoever came while the rule was on gets what had been written before, too: it counts
 * when nothing older does.
 */
static bool was_on_behind(const struct fl_auto_record *rule, uint64_t lsn)
{
    for (size_t i = 1; i < rule->turn_count; i += 2) {
        if (rule->turns[i].lsn >= lsn) {
            return true;
        }
    }
    return false;
}

static void remember(
    struct fl_txn *txn,
    const uint8_t plan[FL_PEER_PLAN_BYTES],
    struct fl_key object,
    uint64_t lsn)
{
    struct fl_table_key key = object_key(plan, object);
    struct fl_table_key place = place_key(plan, lsn);
    struct fl_entry entry;
    uint8_t bytes[PLACE_BYTES];

    forget(txn, plan, object);
    if (fl_journal_look(txn, lsn, &txn->whole, &entry) != FL_OK) {
        /* One that cannot be read is registered for everybody. */
        entry = (struct fl_entry){.origin = FL_ORIGIN_HERE, .lsn_first = lsn};
    }
    fl_key_encode(object, bytes);
    fl_store_u32(bytes + FL_KEY_BYTES, (uint32_t)(lsn - entry.lsn_first));
    fl_store_u32(bytes + FL_KEY_BYTES + 4, entry.origin);
    fl_table_put(
        txn, FL_TABLE_REGISTERED, fl_table_key_view(&place),
        (struct fl_bytes){.data = bytes, .size = sizeof bytes});
    fl_store_u64(bytes, lsn);
    fl_table_put(
        txn, FL_TABLE_REGISTERED, fl_table_key_view(&key),
        (struct fl_bytes){.data = bytes, .size = LSN_BYTES});
}

static void note_in(
    struct fl_txn *txn,
    const uint8_t plan[FL_PEER_PLAN_BYTES],
    const struct fl_auto_record *rule,
    struct fl_key object,
    uint64_t lsn,
    uint64_t previous)
{
    uint64_t known = 0;

    if (fl_auto_record_is_on(rule, /* peer= */ 0, lsn) || previous == 0) {
        /* It is registered anew; or is new itself, under the key of one forgotten. */
        forget(txn, plan, object);
    } else if (
        fl_auto_record_is_on(rule, /* peer= */ 0, previous) ||
        (was_on_behind(rule, previous) &&
         get_lsn(txn, plan, object, &known) == FL_NOT_FOUND)) {
        remember(txn, plan, object, previous);
    }
}

void fl_auto_record_note(
    struct fl_txn *txn,
    struct fl_key key,
    uint64_t lsn,
    uint64_t previous)
{
    struct fl_setting_name name = {.size = 0};
    uint8_t plan[FL_PEER_PLAN_BYTES];
    struct fl_auto_record rule;

    if (fl_system_is(key.type) || !has_turned(txn)) {
        return;
    }
    while (next_rule(txn, key.type, &name, plan, &rule)) {
        note_in(txn, plan, &rule, key, lsn, previous);
    }
}

/* -- upkeep -- */

static bool is_of(
    const struct fl_setting_name *name,
    const uint8_t plan[FL_PEER_PLAN_BYTES])
{
    char text[NAME_BYTES + 1];

    (void)name_of(plan, /* type= */ 0, text);
    return name->size == NAME_BYTES &&
           memcmp(
               name->bytes + TYPE_PREFIX_BYTES, text + TYPE_PREFIX_BYTES,
               NAME_BYTES - TYPE_PREFIX_BYTES) == 0;
}

/* How many of the first turns are to become one; 0: that changes nothing. */
static size_t foldable(const struct fl_auto_record *rule, uint64_t lsn)
{
    size_t count = 0;

    while (count < rule->turn_count && rule->turns[count].lsn <= lsn) {
        count++;
    }
    return count == 1 && rule->turns[0].lsn == 0 ? 0 : count;
}

/* The next rule of the plan of which something can be folded. */
static bool next_foldable(
    struct fl_txn *txn,
    const uint8_t plan[FL_PEER_PLAN_BYTES],
    uint64_t lsn,
    struct fl_setting_name *name,
    struct fl_auto_record *out_rule)
{
    struct fl_bytes value;

    while (fl_settings_next(
               txn, fl_bytes_of_text(prefix_of_all), name->size == 0 ? NULL : name, name,
               &value) == FL_OK) {
        *out_rule = decode(value);
        if (is_of(name, plan) && foldable(out_rule, lsn) > 0) {
            return true;
        }
    }
    return false;
}

bool fl_auto_record_is_untidy(
    struct fl_txn *txn,
    const uint8_t plan[FL_PEER_PLAN_BYTES],
    uint64_t lsn)
{
    struct fl_setting_name name = {.size = 0};
    struct fl_auto_record rule;
    struct fl_auto_recorded first;

    return next_foldable(txn, plan, lsn, &name, &rule) ||
           (fl_auto_recorded_next(txn, plan, 0, &first) == FL_OK && first.lsn <= lsn);
}

static void fold_up_to(
    struct fl_txn *txn,
    const uint8_t plan[FL_PEER_PLAN_BYTES],
    uint64_t lsn)
{
    struct fl_setting_name name = {.size = 0};
    struct fl_auto_record rule;

    while (next_foldable(txn, plan, lsn, &name, &rule)) {
        fold(&rule, foldable(&rule, lsn));
        put(txn, (struct fl_bytes){name.bytes, name.size}, &rule);
    }
}

bool fl_auto_record_tidy(
    struct fl_txn *txn,
    const uint8_t plan[FL_PEER_PLAN_BYTES],
    uint64_t lsn)
{
    struct fl_auto_recorded recorded;

    fold_up_to(txn, plan, lsn);
    for (int i = 0; i < FL_AUTO_RECORD_ROWS_PER_CALL; i++) {
        if (fl_auto_recorded_next(txn, plan, 0, &recorded) != FL_OK ||
            recorded.lsn > lsn) {
            return false;
        }
        struct fl_table_key place = place_key(plan, recorded.lsn);

        forget(txn, plan, recorded.key);
        /* Also one that its object says nothing of. */
        fl_table_remove(txn, FL_TABLE_REGISTERED, fl_table_key_view(&place));
    }
    return fl_txn_status(txn) == FL_OK;
}
