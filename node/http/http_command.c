/*
 * POST /api/command: any command of `filial`, run as the control socket runs it.
 *
 *     {"arguments": ["status"], "input": "what standard input would be"}
 *     {"exit": 0, "result": {...}, "complaint": ""}
 */

#include "http_api.h"

#include <stdio.h>
#include <string.h>

#include "command/command.h"
#include "command/output.h"

enum { OUTPUT_BYTES_MAX = 64 << 20 };
#define WAIT_MS_MAX UINT64_C(600000)

struct run {
    struct fl_call *call;
    struct fl_output output;
    struct fl_buffer result;
    struct fl_buffer complaint;
    uint64_t end_ms;
};

static void run_free(void *memory)
{
    struct run *run = memory;
    if (run == NULL) {
        return;
    }
    fl_call_free(run->call);
    fl_output_deinit(&run->output);
    fl_buffer_deinit(&run->result);
    fl_buffer_deinit(&run->complaint);
    fl_free(run);
}

static void take_output(
    void *context,
    enum fl_output_stream stream,
    struct fl_bytes bytes)
{
    struct run *run = context;
    fl_buffer_put(stream == FL_OUTPUT_RESULT ? &run->result : &run->complaint, bytes);
}

static json_t *load(const struct fl_buffer *buffer)
{
    struct fl_bytes view = fl_buffer_view(buffer);
    return view.size == 0
               ? NULL
               : json_loadb(
                     (const char *)view.data, view.size, JSON_DISABLE_EOF_CHECK, NULL);
}

/* Complaints are {"error": words, "status": word}; remarks may stand beside them. */
static void answer(struct fl_http_request *request, struct run *run, int exit_status)
{
    json_t *result = load(&run->result);
    json_t *complaint = load(&run->complaint);
    struct fl_bytes words = fl_buffer_view(&run->complaint);
    json_t *text = json_incref(json_object_get(complaint, "error"));
    json_t *status = json_incref(json_object_get(complaint, "status"));
    if (text == NULL) {
        text = json_stringn(words.size == 0 ? "" : (const char *)words.data, words.size);
    }
    if (exit_status == FL_EXIT_USAGE) {
        struct fl_error error = {.status = FL_MALFORMED};
        (void)fl_error_set(&error, FL_MALFORMED, "%s", json_string_value(text));
        fl_http_reply_error(request, 400, &error);
        json_decref(result);
        json_decref(text);
        json_decref(status);
    } else {
        fl_http_reply_json(
            request, 200,
            json_pack(
                "{s:i, s:o, s:o, s:o}", "exit", exit_status, "result",
                result == NULL ? json_null() : result, "complaint",
                text == NULL ? json_string("") : text, "status",
                status == NULL ? json_null() : status));
    }
    json_decref(complaint);
}

static void step_command(struct fl_http_request *request, uint64_t now_ms)
{
    struct run *run = request->state;
    struct fl_error error = {.text = ""};
    bool done = false;
    enum fl_status status = fl_command_go_on(run->call, now_ms, &done, &error);
    request->http->wrote = request->http->wrote || run->call->wrote;
    request->http->has_more = request->http->has_more || run->call->hurries;
    if (status == FL_OK && !done && !run->call->hurries && now_ms >= run->end_ms) {
        (void)fl_error_set(
            &error, FL_BUSY, "the command did not end in time; what it began goes on");
        fl_http_reply_error(request, 504, &error);
        return;
    }
    if (done || status != FL_OK) {
        request->http->node->revision += run->call->wrote;
        answer(request, run, fl_command_end(run->call, status, &error));
    }
}

static bool may_run(const struct fl_http_request *request, const struct fl_call *call)
{
    return request->role == FL_HTTP_OPERATOR || fl_call_only_looks(call);
}

static bool refuse_command(struct fl_http_request *request, const struct fl_call *call)
{
    struct fl_error error;
    if (!may_run(request, call)) {
        (void)fl_error_set(
            &error, FL_REFUSED,
            "a reader's token may only look; `%s %s` needs the "
            "operator's",
            call->command->noun, call->command->verb == NULL ? "" : call->command->verb);
        fl_http_reply_error(request, 403, &error);
        return true;
    }
    if ((call->command->flags & FL_COMMAND_ALONE) != 0) {
        (void)fl_error_set(&error, FL_BUSY, "filiald runs on this node; stop it first");
        fl_http_reply_error(request, 409, &error);
        return true;
    }
    return false;
}

