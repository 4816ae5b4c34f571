#include "control_connection.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "language.h"

enum {
    READ_BYTES = 256 << 10,
    IN_BYTES_MAX = 2 * FL_CONTROL_FRAME_BYTES_MAX,
    OUT_BYTES_MAX = 64 << 20, /* an answer that the client has not taken yet */
    OUT_RESERVE_BYTES = 8192, /* of it, for the end of an answer that was cut */
    FLUSH_BYTES = 128 << 10,
    HEAD_BYTES = 5,
};

void fl_control_connection_init(struct fl_control_connection *connection, int descriptor)
{
    *connection = (struct fl_control_connection){.descriptor = descriptor};
    fl_buffer_init(&connection->in, IN_BYTES_MAX);
    fl_buffer_init(&connection->out, OUT_BYTES_MAX);
    fl_buffer_init(&connection->command, FL_CONTROL_FRAME_BYTES_MAX);
    fl_buffer_init(&connection->input, FL_CALL_INPUT_BYTES_MAX);
}

void fl_control_connection_deinit(struct fl_control_connection *connection)
{
    if (connection->call != NULL) {
        fl_call_free(connection->call);
        fl_output_deinit(&connection->output);
    }
    fl_buffer_deinit(&connection->in);
    fl_buffer_deinit(&connection->out);
    fl_buffer_deinit(&connection->command);
    fl_buffer_deinit(&connection->input);
    if (connection->descriptor >= 0) {
        close(connection->descriptor);
    }
    *connection = (struct fl_control_connection){.descriptor = -1};
}

void fl_control_connection_hang_up(struct fl_control_connection *connection)
{
    FL_ASSERT(connection->ended);
    if (connection->descriptor >= 0) {
        close(connection->descriptor);
        connection->descriptor = -1;
    }
}

static void compact(struct fl_buffer *buffer, size_t *used)
{
    if (*used > 0) {
        memmove(buffer->data, buffer->data + *used, buffer->size - *used);
        buffer->size -= *used;
        *used = 0;
    }
}

void fl_control_connection_read(struct fl_control_connection *connection)
{
    compact(&connection->in, &connection->used);
    if (connection->in.size + READ_BYTES > IN_BYTES_MAX) {
        return; /* what is here comes first */
    }
    uint8_t *room = fl_buffer_reserve(&connection->in, READ_BYTES);
    if (room == NULL) {
        connection->ended = true;
        return;
    }
    ssize_t size = recv(connection->descriptor, room, READ_BYTES, 0);
    if (size > 0) {
        fl_buffer_added(&connection->in, (size_t)size);
    } else if (size == 0 || (errno != EAGAIN && errno != EINTR)) {
        connection->ended = true;
    }
}

void fl_control_connection_write(struct fl_control_connection *connection)
{
    while (connection->sent < connection->out.size && !connection->ended) {
        ssize_t size = send(
            connection->descriptor, connection->out.data + connection->sent,
            connection->out.size - connection->sent, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (size > 0) {
            connection->sent += (size_t)size;
        } else if (errno == EAGAIN) {
            break;
        } else if (errno != EINTR) {
            connection->ended = true;
        }
    }
    if (connection->sent == connection->out.size) {
        fl_buffer_clear(&connection->out);
        connection->sent = 0;
    }
}

bool fl_control_connection_peek(
    struct fl_control_connection *connection,
    uint8_t *out_kind,
    struct fl_bytes *out_payload)
{
    size_t left = connection->in.size - connection->used;
    if (left < HEAD_BYTES || connection->ended) {
        return false;
    }
    const uint8_t *data = connection->in.data + connection->used;
    uint32_t size = fl_load_u32(data);
    if (size == 0 || size > FL_CONTROL_FRAME_BYTES_MAX) {
        connection->ended = true;
        return false;
    }
    if (left < (size_t)size + 4) {
        return false;
    }
    *out_kind = data[4];
    *out_payload = (struct fl_bytes){data + HEAD_BYTES, size - 1};
    return true;
}

void fl_control_connection_take(struct fl_control_connection *connection)
{
    uint8_t kind;
    struct fl_bytes payload;
    bool found = fl_control_connection_peek(connection, &kind, &payload);
    FL_ASSERT(found);
    connection->used += HEAD_BYTES + payload.size;
}

static void put_frame(
    struct fl_control_connection *connection,
    enum fl_control_kind kind,
    struct fl_bytes payload)
{
    fl_buffer_put_u32(&connection->out, (uint32_t)payload.size + 1);
    fl_buffer_put_u8(&connection->out, (uint8_t)kind);
    fl_buffer_put(&connection->out, payload);
    if (fl_buffer_status(&connection->out) != FL_OK) {
        connection->ended = true;
    }
}

void fl_control_connection_answer(
    struct fl_control_connection *connection,
    enum fl_control_kind kind,
    struct fl_bytes payload)
{
    compact(&connection->out, &connection->sent);
    put_frame(connection, kind, payload);
}

void fl_control_connection_result(
    struct fl_control_connection *connection,
    enum fl_status status,
    const char *text)
{
    size_t size = strlen(text);
    fl_buffer_put_u32(&connection->out, (uint32_t)size + 2);
    fl_buffer_put_u8(&connection->out, FL_CONTROL_RESULT);
    fl_buffer_put_u8(&connection->out, (uint8_t)status);
    fl_buffer_put_memory(&connection->out, text, size);
    if (fl_buffer_status(&connection->out) != FL_OK) {
        connection->ended = true;
    }
}

static void cut(struct fl_control_connection *connection)
{
    const char *words =
        _("filial: the answer is too large for the daemon to hold; ask for less\n");
    connection->overflowed = true;
    put_frame(connection, FL_CONTROL_COMPLAINT, fl_bytes_of_text(words));
}

void fl_control_connection_output(
    void *context,
    enum fl_output_stream stream,
    struct fl_bytes bytes)
{
    struct fl_control_connection *connection = context;
    enum fl_control_kind kind =
        stream == FL_OUTPUT_RESULT ? FL_CONTROL_OUTPUT : FL_CONTROL_COMPLAINT;
    while (bytes.size > 0 && !connection->overflowed && !connection->ended) {
        struct fl_bytes piece = bytes;
        piece.size = piece.size > FLUSH_BYTES ? FLUSH_BYTES : piece.size;
        if (connection->out.size + piece.size + OUT_RESERVE_BYTES > OUT_BYTES_MAX) {
            cut(connection);
            return;
        }
        put_frame(connection, kind, piece);
        if (connection->out.size - connection->sent > FLUSH_BYTES ||
            kind == FL_CONTROL_COMPLAINT) {
            fl_control_connection_write(connection);
        }
        bytes.data += piece.size;
        bytes.size -= piece.size;
    }
}
