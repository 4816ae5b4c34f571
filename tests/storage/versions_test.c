#include "suite.h"

#include "storage/arrivals.h"
#include "storage/check.h"
#include "storage/collisions.h"
#include "storage/sweeper.h"
#include "storage/versions.h"
#include "table.h"
#include "versions_rows.h"

enum {
    DAY_MS = 24 * 3600 * 1000,
    TYPE = 1,
    OTHER_TYPE = 2,
    OBJECTS = 8,
    ENTRIES_MAX = 4000,
    RECORD_BYTES = 400,
};

/* The clock of the store, which a test moves. */
static int64_t clock_ms;

static int64_t now(void)
{
    return clock_ms;
}

static void start_clock(struct suite *suite)
{
    clock_ms = 1700000000000;
    fl_arrivals_keep(suite->store, now);
}

static struct fl_history_policy policy_of(uint64_t keep_ms)
{
    return (struct fl_history_policy){
        .now_ms = clock_ms, .keep_ms = keep_ms, .bytes_max = UINT64_MAX};
}

static struct fl_sweep sweep_by(
    struct suite *suite,
    const struct fl_history_policy *policy,
    uint64_t tombstones_to)
{
    struct fl_sweep sweep = {.tombstones_to = tombstones_to, .history = policy};
    struct fl_error error = {.text = ""};

    for (int calls = 0; !sweep.done; calls++) {
        if (fl_sweep(suite->store, UINT64_MAX, &sweep, &error) != FL_OK) {
            fail_msg("%s", error.text);
        }
        assert_true(calls < 10000);
    }
    return sweep;
}

static size_t walk_all(
    struct suite *suite,
    struct fl_key key,
    uint64_t below,
    struct fl_version *out_versions,
    size_t count_max)
{
    struct fl_version_walk walk;
    struct fl_version version;
    size_t count = 0;
    struct fl_txn txn;
    enum fl_status status;

    fl_txn_begin(&txn, suite->store, FL_TXN_READ);
    fl_version_walk_begin(&walk, &txn, key, below);
    while ((status = fl_version_walk_next(&walk, &version)) == FL_OK) {
        assert_true(count < count_max);
        version.entry.record = (struct fl_bytes){NULL, version.entry.record.size};
        out_versions[count++] = version;
    }
    assert_int_equal(status, FL_NOT_FOUND);
    fl_version_walk_end(&walk);
    ASSERT_OK(fl_txn_commit(&txn));
    return count;
}

/* Texts are no records, and that alone may be wrong. */
static void problem_seen(void *context, const char *text)
{
    (void)context;
    if (strstr(text, "its record is malformed") == NULL) {
        fail_msg("%s", text);
    }
}

static void assert_sound(struct suite *suite)
{
    struct fl_check_options options = {.problem = problem_seen};
    struct fl_check_report report;
    struct fl_error error = {.text = ""};

    ASSERT_OK(fl_store_check(suite->store, &options, &report, &error));
}

static struct fl_versions_usage usage(struct suite *suite)
{
    struct fl_versions_usage used;
    struct fl_txn txn;

    fl_txn_begin(&txn, suite->store, FL_TXN_READ);
    used = fl_versions_usage(&txn);
    ASSERT_OK(fl_txn_commit(&txn));
    return used;
}

