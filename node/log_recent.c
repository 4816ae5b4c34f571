#include "log_recent.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "proto/bytes.h"

/* The log is the process's, and so is what is kept of it. */
static struct {
    pthread_mutex_t mutex;
    atomic_bool on;
    uint64_t last;
    struct fl_log_recent items[FL_LOG_RECENT_MAX];
} recent = {.mutex = PTHREAD_MUTEX_INITIALIZER};

void fl_log_recent_start(void)
{
    atomic_store(&recent.on, true);
}

bool fl_log_recent_is_on(void)
{
    return atomic_load(&recent.on);
}

void fl_log_recent_add(
    int64_t time_ms,
    const char *level,
    const char *event,
    const char *fields,
    size_t fields_size)
{
    const struct fl_bytes kept = fl_bytes_cut(
        (struct fl_bytes){(const uint8_t *)fields, fields_size},
        FL_LOG_RECENT_FIELDS_BYTES - 1);
    (void)pthread_mutex_lock(&recent.mutex);
    struct fl_log_recent *item = &recent.items[recent.last % FL_LOG_RECENT_MAX];
    item->id = ++recent.last;
    item->time_ms = time_ms;
    item->level = level;
    item->event = event;
    memcpy(item->fields, kept.data, kept.size);
    item->fields[kept.size] = '\0';
    (void)pthread_mutex_unlock(&recent.mutex);
}

uint64_t fl_log_recent_last(void)
{
    (void)pthread_mutex_lock(&recent.mutex);
    uint64_t last = recent.last;
    (void)pthread_mutex_unlock(&recent.mutex);
    return last;
}

enum fl_status fl_log_recent_next(uint64_t id, struct fl_log_recent *out_recent)
{
    enum fl_status status = FL_NOT_FOUND;
    (void)pthread_mutex_lock(&recent.mutex);
    if (recent.last > id) {
        uint64_t oldest =
            recent.last > FL_LOG_RECENT_MAX ? recent.last - FL_LOG_RECENT_MAX + 1 : 1;
        uint64_t wanted = id + 1 > oldest ? id + 1 : oldest;
        *out_recent = recent.items[(wanted - 1) % FL_LOG_RECENT_MAX];
        status = FL_OK;
    }
    (void)pthread_mutex_unlock(&recent.mutex);
    return status;
}
