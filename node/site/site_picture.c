#include "site/site_picture.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "change/change.h"
#include "exchange/value_storage.h"
#include "file.h"
#include "proto/hash.h"
#include "site/site_request.h"
#include "storage/settings.h"

/* As of a setting: the hash of what was told, zero of one that went, and the number of
   the message. */
enum { TOLD_HASH_BYTES = 16, TOLD_BYTES = TOLD_HASH_BYTES + 8 };
enum { NOTED_MAX = 1024, ARENA_BYTES = 64 << 20 };

static const char FOLDER[] = "import_files";

struct noted {
    struct fl_uuid goods;
    uint8_t hash[TOLD_HASH_BYTES];
};

struct fl_site_pictures {
    struct fl_node *node;
    uint32_t peer;
    uint64_t confirmed_number;
    const char *directory;
    bool all;
    bool with_dashes;
    struct fl_arena arena; /* of one picture */
    size_t noted_count;
    struct noted noted[NOTED_MAX];
};

/* --- the folder --- */

typedef enum fl_status (
    *visit_file)(void *context, const char *name, struct fl_error *out_error);

static enum fl_status each_of(
    const char *directory,
    const char *folder,
    visit_file visit,
    void *context,
    struct fl_error *out_error)
{
    char *path = fl_node_path(directory, folder);
    DIR *listing = path == NULL ? NULL : opendir(path);
    const struct dirent *entry;
    enum fl_status status = FL_OK;
    char name[FL_SITE_PICTURE_NAME_BYTES * 4];
    while (listing != NULL && status == FL_OK && (entry = readdir(listing)) != NULL) {
        if (entry->d_name[0] != '.' &&
            strlen(entry->d_name) < FL_SITE_PICTURE_NAME_BYTES) {
            (void)snprintf(name, sizeof name, "%s/%s", folder, entry->d_name);
            status = visit(context, name, out_error);
        }
    }
    if (listing != NULL) {
        (void)closedir(listing);
    }
    fl_free(path);
    return status;
}

struct visiting {
    const char *directory;
    visit_file visit;
    void *context;
};

static enum fl_status visit_folder(
    void *context,
    const char *name,
    struct fl_error *out_error)
{
    const struct visiting *visiting = context;
    return each_of(
        visiting->directory, name, visiting->visit, visiting->context, out_error);
}

enum fl_status fl_site_pictures_each(
    const char *directory,
    visit_file visit,
    void *context,
    struct fl_error *out_error)
{
    struct visiting visiting = {
        .directory = directory, .visit = visit, .context = context};
    return each_of(directory, FOLDER, visit_folder, &visiting, out_error);
}

static enum fl_status remove_one(
    void *context,
    const char *name,
    struct fl_error *out_error)
{
    const struct fl_site_pictures *pictures = context;
    char *path = fl_node_path(pictures->directory, name);
    (void)out_error;
    if (path != NULL) {
        (void)unlink(path);
    }
    fl_free(path);
    return FL_OK;
}

struct fl_site_pictures *fl_site_pictures_begin(
    struct fl_node *node,
    uint32_t peer,
    uint64_t confirmed_number,
    const char *directory,
    bool all,
    bool with_dashes)
{
    struct fl_site_pictures *pictures = fl_alloc_zeroed(1, sizeof *pictures);
    if (pictures == NULL) {
        return NULL;
    }
    pictures->node = node;
    pictures->peer = peer;
    pictures->confirmed_number = confirmed_number;
    pictures->directory = directory;
    pictures->all = all;
    pictures->with_dashes = with_dashes;
    fl_arena_init(&pictures->arena, ARENA_BYTES);
    (void)fl_site_pictures_each(directory, remove_one, pictures, NULL);
    return pictures;
}

void fl_site_pictures_end(struct fl_site_pictures *pictures)
{
    if (pictures != NULL) {
        fl_arena_deinit(&pictures->arena);
        fl_free(pictures);
    }
}

/* --- what was told --- */