static void test_versions_are_given_from_the_newest_back(void **state)
{
    struct suite *suite = *state;
    struct fl_key key = suite_key(TYPE, 1);
    struct fl_version versions[8];

    start_clock(suite);
    (void)suite_write(suite, key, "one");
    (void)suite_write(suite, suite_key(TYPE, 2), "beside it");
    (void)suite_write(suite, key, "two");
    (void)suite_write(suite, key, "three");
    for (int swept = 0; swept <= 1; swept++) {
        struct fl_version_walk walk;
        struct fl_version version;
        struct fl_txn txn;

        assert_int_equal(walk_all(suite, key, 0, versions, 8), 3);
        assert_int_equal(versions[0].entry.lsn, 4);
        assert_int_equal(versions[1].entry.lsn, 3);
        assert_int_equal(versions[2].entry.lsn, 1);
        assert_int_equal(versions[0].entry.previous, 3);
        assert_int_equal(versions[2].entry.previous, 0);
        assert_int_equal(versions[1].is_packed, swept);
        assert_int_equal(walk_all(suite, key, 3, versions, 8), 1);
        assert_int_equal(versions[0].entry.lsn, 1);

        fl_txn_begin(&txn, suite->store, FL_TXN_READ);
        fl_version_walk_begin(&walk, &txn, key, 0);
        ASSERT_OK(fl_version_walk_to(&walk, 1, &version));
        assert_true(fl_bytes_equal(version.entry.record, suite_text("one")));
        ASSERT_OK(fl_version_walk_to(&walk, 3, &version));
        assert_true(fl_bytes_equal(version.entry.record, suite_text("two")));
        assert_int_equal(fl_version_walk_to(&walk, 2, &version), FL_NOT_FOUND);
        assert_int_equal(fl_version_walk_to(&walk, 9, &version), FL_NOT_FOUND);
        fl_version_walk_end(&walk);
        ASSERT_OK(fl_txn_commit(&txn));

        struct fl_history_policy policy = policy_of(DAY_MS);

        (void)sweep_by(suite, &policy, 0);
    }
    assert_int_equal(usage(suite).count, 2);
    assert_sound(suite);
}

static void test_a_version_is_kept_from_when_it_was_replaced(void **state)
{
    struct suite *suite = *state;
    struct fl_key key = suite_key(TYPE, 1);
    struct fl_version versions[8];

    start_clock(suite);
    (void)suite_write(suite, key, "a year old");
    clock_ms += INT64_C(365) * DAY_MS;
    (void)suite_write(suite, key, "new");
    clock_ms += DAY_MS / 2;
    struct fl_history_policy policy = policy_of(DAY_MS);

    (void)sweep_by(suite, &policy, 0);
    assert_int_equal(walk_all(suite, key, 0, versions, 8), 2);
    clock_ms += DAY_MS;
    policy = policy_of(DAY_MS);
    struct fl_sweep sweep = sweep_by(suite, &policy, 0);

    assert_int_equal(sweep.versions_removed, 1);
    assert_int_equal(walk_all(suite, key, 0, versions, 8), 1);
    assert_int_equal(usage(suite).bytes, 0);
    assert_sound(suite);
}

static void test_types_have_times_of_their_own_and_settings_none(void **state)
{
    struct suite *suite = *state;
    static const struct fl_history_type types[] = {
        {.type = TYPE, .keep_ms = 0}, {.type = OTHER_TYPE, .keep_ms = 3 * DAY_MS}};
    struct fl_version versions[8];

    start_clock(suite);
    for (int i = 0; i < 3; i++) {
        (void)suite_write(suite, suite_key(TYPE, 1), "x");
        (void)suite_write(suite, suite_key(OTHER_TYPE, 1), "x");
        (void)suite_write(suite, suite_key(3, 1), "x");
        (void)suite_write(suite, suite_key(0xFFFF0001, 1), "x");
    }
    for (int days = 0; days < 4; days++) {
        struct fl_history_policy policy = policy_of(DAY_MS);

        policy.types = types;
        policy.type_count = 2;
        (void)sweep_by(suite, &policy, 0);
        assert_int_equal(walk_all(suite, suite_key(TYPE, 1), 0, versions, 8), 1);
        assert_int_equal(
            walk_all(suite, suite_key(OTHER_TYPE, 1), 0, versions, 8), days < 3 ? 3 : 1);
        assert_int_equal(
            walk_all(suite, suite_key(3, 1), 0, versions, 8), days < 1 ? 3 : 1);
        assert_int_equal(walk_all(suite, suite_key(0xFFFF0001, 1), 0, versions, 8), 1);
        clock_ms += DAY_MS;
    }
    assert_int_equal(usage(suite).count, 0);
}

