#include "node.h"
#include "key/rotation.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "file.h"
#include "language.h"
#include "plan/plan_turns.h"
#include "random.h"
#include "routing/routing.h"
#include "storage/configurations.h"
#include "storage/settings.h"
#include "version/version_policy.h"

static const char PLAN_DEFAULT[] = "Филиалы";
static const char SETTING_NAME[] = "node/name";
static const char SETTING_PLAN[] = "node/plan";

char *fl_node_path(const char *directory, const char *name)
{
    size_t directory_size = strlen(directory);
    size_t name_size = strlen(name);
    char *path = fl_alloc(directory_size + 1 + name_size + 1);
    if (path != NULL) {
        memcpy(path, directory, directory_size);
        path[directory_size] = '/';
        memcpy(path + directory_size + 1, name, name_size + 1);
    }
    return path;
}

char *fl_node_copy(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = fl_alloc(size);
    if (copy != NULL) {
        memcpy(copy, text, size);
    }
    return copy;
}

int64_t fl_node_now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static enum fl_status no_memory(struct fl_error *out_error)
{
    return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
}

/* Codes become parts of file names and of lines that people read. */
static enum fl_status check_word(
    const char *what,
    const char *text,
    size_t bytes_max,
    struct fl_error *out_error)
{
    struct fl_bytes bytes = fl_bytes_of_text(text);
    if (bytes.size == 0 || bytes.size > bytes_max || !fl_bytes_are_utf8(bytes)) {
        return fl_error_set(
            out_error, FL_MALFORMED, "%s must be UTF-8 text of 1 to %zu bytes", what,
            bytes_max);
    }
    for (size_t i = 0; i < bytes.size; i++) {
        if (bytes.data[i] < ' ' || bytes.data[i] == '/' || bytes.data[i] == 0x7F) {
            return fl_error_set(
                out_error, FL_MALFORMED,
                "%s \"%s\" must not contain / or control characters", what, text);
        }
    }
    return FL_OK;
}

static enum fl_status make_directory(const char *path, struct fl_error *out_error)
{
    if (mkdir(path, 0700) == 0 || errno == EEXIST) {
        return FL_OK;
    }
    if (errno == ENOENT) {
        return fl_error_set(
            out_error, FL_NOT_FOUND,
            "%s cannot be made: the directory above it does not exist", path);
    }
    return fl_error_set(out_error, FL_IO, "%s cannot be made: %s", path, strerror(errno));
}

static bool exists(const char *directory, const char *name)
{
    char *path = fl_node_path(directory, name);
    struct stat status;
    bool found = path == NULL || lstat(path, &status) == 0;
    fl_free(path);
    return found;
}

static enum fl_status refuse_a_node(const char *directory, struct fl_error *out_error)
{
    static const char *const names[] = {"node.conf", "keys", "store"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (exists(directory, names[i])) {
            return fl_error_set(
                out_error, FL_REFUSED,
                "%s is a node already (it has %s); nothing was changed", directory,
                names[i]);
        }
    }
    return FL_OK;
}

static enum fl_status write_settings(
    const char *directory,
    bool allow_any_file_system,
    struct fl_error *out_error)
{
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    char *path = fl_node_path(directory, "node.conf");
    if (stream == NULL || path == NULL) {
        fl_free(path);
        if (stream != NULL) {
            fclose(stream);
        }
        free(text);
        return no_memory(out_error);
    }
    fl_settings_print_sample(stream);
    if (allow_any_file_system) {
        fputs("\nallow_any_file_system = yes\n", stream);
    }
    fclose(stream);
    struct fl_bytes bytes = {(const uint8_t *)text, size};
    enum fl_status status = fl_file_replace(path, 0600, bytes, out_error);
    free(text);
    fl_free(path);
    return status;
}

struct fl_store_options fl_node_store_options(
    const char *store_directory,
    const struct fl_settings *settings)
{
    struct fl_store_options options = fl_store_options(store_directory);
    options.map_bytes = settings->map_bytes;
    options.ballast_bytes = settings->ballast_bytes;
    options.allow_any_file_system = settings->allow_any_file_system;
    return options;
}

