#include "control.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "audit/audit.h"
#include "change/change.h"
#include "change/ref.h"
#include "control_client.h"
#include "control_connection.h"
#include "control_socket.h"
#include "language.h"
#include "log.h"
#include "version/version_policy.h"

enum {
    PUTS_MAX = 2048, /* in one round of commits */
    /* An entry with its index and tags is less than this beside its record. */
    PUT_OVERHEAD_BYTES = 4096,
    PUT_KEYS = 8,
};

/* A PUT that was applied in the open transaction, to be answered after its commit. */
struct put {
    struct fl_control_connection *connection;
    struct fl_bytes line;
    enum fl_status status;
    struct fl_key key;
    char *complaint; /* FL_OK: NULL */
};

struct fl_control {
    struct fl_node *node;
    unsigned user; /* of `user_name`, when that is not empty */
    char user_name[FL_AUDIT_WHO_BYTES_MAX + 1];
    int listener;
    size_t connection_count;
    struct fl_control_connection *connections[FL_CONTROL_CONNECTIONS_MAX];
    struct fl_change_memory memory;
    size_t put_count;
    struct put puts[PUTS_MAX];
};

enum fl_status fl_control_open(
    struct fl_node *node,
    struct fl_control **out_control,
    struct fl_error *out_error)
{
    struct fl_control *control = fl_alloc_zeroed(1, sizeof *control);
    if (control == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    control->node = node;
    control->listener = -1;
    fl_change_memory_init(&control->memory);
    enum fl_status status =
        fl_control_socket_listen(node->directory, &control->listener, out_error);
    if (status != FL_OK) {
        fl_control_close(control);
        return status;
    }
    *out_control = control;
    return FL_OK;
}

void fl_control_close(struct fl_control *control)
{
    if (control == NULL) {
        return;
    }
    for (size_t i = 0; i < control->connection_count; i++) {
        fl_control_connection_write(control->connections[i]);
        fl_control_connection_deinit(control->connections[i]);
        fl_free(control->connections[i]);
    }
    if (control->listener >= 0) {
        fl_control_socket_remove(control->node->directory);
        close(control->listener);
    }
    fl_change_memory_deinit(&control->memory);
    fl_free(control);
}

size_t fl_control_poll(const struct fl_control *control, struct pollfd *out_fds)
{
    bool room = control->connection_count < FL_CONTROL_CONNECTIONS_MAX;
    out_fds[0] = (struct pollfd){.fd = control->listener, .events = room ? POLLIN : 0};
    for (size_t i = 0; i < control->connection_count; i++) {
        const struct fl_control_connection *connection = control->connections[i];
        bool pending = connection->sent < connection->out.size;
        short events = pending ? POLLOUT : POLLIN;
        out_fds[i + 1] = (struct pollfd){.fd = connection->descriptor, .events = events};
    }
    return control->connection_count + 1;
}

static void accept_all(struct fl_control *control)
{
    while (control->connection_count < FL_CONTROL_CONNECTIONS_MAX) {
        int descriptor = fl_control_socket_accept(control->listener);
        if (descriptor < 0) {
            return;
        }
        struct fl_control_connection *connection = fl_alloc_zeroed(1, sizeof *connection);
        if (connection == NULL) {
            close(descriptor);
            return;
        }
        fl_control_connection_init(connection, descriptor);
        control->connections[control->connection_count++] = connection;
    }
}

static void read_ready(
    struct fl_control *control,
    const struct pollfd *fds,
    size_t fd_count)
{
    FL_ASSERT(fd_count == control->connection_count + 1);
    for (size_t i = 0; i < control->connection_count; i++) {
        struct fl_control_connection *connection = control->connections[i];
        if (fds[i + 1].revents & POLLOUT) {
            fl_control_connection_write(connection);
        }
        if (fds[i + 1].revents & (POLLIN | POLLHUP | POLLERR)) {
            fl_control_connection_read(connection);
        }
    }
    if (fds[0].revents & POLLIN) {
        accept_all(control);
    }
}

/* --- PUT --- */

/* The PUTs that stand first in each connection, as many as fit a round. */
static void collect_puts(struct fl_control *control)
{
    control->put_count = 0;
    for (size_t i = 0; i < control->connection_count; i++) {
        struct fl_control_connection *connection = control->connections[i];
        uint8_t kind;
        struct fl_bytes line;
        while (control->put_count < PUTS_MAX && !connection->has_command &&
               fl_control_connection_peek(connection, &kind, &line) &&
               kind == FL_CONTROL_PUT) {
            control->puts[control->put_count++] =
                (struct put){.connection = connection, .line = line};
            fl_control_connection_take(connection);
        }
    }
}

static void fail_put(struct put *put, enum fl_status status, const char *words)
{
    put->status = status;
    fl_free(put->complaint);
    put->complaint = fl_node_copy(words);
}

/* What is written next is by the user at the other end; the name is looked up once. */
static void name_user(
    struct fl_control *control,
    const struct fl_control_connection *connection)
{
    unsigned user = 0;
    bool known = fl_control_socket_user(connection->descriptor, &user);
    if (known && (control->user_name[0] == '\0' || user != control->user)) {
        fl_audit_user(user, control->user_name, sizeof control->user_name);
        control->user = user;
    }
    fl_version_written_by(control->node, known ? control->user_name : "");
}

/*
 * Apply PUTs from `first` on in one transaction, each a source transaction of its own.
 * Gives how many were settled, by the commit or by a failure of their own.
 */
static size_t apply_puts(
    struct fl_control *control,
    size_t first,
    size_t count_max,
    bool *out_wrote)
{
    struct fl_txn txn;
    size_t count = 0;
    size_t appended = 0;
    fl_txn_begin(&txn, control->node->store, FL_TXN_WRITE);
    for (; count < count_max; count++) {
        struct put *put = &control->puts[first + count];
        if (count > 0 &&
            !fl_txn_has_room(&txn, 2 * put->line.size + PUT_OVERHEAD_BYTES, PUT_KEYS)) {
            break;
        }
        struct fl_error error;
        name_user(control, put->connection);
        fl_journal_transaction(&txn);
        put->status = fl_change_apply_text(
            control->node, &txn, put->line, &control->memory, &put->key, &error);
        if (put->status != FL_OK) {
            fail_put(put, put->status, error.text);
        }
        appended += put->status == FL_OK;
        if (fl_txn_status(&txn) != FL_OK) {
            count++;
            break;
        }
    }
    fl_version_written_by(control->node, "");
    enum fl_status status = FL_OK;
    if (appended > 0 || fl_txn_status(&txn) != FL_OK) {
        status = fl_txn_commit(&txn);
    }
    fl_txn_abort(&txn);
    if (status != FL_OK && count > 1 && !fl_store_is_dead(control->node->store)) {
        return 0; /* one of them broke it for all: each alone then */
    }
    for (size_t i = 0; i < count && status != FL_OK; i++) {
        if (control->puts[first + i].status == FL_OK) {
            fail_put(&control->puts[first + i], status, fl_txn_error(&txn)->text);
        }
    }
    *out_wrote = *out_wrote || (status == FL_OK && appended > 0);
    return count;
}

static void answer_puts(struct fl_control *control)
{
    for (size_t i = 0; i < control->put_count; i++) {
        struct put *put = &control->puts[i];
        struct fl_ref_text ref;
        const char *text = put->complaint != NULL ? put->complaint : "";
        if (put->status == FL_OK) {
            ref = fl_ref_text(control->node->configuration, put->key);
            text = ref.text;
        }
        fl_control_connection_result(put->connection, put->status, text);
        fl_free(put->complaint);
        *put = (struct put){0};
    }
}

static void serve_puts(struct fl_control *control, bool *out_wrote)
{
    size_t done = 0;
    while (done < control->put_count) {
        size_t settled = apply_puts(control, done, control->put_count - done, out_wrote);
        if (settled == 0) {
            fl_free(control->puts[done].complaint);
            control->puts[done].complaint = NULL;
            settled = apply_puts(control, done, 1, out_wrote);
        }
        done += settled;
    }
    answer_puts(control);
}

/* --- COMMAND --- */

static void end_command(struct fl_control_connection *connection, int exit_status)
{
    uint8_t code = connection->overflowed ? FL_EXIT_FAILED : (uint8_t)exit_status;
    fl_output_deinit(&connection->output);
    fl_call_free(connection->call);
    connection->call = NULL;
    connection->has_command = false;
    connection->overflowed = false;
    fl_buffer_deinit(&connection->input);
    fl_buffer_init(&connection->input, FL_CALL_INPUT_BYTES_MAX);
    fl_control_connection_answer(
        connection, FL_CONTROL_EXIT, (struct fl_bytes){&code, 1});
}

/* C strings of the parts of a COMMAND, in memory that lives as long as the command. */
struct request {
    unsigned flags;
    char *language;
    char *directory;
    size_t argument_count;
    const char *arguments[FL_CALL_ARGUMENTS_MAX];
    struct fl_arena arena;
};

static bool parse_request(struct fl_bytes payload, struct request *request)
{
    struct fl_reader reader = fl_reader_of(payload);
    request->flags = fl_reader_u8(&reader);
    request->language = fl_arena_text(&request->arena, fl_reader_sized(&reader));
    request->directory = fl_arena_text(&request->arena, fl_reader_sized(&reader));
    while (fl_reader_left(&reader) > 0 && !reader.failed &&
           request->argument_count < FL_CALL_ARGUMENTS_MAX) {
        request->arguments[request->argument_count++] =
            fl_arena_text(&request->arena, fl_reader_sized(&reader));
    }
    bool complete = fl_reader_done(&reader) && request->language != NULL &&
                    request->directory != NULL && request->argument_count > 0;
    for (size_t i = 0; i < request->argument_count; i++) {
        complete = complete && request->arguments[i] != NULL;
    }
    return complete;
}

static int run_request(
    struct fl_control *control,
    struct fl_control_connection *connection,
    const struct request *request,
    bool *out_wrote)
{
    struct fl_call *call = connection->call;
    struct fl_error error = {.text = ""};
    bool json = (request->flags & FL_CLIENT_JSON) != 0;
    bool help = false;
    enum fl_status status = fl_command_parse(
        request->argument_count, request->arguments, call, &json, &help, &error);
    fl_output_init(
        &connection->output, json, (request->flags & FL_CLIENT_TERMINAL) != 0,
        fl_control_connection_output, connection);
    call->output = &connection->output;
    if (status == FL_OK && (call->command->flags & FL_COMMAND_ALONE)) {
        status =
            fl_error_set(&error, FL_BUSY, "filiald runs on this node; stop it first");
    }
    if (status != FL_OK) {
        call->usage = status != FL_BUSY;
        return fl_command_end(call, status, &error);
    }
    unsigned user = 0;
    if (fl_control_socket_user(connection->descriptor, &user)) {
        fl_audit_user(user, call->who, sizeof call->who);
    }
    call->node = control->node;
    call->node_directory = control->node->directory;
    call->working_directory = request->directory;
    call->input = fl_buffer_view(&connection->input);
    int exit_status = fl_command_run_call(call);
    *out_wrote = *out_wrote || call->wrote;
    control->node->revision += call->wrote;
    /* A call that waits must not look at the request, which ends here. */
    call->working_directory = NULL;
    call->argument_count = 0;
    call->option_count = 0;
    return exit_status;
}

static void run_command(
    struct fl_control *control,
    struct fl_control_connection *connection,
    bool *out_wrote)
{
    struct request *request = fl_alloc_zeroed(1, sizeof *request);
    connection->call = fl_alloc_zeroed(1, sizeof *connection->call);
    if (request == NULL || connection->call == NULL) {
        fl_free(request);
        connection->ended = true;
        return;
    }
    fl_arena_init(&request->arena, (size_t)4 * FL_CONTROL_FRAME_BYTES_MAX);
    if (!parse_request(fl_buffer_view(&connection->command), request)) {
        connection->ended = true;
    } else {
        const char *own = fl_language_wanted();
        fl_language_use(request->language);
        connection->in_russian = strcmp(request->language, "ru") == 0;
        int exit_status = run_request(control, connection, request, out_wrote);
        fl_language_use(own);
        if (exit_status >= 0) {
            end_command(connection, exit_status);
        }
    }
    fl_arena_deinit(&request->arena);
    fl_free(request);
}

/* The next frame of a connection that is no PUT; false when there is none to use. */
static bool serve_frame(
    struct fl_control *control,
    struct fl_control_connection *connection,
    bool *out_wrote)
{
    uint8_t kind;
    struct fl_bytes payload;
    if (connection->call != NULL ||
        !fl_control_connection_peek(connection, &kind, &payload) ||
        (kind == FL_CONTROL_PUT && !connection->has_command)) {
        return false;
    }
    if (kind == FL_CONTROL_COMMAND && !connection->has_command && payload.size > 0) {
        connection->has_command = true;
        connection->wants_input = (payload.data[0] & FL_CLIENT_INPUT) != 0;
        fl_buffer_clear(&connection->command);
        fl_buffer_put(&connection->command, payload);
        fl_buffer_clear(&connection->input);
    } else if (kind == FL_CONTROL_INPUT && connection->wants_input) {
        connection->wants_input = payload.size > 0;
        fl_buffer_put(&connection->input, payload);
    } else {
        connection->ended = true;
        return false;
    }
    fl_control_connection_take(connection);
    if (fl_buffer_status(&connection->input) != FL_OK ||
        fl_buffer_status(&connection->command) != FL_OK) {
        connection->ended = true;
    } else if (connection->has_command && !connection->wants_input) {
        run_command(control, connection, out_wrote);
    }
    return !connection->ended;
}

static void drop_ended(struct fl_control *control)
{
    size_t kept = 0;
    for (size_t i = 0; i < control->connection_count; i++) {
        struct fl_control_connection *connection = control->connections[i];
        fl_control_connection_write(connection);
        if (!connection->ended) {
            control->connections[kept++] = connection;
        } else if (connection->call != NULL && connection->call->finishes) {
            fl_control_connection_hang_up(connection);
            control->connections[kept++] = connection;
        } else {
            fl_control_connection_deinit(connection);
            fl_free(connection);
        }
    }
    control->connection_count = kept;
}

enum fl_status fl_control_serve(
    struct fl_control *control,
    const struct pollfd *fds,
    size_t fd_count,
    bool *out_wrote,
    struct fl_error *out_error)
{
    bool busy = true;
    *out_wrote = false;
    read_ready(control, fds, fd_count);
    drop_ended(control); /* what they had asked for may be asked for again by others */
    while (busy && !fl_store_is_dead(control->node->store)) {
        busy = false;
        for (size_t i = 0; i < control->connection_count; i++) {
            busy = serve_frame(control, control->connections[i], out_wrote) || busy;
        }
        collect_puts(control);
        if (control->put_count > 0) {
            serve_puts(control, out_wrote);
            busy = true;
        }
    }
    drop_ended(control);
    if (fl_store_is_dead(control->node->store)) {
        return fl_error_set(
            out_error, FL_IO,
            "a commit of the store failed; filiald ends, so that it starts anew from "
            "what is on the disk");
    }
    return FL_OK;
}

bool fl_control_hurries(const struct fl_control *control)
{
    bool hurries = false;
    for (size_t i = 0; i < control->connection_count; i++) {
        const struct fl_call *call = control->connections[i]->call;
        hurries = hurries || (call != NULL && call->hurries);
    }
    return hurries;
}

/* Who asked for it is not there to hear of it. */
static void log_alone(
    const struct fl_call *call,
    enum fl_status status,
    const struct fl_error *error)
{
    char words[FL_COMMAND_WORDS_BYTES];
    fl_command_words(call->command, words);
    fl_log(
        status == FL_OK ? FL_LOG_INFO : FL_LOG_WARN, FL_LOG_EVENT_CONTROL_ALONE,
        "command=%s error=%s", fl_log_value(words).text,
        fl_log_value(status == FL_OK ? "" : error->text).text);
}

bool fl_control_tick(struct fl_control *control, uint64_t now_ms)
{
    bool wrote = false;
    const char *own = fl_language_wanted();
    for (size_t i = 0; i < control->connection_count; i++) {
        struct fl_control_connection *connection = control->connections[i];
        struct fl_call *call = connection->call;
        if (call == NULL) {
            continue;
        }
        bool done = false;
        struct fl_error error = {.text = ""};
        fl_language_use(connection->in_russian ? "ru" : "en");
        enum fl_status status = fl_command_go_on(call, now_ms, &done, &error);
        wrote = wrote || call->wrote;
        if (done || status != FL_OK) {
            control->node->revision += call->wrote;
            if (connection->ended) {
                log_alone(call, status, &error);
            }
            end_command(connection, fl_command_end(call, status, &error));
            fl_control_connection_write(connection);
        }
        fl_language_use(own);
    }
    return wrote;
}