static void test_the_oldest_go_when_there_are_too_many(void **state)
{
    struct suite *suite = *state;
    struct fl_version versions[64];
    char text[600];

    start_clock(suite);
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = '\0';
    for (int i = 0; i < 50; i++) {
        clock_ms += 60000;
        (void)snprintf(text, 20, "%d", i * 7919);
        (void)suite_write(suite, suite_key(TYPE, 1), text);
    }
    struct fl_history_policy policy = policy_of(DAY_MS);

    (void)sweep_by(suite, &policy, 0);
    uint64_t all = usage(suite).bytes;

    assert_int_equal(usage(suite).count, 49);
    policy.bytes_max = all / 2;
    (void)sweep_by(suite, &policy, 0);
    assert_true(usage(suite).bytes <= all / 2);
    size_t left = walk_all(suite, suite_key(TYPE, 1), 0, versions, 64);

    assert_in_range(left, 15, 35);
    assert_int_equal(versions[0].entry.lsn, 50);
    assert_int_equal(versions[left - 1].entry.lsn, 50 - left + 1);
    assert_sound(suite);
}

static void test_small_changes_take_little_room(void **state)
{
    struct suite *suite = *state;
    uint8_t record[2000];

    start_clock(suite);
    for (size_t i = 0; i < sizeof record; i++) {
        record[i] = (uint8_t)((i * 2654435761u) >> 13);
    }
    for (int i = 0; i < 200; i++) {
        struct fl_txn txn;

        record[100 + i] ^= 0x55;
        fl_txn_begin(&txn, suite->store, FL_TXN_WRITE);
        (void)suite_append(
            &txn, suite_key(TYPE, 1), (struct fl_bytes){record, sizeof record}, 0);
        ASSERT_OK(fl_txn_commit(&txn));
    }
    struct fl_history_policy policy = policy_of(DAY_MS);

    (void)sweep_by(suite, &policy, 0);
    assert_int_equal(usage(suite).count, 199);
    /* One in seventeen stands by itself. */
    assert_true(usage(suite).bytes < 199 * 2000 / 5);
}

static void test_a_deletion_that_was_forgotten_leads_to_what_was_before(void **state)
{
    struct suite *suite = *state;
    struct fl_key key = suite_key(TYPE, 1);
    struct fl_version versions[16];
    struct fl_txn txn;

    start_clock(suite);
    for (int life = 0; life < 3; life++) {
        (void)suite_write(suite, key, "was");
        (void)suite_write(suite, key, "is");
        fl_txn_begin(&txn, suite->store, FL_TXN_WRITE);
        (void)suite_append(&txn, key, (struct fl_bytes){NULL, 0}, FL_ENTRY_DELETED);
        ASSERT_OK(fl_txn_commit(&txn));
        (void)suite_write(suite, suite_key(TYPE, 2), "the head");
        struct fl_history_policy policy = policy_of(DAY_MS);
        struct fl_sweep sweep = sweep_by(suite, &policy, UINT64_MAX);

        assert_int_equal(sweep.tombstones, 1);
    }
    fl_txn_begin(&txn, suite->store, FL_TXN_READ);
    uint64_t lsn;

    assert_int_equal(fl_object_lsn(&txn, key, &lsn), FL_NOT_FOUND);
    ASSERT_OK(fl_txn_commit(&txn));
    assert_int_equal(walk_all(suite, key, 0, versions, 16), 9);
    for (int i = 0; i < 9; i++) {
        assert_int_equal(versions[i].is_forgotten, i % 3 == 0);
        assert_int_equal((versions[i].entry.flags & FL_ENTRY_DELETED) != 0, i % 3 == 0);
        assert_true(i == 0 || versions[i].entry.lsn < versions[i - 1].entry.lsn);
    }
    assert_int_equal(walk_all(suite, key, versions[4].entry.lsn, versions, 16), 4);
    assert_sound(suite);
    clock_ms += 2 * DAY_MS;
    struct fl_history_policy policy = policy_of(DAY_MS);

    (void)sweep_by(suite, &policy, UINT64_MAX);
    assert_int_equal(walk_all(suite, key, 0, versions, 16), 0);
    assert_int_equal(usage(suite).count, 0);
    fl_txn_begin(&txn, suite->store, FL_TXN_READ);
    assert_int_equal(fl_table_entries(&txn, FL_TABLE_VERSIONS), 0);
    ASSERT_OK(fl_txn_commit(&txn));
}