static enum fl_status create_store(
    const struct fl_node_options *node_options,
    struct fl_error *out_error)
{
    struct fl_settings settings;
    fl_settings_defaults(&settings);
    settings.allow_any_file_system = node_options->allow_any_file_system;
    struct fl_identity identity = {
        .installation = fl_random_uuid(),
        .node = fl_random_uuid(),
        .incarnation = fl_random_uuid(),
        .created_ms = fl_node_now_ms()};
    memcpy(identity.code, node_options->code, strlen(node_options->code) + 1);
    char *path = fl_node_path(node_options->directory, "store");
    if (path == NULL) {
        return no_memory(out_error);
    }
    struct fl_store_options options = fl_node_store_options(path, &settings);
    options.create = &identity;
    struct fl_store *store = NULL;
    enum fl_status status = fl_store_open(&options, &store, out_error);
    fl_free(path);
    if (status != FL_OK) {
        return status;
    }
    struct fl_txn txn;
    fl_txn_begin(&txn, store, FL_TXN_KEEP);
    fl_node_put_name(
        &txn, node_options->name != NULL ? node_options->name : node_options->code);
    fl_node_put_plan(
        &txn, node_options->plan != NULL ? node_options->plan : PLAN_DEFAULT);
    status = fl_txn_commit(&txn);
    if (status != FL_OK && out_error != NULL) {
        *out_error = *fl_txn_error(&txn);
    }
    fl_store_close(store);
    return status;
}

/* Files come before their directory. A directory that holds more than ours stays. */
void fl_node_remove(const char *directory)
{
    static const char *const names[] = {
        "node.conf",      "keys/signing.key", "keys/transport.key", "keys",
        "store/data.mdb", "store/lock.mdb",   "store/node.lock",    "store/ballast",
        "store"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char *path = fl_node_path(directory, names[i]);
        if (path != NULL && unlink(path) != 0) {
            (void)rmdir(path);
        }
        fl_free(path);
    }
    (void)rmdir(directory);
}

enum fl_status fl_node_create(
    const struct fl_node_options *options,
    struct fl_error *out_error)
{
    enum fl_status status =
        check_word(_("a node's code"), options->code, FL_CODE_BYTES_MAX, out_error);
    if (status == FL_OK && options->name != NULL) {
        status =
            check_word(_("a node's name"), options->name, FL_NAME_BYTES_MAX, out_error);
    }
    if (status == FL_OK && options->plan != NULL) {
        status =
            check_word(_("a plan's name"), options->plan, FL_NAME_BYTES_MAX, out_error);
    }
    if (status != FL_OK) {
        return status;
    }
    status = fl_crypto_start();
    if (status != FL_OK) {
        return fl_error_set(out_error, status, "this machine gives no randomness");
    }
    status = make_directory(options->directory, out_error);
    if (status != FL_OK) {
        return status;
    }
    status = refuse_a_node(options->directory, out_error);
    if (status != FL_OK) {
        return status;
    }
    char *keys = fl_node_path(options->directory, "keys");
    status = keys == NULL ? no_memory(out_error) : fl_keys_create(keys, out_error);
    fl_free(keys);
    if (status == FL_OK) {
        status = create_store(options, out_error);
    }
    /* Last, for it is what makes the directory a node. */
    if (status == FL_OK) {
        status =
            write_settings(options->directory, options->allow_any_file_system, out_error);
    }
    if (status != FL_OK) {
        fl_node_remove(options->directory);
    }
    return status;
}

static enum fl_status load_settings(
    const char *directory,
    struct fl_settings *out_settings,
    struct fl_error *out_error)
{
    char *path = fl_node_path(directory, "node.conf");
    if (path == NULL) {
        return no_memory(out_error);
    }
    enum fl_status status = fl_settings_load(path, out_settings, out_error);
    fl_free(path);
    if (status == FL_NOT_FOUND) {
        return fl_error_set(
            out_error, FL_NOT_FOUND,
            "%s is not a node: it has no node.conf; `filial init %s --code CODE` makes "
            "one",
            directory, directory);
    }
    return status;
}

