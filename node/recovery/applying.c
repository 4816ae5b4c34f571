/*
 * The file holds one struct fl_applying_place, in the byte order of the machine: it is
 * read by the next process of this node, and by nobody else.
 */

#include "applying.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "node.h"
#include "proto/bytes.h"

#define MAGIC UINT64_C(0x464c4150504c5931) /* "FLAPPLY1" */

enum { KIND_UNPACK = 1, KIND_OBJECT, KIND_COMMIT };

static void *map_file(const char *path)
{
    int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    void *mapped = MAP_FAILED;

    if (file < 0) {
        return NULL;
    }
    if (ftruncate(file, sizeof(struct fl_applying_place)) == 0) {
        mapped = mmap(
            NULL, sizeof(struct fl_applying_place), PROT_READ | PROT_WRITE, MAP_SHARED,
            file, 0);
    }
    (void)close(file);
    return mapped == MAP_FAILED ? NULL : mapped;
}

void fl_applying_open(struct fl_applying *applying, const char *directory)
{
    char *path = fl_node_path(directory, "applying");

    memset(applying, 0, sizeof(*applying));
    applying->mapped = path ? map_file(path) : NULL;
    fl_free(path);
    if (!applying->mapped) {
        return;
    }
    if (applying->mapped->magic == MAGIC) {
        applying->before = *applying->mapped;
    }
    memset(applying->mapped, 0, sizeof(*applying->mapped));
}

void fl_applying_close(struct fl_applying *applying)
{
    if (applying->mapped) {
        (void)munmap(applying->mapped, sizeof(*applying->mapped));
    }
    applying->mapped = NULL;
}

static bool is_same(const struct fl_applying_place *a, const struct fl_applying_place *b)
{
    return a->magic == b->magic && a->kind == b->kind && a->peer == b->peer &&
           a->type == b->type && a->size == b->size && fl_uuid_equal(a->id, b->id);
}

static void mark(struct fl_applying *applying, struct fl_applying_place place)
{
    if (!applying->mapped) {
        return;
    }
    place.attempts = 1;
    if (applying->before.magic == MAGIC && is_same(&applying->before, &place)) {
        place.attempts += applying->before.attempts;
    }
    *applying->mapped = place;
}

static bool is_bad(
    const struct fl_applying *applying,
    const struct fl_applying_place *place)
{
    return applying->before.magic == MAGIC && is_same(&applying->before, place) &&
           applying->before.attempts + 1 >= FL_APPLYING_ATTEMPTS_MAX;
}

static struct fl_applying_place message_place(uint32_t peer, const uint8_t *hash)
{
    return (struct fl_applying_place){
        .magic = MAGIC, .kind = KIND_UNPACK, .peer = peer, .size = fl_load_u64(hash)};
}

static struct fl_applying_place object_place(
    uint32_t peer,
    struct fl_key key,
    size_t size)
{
    return (struct fl_applying_place){
        .magic = MAGIC,
        .kind = KIND_OBJECT,
        .peer = peer,
        .type = key.type,
        .id = key.id,
        .size = size};
}

void fl_applying_unpack(struct fl_applying *applying, uint32_t peer, const uint8_t *hash)
{
    mark(applying, message_place(peer, hash));
}

void fl_applying_object(
    struct fl_applying *applying,
    uint32_t peer,
    struct fl_key key,
    size_t size)
{
    mark(applying, object_place(peer, key, size));
}

void fl_applying_commit(struct fl_applying *applying)
{
    mark(applying, (struct fl_applying_place){.magic = MAGIC, .kind = KIND_COMMIT});
}

void fl_applying_end(struct fl_applying *applying)
{
    if (applying->mapped) {
        applying->mapped->magic = 0;
    }
}

bool fl_applying_is_bad_message(
    const struct fl_applying *applying,
    uint32_t peer,
    const uint8_t *hash)
{
    const struct fl_applying_place place = message_place(peer, hash);

    return is_bad(applying, &place);
}

bool fl_applying_is_bad_object(
    const struct fl_applying *applying,
    uint32_t peer,
    struct fl_key key,
    size_t size)
{
    const struct fl_applying_place place = object_place(peer, key, size);

    return is_bad(applying, &place);
}