static void run_call(struct fl_http_request *request, struct run *run)
{
    struct fl_http *http = request->http;
    struct fl_call *call = run->call;
    call->node = http->node;
    call->node_directory = http->node->directory;
    call->working_directory = http->node->directory;
    call->output = &run->output;
    call->via_http = true;
    (void)snprintf(
        call->who, sizeof call->who, "%s",
        request->role == FL_HTTP_OPERATOR ? "operator" : "reader");
    int exit_status = fl_command_run_call(call);
    http->wrote = http->wrote || call->wrote;
    http->node->revision += call->wrote;
    call->argument_count = 0;
    call->option_count = 0;
    call->working_directory = NULL;
    if (exit_status >= 0) {
        answer(request, run, exit_status);
        run_free(run);
        return;
    }
    if (request->connection == NULL) {
        run_free(run);
        return;
    }
    run->end_ms = http->now_ms + WAIT_MS_MAX;
    fl_http_wait(request, step_command, run, run_free);
}

/* Texts are borrowed from `body`. False: it is answered. */
static bool take_arguments(
    struct fl_http_request *request,
    const json_t *body,
    const char **out_arguments,
    size_t *out_count)
{
    const json_t *list = json_object_get(body, "arguments");
    size_t count = json_array_size(list);
    bool is_good = count > 0 && count <= FL_CALL_ARGUMENTS_MAX;
    for (size_t i = 0; i < count && is_good; i++) {
        const json_t *item = json_array_get(list, i);
        out_arguments[i] = json_string_value(item);
        is_good = out_arguments[i] != NULL &&
                  strlen(out_arguments[i]) == json_string_length(item);
    }
    if (!is_good) {
        struct fl_error error;
        (void)fl_error_set(
            &error, FL_MALFORMED,
            "\"arguments\" must be an array of words, [\"node\", \"list\"], at most %d",
            FL_CALL_ARGUMENTS_MAX);
        fl_http_reply_error(request, 400, &error);
    }
    *out_count = count;
    return is_good;
}

static void run_words(
    struct fl_http_request *request,
    struct run *run,
    const json_t *body,
    const char *const *arguments,
    size_t count)
{
    struct fl_error error;
    bool json = true;
    bool help = false;
    const json_t *input = json_object_get(body, "input");
    enum fl_status status =
        fl_command_parse(count, arguments, run->call, &json, &help, &error);
    if (status == FL_OK && help) {
        status = fl_error_set(
            &error, FL_MALFORMED, "`filial help` is for people: run it in a terminal");
    }
    if (status != FL_OK) {
        fl_http_reply_error(request, 400, &error);
        run_free(run);
        return;
    }
    if (refuse_command(request, run->call)) {
        run_free(run);
        return;
    }
    if (json_is_string(input)) {
        run->call->input = (struct fl_bytes){
            (const uint8_t *)json_string_value(input), json_string_length(input)};
    }
    run_call(request, run);
}

void fl_http_command(struct fl_http_request *request)
{
    const char *arguments[FL_CALL_ARGUMENTS_MAX];
    size_t count = 0;
    json_t *body = fl_http_request_json(request);
    if (body == NULL) {
        return;
    }
    struct run *run = fl_alloc_zeroed(1, sizeof *run);
    if (run != NULL) {
        run->call = fl_alloc_zeroed(1, sizeof *run->call);
    }
    if (run == NULL || run->call == NULL) {
        struct fl_error error;
        (void)fl_error_set(&error, FL_NO_MEMORY, "not enough memory");
        fl_http_reply_error(request, 500, &error);
        run_free(run);
    } else if (!take_arguments(request, body, arguments, &count)) {
        run_free(run);
    } else {
        fl_buffer_init(&run->result, OUTPUT_BYTES_MAX);
        fl_buffer_init(&run->complaint, OUTPUT_BYTES_MAX);
        fl_output_init(&run->output, true, false, take_output, run);
        run_words(request, run, body, arguments, count);
    }
    json_decref(body);
}
