/*
 * What the tests of node share: a fresh directory each, nodes in it, and commands run on
 * them in this process with what they answer kept.
 */

#ifndef TESTS_NODE_FIXTURE_H
#define TESTS_NODE_FIXTURE_H

/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command/command.h"
#include "node.h"
#include "storage/check.h"
#include "storage/configurations.h"
#include "storage/journal.h"

enum { FIXTURE_PATH_BYTES = 256, FIXTURE_TEXT_BYTES = 256 << 10 };

struct fixture {
    char directory[64];
    struct fl_node *node;
    char out[FIXTURE_TEXT_BYTES]; /* of the last command */
    size_t out_size;
    char complaint[FIXTURE_TEXT_BYTES];
    size_t complaint_size;
};

static inline const char *fixture_path(const struct fixture *fixture, const char *name)
{
    static _Thread_local char path[4][FIXTURE_PATH_BYTES];
    static _Thread_local size_t next;
    char *text = path[next++ % 4];
    snprintf(text, FIXTURE_PATH_BYTES, "%s/%s", fixture->directory, name);
    return text;
}

static inline void fixture_write(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    assert_int_equal(fclose(file), 0);
}

static inline void fixture_take(
    void *context,
    enum fl_output_stream stream,
    struct fl_bytes bytes)
{
    struct fixture *fixture = context;
    bool is_result = stream == FL_OUTPUT_RESULT;
    char *text = is_result ? fixture->out : fixture->complaint;
    size_t *size = is_result ? &fixture->out_size : &fixture->complaint_size;
    assert_true(*size + bytes.size < FIXTURE_TEXT_BYTES);
    memcpy(text + *size, bytes.data, bytes.size);
    *size += bytes.size;
    text[*size] = '\0';
}

/* Runs "noun verb ..." and gives the exit status; `input` may be NULL. */
static inline int fixture_run_words(
    struct fixture *fixture,
    const char *input,
    size_t count,
    const char *const *words)
{
    struct fl_error error = {.text = ""};
    struct fl_output output;
    bool json = false;
    bool help = false;
    struct fl_call *call = fl_alloc_zeroed(1, sizeof *call);
    assert_non_null(call);
    enum fl_status status = fl_command_parse(count, words, call, &json, &help, &error);
    fixture->out_size = 0;
    fixture->out[0] = '\0';
    fixture->complaint_size = 0;
    fixture->complaint[0] = '\0';
    fl_output_init(&output, json, /* terminal= */ false, fixture_take, fixture);
    call->output = &output;
    call->node = fixture->node;
    call->node_directory = fixture->node == NULL ? NULL : fixture->node->directory;
    call->working_directory = fixture->directory;
    call->input = input == NULL ? (struct fl_bytes){0} : fl_bytes_of_text(input);
    int exit_status;
    if (status == FL_OK) {
        exit_status = fl_command_run_call(call);
    } else {
        call->usage = true;
        exit_status = fl_command_end(call, status, &error);
    }
    fl_output_deinit(&output);
    fl_call_free(call);
    return exit_status;
}

#define FIXTURE_WORDS(...) ((const char *const[]){__VA_ARGS__})
#define fixture_run(fixture, ...)                                                        \
    fixture_run_words(                                                                   \
        fixture, NULL, sizeof FIXTURE_WORDS(__VA_ARGS__) / sizeof(const char *),         \
        FIXTURE_WORDS(__VA_ARGS__))
#define fixture_feed(fixture, input, ...)                                                \
    fixture_run_words(                                                                   \
        fixture, input, sizeof FIXTURE_WORDS(__VA_ARGS__) / sizeof(const char *),        \
        FIXTURE_WORDS(__VA_ARGS__))

static inline void fixture_must_say(const char *text, const char *part)
{
    if (strstr(text, part) == NULL) {
        fail_msg("expected \"%s\" in: %s", part, text);
    }
}

/* The directory alone. */
static inline int fixture_setup_empty(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    assert_non_null(fixture);
    strcpy(fixture->directory, "/tmp/filial-node-XXXXXX");
    assert_non_null(mkdtemp(fixture->directory));
    *state = fixture;
    return 0;
}

static inline struct fl_node *fixture_node(
    const struct fixture *fixture,
    const char *name,
    const char *code)
{
    struct fl_error error;
    struct fl_node *node = NULL;
    const char *path = fixture_path(fixture, name);
    const struct fl_node_options options = {
        .directory = path, .code = code, .allow_any_file_system = true};
    if (fl_node_create(&options, &error) != FL_OK ||
        fl_node_open(path, &node, &error) != FL_OK) {
        fail_msg("%s", error.text);
    }
    return node;
}

/* A node "node" of the code Ф01 with the configuration of the demonstration. */
static inline int fixture_setup(void **state)
{
    fixture_setup_empty(state);
    struct fixture *fixture = *state;
    fixture->node = fixture_node(fixture, "node", "Ф01");
    int exit_status =
        fixture_run(fixture, "configuration", "load", FILIAL_DEMO_CONFIGURATION);
    if (exit_status != 0) {
        fail_msg("%s", fixture->complaint);
    }
    return 0;
}

static inline int fixture_teardown(void **state)
{
    struct fixture *fixture = *state;
    char command[FIXTURE_PATH_BYTES];
    fl_node_close(fixture->node);
    snprintf(command, sizeof command, "rm -rf '%s'", fixture->directory);
    int result = system(command);
    free(fixture);
    return result;
}

/* The node goes on with another configuration of its store, by number. */
static inline void fixture_take_up(struct fl_node *node, uint16_t configuration)
{
    struct fl_error error;
    struct fl_txn txn;
    fl_txn_begin(&txn, node->store, FL_TXN_WRITE);
    fl_configurations_set_current(&txn, configuration);
    assert_int_equal(fl_txn_commit(&txn), FL_OK);
    assert_int_equal(fl_node_reload(node, &error), FL_OK);
}

/* Hash over content and the last lsn: equal before and after means nothing changed. */
struct fixture_state {
    uint8_t hash[FL_STORE_CONTENT_BYTES];
    uint64_t head;
};

static inline struct fixture_state fixture_content(struct fl_node *node)
{
    struct fl_txn txn;
    struct fl_store_contents contents;
    struct fixture_state state;
    fl_txn_begin(&txn, node->store, FL_TXN_READ);
    assert_int_equal(fl_store_content(&txn, 0, &contents), FL_OK);
    state.head = fl_journal_head(&txn);
    memcpy(state.hash, contents.hash, sizeof state.hash);
    fl_txn_abort(&txn);
    return state;
}

static inline void fixture_must_be_unchanged(
    struct fl_node *node,
    const struct fixture_state *before)
{
    struct fixture_state now = fixture_content(node);
    assert_int_equal(now.head, before->head);
    assert_memory_equal(now.hash, before->hash, sizeof now.hash);
}

#endif
