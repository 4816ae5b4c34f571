/*
 * `filial duplicate ...`. What takes long goes on in shares of the daemon's turns.
 */

#include <stdlib.h>
#include <string.h>

#include "change/change.h"
#include "change/object_json.h"
#include "change/ref.h"
#include "command/command_table.h"
#include "command_duplicate_left.h"
#include "duplicate_compared.h"
#include "duplicate_find.h"
#include "duplicate_merge.h"
#include "duplicate_uses.h"
#include "language.h"

enum { MIN_SCORE = 40, LIMIT = 100, SIGNS_BYTES = 128 };

/* -- list -- */

struct listing {
    struct fl_duplicate_search *search;
    uint64_t min;
    uint64_t limit;
};

static void free_listing(void *state)
{
    struct listing *listing = state;
    fl_duplicate_search_free(listing->search);
    fl_free(listing);
}

static const char *signs_text(unsigned signs, char out_text[SIGNS_BYTES])
{
    size_t size = 0;
    out_text[0] = '\0';
    for (unsigned i = 0; i < FL_DUPLICATE_SIGNS; i++) {
        if ((signs & 1u << i) != 0) {
            size += (size_t)snprintf(
                out_text + size, SIGNS_BYTES - size, "%s%s", size == 0 ? "" : ", ",
                fl_duplicate_sign_name(1u << i));
        }
    }
    return out_text;
}

static void show_pair(struct fl_call *call, const struct fl_duplicate_pair *pair)
{
    const struct fl_configuration *configuration = call->node->configuration;
    struct fl_output *output = call->output;
    char signs[SIGNS_BYTES];
    fl_output_row(output);
    fl_output_number(output, "score", N_("score"), pair->score);
    fl_output_text(output, "signs", N_("the same"), signs_text(pair->signs, signs));
    fl_output_text(output, "first_description", N_("one"), pair->first->description);
    fl_output_text(output, "first_inn", N_("INN"), pair->first->inn);
    fl_output_text(output, "first_branch", N_("branch"), pair->first->branch);
    fl_output_text(
        output, "second_description", N_("the other"), pair->second->description);
    fl_output_text(output, "second_inn", N_("INN"), pair->second->inn);
    fl_output_text(output, "second_branch", N_("branch"), pair->second->branch);
    fl_output_text(
        output, "first", N_("first"), fl_ref_text(configuration, pair->first->key).text);
    fl_output_text(
        output, "second", N_("second"),
        fl_ref_text(configuration, pair->second->key).text);
}

static void show_list(struct fl_call *call, const struct listing *listing)
{
    size_t count = 0;
    size_t shown = 0;
    size_t more = 0;
    const struct fl_duplicate_pair *pairs =
        fl_duplicate_search_pairs(listing->search, &count);
    size_t common = fl_duplicate_search_common(listing->search);
    fl_output_list_begin(call->output, "pairs");
    for (size_t i = 0; i < count && pairs[i].score >= listing->min; i++) {
        if (shown < listing->limit) {
            show_pair(call, &pairs[i]);
            shown++;
        } else {
            more++;
        }
    }
    fl_output_list_end(call->output);
    fl_output_number(
        call->output, "looked", N_("objects looked at"),
        fl_duplicate_search_looked(listing->search));
    fl_output_number(call->output, "more", N_("pairs that are not shown"), more);
    if (common > 0) {
        fl_output_number(
            call->output, "common", N_("words that too many share, passed over"), common);
    }
}

static enum fl_status step_list(
    struct fl_call *call,
    void *state,
    uint64_t now_ms,
    bool *out_done,
    struct fl_error *out_error)
{
    const struct listing *listing = state;
    (void)now_ms;
    enum fl_status status =
        fl_duplicate_search_step(listing->search, out_done, out_error);
    if (status == FL_OK && *out_done) {
        show_list(call, listing);
    }
    return status;
}