static enum fl_status open_store(struct fl_node *node, struct fl_error *out_error)
{
    char *path = fl_node_path(node->directory, "store");
    if (path == NULL) {
        return no_memory(out_error);
    }
    struct fl_store_options options = fl_node_store_options(path, &node->settings);
    enum fl_status status = fl_store_open(&options, &node->store, out_error);
    fl_free(path);
    return status;
}

static enum fl_status load_keys(struct fl_node *node, struct fl_error *out_error)
{
    char *path = fl_node_path(node->directory, "keys");
    if (path == NULL) {
        return no_memory(out_error);
    }
    enum fl_status status = fl_keys_load(path, &node->keys, out_error);
    fl_free(path);
    return status;
}

enum fl_status fl_node_open(
    const char *directory,
    struct fl_node **out_node,
    struct fl_error *out_error)
{
    struct fl_node *node = fl_alloc_zeroed(1, sizeof *node);
    if (node == NULL) {
        return no_memory(out_error);
    }
    size_t size = strlen(directory);
    while (size > 1 && directory[size - 1] == '/') {
        size--;
    }
    node->directory = fl_alloc(size + 1);
    enum fl_status status = node->directory == NULL ? no_memory(out_error) : FL_OK;
    if (status == FL_OK) {
        memcpy(node->directory, directory, size);
        node->directory[size] = '\0';
        status = load_settings(node->directory, &node->settings, out_error);
    }
    if (status == FL_OK) {
        status = fl_key_rotation_recover(node->directory, out_error);
    }
    if (status == FL_OK) {
        status = load_keys(node, out_error);
    }
    if (status == FL_OK) {
        status = open_store(node, out_error);
    }
    if (status == FL_OK) {
        node->identity = fl_store_identity(node->store);
        fl_version_apply_settings(node);
        status = fl_key_rotation_open(node, out_error);
    }
    if (status == FL_OK) {
        struct fl_home here = fl_home_here(node->directory, &node->settings, &node->keys);
        node->home = fl_home_check(node->store, &here);
        status = fl_node_reload(node, out_error);
    }
    while (status == FL_OK && node->life == 0) {
        fl_random(&node->life, sizeof node->life);
    }
    if (status != FL_OK) {
        fl_node_close(node);
        return status;
    }
    *out_node = node;
    return FL_OK;
}

void fl_node_close(struct fl_node *node)
{
    if (node == NULL) {
        return;
    }
    fl_leavings_end(&node->leavings);
    fl_routings_forget(node);
    fl_windows_free(&node->windows);
    fl_plans_free(&node->plans);
    fl_configuration_free(node->configuration);
    fl_store_close(node->store);
    fl_keys_deinit(&node->keys);
    fl_free(node->directory);
    fl_free(node);
}

void fl_node_put_name(struct fl_txn *txn, const char *name)
{
    fl_settings_put(txn, fl_bytes_of_text(SETTING_NAME), fl_bytes_of_text(name));
}

void fl_node_put_plan(struct fl_txn *txn, const char *plan)
{
    fl_settings_put(txn, fl_bytes_of_text(SETTING_PLAN), fl_bytes_of_text(plan));
}

static void read_text(
    struct fl_txn *txn,
    const char *setting,
    const char *fallback,
    char out_text[FL_NAME_BYTES_MAX + 1])
{
    struct fl_bytes value = fl_bytes_of_text(fallback);
    if (fl_settings_get(txn, fl_bytes_of_text(setting), &value) != FL_OK) {
        value = fl_bytes_of_text(fallback);
    }
    size_t size = value.size > FL_NAME_BYTES_MAX ? FL_NAME_BYTES_MAX : value.size;
    memcpy(out_text, value.data, size);
    out_text[size] = '\0';
}

