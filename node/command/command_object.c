#include "command_table.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "change/change.h"
#include "change/change_json.h"
#include "change/object_condition.h"
#include "change/object_json.h"
#include "change/ref.h"
#include "change/value_json.h"
#include "exchange/codec.h"
#include "language.h"
#include "predefined/predefined.h"
#include "proto/record.h"
#include "version/version_find.h"
#include "walk.h"

enum { LIST_LIMIT_DEFAULT = 100 };

/* --- object get --- */

static enum fl_status show_xml(
    struct fl_call *call,
    const struct fl_object *object,
    struct fl_error *out_error)
{
    struct fl_buffer buffer;
    struct fl_package_writer *writer = NULL;
    fl_buffer_init(&buffer, (size_t)FL_XML_TEXT_BYTES_MAX * 2);
    const struct fl_package_writer_options options = {
        .configuration = call->node->configuration,
        .sink = fl_codec_buffer_sink(&buffer)};
    enum fl_status status =
        fl_package_writer_open(fl_codec_find("v8exch"), &options, &writer, out_error);
    if (status == FL_OK) {
        status = fl_package_writer_begin(writer, NULL, out_error);
    }
    if (status == FL_OK) {
        status = fl_package_writer_put(writer, object, out_error);
    }
    if (status == FL_OK) {
        status = fl_package_writer_end(writer, out_error);
    }
    if (status == FL_OK && call->output->json) {
        struct fl_bytes xml = fl_buffer_view(&buffer);
        json_t *text = json_stringn((const char *)xml.data, xml.size);
        fl_output_json(call->output, "xml", "xml", text);
    } else if (status == FL_OK) {
        fl_output_raw(call->output, fl_buffer_view(&buffer));
        fl_output_raw(call->output, fl_bytes_of_text("\n"));
    }
    fl_package_writer_close(writer);
    fl_buffer_deinit(&buffer);
    return status;
}