static enum fl_status list_merges(struct fl_call *call, struct fl_error *out_error)
{
    enum fl_status status;
    struct fl_duplicate_merge merge = {.number = 0};
    struct fl_txn txn;
    fl_output_list_begin(call->output, "merges");
    fl_txn_begin(&txn, call->node->store, FL_TXN_READ);
    while ((status = fl_duplicate_log_next(&txn, merge.number, &merge, out_error)) ==
           FL_OK) {
        fl_output_row(call->output);
        fl_output_number(call->output, "number", N_("number"), merge.number);
        fl_output_text(
            call->output, "state", N_("state"), fl_duplicate_state_name(merge.state));
        fl_output_time(call->output, "at", N_("at"), merge.merged_ms);
        fl_output_text(call->output, "who", N_("by"), merge.who);
        fl_output_number(call->output, "objects", N_("objects"), merge.objects);
        fl_output_text(
            call->output, "kept", N_("kept"),
            fl_ref_text(call->node->configuration, merge.kept).text);
        fl_output_text(
            call->output, "merged", N_("duplicate"),
            fl_ref_text(call->node->configuration, merge.merged).text);
    }
    fl_txn_abort(&txn);
    fl_output_list_end(call->output);
    if (status == FL_NOT_FOUND && merge.number == 0) {
        fl_output_say(call->output, "%s", _("Nothing was merged yet."));
    }
    return status == FL_NOT_FOUND ? FL_OK : status;
}

static enum fl_status find_type(
    struct fl_call *call,
    const struct fl_type **out_type,
    struct fl_error *out_error)
{
    const char *name = fl_call_option(call, "type");
    if (name != NULL) {
        return fl_call_type(call, name, out_type, out_error);
    }
    *out_type = fl_duplicate_guess_type(call->node->configuration);
    return *out_type != NULL
               ? FL_OK
               : fl_error_set(
                     out_error, FL_NOT_FOUND,
                     "no catalog here looks like one of customers; tell it by --type");
}

