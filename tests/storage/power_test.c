/*
 * The power goes, and what a disk had not been told to keep may be there or not, in any
 * order, or in part. Writes of the store are recorded where libc is called; each state
 * that they could leave is put into a file, opened and checked against what had been
 * acknowledged. And the n-th write, sync or allocation fails, for every n.
 */

#define _DEFAULT_SOURCE /* syscall() */

#include "suite.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "proto/record.h"
#include "storage/check.h"

enum {
    COMMITS = 24,
    ENTRIES_OF_A_TRANSACTION = 9,
    WRITES_MAX = 4000,
    SUBSETS = 8, /* of the writes that wait, drawn at random, at each place */
    TORN_BYTES = 512,
    FAULTS_MAX = 400,
};

/* -- what is recorded -- */

struct recorded {
    off_t offset;
    size_t size; /* 0: nothing was written */
    uint8_t *bytes;
    bool synced;  /* all before it is on the disk */
    bool durable; /* it is, when the call returns */
    uint64_t acknowledged;
};

static struct recorded recorded[WRITES_MAX];
static size_t recorded_count;
static ino_t watched;         /* 0: nobody is watched */
static uint64_t acknowledged; /* the last lsn of a commit that answered */
static uint64_t calls;        /* of the kind that is to fail */
static uint64_t fail_at;      /* 0: none */
static int fail_with;
static bool fail_syncs;

static bool is_watched(int descriptor)
{
    struct stat status;

    return watched != 0 && fstat(descriptor, &status) == 0 && status.st_ino == watched;
}

static bool strikes(int descriptor, bool is_sync)
{
    if (fail_at == 0 || fail_syncs != is_sync || !is_watched(descriptor)) {
        return false;
    }
    calls++;
    if (calls != fail_at) {
        return false;
    }
    errno = fail_with;
    return true;
}

static struct recorded *record(void)
{
    struct recorded *each = &recorded[recorded_count++];

    assert_true(recorded_count < WRITES_MAX);
    *each = (struct recorded){.acknowledged = acknowledged};
    return each;
}

static void record_write(int descriptor, off_t offset, const void *bytes, size_t size)
{
    if (fail_at > 0 || size == 0 || !is_watched(descriptor)) {
        return;
    }
    struct recorded *each = record();

    each->offset = offset;
    each->size = size;
    each->bytes = malloc(size);
    assert_non_null(each->bytes);
    memcpy(each->bytes, bytes, size);
    each->durable = (fcntl(descriptor, F_GETFL) & O_DSYNC) != 0;
}

/* These stand before libc's for everybody in the process, liblmdb too. */

ssize_t pwrite(int descriptor, const void *bytes, size_t size, off_t offset)
{
    if (strikes(descriptor, false)) {
        return -1;
    }
    ssize_t written = syscall(SYS_pwrite64, descriptor, bytes, size, offset);

    record_write(descriptor, offset, bytes, written > 0 ? (size_t)written : 0);
    return written;
}

ssize_t write(int descriptor, const void *bytes, size_t size)
{
    off_t offset = is_watched(descriptor) ? lseek(descriptor, 0, SEEK_CUR) : 0;

    if (strikes(descriptor, false)) {
        return -1;
    }
    ssize_t written = syscall(SYS_write, descriptor, bytes, size);

    record_write(descriptor, offset, bytes, written > 0 ? (size_t)written : 0);
    return written;
}

ssize_t writev(int descriptor, const struct iovec *pieces, int count)
{
    off_t offset = is_watched(descriptor) ? lseek(descriptor, 0, SEEK_CUR) : 0;

    if (strikes(descriptor, false)) {
        return -1;
    }
    ssize_t written = syscall(SYS_writev, descriptor, pieces, count);

    for (int i = 0; i < count && written > 0; i++) {
        record_write(descriptor, offset, pieces[i].iov_base, pieces[i].iov_len);
        offset += (off_t)pieces[i].iov_len;
    }
    return written;
}

static int sync_file(int descriptor, long call)
{
    if (strikes(descriptor, true)) {
        return -1;
    }
    int result = (int)syscall(call, descriptor);

    if (fail_at == 0 && result == 0 && is_watched(descriptor)) {
        record()->synced = true;
    }
    return result;
}

int fdatasync(int descriptor)
{
    return sync_file(descriptor, SYS_fdatasync);
}

int fsync(int descriptor)
{
    return sync_file(descriptor, SYS_fsync);
}

/* -- the work -- */

static void watch(const struct suite *suite)
{
    char path[2 * SUITE_PATH_BYTES];
    struct stat status;

    (void)snprintf(path, sizeof path, "%s/data.mdb", suite->store_directory);
    assert_int_equal(stat(path, &status), 0);
    watched = status.st_ino;
}

/* An object of one string. */
static void make_record(struct fl_buffer *buffer, size_t size, unsigned seed)
{
    static uint8_t memory[80000];
    struct fl_field field = {.number = 1, .value = {.kind = FL_VALUE_STRING}};
    struct fl_object object = {.field_count = 1, .fields = &field};

    (void)suite_bytes(memory, size, seed);
    for (size_t i = 0; i < size; i++) {
        memory[i] = (uint8_t)('a' + memory[i] % 26);
    }
    field.value.bytes = (struct fl_bytes){memory, size};
    ASSERT_OK(fl_record_encode(&object, buffer));
}

