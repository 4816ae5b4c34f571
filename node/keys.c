#define _GNU_SOURCE /* timegm() */

#include "keys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "file.h"
#include "node.h"
#include "proto/hash.h"

enum { FILE_BYTES_MAX = 1024, KEY_BYTES = 32, HEX_BYTES = 2 * KEY_BYTES };

struct key_file {
    const char *kind;
    const char *suffix; /* "" or "-next" */
    int64_t created_ms;
    uint8_t public_half[KEY_BYTES];
    uint8_t secret_half[KEY_BYTES];
};

static bool parse_hex(const char *text, size_t size, uint8_t *out_bytes)
{
    for (size_t i = 0; i < 2 * size; i++) {
        char letter = text[i];
        unsigned digit;
        if (letter >= '0' && letter <= '9') {
            digit = (unsigned)(letter - '0');
        } else if (letter >= 'a' && letter <= 'f') {
            digit = (unsigned)(letter - 'a') + 10;
        } else {
            return false;
        }
        out_bytes[i / 2] = (uint8_t)(((unsigned)out_bytes[i / 2] << 4) | digit);
    }
    return true;
}

static enum fl_status no_memory(struct fl_error *out_error)
{
    return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
}

static char *path_of(const char *directory, const char *kind, const char *suffix)
{
    char name[32];
    snprintf(name, sizeof name, "%s%s.key", kind, suffix);
    return fl_node_path(directory, name);
}

/* The text of a key file; wiped by the caller. */
static size_t format_file(const struct key_file *key, char out_text[FILE_BYTES_MAX])
{
    uint8_t id[FL_KEY_ID_BYTES];
    uint8_t check[FL_HASH_BYTES];
    char id_hex[2 * FL_KEY_ID_BYTES + 1];
    char public_hex[HEX_BYTES + 1];
    char secret_hex[HEX_BYTES + 1];
    char check_hex[HEX_BYTES + 1];
    char created[32];
    time_t now = time(NULL);
    struct tm parts;
    gmtime_r(&now, &parts);
    strftime(created, sizeof created, "%Y-%m-%dT%H:%M:%SZ", &parts);
    fl_key_id(key->public_half, id);
    fl_bytes_hex((struct fl_bytes){id, sizeof id}, id_hex);
    fl_bytes_hex((struct fl_bytes){key->public_half, KEY_BYTES}, public_hex);
    fl_bytes_hex((struct fl_bytes){key->secret_half, KEY_BYTES}, secret_hex);
    int size = snprintf(
        out_text, FILE_BYTES_MAX,
        "filial-key 1\nkind %s\nid %s\ncreated %s\npublic %s\nsecret %s\n", key->kind,
        id_hex, created, public_hex, secret_hex);
    fl_hash((struct fl_bytes){(uint8_t *)out_text, (size_t)size}, check, sizeof check);
    fl_bytes_hex((struct fl_bytes){check, sizeof check}, check_hex);
    size +=
        snprintf(out_text + size, FILE_BYTES_MAX - (size_t)size, "check %s\n", check_hex);
    fl_wipe(secret_hex, sizeof secret_hex);
    return (size_t)size;
}

static enum fl_status write_file(
    const char *directory,
    const struct key_file *key,
    struct fl_error *out_error)
{
    char *path = path_of(directory, key->kind, key->suffix);
    if (path == NULL) {
        return no_memory(out_error);
    }
    struct stat found;
    if (lstat(path, &found) == 0) {
        enum fl_status status = fl_error_set(
            out_error, FL_REFUSED, "%s exists already and was left as it is", path);
        fl_free(path);
        return status;
    }
    char text[FILE_BYTES_MAX];
    size_t size = format_file(key, text);
    enum fl_status status = fl_file_replace(
        path, 0600, (struct fl_bytes){(const uint8_t *)text, size}, out_error);
    fl_wipe(text, sizeof text);
    fl_free(path);
    return status;
}

static enum fl_status create_signing(
    const char *directory,
    const char *suffix,
    struct fl_error *out_error)
{
    struct key_file key = {.kind = "signing", .suffix = suffix};
    struct fl_signing_key *signing = NULL;
    fl_random(key.secret_half, sizeof key.secret_half);
    enum fl_status status = fl_signing_key_new(key.secret_half, &signing);
    if (status != FL_OK) {
        return fl_error_set(out_error, status, "a signing key cannot be made");
    }
    memcpy(key.public_half, fl_signing_key_public(signing), KEY_BYTES);
    fl_signing_key_free(signing);
    status = write_file(directory, &key, out_error);
    fl_wipe(&key, sizeof key);
    return status;
}