static struct fl_bytes setting_of(
    const struct fl_site_pictures *pictures,
    struct fl_uuid goods,
    char out_text[FL_SETTING_NAME_BYTES_MAX + 1])
{
    (void)snprintf(
        out_text, FL_SETTING_NAME_BYTES_MAX + 1, "site-pic/%010" PRIu32 "/%s",
        pictures->peer, fl_uuid_text(goods).text);
    return fl_bytes_of_text(out_text);
}

enum told { TOLD_NOTHING, TOLD_OTHER, TOLD_THIS };

/* What was told last of the goods, and whether the site is known to have taken it. */
static enum told what_was_told(
    const struct fl_site_pictures *pictures,
    struct fl_txn *txn,
    const struct noted *noted)
{
    char name[FL_SETTING_NAME_BYTES_MAX + 1];
    struct fl_bytes value;
    if (fl_settings_get(txn, setting_of(pictures, noted->goods, name), &value) != FL_OK ||
        value.size != TOLD_BYTES) {
        return TOLD_NOTHING;
    }
    return memcmp(value.data, noted->hash, TOLD_HASH_BYTES) == 0 &&
                   fl_load_u64(value.data + TOLD_HASH_BYTES) <= pictures->confirmed_number
               ? TOLD_THIS
               : TOLD_OTHER;
}

enum fl_status fl_site_pictures_note(
    struct fl_site_pictures *pictures,
    uint64_t number,
    struct fl_error *out_error)
{
    struct fl_txn txn;
    if (pictures->noted_count == 0) {
        return FL_OK;
    }
    fl_txn_begin(&txn, pictures->node->store, FL_TXN_KEEP);
    for (size_t i = 0; i < pictures->noted_count; i++) {
        const struct noted *noted = &pictures->noted[i];
        char name[FL_SETTING_NAME_BYTES_MAX + 1];
        uint8_t value[TOLD_BYTES];
        memcpy(value, noted->hash, TOLD_HASH_BYTES);
        fl_store_u64(value + TOLD_HASH_BYTES, number);
        fl_settings_put(
            &txn, setting_of(pictures, noted->goods, name),
            (struct fl_bytes){value, sizeof value});
    }
    pictures->noted_count = 0;
    return fl_change_commit(&txn, out_error);
}

bool fl_site_pictures_are_many(const struct fl_site_pictures *pictures)
{
    return pictures->noted_count == NOTED_MAX;
}

/* --- a picture goes --- */

static void without_dashes(char *text)
{
    char *to = text;
    for (const char *at = text; *at != '\0'; at++) {
        if (*at != '-') {
            *to++ = *at;
        }
    }
    *to = '\0';
}

/* "import_files/bd/bd72…_0f4b….jpg": another picture of the goods is another file. */
static void name_of(
    const struct fl_site_pictures *pictures,
    const struct noted *noted,
    const char *extension,
    char out_name[FL_SITE_PICTURE_NAME_BYTES])
{
    struct fl_uuid_text goods = fl_uuid_text(noted->goods);
    struct fl_uuid_text file = fl_uuid_text(fl_uuid_of_random(noted->hash));
    if (!pictures->with_dashes) {
        without_dashes(goods.text);
        without_dashes(file.text);
    }
    (void)snprintf(
        out_name, FL_SITE_PICTURE_NAME_BYTES, "%s/%.2s/%s_%s.%s", FOLDER, goods.text,
        goods.text, file.text, extension);
}

