/*
 * `filial mapping try`: an object as it is here and as it stands in a message, and what
 * of it a message does not bring back.
 */

#include <stdlib.h>
#include <string.h>

#include "change/change.h"
#include "change/object_json.h"
#include "change/ref.h"
#include "command/command_table.h"
#include "correspondent_codec.h"
#include "exchange/enterprisedata.h"
#include "language.h"
#include "proto/limits.h"
#include "walk.h"

enum { NAMES_BYTES = 2000, MESSAGE_BYTES_MAX = 256 << 20 };

struct trying {
    struct fl_call *call;
    struct fl_conversion *conversion;
    struct fl_package_terms terms;
    struct fl_arena terms_arena;
    struct fl_txn *txn;
    struct fl_arena arena; /* of the object at hand */
    struct fl_buffer message;
    struct fl_buffer shown;
    char lost[NAMES_BYTES];
    uint64_t count;
};

/* --- there --- */

static enum fl_status lookup(
    void *context,
    struct fl_key key,
    struct fl_arena *arena,
    struct fl_object *out_object)
{
    const struct trying *trying = context;
    return fl_change_current(trying->txn, key, arena, out_object, NULL, NULL);
}

static enum fl_status write(
    struct trying *trying,
    const struct fl_object *object,
    struct fl_error *out_error)
{
    const struct fl_conversion_ports ports = {.context = trying, .lookup = lookup};
    const struct fl_package_writer_options options = {
        .configuration = trying->call->node->configuration,
        .sink = fl_codec_buffer_sink(&trying->message),
        .conversion = trying->conversion,
        .ports = &ports};
    const struct fl_package_header header = {
        .plan = "", .to = "", .from = "", .terms = &trying->terms};
    struct fl_package_writer *writer = NULL;
    fl_buffer_clear(&trying->message);
    enum fl_status status = fl_package_writer_open(
        fl_codec_find(FL_CORRESPONDENT_FORMAT), &options, &writer, out_error);
    if (status != FL_OK) {
        return status;
    }
    status = fl_package_writer_begin(writer, &header, out_error);
    if (status == FL_OK) {
        status = fl_package_writer_put(writer, object, out_error);
    }
    if (status == FL_UNSUPPORTED) {
        status = fl_error_set(
            out_error, FL_UNSUPPORTED,
            "%s has no counterpart in version %s by this mapping",
            fl_ref_text(trying->call->node->configuration, object->key).text,
            trying->terms.version);
    }
    if (status == FL_OK) {
        status = fl_package_writer_end(writer, out_error);
    }
    fl_package_writer_close(writer);
    return status;
}

/* The element alone, a line for each tag that follows another. */
static void indent(struct trying *trying)
{
    struct fl_bytes all = fl_buffer_view(&trying->message);
    size_t depth = 0;
    size_t at = 0;
    size_t end = all.size;
    while (at + 6 < all.size && memcmp(all.data + at, "<Body ", 6) != 0) {
        at++;
    }
    while (at < all.size && all.data[at] != '\n') {
        at++;
    }
    while (end > at &&
           (end + 7 > all.size || memcmp(all.data + end - 1, "\n\t</Body", 8) != 0)) {
        end--;
    }
    end -= end > at;
    fl_buffer_clear(&trying->shown);
    for (size_t last = '>'; at < end; at++) {
        uint8_t byte = all.data[at];
        bool opens = byte == '<' && all.data[at + 1] != '/';
        if ((byte == '\n' || byte == '\t') && last == '>') {
            continue;
        }
        depth -= byte == '<' && !opens && depth > 0;
        if (byte == '<' && last == '>' && trying->shown.size > 0) {
            fl_buffer_put_u8(&trying->shown, '\n');
            for (size_t i = 0; i < depth; i++) {
                fl_buffer_put_text(&trying->shown, "  ");
            }
        }
        depth += opens;
        depth -= byte == '>' && last == '/' && depth > 0;
        fl_buffer_put_u8(&trying->shown, byte);
        last = byte;
    }
    fl_buffer_put_u8(&trying->shown, 0);
}

/* --- and back --- */

/* It is here, by its kind: several may be one kind there. All that it has must come. */
static enum fl_status only_it(
    void *context,
    struct fl_key key,
    struct fl_arena *arena,
    struct fl_object *out_object)
{
    const struct fl_key *tried = context;
    (void)arena;
    if (!fl_key_equal(key, *tried)) {
        return FL_NOT_FOUND;
    }
    *out_object = (struct fl_object){.key = key};
    return FL_OK;
}

static void lose(struct trying *trying, const char *section, const char *name)
{
    char whole[2 * FL_NAME_BYTES_MAX];
    size_t size = strlen(trying->lost);
    snprintf(
        whole, sizeof whole, " %s%s%s,", section, section[0] == '\0' ? "" : ".", name);
    if (strstr(trying->lost, whole) == NULL && size + strlen(whole) < NAMES_BYTES) {
        memcpy(trying->lost + size, whole, strlen(whole) + 1);
    }
}