static enum fl_status create_transport(
    const char *directory,
    const char *suffix,
    struct fl_error *out_error)
{
    struct key_file key = {.kind = "transport", .suffix = suffix};
    fl_transport_keys_new(key.public_half, key.secret_half);
    enum fl_status status = write_file(directory, &key, out_error);
    fl_wipe(&key, sizeof key);
    return status;
}

static enum fl_status create(
    const char *directory,
    const char *suffix,
    struct fl_error *out_error)
{
    enum fl_status status = fl_crypto_start();
    if (status != FL_OK) {
        return fl_error_set(out_error, status, "this machine gives no randomness");
    }
    if (mkdir(directory, 0700) != 0 && errno != EEXIST) {
        return fl_error_set(
            out_error, FL_IO, "%s cannot be made: %s", directory, strerror(errno));
    }
    status = create_signing(directory, suffix, out_error);
    return status == FL_OK ? create_transport(directory, suffix, out_error) : status;
}

enum fl_status fl_keys_create(const char *directory, struct fl_error *out_error)
{
    return create(directory, "", out_error);
}

enum fl_status fl_keys_create_next(const char *directory, struct fl_error *out_error)
{
    return create(directory, FL_KEYS_NEXT, out_error);
}

/* Ours, and nobody else can read or write it. */
static enum fl_status check_mode(
    const char *path,
    const struct stat *found,
    bool is_directory,
    struct fl_error *out_error)
{
    bool right_type = is_directory ? S_ISDIR(found->st_mode) : S_ISREG(found->st_mode);
    if (!right_type || found->st_uid != geteuid()) {
        return fl_error_set(
            out_error, FL_UNTRUSTED, "%s must be a %s of the user that runs this", path,
            is_directory ? "directory" : "file");
    }
    if (found->st_mode & (S_IRWXG | S_IRWXO)) {
        return fl_error_set(
            out_error, FL_UNTRUSTED,
            "%s can be reached by other users; `chmod %s %s` closes it, and keys that "
            "others may have read should be replaced",
            path, is_directory ? "0700" : "0600", path);
    }
    return FL_OK;
}

static enum fl_status read_file(
    const char *path,
    char out_text[FILE_BYTES_MAX],
    size_t *out_size,
    struct fl_error *out_error)
{
    int file = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (file < 0) {
        enum fl_status status = errno == ENOENT  ? FL_NOT_FOUND
                                : errno == ELOOP ? FL_UNTRUSTED
                                                 : FL_IO;
        return fl_error_set(
            out_error, status, "key file %s cannot be read: %s", path, strerror(errno));
    }
    struct stat found;
    enum fl_status status = FL_OK;
    if (fstat(file, &found) != 0) {
        status = fl_error_set(
            out_error, FL_IO, "key file %s cannot be read: %s", path, strerror(errno));
    } else {
        status = check_mode(path, &found, /* is_directory= */ false, out_error);
    }
    ssize_t size = status == FL_OK ? read(file, out_text, FILE_BYTES_MAX - 1) : 0;
    close(file);
    if (status == FL_OK && size < 0) {
        status = fl_error_set(
            out_error, FL_IO, "key file %s cannot be read: %s", path, strerror(errno));
    }
    if (status == FL_OK) {
        size_t used = (size_t)size;
        FL_ASSERT(used < FILE_BYTES_MAX);
        out_text[used] = '\0';
        *out_size = used;
    }
    return status;
}

/* Does the last line hold the hash of those before it? */
static bool check_holds(const char *text, size_t size)
{
    enum { CHECK_LINE_BYTES = 6 + HEX_BYTES + 1 };
    uint8_t check[FL_HASH_BYTES];
    uint8_t told[FL_HASH_BYTES];
    if (size < CHECK_LINE_BYTES || memchr(text, '\0', size) != NULL) {
        return false;
    }
    const char *line = text + size - CHECK_LINE_BYTES;
    if (strncmp(line, "check ", 6) != 0 || text[size - 1] != '\n' ||
        !parse_hex(line + 6, FL_HASH_BYTES, told)) {
        return false;
    }
    fl_hash(
        (struct fl_bytes){(const uint8_t *)text, size - CHECK_LINE_BYTES}, check,
        sizeof check);
    return memcmp(check, told, sizeof check) == 0;
}

static bool parse_line_hex(const char *text, const char *name, uint8_t out[KEY_BYTES])
{
    const char *line = strstr(text, name);
    if (line == NULL) {
        return false;
    }
    line += strlen(name);
    return strlen(line) > HEX_BYTES && parse_hex(line, KEY_BYTES, out);
}

/* 0: it does not say. */
static int64_t parse_created(const char *text)
{
    struct tm parts = {.tm_isdst = 0};
    const char *line = strstr(text, "\ncreated ");
    if (line == NULL ||
        strptime(line + strlen("\ncreated "), "%Y-%m-%dT%H:%M:%SZ", &parts) == NULL) {
        return 0;
    }
    return (int64_t)timegm(&parts) * 1000;
}

