/*
 * The command `filial`: finds the node, runs the command in the daemon that holds it or
 * here when none does.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "carry/carry_server.h"
#include "command/command.h"
#include "control/control_client.h"
#include "language.h"
#include "log.h"

static int fail(struct fl_output *output, const struct fl_error *error, int exit_status)
{
    fl_output_complain(output, error);
    return exit_status;
}

/* All of standard input; FL_LIMIT when it is more than a command takes. */
static enum fl_status read_input(struct fl_buffer *buffer, struct fl_error *out_error)
{
    enum { PIECE_BYTES = 1 << 16 };
    ssize_t size = 1;
    while (size != 0) {
        uint8_t *room = fl_buffer_reserve(buffer, PIECE_BYTES);
        if (room == NULL) {
            return fl_error_set(
                out_error, fl_buffer_status(buffer),
                "standard input is larger than %d MiB; cut it into several",
                FL_CALL_INPUT_BYTES_MAX >> 20);
        }
        size = read(STDIN_FILENO, room, PIECE_BYTES);
        if (size < 0 && errno != EINTR) {
            return fl_error_set(
                out_error, FL_IO, "standard input cannot be read: %s", strerror(errno));
        }
        fl_buffer_added(buffer, size > 0 ? (size_t)size : 0);
    }
    return FL_OK;
}

static bool wants_input(const struct fl_call *call)
{
    return (call->command->flags & FL_COMMAND_INPUT) && !fl_call_has(call, "set");
}

static int run_here(struct fl_call *call)
{
    struct fl_error error;
    struct fl_buffer input;
    fl_buffer_init(&input, FL_CALL_INPUT_BYTES_MAX + (1 << 16));
    enum fl_status status = wants_input(call) ? read_input(&input, &error) : FL_OK;
    int exit_status = FL_EXIT_FAILED;
    if (status != FL_OK) {
        exit_status = fail(call->output, &error, FL_EXIT_FAILED);
    } else {
        call->input = fl_buffer_view(&input);
        exit_status = fl_command_run_call(call);
    }
    fl_buffer_deinit(&input);
    return exit_status;
}

static int run_there(
    struct fl_client *client,
    struct fl_call *call,
    size_t argument_count,
    char *const *arguments)
{
    struct fl_error error;
    struct fl_buffer input;
    int exit_status = FL_EXIT_FAILED;
    unsigned flags = (call->output->json ? FL_CLIENT_JSON : 0) |
                     (call->output->terminal ? FL_CLIENT_TERMINAL : 0) |
                     (wants_input(call) ? FL_CLIENT_INPUT : 0);
    fl_buffer_init(&input, FL_CALL_INPUT_BYTES_MAX + (1 << 16));
    enum fl_status status = wants_input(call) ? read_input(&input, &error) : FL_OK;
    if (status == FL_OK) {
        status = fl_client_run(
            client, argument_count, arguments, flags, fl_buffer_view(&input),
            &exit_status, &error);
    }
    fl_buffer_deinit(&input);
    fl_client_close(client);
    return status == FL_OK ? exit_status : fail(call->output, &error, FL_EXIT_FAILED);
}

/* A broken node.conf is a matter of configuration: exit status 2. */
static int check_settings(const char *directory, struct fl_output *output)
{
    struct fl_settings settings;
    struct fl_error error;
    char *path = fl_node_path(directory, "node.conf");
    enum fl_status status =
        path == NULL ? FL_OK : fl_settings_load(path, &settings, &error);
    fl_free(path);
    return status == FL_MALFORMED ? fail(output, &error, FL_EXIT_USAGE) : FL_EXIT_DONE;
}

static int run_on_node(
    struct fl_call *call,
    size_t argument_count,
    char *const *arguments)
{
    struct fl_error error;
    struct fl_client *client = NULL;
    enum fl_status status = fl_client_open(call->node_directory, &client, &error);
    if (status == FL_OK && (call->command->flags & FL_COMMAND_ALONE)) {
        fl_client_close(client);
        (void)fl_error_set(
            &error, FL_BUSY, "filiald runs on %s; stop it first", call->node_directory);
        return fail(call->output, &error, FL_EXIT_FAILED);
    }
    if (status == FL_OK) {
        return run_there(client, call, argument_count, arguments);
    }
    if (status != FL_NOT_FOUND) {
        return fail(call->output, &error, FL_EXIT_FAILED);
    }
    int exit_status = check_settings(call->node_directory, call->output);
    if (exit_status != FL_EXIT_DONE) {
        return exit_status;
    }
    if (call->command->flags & FL_COMMAND_ALONE) {
        return run_here(call);
    }
    status = fl_node_open(call->node_directory, &call->node, &error);
    if (status != FL_OK) {
        return fail(call->output, &error, FL_EXIT_FAILED);
    }
    exit_status = run_here(call);
    fl_node_close(call->node);
    return exit_status;
}