static void test_large_records_have_versions_too(void **state)
{
    struct suite *suite = *state;
    uint8_t *memory = malloc(FL_RECORD_BYTES_MAX);
    struct fl_version_walk walk;
    struct fl_version version;
    struct fl_txn txn;

    assert_non_null(memory);
    start_clock(suite);
    for (uint8_t seed = 1; seed <= 3; seed++) {
        struct fl_bytes record = suite_bytes(memory, FL_RECORD_BYTES_MAX, seed);

        fl_txn_begin(&txn, suite->store, FL_TXN_WRITE);
        (void)suite_append(&txn, suite_key(TYPE, 1), record, 0);
        ASSERT_OK(fl_txn_commit(&txn));
    }
    struct fl_history_policy policy = policy_of(DAY_MS);

    (void)sweep_by(suite, &policy, 0);
    fl_txn_begin(&txn, suite->store, FL_TXN_READ);
    fl_version_walk_begin(&walk, &txn, suite_key(TYPE, 1), 0);
    for (uint8_t seed = 3; seed >= 1; seed--) {
        ASSERT_OK(fl_version_walk_next(&walk, &version));
        assert_true(fl_bytes_equal(
            version.entry.record, suite_bytes(memory, FL_RECORD_BYTES_MAX, seed)));
    }
    fl_version_walk_end(&walk);
    ASSERT_OK(fl_txn_commit(&txn));
    assert_sound(suite);
    clock_ms += 2 * DAY_MS;
    policy = policy_of(DAY_MS);
    (void)sweep_by(suite, &policy, 0);
    assert_int_equal(usage(suite).count, 0);
    free(memory);
}

static void test_collisions_are_found_by_their_object(void **state)
{
    struct suite *suite = *state;
    struct fl_txn txn;
    uint64_t id = 0;

    fl_txn_begin(&txn, suite->store, FL_TXN_WRITE);
    for (uint32_t i = 0; i < 6; i++) {
        struct fl_collision_record collision = {
            .key = suite_key(TYPE, i % 2),
            .kept = FL_COLLISION_KEPT_OURS,
            .reason = FL_COLLISION_REASON_PARENT_WINS};

        assert_int_equal(fl_collisions_append(&txn, &collision), i + 1);
    }
    ASSERT_OK(fl_txn_commit(&txn));
    fl_txn_begin(&txn, suite->store, FL_TXN_READ);
    for (uint64_t expected = 2; expected <= 6; expected += 2) {
        ASSERT_OK(fl_versions_collision(&txn, suite_key(TYPE, 1), id, &id));
        assert_int_equal(id, expected);
    }
    assert_int_equal(
        fl_versions_collision(&txn, suite_key(TYPE, 1), id, &id), FL_NOT_FOUND);
    ASSERT_OK(fl_txn_commit(&txn));
}

/* --- arrivals --- */

static uint64_t arrivals(struct suite *suite)
{
    uint64_t count;
    struct fl_txn txn;

    fl_txn_begin(&txn, suite->store, FL_TXN_READ);
    count = fl_table_entries(&txn, FL_TABLE_ARRIVALS);
    ASSERT_OK(fl_txn_commit(&txn));
    return count;
}

static struct fl_arrival arrival_of(struct suite *suite, uint64_t lsn)
{
    struct fl_arrival arrival;
    struct fl_txn txn;

    fl_txn_begin(&txn, suite->store, FL_TXN_READ);
    ASSERT_OK(fl_arrivals_get(&txn, lsn, &arrival));
    ASSERT_OK(fl_txn_commit(&txn));
    return arrival;
}

static void test_writes_within_a_second_share_a_row(void **state)
{
    struct suite *suite = *state;

    start_clock(suite);
    fl_arrivals_by(suite->store, FL_ARRIVAL_HERE, "ivanov");
    for (uint32_t i = 0; i < 10; i++) {
        (void)suite_write(suite, suite_key(TYPE, i), "x");
        clock_ms += 250;
    }
    assert_int_equal(arrivals(suite), 3);
    assert_int_equal(arrival_of(suite, 4).at_ms, 1700000000000);
    assert_int_equal(arrival_of(suite, 5).at_ms, 1700000001000);
    fl_arrivals_by(suite->store, FL_ARRIVAL_FILE, "выписка.txt");
    (void)suite_write(suite, suite_key(TYPE, 1), "y");
    assert_int_equal(arrivals(suite), 4);
    assert_int_equal(arrival_of(suite, 10).kind, FL_ARRIVAL_HERE);
    assert_string_equal(arrival_of(suite, 10).by, "ivanov");
    assert_int_equal(arrival_of(suite, 11).kind, FL_ARRIVAL_FILE);
    assert_string_equal(arrival_of(suite, 11).by, "выписка.txt");
}