static enum fl_status load_file(
    const char *directory,
    const char *kind,
    const char *suffix,
    struct key_file *out_key,
    struct fl_error *out_error)
{
    char text[FILE_BYTES_MAX];
    char first[64];
    size_t size = 0;
    char *path = path_of(directory, kind, suffix);
    if (path == NULL) {
        return no_memory(out_error);
    }
    enum fl_status status = read_file(path, text, &size, out_error);
    snprintf(first, sizeof first, "filial-key 1\nkind %s\n", kind);
    struct key_file key = {.kind = kind, .suffix = suffix};
    if (status == FL_OK &&
        (!check_holds(text, size) || strncmp(text, first, strlen(first)) != 0 ||
         !parse_line_hex(text, "\npublic ", key.public_half) ||
         !parse_line_hex(text, "\nsecret ", key.secret_half))) {
        status = fl_error_set(
            out_error, FL_UNTRUSTED,
            "key file %s is damaged or not a %s key; put it back from its backup", path,
            kind);
    }
    if (status == FL_OK) {
        key.created_ms = parse_created(text);
        *out_key = key;
    }
    fl_wipe(text, sizeof text);
    fl_wipe(&key, sizeof key);
    fl_free(path);
    return status;
}

static enum fl_status load_signing(
    const char *directory,
    const char *suffix,
    struct fl_keys *keys,
    struct fl_error *out_error)
{
    struct key_file key;
    enum fl_status status = load_file(directory, "signing", suffix, &key, out_error);
    if (status != FL_OK) {
        return status;
    }
    status = fl_signing_key_new(key.secret_half, &keys->signing);
    if (status == FL_OK &&
        memcmp(fl_signing_key_public(keys->signing), key.public_half, KEY_BYTES) != 0) {
        status = FL_UNTRUSTED;
    }
    memcpy(keys->signing_public, key.public_half, KEY_BYTES);
    fl_key_id(key.public_half, keys->signing_id);
    keys->signing_created_ms = key.created_ms;
    fl_wipe(&key, sizeof key);
    if (status != FL_OK) {
        return fl_error_set(
            out_error, status, "the signing key in %s does not hold", directory);
    }
    return FL_OK;
}

static enum fl_status load(
    const char *directory,
    const char *suffix,
    struct fl_keys *out_keys,
    struct fl_error *out_error)
{
    struct fl_keys keys = {0};
    struct key_file transport;
    struct stat found;
    enum fl_status status = fl_crypto_start();
    if (status != FL_OK) {
        return fl_error_set(out_error, status, "this machine gives no randomness");
    }
    if (lstat(directory, &found) != 0) {
        return fl_error_set(
            out_error, FL_NOT_FOUND, "keys %s: %s", directory, strerror(errno));
    }
    status = check_mode(directory, &found, /* is_directory= */ true, out_error);
    if (status == FL_OK) {
        status = load_signing(directory, suffix, &keys, out_error);
    }
    if (status == FL_OK) {
        status = load_file(directory, "transport", suffix, &transport, out_error);
    }
    if (status != FL_OK) {
        fl_keys_deinit(&keys);
        return status;
    }
    memcpy(keys.transport_public, transport.public_half, KEY_BYTES);
    memcpy(keys.transport_secret, transport.secret_half, KEY_BYTES);
    keys.transport_created_ms = transport.created_ms;
    fl_wipe(&transport, sizeof transport);
    *out_keys = keys;
    return FL_OK;
}

enum fl_status fl_keys_load(
    const char *directory,
    struct fl_keys *out_keys,
    struct fl_error *out_error)
{
    return load(directory, "", out_keys, out_error);
}

enum fl_status fl_keys_load_next(
    const char *directory,
    struct fl_keys *out_keys,
    struct fl_error *out_error)
{
    return load(directory, FL_KEYS_NEXT, out_keys, out_error);
}

void fl_keys_deinit(struct fl_keys *keys)
{
    if (keys != NULL) {
        fl_signing_key_free(keys->signing);
        fl_wipe(keys, sizeof *keys);
    }
}

void fl_keys_fingerprint(
    const uint8_t public_key[FL_PUBLIC_KEY_BYTES],
    char out_text[FL_FINGERPRINT_TEXT_BYTES])
{
    enum { GROUPS = 8 };
    uint8_t hash[FL_HASH_BYTES];
    fl_hash((struct fl_bytes){public_key, FL_PUBLIC_KEY_BYTES}, hash, sizeof hash);
    for (size_t i = 0; i < GROUPS; i++) {
        snprintf(
            out_text + 5 * i, 6, "%02X%02X%s", hash[2 * i], hash[2 * i + 1],
            i + 1 < GROUPS ? " " : "");
    }
}