static enum fl_status write_file(
    const struct fl_site_pictures *pictures,
    const char *name,
    struct fl_bytes binary,
    struct fl_error *out_error)
{
    char *path = fl_node_path(pictures->directory, name);
    if (path == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    for (char *at = path + strlen(pictures->directory) + 1;
         (at = strchr(at, '/')) != NULL; at++) {
        *at = '\0';
        (void)mkdir(path, 0700);
        *at = '/';
    }
    struct fl_file file;
    enum fl_status status = fl_file_begin(&file, path, 0600, out_error);
    if (status == FL_OK) {
        status = fl_file_write(&file, binary, out_error);
    }
    if (status == FL_OK) {
        status = fl_file_place(&file, out_error);
    }
    if (status != FL_OK) {
        fl_file_abandon(&file);
    }
    fl_free(path);
    return status;
}

static enum fl_status read_value(
    struct fl_site_pictures *pictures,
    const struct fl_value *value,
    struct fl_bytes *out_binary,
    struct fl_error *out_error)
{
    if (value == NULL ||
        (value->kind != FL_VALUE_STORAGE && value->kind != FL_VALUE_BINARY)) {
        return FL_NOT_FOUND;
    }
    const enum fl_status status = fl_value_storage_read(
        value->bytes, FL_SITE_PICTURE_BYTES_MAX, &pictures->arena, out_binary);
    if (status == FL_LIMIT) {
        return fl_error_set(
            out_error, FL_LIMIT, "the picture is larger than %d MiB, and does not go",
            FL_SITE_PICTURE_BYTES_MAX >> 20);
    }
    if (status == FL_MALFORMED) {
        return fl_error_set(
            out_error, FL_MALFORMED, "the picture cannot be unpacked, and does not go");
    }
    return status;
}

static void note(struct fl_site_pictures *pictures, const struct noted *noted)
{
    FL_ASSERT(pictures->noted_count < NOTED_MAX);
    pictures->noted[pictures->noted_count++] = *noted;
}

enum fl_status fl_site_picture_put(
    struct fl_site_pictures *pictures,
    struct fl_txn *txn,
    struct fl_uuid goods,
    const struct fl_value *value,
    char out_name[FL_SITE_PICTURE_NAME_BYTES],
    bool *out_gone,
    struct fl_error *out_error)
{
    struct fl_bytes binary = {NULL, 0};
    struct noted noted = {.goods = goods};
    out_name[0] = '\0';
    *out_gone = false;
    fl_arena_reset(&pictures->arena);
    enum fl_status status = read_value(pictures, value, &binary, out_error);
    if (status == FL_NOT_FOUND || (status == FL_OK && binary.size == 0)) {
        *out_gone = what_was_told(pictures, txn, &noted) == TOLD_OTHER;
        if (*out_gone) {
            note(pictures, &noted);
        }
        return FL_OK;
    }
    if (status != FL_OK) {
        return status;
    }
    const char *extension = fl_picture_extension(binary);
    fl_hash(binary, noted.hash, sizeof noted.hash);
    name_of(pictures, &noted, extension == NULL ? "bin" : extension, out_name);
    if (!pictures->all && what_was_told(pictures, txn, &noted) == TOLD_THIS) {
        return FL_OK;
    }
    status = write_file(pictures, out_name, binary, out_error);
    if (status == FL_OK) {
        note(pictures, &noted);
    }
    return status;
}

/* --- a picture comes --- */

enum fl_status fl_site_picture_take(
    const char *directory,
    const char *name,
    const struct fl_attribute *attribute,
    struct fl_arena *arena,
    struct fl_value *out_value,
    struct fl_error *out_error)
{
    char safe[FL_SITE_PATH_BYTES];
    struct fl_buffer text = {0};
    struct fl_bytes binary = {NULL, 0};
    if (name[0] == '\0') {
        *out_value = fl_value_empty(&attribute->type);
        return FL_OK;
    }
    if (!fl_site_name_take(name, safe)) {
        return fl_error_set(
            out_error, FL_REFUSED, "Картинка \"%.200s\" is no name of a file that came",
            name);
    }
    char *path = fl_node_path(directory, safe);
    if (path == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    enum fl_status status = FL_NOT_FOUND;
    if (access(path, R_OK) == 0) {
        status = fl_file_read(path, FL_SITE_PICTURE_BYTES_MAX, &text, out_error);
    }
    fl_free(path);
    if (status == FL_OK) {
        status = fl_arena_copy(arena, fl_buffer_view(&text), &binary);
        fl_buffer_deinit(&text);
    }
    const bool plain = (attribute->type.allows & FL_ALLOWS_STORAGE) == 0;
    *out_value = (struct fl_value){
        .kind = plain ? FL_VALUE_BINARY : FL_VALUE_STORAGE, .bytes = binary};
    if (status == FL_OK && !plain) {
        status = fl_value_storage_write(binary, arena, &out_value->bytes);
    }
    return status;
}