static void test_a_message_says_who_it_is_from(void **state)
{
    struct suite *suite = *state;
    struct fl_arrival message = {
        .kind = FL_ARRIVAL_MESSAGE, .peer = 3, .number = 17, .peer_code = "Ф01"};
    struct fl_arrival found;
    struct fl_txn txn;

    start_clock(suite);
    memset(message.hash, 7, sizeof message.hash);
    memset(message.key_id, 9, sizeof message.key_id);
    message.incarnation = suite_uuid(4);
    fl_txn_begin(&txn, suite->store, FL_TXN_INTAKE);
    for (int i = 0; i < 2; i++) {
        fl_arrivals_set(&txn, &message);
        (void)suite_append(&txn, suite_key(TYPE, 1), suite_text("x"), 0);
        (void)suite_append(&txn, suite_key(TYPE, 2), suite_text("x"), 0);
        message.number++;
    }
    ASSERT_OK(fl_txn_commit(&txn));
    (void)suite_write(suite, suite_key(TYPE, 1), "here");
    assert_int_equal(arrivals(suite), 3);
    found = arrival_of(suite, 2);
    assert_int_equal(found.kind, FL_ARRIVAL_MESSAGE);
    assert_int_equal(found.number, 17);
    assert_int_equal(found.peer, 3);
    assert_int_equal(found.lsn, 1);
    assert_string_equal(found.peer_code, "Ф01");
    assert_memory_equal(found.hash, message.hash, sizeof found.hash);
    assert_memory_equal(found.key_id, message.key_id, sizeof found.key_id);
    assert_true(fl_uuid_equal(found.incarnation, suite_uuid(4)));
    assert_int_equal(arrival_of(suite, 4).number, 18);
    assert_int_equal(arrival_of(suite, 5).kind, FL_ARRIVAL_HERE);
}

static void test_an_aborted_write_leaves_no_row(void **state)
{
    struct suite *suite = *state;
    struct fl_txn txn;

    start_clock(suite);
    fl_txn_begin(&txn, suite->store, FL_TXN_WRITE);
    (void)suite_append(&txn, suite_key(TYPE, 1), suite_text("x"), 0);
    fl_txn_abort(&txn);
    assert_int_equal(arrivals(suite), 0);
    (void)suite_write(suite, suite_key(TYPE, 1), "x");
    assert_int_equal(arrivals(suite), 1);
}

static void test_without_history_there_are_no_rows(void **state)
{
    struct suite *suite = *state;

    (void)suite_write(suite, suite_key(TYPE, 1), "x");
    (void)suite_write(suite, suite_key(TYPE, 1), "y");
    assert_int_equal(arrivals(suite), 0);
    start_clock(suite);
    (void)suite_write(suite, suite_key(TYPE, 1), "z");
    fl_arrivals_keep(suite->store, NULL);
    (void)suite_write(suite, suite_key(TYPE, 1), "x");
    (void)suite_write(suite, suite_key(TYPE, 1), "y");
    assert_int_equal(arrivals(suite), 2);
    assert_int_equal(arrival_of(suite, 3).kind, FL_ARRIVAL_HERE);
    assert_int_equal(arrival_of(suite, 5).kind, FL_ARRIVAL_UNKNOWN);
}

static void test_rows_go_with_the_last_that_needs_them(void **state)
{
    struct suite *suite = *state;

    start_clock(suite);
    for (uint32_t i = 0; i < 600; i++) {
        clock_ms += 5000;
        (void)suite_write(suite, suite_key(TYPE, i % 3), "x");
    }
    assert_int_equal(arrivals(suite), 600);
    struct fl_history_policy policy = policy_of(DAY_MS);

    (void)sweep_by(suite, &policy, 0);
    assert_int_equal(arrivals(suite), 600);
    clock_ms += 2 * DAY_MS;
    policy = policy_of(DAY_MS);
    (void)sweep_by(suite, &policy, 0);
    assert_int_equal(arrivals(suite), 3);
    assert_int_equal(arrival_of(suite, 599).lsn, 599);
}