static enum fl_status show_json(
    struct fl_call *call,
    const struct fl_object *object,
    struct fl_error *out_error)
{
    json_t *json = fl_object_json_encode(call->node->configuration, object, true);
    if (json == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    if (call->output->json) {
        const char *name;
        json_t *value;
        json_object_foreach(json, name, value)
        {
            fl_output_json(call->output, name, name, json_incref(value));
        }
    } else {
        char *text = json_dumps(json, JSON_INDENT(2));
        fl_output_raw(call->output, fl_bytes_of_text(text == NULL ? "" : text));
        fl_output_raw(call->output, fl_bytes_of_text("\n"));
        free(text);
    }
    json_decref(json);
    return FL_OK;
}

static enum fl_status current(
    struct fl_call *call,
    struct fl_txn *txn,
    struct fl_key key,
    struct fl_arena *arena,
    struct fl_object *out_object,
    struct fl_error *out_error)
{
    enum fl_status status =
        fl_change_current(txn, key, arena, out_object, NULL, out_error);
    if (status == FL_NOT_FOUND) {
        return fl_error_set(
            out_error, FL_NOT_FOUND, "%s is not here (it never was, or was deleted)",
            fl_ref_text(call->node->configuration, key).text);
    }
    return status;
}

FL_HANDLER(object_get)
{
    const char *format = fl_call_option(call, "format");
    bool is_xml = format != NULL && strcmp(format, "xml") == 0;
    if (format != NULL && !is_xml && strcmp(format, "json") != 0) {
        call->usage = true;
        return fl_error_set(
            out_error, FL_MALFORMED, "--format is json or xml, not \"%s\"", format);
    }
    struct fl_key key;
    enum fl_status status = fl_predefined_parse(
        call->node, fl_bytes_of_text(call->arguments[0]), &key, out_error);
    if (status != FL_OK) {
        return status;
    }
    const char *version = fl_call_option(call, "version");
    struct fl_version_found found = {.number = 0};
    struct fl_txn txn;
    struct fl_arena arena;
    struct fl_object object;
    fl_arena_init(&arena, FL_OBJECT_ARENA_BYTES_MAX);
    fl_txn_begin(&txn, call->node->store, FL_TXN_READ);
    status = version != NULL
                 ? fl_version_find_object(
                       call, &txn, key, version, &found, &arena, &object, out_error)
                 : current(call, &txn, key, &arena, &object, out_error);
    fl_txn_abort(&txn);
    if (status == FL_OK) {
        status = is_xml ? show_xml(call, &object, out_error)
                        : show_json(call, &object, out_error);
    }
    fl_version_found_deinit(&found);
    fl_arena_deinit(&arena);
    return status;
}

/* --- object list --- */

struct listing {
    struct fl_call *call;
    const struct fl_type *type;
    struct fl_arena arena;
    uint64_t limit; /* 0: none */
    uint64_t shown;
    bool more;
    bool refs_only;
    struct fl_object_conditions conditions;
};

static void show_attribute(
    const struct listing *listing,
    const struct fl_object *object,
    enum fl_role role)
{
    const struct fl_attribute *attribute = fl_type_role(listing->type, role);
    if (attribute == NULL) {
        return;
    }
    const struct fl_value *value = fl_object_field(object, attribute->number);
    struct fl_value empty = fl_value_empty(&attribute->type);
    json_t *json = fl_object_json_value(
        listing->call->node->configuration, &attribute->type,
        value != NULL ? value : &empty);
    fl_output_json(listing->call->output, attribute->name, attribute->name, json);
}

static void show_row(const struct listing *listing, const struct fl_object *object)
{
    static const enum fl_role roles[] = {
        FL_ROLE_CODE, FL_ROLE_NUMBER, FL_ROLE_DATE, FL_ROLE_DESCRIPTION};
    struct fl_output *output = listing->call->output;
    struct fl_ref_text ref = fl_ref_text(listing->call->node->configuration, object->key);
    if (listing->refs_only && !output->json) {
        fl_output_raw(output, fl_bytes_of_text(ref.text));
        fl_output_raw(output, fl_bytes_of_text("\n"));
        return;
    }
    fl_output_row(output);
    fl_output_text(output, "ref", N_("ref"), ref.text);
    for (size_t i = 0; i < sizeof roles / sizeof roles[0] && !listing->refs_only; i++) {
        show_attribute(listing, object, roles[i]);
    }
}

static enum fl_status visit_listed(
    void *context,
    struct fl_txn *txn,
    const struct fl_entry *entry,
    bool *out_stop,
    struct fl_error *out_error)
{
    struct listing *listing = context;
    (void)txn;
    fl_arena_reset(&listing->arena);
    struct fl_object object;
    enum fl_status status = fl_record_decode(
        entry->key, /* deleted= */ false, entry->record, &listing->arena, &object);
    if (status != FL_OK) {
        return fl_error_set(out_error, status, "an object here cannot be unpacked");
    }
    if (!fl_object_conditions_hold(&listing->conditions, &object)) {
        return FL_OK;
    }
    if (listing->limit > 0 && listing->shown == listing->limit) {
        listing->more = true;
        *out_stop = true;
        return FL_OK;
    }
    listing->shown++;
    show_row(listing, &object);
    return FL_OK;
}

static enum fl_status run_listing(struct listing *listing, struct fl_error *out_error)
{
    struct fl_call *call = listing->call;
    enum fl_status status =
        fl_object_conditions_init(&listing->conditions, call, listing->type, out_error);
    if (status == FL_OK) {
        status =
            fl_call_number(call, "limit", LIST_LIMIT_DEFAULT, &listing->limit, out_error);
    }
    if (status != FL_OK) {
        return status;
    }
    fl_output_list_begin(call->output, "objects");
    status = fl_walk_objects(
        call->node->store, listing->type->number, visit_listed, listing, out_error);
    fl_output_list_end(call->output);
    if (status == FL_OK && listing->more && !listing->refs_only) {
        fl_output_say(
            call->output,
            _("... the first %" PRIu64 "; --limit N shows more, --limit 0 all"),
            listing->shown);
    }
    return status;
}

FL_HANDLER(object_list)
{
    struct listing *listing = fl_alloc_zeroed(1, sizeof *listing);
    if (listing == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    listing->call = call;
    listing->refs_only = fl_call_has(call, "refs");
    fl_arena_init(&listing->arena, FL_OBJECT_ARENA_BYTES_MAX);
    enum fl_status status =
        fl_call_type(call, call->arguments[0], &listing->type, out_error);
    if (status == FL_OK) {
        status = run_listing(listing, out_error);
    }
    fl_object_conditions_deinit(&listing->conditions);
    fl_arena_deinit(&listing->arena);
    fl_free(listing);
    return status;
}

/* --- object put, delete --- */

static enum fl_status write_one(
    struct fl_call *call,
    const json_t *change,
    struct fl_error *out_error)
{
    struct fl_change_memory memory;
    struct fl_txn txn;
    struct fl_key key;
    fl_change_memory_init(&memory);
    fl_txn_begin(&txn, call->node->store, FL_TXN_WRITE);
    enum fl_status status =
        fl_change_apply(call->node, &txn, change, &memory, &key, out_error);
    if (status == FL_OK) {
        status = fl_change_commit(&txn, out_error);
    }
    fl_txn_abort(&txn);
    fl_change_memory_deinit(&memory);
    if (status == FL_OK) {
        struct fl_ref_text ref = fl_ref_text(call->node->configuration, key);
        call->wrote = true;
        if (call->output->json) {
            fl_output_text(call->output, "ref", "ref", ref.text);
        } else {
            fl_output_say(call->output, "%s", ref.text);
        }
    }
    return status;
}

/* `change` gets "set" from the options. */
static enum fl_status set_from_options(
    struct fl_call *call,
    json_t *change,
    struct fl_error *out_error)
{
    struct fl_bytes target = fl_bytes_of_text(call->arguments[0]);
    const uint8_t *colon = memchr(target.data, ':', target.size);
    if (colon != NULL) {
        target.size = (size_t)(colon - target.data);
    }
    const struct fl_type *type = NULL;
    enum fl_status status =
        fl_ref_parse_type(call->node->configuration, target, &type, out_error);
    json_t *set = json_object();
    const char *text;
    for (size_t i = 0;
         status == FL_OK && (text = fl_call_option_nth(call, "set", i)) != NULL; i++) {
        status = fl_value_json_of_assignment(type, text, set, out_error);
        call->usage = status == FL_MALFORMED;
    }
    if (json_object_set_new(change, "set", set) != 0) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    return status;
}

/* ... or from standard input: the attributes alone, or a record set's two parts. */
static enum fl_status set_from_input(
    struct fl_call *call,
    json_t *change,
    struct fl_error *out_error)
{
    json_error_t reason;
    json_t *input = json_loadb(
        (const char *)call->input.data, call->input.size, JSON_REJECT_DUPLICATES,
        &reason);
    if (!json_is_object(input)) {
        json_decref(input);
        return fl_error_set(
            out_error, FL_MALFORMED,
            "standard input must be a JSON object {\"Attribute\": value, ...}%s%s; or "
            "give --set Attribute=Value",
            input == NULL ? ": " : "", input == NULL ? reason.text : "");
    }
    bool is_record_set = json_object_get(input, "records") != NULL;
    int failed = is_record_set ? json_object_update(change, input)
                               : json_object_set(change, "set", input);
    json_decref(input);
    if (failed != 0) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    return FL_OK;
}

FL_HANDLER(object_put)
{
    json_t *change = json_pack("{s:s}", "put", call->arguments[0]);
    if (change == NULL) {
        call->usage = true;
        return fl_error_set(out_error, FL_MALFORMED, "the name is not UTF-8 text");
    }
    enum fl_status status = fl_call_has(call, "set")
                                ? set_from_options(call, change, out_error)
                                : set_from_input(call, change, out_error);
    if (status == FL_OK) {
        status = write_one(call, change, out_error);
    }
    json_decref(change);
    return status;
}

FL_HANDLER(object_delete)
{
    json_t *change = json_pack("{s:s}", "delete", call->arguments[0]);
    if (change == NULL) {
        call->usage = true;
        return fl_error_set(out_error, FL_MALFORMED, "the name is not UTF-8 text");
    }
    enum fl_status status = write_one(call, change, out_error);
    json_decref(change);
    return status;
}

/* --- batch --- */

static bool is_blank(struct fl_bytes line)
{
    for (size_t i = 0; i < line.size; i++) {
        if (line.data[i] != ' ' && line.data[i] != '\t' && line.data[i] != '\r') {
            return false;
        }
    }
    return true;
}

static struct fl_bytes next_line(struct fl_bytes *left)
{
    const uint8_t *newline = memchr(left->data, '\n', left->size);
    struct fl_bytes line = *left;
    line.size = newline == NULL ? left->size : (size_t)(newline - left->data);
    size_t used = newline == NULL ? line.size : line.size + 1;
    left->data += used;
    left->size -= used;
    return line;
}

static enum fl_status apply_lines(
    struct fl_call *call,
    struct fl_txn *txn,
    json_t *refs,
    uint64_t *out_changes,
    struct fl_error *out_error)
{
    struct fl_change_memory memory;
    struct fl_bytes left = call->input;
    enum fl_status status = FL_OK;
    uint64_t changes = 0;
    fl_change_memory_init(&memory);
    for (uint64_t line_number = 1; left.size > 0 && status == FL_OK; line_number++) {
        struct fl_bytes line = next_line(&left);
        struct fl_key key;
        if (is_blank(line)) {
            continue;
        }
        status = fl_change_apply_text(call->node, txn, line, &memory, &key, out_error);
        if (status != FL_OK) {
            fl_error_prefix(
                out_error, "line %" PRIu64 ", nothing was written", line_number);
        } else if (call->output->json) {
            struct fl_ref_text ref = fl_ref_text(call->node->configuration, key);
            json_array_append_new(refs, json_string(ref.text));
        }
        changes++;
        fl_output_progress(
            call->output, N_("applying"), call->input.size - left.size, call->input.size);
    }
    fl_change_memory_deinit(&memory);
    *out_changes = changes;
    return status;
}

FL_HANDLER(batch)
{
    struct fl_txn txn;
    uint64_t changes = 0;
    json_t *refs = json_array();
    fl_txn_begin(&txn, call->node->store, FL_TXN_WRITE);
    enum fl_status status = apply_lines(call, &txn, refs, &changes, out_error);
    if (status == FL_OK) {
        status = fl_change_commit(&txn, out_error);
    }
    fl_txn_abort(&txn);
    if (status == FL_OK) {
        call->wrote = changes > 0;
        if (call->output->json) {
            fl_output_number(call->output, "changes", "changes", changes);
            fl_output_json(call->output, "refs", "refs", json_incref(refs));
        }
        fl_output_say(
            call->output, _("changes written in one transaction: %" PRIu64), changes);
    }
    json_decref(refs);
    return status;
}
