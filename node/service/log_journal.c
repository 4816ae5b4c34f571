#include "service/log_journal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "service/log_fields.h"

enum { ENTRY_BYTES = 3 * FL_LOG_LINE_BYTES_MAX };

/* "DEVICE:INODE" of the stream that the manager gave us. */
bool fl_log_journal_is_there(void)
{
    const char *stream = getenv("JOURNAL_STREAM");
    struct stat status;
    char ours[64];

    if (!stream || fstat(STDERR_FILENO, &status) != 0) {
        return false;
    }
    (void)snprintf(
        ours, sizeof(ours), "%llu:%llu", (unsigned long long)status.st_dev,
        (unsigned long long)status.st_ino);
    return strcmp(ours, stream) == 0;
}

static int priority_of(enum fl_log_level level)
{
    switch (level) {
    case FL_LOG_ERROR:
        return 3;
    case FL_LOG_WARN:
        return 4;
    case FL_LOG_INFO:
        return 6;
    case FL_LOG_DEBUG:
        return 7;
    }
    return 3;
}

/* FILIAL_PEER=...; a line has no end of line in it, so the simple form will do. */
static size_t put_field(char *entry, size_t size, const struct fl_log_fields *fields)
{
    const size_t name_size = fields->name.size;

    if (size + 8 + name_size + strlen(fields->value) + 2 >= ENTRY_BYTES) {
        return size;
    }
    memcpy(entry + size, "FILIAL_", 7);
    size += 7;
    for (size_t i = 0; i < name_size; i++) {
        const char letter = (char)fields->name.data[i];

        entry[size++] =
            letter >= 'a' && letter <= 'z' ? (char)(letter - 'a' + 'A') : letter;
    }
    return size + (size_t)sprintf(entry + size, "=%s\n", fields->value);
}

bool fl_log_journal_send(enum fl_log_level level, const char *event, const char *text)
{
    const char *path = getenv("FILIAL_JOURNAL_SOCKET"); /* for the test */
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char entry[ENTRY_BYTES];
    struct fl_log_fields fields;

    size_t size = (size_t)snprintf(
        entry, sizeof(entry),
        "PRIORITY=%d\nSYSLOG_IDENTIFIER=filiald\nFILIAL_EVENT=%s\nMESSAGE=%s %s\n",
        priority_of(level), event, event, text);
    if (size >= sizeof(entry)) {
        return false;
    }
    fl_log_fields_begin(&fields, text);
    while (fl_log_fields_next(&fields)) {
        size = put_field(entry, size, &fields);
    }
    (void)snprintf(
        address.sun_path, sizeof(address.sun_path), "%s",
        path ? path : "/run/systemd/journal/socket");
    const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    if (fd < 0) {
        return false;
    }
    const ssize_t sent = sendto(
        fd, entry, size, MSG_NOSIGNAL | MSG_DONTWAIT, (const struct sockaddr *)&address,
        sizeof(address));

    (void)close(fd);
    return sent == (ssize_t)size;
}