static enum fl_status commit_one(struct suite *suite, uint32_t number)
{
    struct fl_buffer record;
    struct fl_txn txn;
    uint64_t lsn = 0;

    fl_buffer_init(&record, FL_RECORD_BYTES_MAX);
    fl_txn_begin(&txn, suite->store, FL_TXN_WRITE);
    for (uint32_t i = 0; i < ENTRIES_OF_A_TRANSACTION; i++) {
        uint32_t at = number * ENTRIES_OF_A_TRANSACTION + i;
        /* Every now and then one that lies in parts. */
        fl_buffer_clear(&record);
        make_record(&record, at % 40 == 17 ? 80000 : 100 + at * 37 % 2000, at);
        lsn = suite_append(&txn, suite_key(1, at % 60), fl_buffer_view(&record), 0);
    }
    enum fl_status status = fl_txn_commit(&txn);

    fl_buffer_deinit(&record);

    if (status == FL_OK) {
        acknowledged = lsn;
    }
    return status;
}

static void forget_recorded(void)
{
    for (size_t i = 0; i < recorded_count; i++) {
        free(recorded[i].bytes);
    }
    recorded_count = 0;
    watched = 0;
    acknowledged = 0;
    calls = 0;
    fail_at = 0;
}

/* -- a state that the power may leave -- */

struct image {
    uint8_t *bytes;
    size_t size;
};

static void apply(struct image *image, const struct recorded *each, size_t size)
{
    size_t end = (size_t)each->offset + size;

    if (end > image->size) {
        image->bytes = realloc(image->bytes, end);
        assert_non_null(image->bytes);
        memset(image->bytes + image->size, 0, end - image->size);
        image->size = end;
    }
    memcpy(image->bytes + each->offset, each->bytes, size);
}

static struct image copy_of(const struct image *image)
{
    struct image copy = {malloc(image->size), image->size};

    assert_non_null(copy.bytes);
    memcpy(copy.bytes, image->bytes, image->size);
    return copy;
}

static void put_file(const char *path, const struct image *image)
{
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    assert_true(file >= 0);
    assert_int_equal(
        syscall(SYS_write, file, image->bytes, image->size), (long)image->size);
    (void)close(file);
}

/* What was acknowledged is there, whole transactions only, and all of it is sound. */
static void must_be_sound(
    struct suite *suite,
    const struct image *image,
    uint64_t at_least,
    const char *what,
    size_t where)
{
    char directory[2 * SUITE_PATH_BYTES];
    char path[3 * SUITE_PATH_BYTES];
    struct fl_store_options options = suite->options;
    struct fl_store *store = NULL;
    struct fl_check_report report;
    struct fl_error error = {.text = ""};
    struct fl_txn txn;

    (void)snprintf(directory, sizeof directory, "%s/copy", suite->directory);
    (void)mkdir(directory, 0700);
    (void)snprintf(path, sizeof path, "%s/data.mdb", directory);
    put_file(path, image);
    options.directory = directory;
    if (fl_store_open(&options, &store, &error) != FL_OK) {
        fail_msg("%s, write %zu: %s", what, where, error.text);
    }
    assert_int_equal(
        fl_store_check(store, &(struct fl_check_options){0}, &report, &error), FL_OK);
    if (report.problems > 0) {
        fail_msg("%s, write %zu: %s", what, where, "the check found a problem");
    }
    fl_txn_begin(&txn, store, FL_TXN_READ);
    uint64_t head = fl_journal_head(&txn);

    fl_txn_abort(&txn);
    if (head < at_least || head % ENTRIES_OF_A_TRANSACTION != 0) {
        fail_msg(
            "%s, write %zu: up to lsn %llu, acknowledged was %llu", what, where,
            (unsigned long long)head, (unsigned long long)at_least);
    }
    fl_store_close(store);
    suite_remove(directory);
}

static struct image read_store(const struct suite *suite)
{
    char path[2 * SUITE_PATH_BYTES];
    struct stat status;
    struct image image = {0};

    (void)snprintf(path, sizeof path, "%s/data.mdb", suite->store_directory);
    int file = open(path, O_RDONLY);

    assert_true(file >= 0 && fstat(file, &status) == 0);
    image.size = (size_t)status.st_size;
    image.bytes = malloc(image.size);
    assert_non_null(image.bytes);
    assert_int_equal(read(file, image.bytes, image.size), (ssize_t)image.size);
    (void)close(file);
    return image;
}

/*
 * The writes behind the last sync, up to number `to`: all of them, none, each one alone
 * missing, each alone there, some at random, and the last one torn.
 */