static void compare_rows(
    struct trying *trying,
    const struct fl_section_type *type,
    const struct fl_section *ours,
    const struct fl_section *back)
{
    for (size_t i = 0; i < ours->row_count; i++) {
        const struct fl_row *row = &ours->rows[i];
        for (size_t j = 0; j < row->field_count; j++) {
            const struct fl_field *field = &row->fields[j];
            const struct fl_value *found =
                back == NULL || i >= back->row_count
                    ? NULL
                    : fl_row_field(&back->rows[i], field->number);
            const struct fl_attribute *attribute =
                fl_section_attribute(type, field->number);
            if (attribute != NULL &&
                (found == NULL || !fl_value_equal(found, &field->value))) {
                lose(trying, type->name, attribute->name);
            }
        }
    }
}

static void compare(
    struct trying *trying,
    const struct fl_object *ours,
    const struct fl_object *back)
{
    const struct fl_type *type =
        fl_configuration_type(trying->call->node->configuration, ours->key.type);
    for (size_t i = 0; i < ours->field_count; i++) {
        const struct fl_field *field = &ours->fields[i];
        const struct fl_attribute *attribute = fl_type_attribute(type, field->number);
        const struct fl_value *found = fl_object_field(back, field->number);
        if (attribute != NULL &&
            (found == NULL || !fl_value_equal(found, &field->value))) {
            lose(trying, "", attribute->name);
        }
    }
    for (size_t i = 0; i < ours->section_count; i++) {
        const struct fl_section_type *section =
            fl_type_section(type, ours->sections[i].number);
        if (section != NULL) {
            compare_rows(
                trying, section, &ours->sections[i],
                fl_object_section(back, ours->sections[i].number));
        }
    }
}

static enum fl_status read_back(
    struct trying *trying,
    const struct fl_object *ours,
    struct fl_error *out_error)
{
    struct fl_codec_memory memory = {fl_buffer_view(&trying->message)};
    struct fl_key tried = ours->key;
    const struct fl_object nothing = {.key = tried};
    const struct fl_conversion_ports ports = {.context = &tried, .lookup = only_it};
    const struct fl_package_reader_options options = {
        .configuration = trying->call->node->configuration,
        .source = fl_codec_memory_source(&memory),
        .conversion = trying->conversion,
        .ports = &ports};
    struct fl_package_reader *reader = NULL;
    const struct fl_object *back = NULL;
    enum fl_status status = fl_package_reader_open(
        fl_codec_find(FL_CORRESPONDENT_FORMAT), &options, &reader, out_error);
    if (status == FL_OK) {
        status = fl_package_reader_next(reader, &back, out_error);
    }
    if (status == FL_OK && (back == NULL || !back->deleted)) {
        bool is_it = back != NULL && fl_key_equal(back->key, ours->key);
        compare(trying, ours, is_it ? back : &nothing);
    }
    fl_package_reader_close(reader);
    return status;
}

/* --- showing --- */

static void show(
    struct trying *trying,
    const struct fl_object *object,
    const struct fl_error *error)
{
    struct fl_output *output = trying->call->output;
    const struct fl_configuration *configuration = trying->call->node->configuration;
    const char *there = error == NULL ? (const char *)trying->shown.data : "";
    json_t *here = fl_object_json_encode(configuration, object, /* all= */ false);
    size_t size = strlen(trying->lost);
    if (size > 0) {
        trying->lost[size - 1] = '\0'; /* a comma */
    }
    if (output->json) {
        fl_output_row(output);
        fl_output_json(output, "here", N_("here"), here);
        fl_output_text(output, "there", N_("there"), there);
        fl_output_text(output, "lost", N_("does not come back"), trying->lost);
        fl_output_text(
            output, "refused", N_("refused"), error == NULL ? "" : error->text);
        return;
    }
    char *text = json_dumps(here, JSON_INDENT(2));
    json_decref(here);
    fl_output_raw(output, fl_bytes_of_text(text == NULL ? "" : text));
    fl_output_raw(output, fl_bytes_of_text("\n"));
    fl_output_raw(output, fl_bytes_of_text(there));
    fl_output_raw(output, fl_bytes_of_text(there[0] == '\0' ? "" : "\n"));
    if (trying->lost[0] != '\0') {
        fl_output_say(output, _("does not come back:%s"), trying->lost);
    }
    if (error != NULL) {
        fl_output_say(output, _("refused: %s"), error->text);
    }
    fl_output_say(output, "%s", "");
    free(text);
}