FL_HANDLER(duplicate_list)
{
    const struct fl_type *type = NULL;
    if (fl_call_has(call, "merged")) {
        return list_merges(call, out_error);
    }
    if (fl_call_has(call, "left")) {
        return fl_duplicate_left(call, out_error);
    }
    struct listing *listing = fl_alloc_zeroed(1, sizeof *listing);
    if (listing == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    enum fl_status status =
        fl_call_number(call, "min", MIN_SCORE, &listing->min, out_error);
    if (status == FL_OK) {
        status = fl_call_number(call, "limit", LIMIT, &listing->limit, out_error);
    }
    if (status == FL_OK) {
        status = find_type(call, &type, out_error);
    }
    if (status == FL_OK) {
        status = fl_duplicate_search_new(call->node, type, &listing->search, out_error);
    }
    if (status != FL_OK) {
        free_listing(listing);
        return status;
    }
    return fl_command_work(call, step_list, listing, free_listing, out_error);
}

/* -- show -- */

struct showing {
    struct fl_key keys[2];
    size_t at; /* the one whose uses are counted */
    struct fl_duplicate_uses *uses[2];
};

static void free_showing(void *state)
{
    struct showing *showing = state;
    fl_duplicate_uses_free(showing->uses[0]);
    fl_duplicate_uses_free(showing->uses[1]);
    fl_free(showing);
}

static enum fl_status parse_two(
    struct fl_call *call,
    struct fl_key out_keys[2],
    struct fl_error *out_error)
{
    enum fl_status status = FL_OK;
    for (size_t i = 0; i < 2 && status == FL_OK; i++) {
        status = fl_ref_parse(
            call->node->configuration, fl_bytes_of_text(call->arguments[i]), &out_keys[i],
            out_error);
    }
    return status;
}

/* Its attributes and sections by name; NULL: it is not here. */
static json_t *read_values(struct fl_call *call, struct fl_txn *txn, struct fl_key key)
{
    struct fl_object object;
    struct fl_arena arena;
    json_t *json = NULL;
    fl_arena_init(&arena, FL_OBJECT_ARENA_BYTES_MAX);
    if (fl_change_current(txn, key, &arena, &object, NULL, NULL) == FL_OK) {
        json = fl_object_json_encode(call->node->configuration, &object, /* all= */ true);
    }
    fl_arena_deinit(&arena);
    json_t *values = json_incref(json_object_get(json, "set"));
    json_decref(json);
    return values;
}

static void show_values(struct fl_call *call, const struct showing *showing)
{
    json_t *objects[2];
    const char *name;
    json_t *value;
    struct fl_txn txn;
    fl_txn_begin(&txn, call->node->store, FL_TXN_READ);
    for (size_t i = 0; i < 2; i++) {
        objects[i] = read_values(call, &txn, showing->keys[i]);
    }
    fl_txn_abort(&txn);
    fl_output_list_begin(call->output, "attributes");
    json_object_foreach(objects[0], name, value)
    {
        json_t *other = json_object_get(objects[1], name);
        bool differs = !json_equal(value, other);
        if (!differs && !fl_call_has(call, "all")) {
            continue;
        }
        fl_output_row(call->output);
        fl_output_text(call->output, "attribute", N_("attribute"), name);
        fl_output_json(call->output, "first", N_("first"), json_incref(value));
        fl_output_json(
            call->output, "second", N_("second"),
            other == NULL ? json_null() : json_incref(other));
        fl_output_flag(call->output, "differs", N_("differs"), differs);
    }
    fl_output_list_end(call->output);
    json_decref(objects[0]);
    json_decref(objects[1]);
}

static void show_uses(struct fl_call *call, const struct showing *showing)
{
    const struct fl_configuration *configuration = call->node->configuration;
    fl_output_list_begin(call->output, "uses");
    for (size_t i = 0; i < 2; i++) {
        size_t count = 0;
        const struct fl_duplicate_use *list =
            fl_duplicate_uses_list(showing->uses[i], &count);
        const char *of = i == 0 ? N_("first") : N_("second");
        of = call->output->json ? of : _(of);
        for (size_t k = 0; k < count; k++) {
            const struct fl_type *type =
                fl_configuration_type(configuration, list[k].type);
            char name[FL_REF_TEXT_BYTES_MAX] = "";
            if (type != NULL) {
                snprintf(
                    name, sizeof name, "%s.%s", fl_kind_name(type->kind), type->name);
            }
            fl_output_row(call->output);
            fl_output_text(call->output, "of", N_("which"), of);
            fl_output_text(call->output, "type", N_("by"), name);
            fl_output_number(call->output, "objects", N_("objects"), list[k].objects);
            fl_output_number(
                call->output, "references", N_("references"), list[k].references);
        }
    }
    fl_output_list_end(call->output);
}

static enum fl_status step_show(
    struct fl_call *call,
    void *state,
    uint64_t now_ms,
    bool *out_done,
    struct fl_error *out_error)
{
    struct showing *showing = state;
    bool counted = false;
    (void)now_ms;
    enum fl_status status =
        fl_duplicate_uses_step(showing->uses[showing->at], &counted, out_error);
    showing->at += counted;
    if (status == FL_OK && showing->at == 2) {
        show_values(call, showing);
        show_uses(call, showing);
        *out_done = true;
    }
    return status;
}

static enum fl_status check_here(
    struct fl_call *call,
    const struct showing *showing,
    struct fl_error *out_error)
{
    struct fl_entry entry;
    struct fl_txn txn;
    enum fl_status status = FL_OK;
    fl_txn_begin(&txn, call->node->store, FL_TXN_READ);
    for (size_t i = 0; i < 2 && status == FL_OK; i++) {
        if (fl_object_get(&txn, showing->keys[i], &entry) != FL_OK ||
            (entry.flags & (FL_ENTRY_DELETED | FL_ENTRY_WITHDRAWN)) != 0) {
            status = fl_error_set(
                out_error, FL_NOT_FOUND, "%s is not here", call->arguments[i]);
        }
    }
    fl_txn_abort(&txn);
    return status;
}

FL_HANDLER(duplicate_show)
{
    struct showing *showing = fl_alloc_zeroed(1, sizeof *showing);
    enum fl_status status =
        showing == NULL ? fl_error_set(out_error, FL_NO_MEMORY, "not enough memory")
                        : parse_two(call, showing->keys, out_error);
    if (status == FL_OK) {
        status = check_here(call, showing, out_error);
    }
    for (size_t i = 0; i < 2 && status == FL_OK; i++) {
        showing->uses[i] = fl_duplicate_uses_new(call->node, showing->keys[i]);
        if (showing->uses[i] == NULL) {
            status = fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
        }
    }
    if (status != FL_OK && showing != NULL) {
        free_showing(showing);
    }
    return status == FL_OK
               ? fl_command_work(call, step_show, showing, free_showing, out_error)
               : status;
}

/* -- merge, undo -- */

static void free_work(void *state)
{
    fl_duplicate_work_free(state);
}

static void show_work(struct fl_call *call, const struct fl_duplicate_work *work)
{
    const struct fl_duplicate_merge *merge = fl_duplicate_work_merge(work);
    const struct fl_configuration *configuration = call->node->configuration;
    struct fl_output *output = call->output;
    fl_output_number(output, "number", N_("merge"), merge->number);
    fl_output_text(output, "state", N_("state"), fl_duplicate_state_name(merge->state));
    fl_output_text(
        output, "kept", N_("kept"), fl_ref_text(configuration, merge->kept).text);
    fl_output_text(
        output, "merged", N_("duplicate"),
        fl_ref_text(configuration, merge->merged).text);
    fl_output_number(output, "objects", N_("objects"), merge->objects);
    fl_output_number(output, "references", N_("references"), merge->references);
    fl_output_number(
        output, "filled", N_("attributes filled"), (uint64_t)merge->filled_count);
    if (merge->state == FL_DUPLICATE_UNDONE) {
        fl_output_number(
            output, "left", N_("changed since, and left"), fl_duplicate_work_left(work));
    } else {
        fl_output_say(
            output, _("`filial duplicate undo %u` takes it back."), merge->number);
    }
}

static enum fl_status step_work(
    struct fl_call *call,
    void *state,
    uint64_t now_ms,
    bool *out_done,
    struct fl_error *out_error)
{
    struct fl_duplicate_work *work = state;
    (void)now_ms;
    enum fl_status status = fl_duplicate_work_step(work, out_done, out_error);
    call->wrote = call->wrote || fl_duplicate_work_wrote(work);
    if (status == FL_OK && *out_done) {
        show_work(call, work);
    }
    return status;
}

FL_HANDLER(duplicate_merge)
{
    struct fl_key keys[2];
    struct fl_duplicate_work *work = NULL;
    enum fl_status status = parse_two(call, keys, out_error);
    if (status == FL_OK) {
        const struct fl_duplicate_wanted wanted = {
            .kept = keys[0],
            .merged = keys[1],
            .who = fl_call_by(call),
            .fills = fl_call_has(call, "fill")};
        status = fl_duplicate_merge_new(call->node, &wanted, &work, out_error);
    }
    return status == FL_OK ? fl_command_work(call, step_work, work, free_work, out_error)
                           : status;
}

FL_HANDLER(duplicate_undo)
{
    struct fl_duplicate_work *work = NULL;
    char *end = NULL;
    unsigned long number = strtoul(call->arguments[0], &end, 10);
    if (*end != '\0' || number == 0 || number > UINT32_MAX) {
        call->usage = true;
        return fl_error_set(
            out_error, FL_MALFORMED,
            "which merge? A number of `filial duplicate list --merged`");
    }
    enum fl_status status =
        fl_duplicate_undo_new(call->node, (uint32_t)number, &work, out_error);
    return status == FL_OK ? fl_command_work(call, step_work, work, free_work, out_error)
                           : status;
}