static enum fl_status empty_configuration(
    struct fl_configuration **out_configuration,
    struct fl_error *out_error)
{
    struct fl_configuration_builder *builder = NULL;
    enum fl_status status = fl_configuration_builder_new("none", "0", &builder);
    if (status != FL_OK) {
        return no_memory(out_error);
    }
    return fl_configuration_builder_finish(builder, out_configuration, out_error);
}

static enum fl_status read_configuration(
    struct fl_txn *txn,
    uint16_t number,
    struct fl_configuration **out_configuration,
    struct fl_error *out_error)
{
    if (number == 0) {
        return empty_configuration(out_configuration, out_error);
    }
    uint8_t hash[FL_CONFIGURATION_HASH_BYTES];
    struct fl_bytes encoded;
    enum fl_status status = fl_configurations_get(txn, number, hash, &encoded);
    if (status != FL_OK) {
        return fl_error_set(
            out_error, status, "the configuration in use is missing from the store");
    }
    return fl_configuration_decode(encoded, out_configuration, out_error);
}

enum fl_status fl_node_reload(struct fl_node *node, struct fl_error *out_error)
{
    struct fl_txn txn;
    struct fl_configuration *configuration = NULL;
    fl_txn_begin(&txn, node->store, FL_TXN_READ);
    uint16_t number = fl_configurations_current(&txn);
    /* A number means the same for ever: who reads a package goes on with it. */
    const bool keeps =
        node->configuration != NULL && number == node->configuration_number;
    enum fl_status status = fl_txn_status(&txn);
    if (status != FL_OK && out_error != NULL) {
        *out_error = *fl_txn_error(&txn);
    }
    if (status == FL_OK) {
        read_text(&txn, SETTING_NAME, fl_store_identity(node->store)->code, node->name);
        read_text(&txn, SETTING_PLAN, PLAN_DEFAULT, node->plan);
        fl_plan_hash(node->plan, node->plan_hash);
        node->restored = fl_restored_get(&txn);
        status =
            keeps ? FL_OK : read_configuration(&txn, number, &configuration, out_error);
    }
    struct fl_plans plans = {0};
    struct fl_windows windows = {.revision = 0};
    if (status == FL_OK) {
        status = fl_windows_load(&txn, &windows, out_error);
    }
    if (status == FL_OK) {
        status = fl_plans_load(
            &txn, keeps ? node->configuration : configuration, node->plan, &plans,
            out_error);
    }
    fl_txn_abort(&txn);
    if (status == FL_OK) {
        status = fl_plan_turns_settle(node->store, &plans, out_error);
    }
    if (status != FL_OK) {
        fl_windows_free(&windows);
        fl_plans_free(&plans);
        fl_configuration_free(configuration);
        return status;
    }
    fl_windows_free(&node->windows);
    node->windows = windows;
    fl_routings_forget(node);
    fl_plans_free(&node->plans);
    node->plans = plans;
    if (!keeps) {
        fl_configuration_free(node->configuration);
        node->configuration = configuration;
        node->configuration_number = number;
        node->configuration_revision++;
    }
    return FL_OK;
}

const struct fl_node_plan *fl_node_plan(const struct fl_node *node)
{
    return &node->plans.items[0];
}

const struct fl_node_plan *fl_node_plan_of(
    const struct fl_node *node,
    const struct fl_peer *peer)
{
    const struct fl_node_plan *plan = fl_plans_find(&node->plans, peer->plan);
    return plan != NULL ? plan : fl_node_plan(node);
}

bool fl_peer_is_called(const struct fl_peer *peer)
{
    return peer->format == FL_PEER_NATIVE && peer->endpoint[0] != '\0';
}

enum fl_status fl_node_parent(struct fl_txn *txn, struct fl_peer *out_peer)
{
    uint32_t number = 0;
    struct fl_peer peer;
    while (fl_peers_next(txn, number, &peer) == FL_OK) {
        if (peer.role == FL_PEER_PARENT && peer.format == FL_PEER_NATIVE &&
            peer.state != FL_PEER_REVOKED) {
            *out_peer = peer;
            return FL_OK;
        }
        number = peer.number;
    }
    return FL_NOT_FOUND;
}
