#include "endpoint_archive.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Names sort by time: the oldest comes first. */
static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_kept(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static uint64_t size_of(const char *directory, const char *name)
{
    struct stat found;
    char *path = fl_node_path(directory, name);
    uint64_t size = path != NULL && stat(path, &found) == 0 ? (uint64_t)found.st_size : 0;
    fl_free(path);
    return size;
}

static void drop(const char *directory, const char *name)
{
    char *path = fl_node_path(directory, name);
    if (path != NULL) {
        (void)unlink(path);
    }
    fl_free(path);
}

/* From the newest back, as many as the limits allow; the newest stays whatever its size.
 */
static void thin_out(const char *directory, const struct fl_endpoint_settings *settings)
{
    struct dirent **entries = NULL;
    uint64_t bytes = 0;
    int count = scandir(directory, &entries, is_kept, by_name);
    for (int i = count - 1; i >= 0; i--) {
        uint64_t place = (uint64_t)(count - 1 - i);
        bytes += size_of(directory, entries[i]->d_name);
        if (place >= settings->archive_files ||
            (place > 0 && bytes > settings->archive_bytes)) {
            drop(directory, entries[i]->d_name);
        }
        free(entries[i]);
    }
    free(entries);
}

static void name_kept(
    const char *kind,
    const char *name,
    char out_text[FL_PLACE_NAME_BYTES + 64])
{
    char day[32] = "";
    int64_t now_ms = fl_node_now_ms();
    time_t now = (time_t)(now_ms / 1000);
    struct tm utc;
    if (gmtime_r(&now, &utc) != NULL) {
        (void)strftime(day, sizeof day, "%Y%m%dT%H%M%S", &utc);
    }
    snprintf(
        out_text, FL_PLACE_NAME_BYTES + 64, "%s.%03dZ-%s-%s", day, (int)(now_ms % 1000),
        kind, name);
}

enum fl_status fl_endpoint_archive(
    const struct fl_node *node,
    uint32_t peer,
    const struct fl_endpoint_settings *settings,
    const char *path,
    bool move,
    const char *kind,
    const char *name,
    struct fl_error *out_error)
{
    char kept[FL_PLACE_NAME_BYTES + 64];
    enum fl_status status = FL_OK;
    if (settings->archive_files == 0) {
        if (move) {
            (void)unlink(path);
        }
        return FL_OK;
    }
    name_kept(kind, name, kept);
    char *directory = fl_endpoint_own_path(node, peer, "archive");
    char *target = directory == NULL ? NULL : fl_node_path(directory, kept);
    if (target == NULL) {
        status = FL_NO_MEMORY;
    } else if (
        (mkdir(directory, 0700) != 0 && errno != EEXIST) ||
        (move ? rename(path, target) : link(path, target)) != 0) {
        status = fl_error_set(
            out_error, FL_IO, "the archive %s: %s", directory, strerror(errno));
    } else {
        thin_out(directory, settings);
    }
    fl_free(target);
    fl_free(directory);
    return status;
}
