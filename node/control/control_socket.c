#define _GNU_SOURCE /* accept4(), struct ucred */

#include "control_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static const char NAME[] = "control.sock";

/*
 * The address of the socket. A path too long for one goes by way of the directory's
 * descriptor, `*out_directory`, which the caller closes; -1 when it is not needed.
 */
static enum fl_status address_of(
    const char *node_directory,
    struct sockaddr_un *out_address,
    int *out_directory,
    struct fl_error *out_error)
{
    *out_address = (struct sockaddr_un){.sun_family = AF_UNIX};
    *out_directory = -1;
    char *path = out_address->sun_path;
    size_t room = sizeof out_address->sun_path;
    int size = snprintf(path, room, "%s/%s", node_directory, NAME);
    if (size > 0 && (size_t)size < room) {
        return FL_OK;
    }
    *out_directory = open(node_directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (*out_directory < 0) {
        enum fl_status status = errno == ENOENT ? FL_NOT_FOUND : FL_IO;
        return fl_error_set(out_error, status, "%s: %s", node_directory, strerror(errno));
    }
    snprintf(path, room, "/proc/self/fd/%d/%s", *out_directory, NAME);
    return FL_OK;
}

static void close_directory(int directory)
{
    if (directory >= 0) {
        close(directory);
    }
}

enum fl_status fl_control_socket_listen(
    const char *node_directory,
    int *out_descriptor,
    struct fl_error *out_error)
{
    enum { BACKLOG = 64 };
    struct sockaddr_un address;
    int directory;
    enum fl_status status = address_of(node_directory, &address, &directory, out_error);
    if (status != FL_OK) {
        return status;
    }
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    /* We hold the store, so whoever made a socket file here has ended. */
    (void)unlink(address.sun_path);
    if (listener < 0 ||
        bind(listener, (const struct sockaddr *)&address, sizeof address) != 0 ||
        chmod(address.sun_path, S_IRUSR | S_IWUSR) != 0 ||
        listen(listener, BACKLOG) != 0) {
        status = fl_error_set(
            out_error, FL_IO, "%s/%s cannot be listened on: %s", node_directory, NAME,
            strerror(errno));
        if (listener >= 0) {
            close(listener);
        }
    } else {
        *out_descriptor = listener;
    }
    close_directory(directory);
    return status;
}

void fl_control_socket_remove(const char *node_directory)
{
    struct sockaddr_un address;
    int directory;
    if (address_of(node_directory, &address, &directory, NULL) == FL_OK) {
        (void)unlink(address.sun_path);
    }
    close_directory(directory);
}

bool fl_control_socket_user(int connection, unsigned *out_user)
{
    struct ucred peer;
    socklen_t size = sizeof peer;
    if (getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) {
        return false;
    }
    *out_user = peer.uid;
    return true;
}

int fl_control_socket_accept(int listener)
{
    for (;;) {
        int connection = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (connection < 0) {
            return -1;
        }
        struct ucred peer;
        socklen_t size = sizeof peer;
        bool known = getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0;
        if (known && (peer.uid == geteuid() || peer.uid == 0)) {
            return connection;
        }
        close(connection);
    }
}

enum fl_status fl_control_socket_connect(
    const char *node_directory,
    int *out_descriptor,
    struct fl_error *out_error)
{
    struct sockaddr_un address;
    int directory;
    enum fl_status status = address_of(node_directory, &address, &directory, out_error);
    if (status != FL_OK) {
        return status;
    }
    int connection = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connection < 0 ||
        connect(connection, (const struct sockaddr *)&address, sizeof address) != 0) {
        bool absent = errno == ENOENT || errno == ECONNREFUSED || errno == ENOTDIR;
        status = fl_error_set(
            out_error, absent ? FL_NOT_FOUND : FL_IO,
            "filiald of %s cannot be reached: %s", node_directory, strerror(errno));
        if (connection >= 0) {
            close(connection);
        }
    } else {
        *out_descriptor = connection;
    }
    close_directory(directory);
    return status;
}
