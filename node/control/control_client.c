#include "control_client.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "control.h"
#include "control_socket.h"
#include "language.h"

enum { INPUT_PIECE_BYTES = 256 << 10, HEAD_BYTES = 5 };

struct fl_client {
    int descriptor;
    struct fl_buffer out;
    struct fl_buffer in; /* what came and is not yet used, from `used` on */
    size_t used;
};

enum fl_status fl_client_open(
    const char *node_directory,
    struct fl_client **out_client,
    struct fl_error *out_error)
{
    struct fl_client *client = fl_alloc_zeroed(1, sizeof *client);
    if (client == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    fl_buffer_init(&client->out, 2 * FL_CONTROL_FRAME_BYTES_MAX);
    fl_buffer_init(&client->in, 4 * FL_CONTROL_FRAME_BYTES_MAX);
    client->descriptor = -1;
    enum fl_status status =
        fl_control_socket_connect(node_directory, &client->descriptor, out_error);
    if (status != FL_OK) {
        fl_client_close(client);
        return status;
    }
    *out_client = client;
    return FL_OK;
}

void fl_client_close(struct fl_client *client)
{
    if (client == NULL) {
        return;
    }
    if (client->descriptor >= 0) {
        close(client->descriptor);
    }
    fl_buffer_deinit(&client->out);
    fl_buffer_deinit(&client->in);
    fl_free(client);
}

static enum fl_status lost(struct fl_error *out_error)
{
    return fl_error_set(
        out_error, FL_IO,
        "the connection to filiald was lost; whether the last request was done is not "
        "known, look before you repeat it");
}

static enum fl_status send_all(
    struct fl_client *client,
    struct fl_bytes bytes,
    struct fl_error *out_error)
{
    while (bytes.size > 0) {
        ssize_t size = send(client->descriptor, bytes.data, bytes.size, MSG_NOSIGNAL);
        if (size < 0 && errno == EINTR) {
            continue;
        }
        if (size < 0) {
            return lost(out_error);
        }
        bytes.data += size;
        bytes.size -= (size_t)size;
    }
    return FL_OK;
}

static enum fl_status send_frame(
    struct fl_client *client,
    enum fl_control_kind kind,
    struct fl_bytes payload,
    struct fl_error *out_error)
{
    if (payload.size + 1 > FL_CONTROL_FRAME_BYTES_MAX) {
        return fl_error_set(
            out_error, FL_LIMIT, "a request of %zu bytes is larger than %d", payload.size,
            FL_CONTROL_FRAME_BYTES_MAX);
    }
    fl_buffer_clear(&client->out);
    fl_buffer_put_u32(&client->out, (uint32_t)payload.size + 1);
    fl_buffer_put_u8(&client->out, (uint8_t)kind);
    fl_buffer_put(&client->out, payload);
    if (fl_buffer_status(&client->out) != FL_OK) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    return send_all(client, fl_buffer_view(&client->out), out_error);
}

static enum fl_status receive_more(struct fl_client *client, struct fl_error *out_error)
{
    enum { PIECE_BYTES = 64 << 10 };
    if (client->used > 0) {
        memmove(
            client->in.data, client->in.data + client->used,
            client->in.size - client->used);
        client->in.size -= client->used;
        client->used = 0;
    }
    uint8_t *room = fl_buffer_reserve(&client->in, PIECE_BYTES);
    if (room == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    ssize_t size;
    do {
        size = recv(client->descriptor, room, PIECE_BYTES, 0);
    } while (size < 0 && errno == EINTR);
    if (size <= 0) {
        return lost(out_error);
    }
    fl_buffer_added(&client->in, (size_t)size);
    return FL_OK;
}

/* The next frame; the payload lives until the next call. */
static enum fl_status receive_frame(
    struct fl_client *client,
    uint8_t *out_kind,
    struct fl_bytes *out_payload,
    struct fl_error *out_error)
{
    for (;;) {
        size_t left = client->in.size - client->used;
        if (left >= HEAD_BYTES) {
            const uint8_t *data = client->in.data + client->used;
            uint32_t size = fl_load_u32(data);
            if (size == 0 || size > FL_CONTROL_FRAME_BYTES_MAX) {
                return fl_error_set(
                    out_error, FL_MALFORMED, "filiald answered what is not a frame");
            }
            if (left >= (size_t)size + 4) {
                *out_kind = data[4];
                *out_payload = (struct fl_bytes){data + HEAD_BYTES, size - 1};
                client->used += (size_t)size + 4;
                return FL_OK;
            }
        }
        enum fl_status status = receive_more(client, out_error);
        if (status != FL_OK) {
            return status;
        }
    }
}

enum fl_status fl_client_send(
    struct fl_client *client,
    struct fl_bytes json,
    struct fl_error *out_error)
{
    return send_frame(client, FL_CONTROL_PUT, json, out_error);
}

enum fl_status fl_client_receive(struct fl_client *client, struct fl_error *out_error)
{
    uint8_t kind;
    struct fl_bytes payload;
    enum fl_status status = receive_frame(client, &kind, &payload, out_error);
    if (status != FL_OK) {
        return status;
    }
    if (kind != FL_CONTROL_RESULT || payload.size == 0) {
        return fl_error_set(
            out_error, FL_MALFORMED, "filiald answered what is not a result");
    }
    status = (enum fl_status)payload.data[0];
    if (status != FL_OK && out_error != NULL) {
        out_error->status = status;
        snprintf(
            out_error->text, sizeof out_error->text, "%.*s", (int)payload.size - 1,
            (const char *)payload.data + 1);
    }
    return status;
}

enum fl_status fl_client_put(
    struct fl_client *client,
    struct fl_bytes json,
    struct fl_error *out_error)
{
    enum fl_status status = fl_client_send(client, json, out_error);
    return status == FL_OK ? fl_client_receive(client, out_error) : status;
}

static enum fl_status send_command(
    struct fl_client *client,
    size_t argument_count,
    char *const *arguments,
    unsigned flags,
    struct fl_error *out_error)
{
    char directory[PATH_MAX];
    if (getcwd(directory, sizeof directory) == NULL) {
        directory[0] = '\0';
    }
    struct fl_buffer payload;
    fl_buffer_init(&payload, FL_CONTROL_FRAME_BYTES_MAX);
    fl_buffer_put_u8(&payload, (uint8_t)flags);
    fl_buffer_put_sized(&payload, fl_bytes_of_text(fl_language_wanted()));
    fl_buffer_put_sized(&payload, fl_bytes_of_text(directory));
    for (size_t i = 0; i < argument_count; i++) {
        fl_buffer_put_sized(&payload, fl_bytes_of_text(arguments[i]));
    }
    enum fl_status status = fl_buffer_status(&payload);
    if (status != FL_OK) {
        (void)fl_error_set(out_error, status, "the arguments are too long for a command");
    } else {
        status =
            send_frame(client, FL_CONTROL_COMMAND, fl_buffer_view(&payload), out_error);
    }
    fl_buffer_deinit(&payload);
    return status;
}

static enum fl_status send_input(
    struct fl_client *client,
    struct fl_bytes input,
    struct fl_error *out_error)
{
    enum fl_status status = FL_OK;
    while (status == FL_OK && input.size > 0) {
        struct fl_bytes piece = input;
        piece.size = piece.size > INPUT_PIECE_BYTES ? INPUT_PIECE_BYTES : piece.size;
        status = send_frame(client, FL_CONTROL_INPUT, piece, out_error);
        input.data += piece.size;
        input.size -= piece.size;
    }
    if (status == FL_OK) {
        status = send_frame(client, FL_CONTROL_INPUT, (struct fl_bytes){0}, out_error);
    }
    return status;
}

enum fl_status fl_client_run(
    struct fl_client *client,
    size_t argument_count,
    char *const *arguments,
    unsigned flags,
    struct fl_bytes input,
    int *out_exit,
    struct fl_error *out_error)
{
    enum fl_status status =
        send_command(client, argument_count, arguments, flags, out_error);
    if (status == FL_OK && (flags & FL_CLIENT_INPUT)) {
        status = send_input(client, input, out_error);
    }
    while (status == FL_OK) {
        uint8_t kind;
        struct fl_bytes payload;
        status = receive_frame(client, &kind, &payload, out_error);
        if (status == FL_OK && kind == FL_CONTROL_EXIT && payload.size == 1) {
            *out_exit = payload.data[0];
            return FL_OK;
        }
        if (status == FL_OK && kind == FL_CONTROL_OUTPUT) {
            fwrite(payload.data, 1, payload.size, stdout);
        } else if (status == FL_OK && kind == FL_CONTROL_COMPLAINT) {
            fflush(stdout);
            fwrite(payload.data, 1, payload.size, stderr);
        }
    }
    return status;
}
