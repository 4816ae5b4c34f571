#include "service/notify.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { STATE_BYTES = 512, WATCHDOG_MS_MIN = 100 };

/* A path, or with '@' a name that is in no file system. */
static bool address_of(const char *path, struct sockaddr_un *out_address, socklen_t *size)
{
    const size_t length = strlen(path);

    *out_address = (struct sockaddr_un){.sun_family = AF_UNIX};
    if ((path[0] != '/' && path[0] != '@') || length < 2 ||
        length >= sizeof(out_address->sun_path)) {
        return false;
    }
    memcpy(out_address->sun_path, path, length);
    if (path[0] == '@') {
        out_address->sun_path[0] = '\0';
    }
    *size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
    return true;
}

void fl_notify(const char *state)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un address;
    socklen_t size;

    if (!path || !address_of(path, &address, &size)) {
        return;
    }
    const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd >= 0) {
        (void)sendto(
            fd, state, strlen(state), MSG_NOSIGNAL, (const struct sockaddr *)&address,
            size);
        (void)close(fd);
    }
}

void fl_notify_status(const char *state, const char *format, ...)
{
    char text[STATE_BYTES];
    const int used = snprintf(text, sizeof(text), "%s\nSTATUS=", state);
    va_list arguments;

    if (used < 0 || (size_t)used >= sizeof(text)) {
        return;
    }
    va_start(arguments, format);
    (void)vsnprintf(text + used, sizeof(text) - (size_t)used, format, arguments);
    va_end(arguments);
    fl_notify(text);
}

static bool read_number(const char *name, uint64_t *out_number)
{
    const char *text = getenv(name);
    char *end = NULL;

    if (!text || text[0] < '0' || text[0] > '9') {
        return false;
    }
    *out_number = strtoull(text, &end, 10);
    return *end == '\0';
}

uint64_t fl_notify_watchdog_ms(void)
{
    uint64_t microseconds = 0;
    uint64_t pid = 0;

    if (!read_number("WATCHDOG_USEC", &microseconds) || microseconds == 0 ||
        (read_number("WATCHDOG_PID", &pid) && pid != (uint64_t)getpid())) {
        return UINT64_MAX;
    }
    const uint64_t half_ms = microseconds / 2000;

    return half_ms < WATCHDOG_MS_MIN ? WATCHDOG_MS_MIN : half_ms;
}