/* --- a model --- */

struct model {
    uint32_t state;
    size_t count;
    struct model_entry {
        uint32_t object;
        bool deleted;
        uint32_t size;
        uint8_t record[RECORD_BYTES];
        int64_t came_ms;
    } entries[ENTRIES_MAX]; /* by lsn - 1 */
};

static uint32_t draw(struct model *model, uint32_t below)
{
    model->state = model->state * 1664525 + 1013904223;
    return (uint32_t)(((uint64_t)(model->state >> 8) * below) >> 24);
}

static void model_write(struct model *model, struct suite *suite)
{
    struct model_entry *entry = &model->entries[model->count];
    struct fl_txn txn;

    *entry = (struct model_entry){.object = draw(model, OBJECTS), .came_ms = clock_ms};
    entry->deleted = draw(model, 8) == 0;
    for (size_t i = model->count; i > 0 && !entry->deleted; i--) {
        if (model->entries[i - 1].object == entry->object) {
            *entry = model->entries[i - 1];
            break;
        }
    }
    entry->came_ms = clock_ms;
    entry->deleted = draw(model, 8) == 0;
    if (entry->deleted) {
        entry->size = 0;
    } else {
        entry->size = entry->size == 0 ? 1 + draw(model, RECORD_BYTES) : entry->size;
        entry->record[draw(model, entry->size)] = (uint8_t)draw(model, 256);
    }
    fl_txn_begin(&txn, suite->store, FL_TXN_WRITE);
    assert_int_equal(
        suite_append(
            &txn, suite_key(TYPE, entry->object),
            (struct fl_bytes){entry->record, entry->size},
            entry->deleted ? FL_ENTRY_DELETED : 0),
        model->count + 1);
    ASSERT_OK(fl_txn_commit(&txn));
    model->count++;
}

/* Every version that was replaced within `keep_ms` is there, and none is wrong. */
static void model_compare(struct model *model, struct suite *suite, int64_t keep_ms)
{
    struct fl_txn txn;

    fl_txn_begin(&txn, suite->store, FL_TXN_READ);
    for (uint32_t object = 0; object < OBJECTS; object++) {
        struct fl_version_walk walk;
        struct fl_version version;
        int64_t replaced_ms = INT64_MAX;
        enum fl_status status;

        fl_version_walk_begin(&walk, &txn, suite_key(TYPE, object), 0);
        status = fl_version_walk_next(&walk, &version);
        for (size_t i = model->count; i > 0; i--) {
            const struct model_entry *entry = &model->entries[i - 1];

            if (entry->object != object) {
                continue;
            }
            if (status == FL_OK && version.entry.lsn == i) {
                assert_true(fl_bytes_equal(
                    version.entry.record, (struct fl_bytes){entry->record, entry->size}));
                assert_int_equal(
                    (version.entry.flags & FL_ENTRY_DELETED) != 0, entry->deleted);
                status = fl_version_walk_next(&walk, &version);
            } else {
                /* Rows of arrivals are a second long. */
                assert_true(replaced_ms <= clock_ms - keep_ms + FL_ARRIVAL_TOGETHER_MS);
            }
            replaced_ms = entry->came_ms;
        }
        assert_int_equal(status, FL_NOT_FOUND);
        fl_version_walk_end(&walk);
    }
    ASSERT_OK(fl_txn_commit(&txn));
}

/* Slices of sweeps between writes, in any order. */
static void model_run(struct suite *suite, uint32_t seed, size_t writes)
{
    struct model *model = calloc(1, sizeof *model);
    struct fl_sweep sweep = {.done = true};
    enum { KEEP_MS = 40000 };

    assert_non_null(model);
    model->state = seed;
    start_clock(suite);
    while (model->count < writes) {
        struct fl_history_policy policy;

        clock_ms += draw(model, 1500);
        if (draw(model, 3) > 0) {
            model_write(model, suite);
            continue;
        }
        if (sweep.done) {
            sweep = (struct fl_sweep){
                .tombstones_to =
                    draw(model, 2) * draw(model, (uint32_t)model->count + 1)};
        }
        policy = policy_of(KEEP_MS);
        sweep.history = &policy;
        ASSERT_OK(fl_sweep(
            suite->store, draw(model, (uint32_t)model->count + 1), &sweep, NULL));
        if (draw(model, 20) == 0) {
            model_compare(model, suite, KEEP_MS);
        }
    }
    model_compare(model, suite, KEEP_MS);
    assert_sound(suite);
    free(model);
}

