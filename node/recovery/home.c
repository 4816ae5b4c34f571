#define _GNU_SOURCE /* statx() */
/*
 * The machine is known by a hash of its machine-id, which is not to be shown itself; the
 * directory by its inode and its birth. The store's own directory may be put back from a
 * backup at any time, so it is the directory above it that counts.
 *
 * Setting "node/home": inode u64 | birth i64 (ns) | key id 8. The machine is in the
 * identity.
 */

#include "home.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "file.h"
#include "keys.h"
#include "proto/hash.h"
#include "settings.h"
#include "storage/settings.h"

enum { MACHINE_FILE_BYTES_MAX = 256, VALUE_BYTES = 16 + FL_KEY_ID_BYTES };

static const char SETTING[] = "node/home";
static const char DOMAIN[] = "FILIAL\0machine\0v1"; /* with its closing NUL */

static struct fl_uuid machine_of(const char *path)
{
    struct fl_uuid machine = {{0}};
    struct fl_buffer text;

    fl_buffer_init(&text, sizeof(DOMAIN) + MACHINE_FILE_BYTES_MAX);
    if (fl_file_read(path, MACHINE_FILE_BYTES_MAX, &text, NULL) == FL_OK) {
        struct fl_bytes name = fl_buffer_view(&text);

        while (name.size > 0 && name.data[name.size - 1] <= ' ') {
            name.size--;
        }
        if (name.size > 0) {
            uint8_t bytes[sizeof(DOMAIN) + MACHINE_FILE_BYTES_MAX];

            memcpy(bytes, DOMAIN, sizeof(DOMAIN));
            memcpy(bytes + sizeof(DOMAIN), name.data, name.size);
            fl_hash(
                (struct fl_bytes){bytes, sizeof(DOMAIN) + name.size}, machine.bytes,
                sizeof(machine.bytes));
        }
    }
    fl_buffer_deinit(&text);
    return machine;
}

struct fl_home fl_home_here(
    const char *directory,
    const struct fl_settings *settings,
    const struct fl_keys *keys)
{
    struct fl_home here = {.machine = machine_of(settings->machine_file)};
    struct statx status;

    memcpy(here.key_id, keys->signing_id, sizeof(here.key_id));
    if (statx(AT_FDCWD, directory, 0, STATX_INO | STATX_BTIME, &status) == 0) {
        here.inode = status.stx_ino;
        if (status.stx_mask & STATX_BTIME) {
            here.born_ns =
                status.stx_btime.tv_sec * INT64_C(1000000000) + status.stx_btime.tv_nsec;
        }
    }
    return here;
}

void fl_home_put(struct fl_txn *txn, const struct fl_home *here)
{
    uint8_t value[VALUE_BYTES];

    fl_store_u64(value, here->inode);
    fl_store_u64(value + 8, (uint64_t)here->born_ns);
    memcpy(value + 16, here->key_id, FL_KEY_ID_BYTES);
    fl_store_put_machine(txn, here->machine);
    fl_settings_put(
        txn, fl_bytes_of_text(SETTING), (struct fl_bytes){value, sizeof(value)});
}

static bool read_setting(struct fl_store *store, struct fl_home *home)
{
    struct fl_txn txn;
    struct fl_bytes value;

    fl_txn_begin(&txn, store, FL_TXN_READ);
    bool found = fl_settings_get(&txn, fl_bytes_of_text(SETTING), &value) == FL_OK &&
                 value.size == VALUE_BYTES;

    if (found) {
        home->inode = fl_load_u64(value.data);
        home->born_ns = (int64_t)fl_load_u64(value.data + 8);
        memcpy(home->key_id, value.data + 16, FL_KEY_ID_BYTES);
    }
    fl_txn_abort(&txn);
    return found;
}

static void bind(struct fl_store *store, const struct fl_home *here)
{
    struct fl_txn txn;

    fl_txn_begin(&txn, store, FL_TXN_KEEP);
    fl_home_put(&txn, here);
    (void)fl_txn_commit(&txn);
}

enum fl_home_state fl_home_check(struct fl_store *store, const struct fl_home *here)
{
    struct fl_home bound = {.machine = fl_store_identity(store)->machine};
    bool has_directory = read_setting(store, &bound);
    bool has_machine = !fl_uuid_is_zero(bound.machine);

    if (has_machine && !fl_uuid_is_zero(here->machine) &&
        !fl_uuid_equal(bound.machine, here->machine)) {
        return FL_HOME_OTHER_MACHINE;
    }
    if (has_directory && here->inode != 0 &&
        (bound.inode != here->inode || bound.born_ns != here->born_ns)) {
        return FL_HOME_OTHER_DIRECTORY;
    }
    if (!has_directory || (!has_machine && !fl_uuid_is_zero(here->machine))) {
        bind(store, here);
    }
    return FL_HOME_OURS;
}

bool fl_home_has_key(struct fl_store *store, const struct fl_home *here)
{
    struct fl_home bound = {.inode = 0};

    return !read_setting(store, &bound) ||
           memcmp(bound.key_id, here->key_id, sizeof(bound.key_id)) == 0;
}

const char *fl_home_state_name(enum fl_home_state state)
{
    switch (state) {
    case FL_HOME_OURS:
        break;
    case FL_HOME_OTHER_MACHINE:
        return "other_machine";
    case FL_HOME_OTHER_DIRECTORY:
        return "other_directory";
    }
    return "ours";
}