static void lose_power(
    struct suite *suite,
    const struct image *durable,
    size_t from,
    size_t to,
    uint64_t *random)
{
    uint64_t known = recorded[to].acknowledged;
    size_t variants = 2 + 2 * (to - from) + SUBSETS;

    for (size_t variant = 0; variant <= variants; variant++) {
        struct image image = copy_of(durable);

        for (size_t i = from; i <= to; i++) {
            size_t alone = variant < 2 ? SIZE_MAX : (variant - 2) / 2;
            bool there = variant == 0 || variant == variants;

            *random = *random * UINT64_C(6364136223846793005) + 1442695040888963407u;
            if (variant >= 2 && alone < to - from) {
                there = (i - from == alone) == (variant % 2 == 0);
            } else if (variant >= 2 && variant < variants) {
                there = *random >> 63;
            }
            if (recorded[i].size > 0 && (there || recorded[i].durable)) {
                size_t size = recorded[i].size;

                /* A device writes a sector whole; the meta page's content is one. */
                if (variant == variants && i == to && size > TORN_BYTES &&
                    !recorded[i].durable) {
                    size = TORN_BYTES;
                }
                apply(&image, &recorded[i], size);
            }
        }
        must_be_sound(suite, &image, known, "power lost", to);
        free(image.bytes);
    }
}

static void test_every_state_that_a_power_cut_leaves_is_sound(void **state)
{
    struct suite *suite = *state;
    struct image durable;
    size_t from = 0;
    uint64_t random = 1;

    for (uint32_t i = 0; i < 3; i++) {
        ASSERT_OK(commit_one(suite, i));
    }
    durable = read_store(suite);
    watch(suite);
    for (uint32_t i = 3; i < 3 + COMMITS; i++) {
        ASSERT_OK(commit_one(suite, i));
    }
    watched = 0;
    assert_true(recorded_count > 2 * COMMITS);
    for (size_t at = 0; at < recorded_count; at++) {
        if (recorded[at].size > 0) {
            lose_power(suite, &durable, from, at, &random);
        }
        if (recorded[at].synced || recorded[at].durable) {
            for (; from <= at; from++) {
                if (recorded[from].size > 0 &&
                    (recorded[at].synced || recorded[from].durable)) {
                    apply(&durable, &recorded[from], recorded[from].size);
                }
            }
        }
    }
    free(durable.bytes);
    forget_recorded();
}

/* -- one call fails -- */

/* Commits until one fails; what was acknowledged is there when it is opened anew. */
static bool work_until_it_fails(
    struct suite *suite,
    int error_number,
    bool syncs,
    uint64_t n)
{
    struct fl_error error = {.text = ""};
    bool failed = false;
    uint64_t known = 0;

    watch(suite);
    fail_with = error_number;
    fail_syncs = syncs;
    calls = 0;
    fail_at = n;
    for (uint32_t i = 0; i < COMMITS && !failed; i++) {
        failed = commit_one(suite, i) != FL_OK;
        known = acknowledged;
    }
    bool struck = calls >= n;

    fail_at = 0;
    watched = 0;
    fl_store_close(suite->store);
    suite->store = NULL;
    if (fl_store_open(&suite->options, &suite->store, &error) != FL_OK) {
        fail_msg("call %llu: %s", (unsigned long long)n, error.text);
    }
    struct fl_check_report report;
    struct fl_txn txn;

    ASSERT_OK(fl_store_check(suite->store, &(struct fl_check_options){0}, &report, NULL));
    assert_int_equal(report.problems, 0);
    fl_txn_begin(&txn, suite->store, FL_TXN_READ);
    if (fl_journal_head(&txn) < known) {
        fail_msg(
            "call %llu: up to lsn %llu, acknowledged was %llu", (unsigned long long)n,
            (unsigned long long)fl_journal_head(&txn), (unsigned long long)known);
    }
    fl_txn_abort(&txn);
    assert_true(struck || !failed);
    acknowledged = 0;
    return struck;
}

static void fail_every_call(struct suite *suite, int error_number, bool syncs)
{
    uint64_t n = 1;

    while (n < FAULTS_MAX && work_until_it_fails(suite, error_number, syncs, n)) {
        n += n < 40 ? 1 : 7;
    }
    assert_true(n > 10);
    forget_recorded();
}

static void test_every_write_may_fail(void **state)
{
    fail_every_call(*state, EIO, /* syncs= */ false);
}

static void test_every_write_may_find_the_disk_full(void **state)
{
    fail_every_call(*state, ENOSPC, /* syncs= */ false);
}

static void test_every_sync_may_fail(void **state)
{
    fail_every_call(*state, EIO, /* syncs= */ true);
}

int main(void)
{
    /* Thousands of stores are made and opened: nothing of that needs a disk. */
    if (getenv("TMPDIR") == NULL && access("/dev/shm", W_OK) == 0) {
        (void)setenv("TMPDIR", "/dev/shm", 1);
    }
    const struct CMUnitTest tests[] = {
        SUITE_LMDB(test_every_state_that_a_power_cut_leaves_is_sound),
        SUITE_LMDB(test_every_write_may_fail),
        SUITE_LMDB(test_every_write_may_find_the_disk_full),
        SUITE_LMDB(test_every_sync_may_fail),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