static enum fl_status try_object(
    struct trying *trying,
    const struct fl_object *object,
    struct fl_error *out_error)
{
    struct fl_error error = {.text = ""};
    trying->lost[0] = '\0';
    trying->count++;
    enum fl_status status = write(trying, object, &error);
    if (status == FL_REFUSED || status == FL_UNSUPPORTED) {
        trying->call->answer_is_no = true;
        show(trying, object, &error);
        return FL_OK;
    }
    if (status == FL_OK) {
        indent(trying);
        status = read_back(trying, object, &error);
    }
    if (status != FL_OK) {
        *out_error = error;
        return status;
    }
    show(trying, object, NULL);
    return FL_OK;
}

/* --- which ones --- */

static enum fl_status try_key(
    struct trying *trying,
    struct fl_key key,
    struct fl_error *out_error)
{
    struct fl_object object;
    struct fl_txn txn;
    fl_arena_reset(&trying->arena);
    fl_txn_begin(&txn, trying->call->node->store, FL_TXN_READ);
    trying->txn = &txn;
    enum fl_status status =
        fl_change_current(&txn, key, &trying->arena, &object, NULL, out_error);
    if (status == FL_NOT_FOUND) {
        status = fl_error_set(
            out_error, FL_NOT_FOUND, "%s is not here",
            fl_ref_text(trying->call->node->configuration, key).text);
    }
    if (status == FL_OK) {
        status = try_object(trying, &object, out_error);
    }
    fl_txn_abort(&txn);
    return status;
}

static enum fl_status take_first(
    void *context,
    struct fl_txn *txn,
    const struct fl_entry *entry,
    bool *out_stop,
    struct fl_error *out_error)
{
    (void)txn;
    (void)out_error;
    *(struct fl_key *)context = entry->key;
    *out_stop = true;
    return FL_OK;
}

/* The first object of each type that the mapping writes. */
static enum fl_status try_each(struct trying *trying, struct fl_error *out_error)
{
    const struct fl_conversion_rule *rule;
    const fl_conversion_version version =
        fl_conversion_version_of(fl_bytes_of_text(trying->terms.version));
    enum fl_status status = FL_OK;
    for (size_t i = 0;
         status == FL_OK && (rule = fl_conversion_rule_at(trying->conversion, i)) != NULL;
         i++) {
        const struct fl_type *type = fl_conversion_rule_type(rule);
        struct fl_key key = {0};
        if (fl_conversion_rule_of(trying->conversion, version, type->number) != rule) {
            continue;
        }
        status = fl_walk_objects(
            trying->call->node->store, type->number, take_first, &key, out_error);
        if (status == FL_OK && key.type != 0) {
            status = try_key(trying, key, out_error);
        }
    }
    return status;
}

static enum fl_status try_wanted(struct trying *trying, struct fl_error *out_error)
{
    struct fl_call *call = trying->call;
    struct fl_key key;
    enum fl_status status = FL_OK;
    if (call->argument_count > 1) {
        status = fl_ref_parse(
            call->node->configuration, fl_bytes_of_text(call->arguments[1]), &key,
            out_error);
        return status == FL_OK ? try_key(trying, key, out_error) : status;
    }
    status = try_each(trying, out_error);
    if (status == FL_OK && trying->count == 0) {
        fl_output_say(
            call->output, "%s", _("no object here is of a type that the mapping has"));
    }
    return status;
}

FL_HANDLER(mapping_try)
{
    struct trying trying = {.call = call};
    char *path = fl_call_path(call, call->arguments[0]);
    if (path == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    fl_arena_init(&trying.arena, FL_OBJECT_ARENA_BYTES_MAX);
    fl_arena_init(&trying.terms_arena, FL_OBJECT_ARENA_BYTES_MAX);
    fl_buffer_init(&trying.message, MESSAGE_BYTES_MAX);
    fl_buffer_init(&trying.shown, 2 * (size_t)MESSAGE_BYTES_MAX);
    enum fl_status status = fl_correspondent_mapping_load(
        path, call->node->configuration, &trying.conversion, out_error);
    if (status == FL_OK) {
        status = fl_enterprisedata_terms(
            trying.conversion, fl_call_option(call, "version"), &trying.terms_arena,
            &trying.terms, out_error);
    }
    if (status == FL_OK) {
        trying.terms.version = trying.terms.versions[trying.terms.version_count - 1];
        trying.terms.lists_kinds = false;
        fl_output_list_begin(call->output, "objects");
        status = try_wanted(&trying, out_error);
        fl_output_list_end(call->output);
    }
    fl_conversion_free(trying.conversion);
    fl_buffer_deinit(&trying.shown);
    fl_buffer_deinit(&trying.message);
    fl_arena_deinit(&trying.terms_arena);
    fl_arena_deinit(&trying.arena);
    fl_free(path);
    return status;
}