/* `filial help ...`, and --help behind any words. */
static int help(struct fl_output *output, int count, char *const *words)
{
    struct fl_error error;
    const char *noun = count > 0 ? words[0] : NULL;
    const char *verb = count > 1 && words[1][0] != '-' ? words[1] : NULL;
    enum fl_status status = fl_command_help(output, noun, verb, &error);
    if (status != FL_OK) {
        return fail(output, &error, FL_EXIT_USAGE);
    }
    return fl_output_finish(output) == FL_OK ? FL_EXIT_DONE : FL_EXIT_FAILED;
}

static int run(
    struct fl_output *output,
    const char *node_directory,
    int count,
    char *const *words)
{
    struct fl_error error;
    struct fl_call *call = fl_alloc_zeroed(1, sizeof *call);
    bool wants_help = false;
    if (call == NULL) {
        return FL_EXIT_FAILED;
    }
    enum fl_status status = fl_command_parse(
        (size_t)count, (const char *const *)words, call, &output->json, &wants_help,
        &error);
    int exit_status = FL_EXIT_USAGE;
    call->output = output;
    call->node_directory = node_directory;
    if (wants_help) {
        exit_status = help(output, count, words);
    } else if (status != FL_OK) {
        exit_status = fail(output, &error, FL_EXIT_USAGE);
    } else if (call->command->flags & FL_COMMAND_NO_NODE) {
        exit_status = run_here(call);
    } else if (node_directory == NULL) {
        (void)fl_error_set(
            &error, FL_MALFORMED,
            "which node? Give --node DIR or set FILIAL_NODE; `filial init DIR --code "
            "CODE` makes one");
        exit_status = fail(output, &error, FL_EXIT_USAGE);
    } else if (fl_carry_is_server(call)) {
        exit_status = fl_carry_by_server(call, (size_t)count, words, run_on_node);
    } else {
        exit_status = run_on_node(call, (size_t)count, words);
    }
    fl_call_free(call);
    return exit_status;
}

/* The options before the command; `*out_used` arguments of `argv` are taken. */
static enum fl_status take_options(
    int argc,
    char **argv,
    const char **out_node_directory,
    bool *out_json,
    int *out_used,
    struct fl_error *out_error)
{
    int i = 1;
    for (; i < argc && argv[i][0] == '-'; i++) {
        if (strcmp(argv[i], "--json") == 0) {
            *out_json = true;
        } else if (strncmp(argv[i], "--node=", 7) == 0) {
            *out_node_directory = argv[i] + 7;
        } else if (strcmp(argv[i], "--node") == 0 && i + 1 < argc) {
            *out_node_directory = argv[++i];
        } else if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            *out_used = argc;
            return FL_OK;
        } else {
            return fl_error_set(
                out_error, FL_MALFORMED,
                "%s is not an option before the command; `filial help` explains the "
                "usage",
                argv[i]);
        }
    }
    *out_used = i;
    return FL_OK;
}

int main(int argc, char **argv)
{
    fl_language_init();
    fl_log_set_level(FL_LOG_WARN);
    const char *node_directory = getenv("FILIAL_NODE");
    struct fl_error error;
    struct fl_output output;
    bool json = false;
    int used = 1;
    enum fl_status status =
        take_options(argc, argv, &node_directory, &json, &used, &error);
    fl_output_init_standard(&output, json);
    int exit_status = FL_EXIT_USAGE;
    if (status != FL_OK) {
        exit_status = fail(&output, &error, FL_EXIT_USAGE);
    } else if (used == argc) {
        exit_status = help(&output, 0, NULL);
        exit_status = argc == 1 ? FL_EXIT_USAGE : exit_status;
    } else if (strcmp(argv[used], "help") == 0) {
        exit_status = help(&output, argc - used - 1, argv + used + 1);
    } else {
        exit_status = run(&output, node_directory, argc - used, argv + used);
    }
    fl_output_deinit(&output);
    bool written = fflush(stdout) == 0;
    return written || exit_status != FL_EXIT_DONE ? exit_status : FL_EXIT_FAILED;
}