static void test_random_histories_agree_with_a_model(void **state)
{
    model_run(*state, 20261127, 1500);
}

static void test_the_end_of_a_process_loses_no_version(void **state)
{
    struct suite *suite = *state;
    struct fl_version versions[64];

    start_clock(suite);
    for (int i = 0; i < 30; i++) {
        clock_ms += 2000;
        (void)suite_write(suite, suite_key(TYPE, 1), i % 2 == 0 ? "even" : "odd");
    }
    /* Every commit of the sweeps is once the last that became durable. */
    for (uint64_t commit = 1; commit < 8; commit++) {
        struct fl_history_policy policy = policy_of(DAY_MS);
        struct fl_sweep sweep = {.history = &policy};

        (void)suite_write(suite, suite_key(TYPE, 1), "more");
        fl_memory_engine_fault(suite->memory, commit, FL_MEMORY_LOSE);
        for (int calls = 0; !sweep.done && calls < 100; calls++) {
            ASSERT_OK(fl_sweep(suite->store, UINT64_MAX, &sweep, NULL));
        }
        suite_reopen(suite);
        fl_arrivals_keep(suite->store, now);
        size_t count = walk_all(suite, suite_key(TYPE, 1), 0, versions, 64);

        for (size_t i = 0; i < count; i++) {
            assert_int_equal(versions[i].entry.lsn, versions[0].entry.lsn - i);
        }
        assert_int_equal(versions[count - 1].entry.lsn, 1);
        assert_sound(suite);
    }
}

static void test_rows_that_make_no_sense_are_refused(void **state)
{
    struct fl_version_row row = {
        .entry = {.lsn = 9, .previous = 3, .key = suite_key(TYPE, 1)},
        .base = 12,
        .size = 4,
        .packed = suite_text("abcd"),
    };
    struct fl_version_row out;
    struct fl_buffer buffer;

    (void)state;
    fl_buffer_init(&buffer, 1000);
    fl_version_row_encode(&row, &buffer);
    struct fl_bytes whole = fl_buffer_view(&buffer);

    ASSERT_OK(fl_version_row_decode(9, whole, &out));
    assert_int_equal(out.entry.previous, 3);
    assert_int_equal(out.base, 12);
    /* It cannot follow itself, nor need an older one. */
    assert_int_equal(fl_version_row_decode(3, whole, &out), FL_MALFORMED);
    assert_int_equal(fl_version_row_decode(12, whole, &out), FL_MALFORMED);
    for (size_t size = 0; size < whole.size - 4; size++) {
        assert_int_equal(
            fl_version_row_decode(9, (struct fl_bytes){whole.data, size}, &out),
            FL_MALFORMED);
    }
    fl_buffer_deinit(&buffer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUITE(test_versions_are_given_from_the_newest_back),
        SUITE(test_a_version_is_kept_from_when_it_was_replaced),
        SUITE(test_types_have_times_of_their_own_and_settings_none),
        SUITE(test_the_oldest_go_when_there_are_too_many),
        SUITE(test_small_changes_take_little_room),
        SUITE(test_a_deletion_that_was_forgotten_leads_to_what_was_before),
        SUITE(test_large_records_have_versions_too),
        SUITE(test_collisions_are_found_by_their_object),
        SUITE(test_writes_within_a_second_share_a_row),
        SUITE(test_a_message_says_who_it_is_from),
        SUITE(test_an_aborted_write_leaves_no_row),
        SUITE(test_without_history_there_are_no_rows),
        SUITE(test_rows_go_with_the_last_that_needs_them),
        SUITE(test_random_histories_agree_with_a_model),
        SUITE_MEMORY(test_the_end_of_a_process_loses_no_version),
        cmocka_unit_test(test_rows_that_make_no_sense_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
