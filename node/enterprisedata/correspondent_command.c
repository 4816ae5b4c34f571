#include "correspondent_command.h"

#include <string.h>

#include "change/change.h"
#include "change/ref.h"
#include "correspondent_codec.h"
#include "correspondent_held.h"
#include "endpoint/command_endpoint.h"
#include "endpoint/endpoint_matches.h"
#include "language.h"
#include "proto/limits.h"

/* --- import and export --- */

/* What the call says; kept by it, for the work goes on when its words are gone. */
struct given {
    struct fl_correspondent_settings settings;
    struct fl_correspondent_codec codec;
    char *mapping;
    char *version;
};

static void given_free(void *memory)
{
    struct given *given = memory;
    fl_free(given->mapping);
    fl_free(given->version);
    fl_free(given);
}

static enum fl_status with_settings(
    struct fl_call *call,
    enum fl_status (*work)(
        struct fl_call *call,
        const struct fl_endpoint_codec *codec,
        struct fl_error *out_error),
    struct fl_error *out_error)
{
    const char *mapping = fl_call_option(call, "mapping");
    const char *version = fl_call_option(call, "version");
    struct given *given = fl_alloc_zeroed(1, sizeof *given);
    if (given == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    given->mapping = mapping == NULL ? NULL : fl_call_path(call, mapping);
    given->version = version == NULL ? NULL : fl_node_copy(version);
    given->settings = (struct fl_correspondent_settings){
        .mapping = given->mapping, .version = given->version};
    given->codec = fl_correspondent_codec_of(&given->settings);
    fl_call_keep(call, given, given_free);
    return work(call, &given->codec.codec, out_error);
}

enum fl_status fl_correspondent_command_import(
    struct fl_call *call,
    struct fl_error *out_error)
{
    return with_settings(call, fl_whole_import, out_error);
}

enum fl_status fl_correspondent_command_export(
    struct fl_call *call,
    struct fl_error *out_error)
{
    return with_settings(call, fl_whole_export, out_error);
}

/* --- doubtful matches --- */

/* How people know an object: its name, or its number. */
static void show_name(
    struct fl_call *call,
    struct fl_txn *txn,
    const char *name,
    const char *label,
    struct fl_key key)
{
    static const enum fl_role ROLES[] = {FL_ROLE_DESCRIPTION, FL_ROLE_NUMBER};
    char text[FL_NAME_BYTES_MAX] = "";
    const struct fl_type *type =
        fl_configuration_type(call->node->configuration, key.type);
    struct fl_object object;
    struct fl_arena arena;
    fl_arena_init(&arena, FL_OBJECT_ARENA_BYTES_MAX);
    bool known =
        type != NULL && fl_change_current(txn, key, &arena, &object, NULL, NULL) == FL_OK;
    for (size_t i = 0; known && i < sizeof ROLES / sizeof ROLES[0]; i++) {
        const struct fl_attribute *attribute = fl_type_role(type, ROLES[i]);
        const struct fl_value *value =
            attribute == NULL ? NULL : fl_object_field(&object, attribute->number);
        if (value != NULL && value->kind == FL_VALUE_STRING && text[0] == '\0') {
            struct fl_bytes words =
                fl_bytes_utf8_beginning(value->bytes, sizeof text - 1);
            memcpy(text, words.data, words.size);
            text[words.size] = '\0';
        }
    }
    fl_output_text(call->output, name, label, text);
    fl_arena_deinit(&arena);
}

FL_HANDLER(endpoint_doubts)
{
    struct fl_endpoint_settings settings;
    struct fl_endpoint_state state;
    struct fl_endpoint_doubt doubt;
    struct fl_peer peer;
    struct fl_key at = {0};
    struct fl_txn txn;
    enum fl_status status =
        fl_command_endpoint_find(call, &peer, &settings, &state, out_error);
    if (status != FL_OK) {
        return status;
    }
    const struct fl_configuration *configuration = call->node->configuration;
    fl_output_list_begin(call->output, "doubts");
    fl_txn_begin(&txn, call->node->store, FL_TXN_READ);
    while (fl_endpoint_doubts_next(
               &txn, peer.number, at.type == 0 ? NULL : &at, &doubt) == FL_OK) {
        const struct fl_key ours = {.type = doubt.theirs.type, .id = doubt.ours};
        at = doubt.theirs;
        fl_output_row(call->output);
        fl_output_text(
            call->output, "theirs", N_("theirs"), fl_ref_text(configuration, at).text);
        show_name(call, &txn, "their_name", N_("name"), at);
        fl_output_text(
            call->output, "ours", N_("perhaps ours"),
            fl_ref_text(configuration, ours).text);
        show_name(call, &txn, "our_name", N_("name"), ours);
    }
    fl_txn_abort(&txn);
    fl_output_list_end(call->output);
    if (at.type == 0) {
        fl_output_say(call->output, "%s", _("No object of the base waits for a match."));
    }
    return FL_OK;
}

/* Both of one type, and ours is here. */
static enum fl_status parse_pair(
    struct fl_call *call,
    struct fl_key *out_theirs,
    struct fl_key *out_ours,
    struct fl_error *out_error)
{
    const struct fl_configuration *configuration = call->node->configuration;
    struct fl_object here;
    struct fl_arena arena;
    struct fl_txn txn;
    enum fl_status status = fl_ref_parse(
        configuration, fl_bytes_of_text(call->arguments[1]), out_theirs, out_error);
    *out_ours = status == FL_OK ? *out_theirs : (struct fl_key){0};
    if (status != FL_OK || call->argument_count < 3) {
        return status;
    }
    status = fl_ref_parse(
        configuration, fl_bytes_of_text(call->arguments[2]), out_ours, out_error);
    if (status == FL_OK && out_ours->type != out_theirs->type) {
        return fl_error_set(
            out_error, FL_REFUSED, "%s and %s are of two types", call->arguments[1],
            call->arguments[2]);
    }
    if (status != FL_OK) {
        return status;
    }
    fl_arena_init(&arena, FL_OBJECT_ARENA_BYTES_MAX);
    fl_txn_begin(&txn, call->node->store, FL_TXN_READ);
    bool is_here = fl_change_current(&txn, *out_ours, &arena, &here, NULL, NULL) == FL_OK;
    fl_txn_abort(&txn);
    fl_arena_deinit(&arena);
    return is_here ? FL_OK
                   : fl_error_set(
                         out_error, FL_NOT_FOUND, "%s is not here", call->arguments[2]);
}

FL_HANDLER(endpoint_match)
{
    struct fl_endpoint_settings settings;
    struct fl_endpoint_state state;
    struct fl_peer peer;
    struct fl_key theirs;
    struct fl_key ours;
    struct fl_txn txn;
    enum fl_status status =
        fl_command_endpoint_find(call, &peer, &settings, &state, out_error);
    if (status == FL_OK) {
        status = parse_pair(call, &theirs, &ours, out_error);
    }
    if (status != FL_OK) {
        return status;
    }
    fl_txn_begin(&txn, call->node->store, FL_TXN_KEEP);
    if (fl_uuid_equal(theirs.id, ours.id)) {
        fl_endpoint_matches_remove(&txn, peer.number, theirs);
    } else {
        fl_endpoint_matches_put(&txn, peer.number, theirs, ours.id, /* tell= */ false);
    }
    fl_endpoint_doubts_remove(&txn, peer.number, theirs);
    status = fl_change_commit(&txn, out_error);
    call->wrote = call->wrote || status == FL_OK;
    return status;
}

/* --- what waits --- */

FL_HANDLER(endpoint_held)
{
    struct fl_endpoint_settings settings;
    struct fl_endpoint_state state;
    struct fl_peer peer;
    struct fl_key at = {0};
    struct fl_bytes held;
    struct fl_txn txn;
    enum fl_status status =
        fl_command_endpoint_find(call, &peer, &settings, &state, out_error);
    if (status != FL_OK) {
        return status;
    }
    fl_output_list_begin(call->output, "held");
    fl_txn_begin(&txn, call->node->store, FL_TXN_READ);
    while (fl_correspondent_held_next(
               &txn, peer.number, at.type == 0 ? NULL : &at, &at, &held) == FL_OK) {
        char words[sizeof((struct fl_error *)NULL)->text];
        snprintf(words, sizeof words, "%.*s", (int)held.size, (const char *)held.data);
        fl_output_row(call->output);
        fl_output_text(
            call->output, "ref", N_("ref"),
            fl_ref_text(call->node->configuration, at).text);
        fl_output_text(call->output, "words", N_("says"), words);
    }
    fl_txn_abort(&txn);
    fl_output_list_end(call->output);
    if (at.type == 0) {
        fl_output_say(call->output, "%s", _("No object is held back."));
    }
    return FL_OK;
}
