#include "command_duplicate_left.h"

#include "change/ref.h"
#include "command/command_table.h"
#include "duplicate_log.h"
#include "duplicate_uses.h"
#include "language.h"

struct row {
    uint32_t number;
    struct fl_key kept;
    struct fl_key merged;
    uint64_t objects;
    uint64_t references;
};

struct looking {
    struct fl_duplicate_merge merge; /* in hand */
    struct fl_duplicate_uses *uses;  /* of its duplicate; NULL: the next one's turn */
    struct row *rows;
    size_t count;
};

static void free_looking(void *state)
{
    struct looking *looking = state;
    fl_duplicate_uses_free(looking->uses);
    fl_free(looking->rows);
    fl_free(looking);
}

/* -- which merge -- */

static enum fl_status has_later(
    struct fl_txn *txn,
    const struct fl_duplicate_merge *merge,
    bool *out_has,
    struct fl_error *out_error)
{
    struct fl_duplicate_merge later = {.number = merge->number};
    enum fl_status status = FL_OK;
    *out_has = false;
    while (!*out_has && (status = fl_duplicate_log_next(
                             txn, later.number, &later, out_error)) == FL_OK) {
        *out_has =
            later.state == FL_DUPLICATE_DONE && fl_key_equal(later.merged, merge->merged);
    }
    return status == FL_NOT_FOUND ? FL_OK : status;
}

/* The next that was not undone; of those of one duplicate the last. FL_NOT_FOUND: none.
 */
static enum fl_status next_merge(
    struct fl_call *call,
    struct fl_duplicate_merge *merge,
    struct fl_error *out_error)
{
    struct fl_txn txn;
    enum fl_status status = FL_OK;
    bool is_found = false;
    fl_txn_begin(&txn, call->node->store, FL_TXN_READ);
    while (status == FL_OK && !is_found) {
        status = fl_duplicate_log_next(&txn, merge->number, merge, out_error);
        if (status == FL_OK && merge->state == FL_DUPLICATE_DONE) {
            status = has_later(&txn, merge, &is_found, out_error);
            is_found = !is_found;
        }
    }
    fl_txn_abort(&txn);
    return status;
}

/* -- what is left -- */

static enum fl_status keep_left(struct looking *looking, struct fl_error *out_error)
{
    size_t count = 0;
    struct row row = {
        .number = looking->merge.number,
        .kept = looking->merge.kept,
        .merged = looking->merge.merged};
    const struct fl_duplicate_use *list = fl_duplicate_uses_list(looking->uses, &count);
    for (size_t i = 0; i < count; i++) {
        row.objects += list[i].objects;
        row.references += list[i].references;
    }
    if (row.references == 0) {
        return FL_OK;
    }
    struct row *rows = fl_realloc(looking->rows, (looking->count + 1) * sizeof *rows);
    if (rows == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    looking->rows = rows;
    rows[looking->count++] = row;
    return FL_OK;
}

static void show(struct fl_call *call, const struct looking *looking)
{
    const struct fl_configuration *configuration = call->node->configuration;
    struct fl_output *output = call->output;
    fl_output_list_begin(output, "left");
    for (size_t i = 0; i < looking->count; i++) {
        const struct row *row = &looking->rows[i];
        fl_output_row(output);
        fl_output_number(output, "number", N_("number"), row->number);
        fl_output_number(output, "objects", N_("objects"), row->objects);
        fl_output_number(output, "references", N_("references"), row->references);
        fl_output_text(
            output, "kept", N_("kept"), fl_ref_text(configuration, row->kept).text);
        fl_output_text(
            output, "merged", N_("duplicate"),
            fl_ref_text(configuration, row->merged).text);
    }
    fl_output_list_end(output);
    fl_output_say(
        output, "%s",
        looking->count > 0
            ? _("`filial duplicate merge KEPT DUPLICATE` turns these, too.")
            : _("Nothing refers to a card that was merged."));
}

/* -- in shares -- */

static enum fl_status begin_next(
    struct fl_call *call,
    struct looking *looking,
    bool *out_done,
    struct fl_error *out_error)
{
    enum fl_status status = next_merge(call, &looking->merge, out_error);
    if (status == FL_NOT_FOUND) {
        show(call, looking);
        *out_done = true;
        return FL_OK;
    }
    if (status == FL_OK) {
        looking->uses = fl_duplicate_uses_new(call->node, looking->merge.merged);
    }
    return status == FL_OK && looking->uses == NULL
               ? fl_error_set(out_error, FL_NO_MEMORY, "not enough memory")
               : status;
}

static enum fl_status step(
    struct fl_call *call,
    void *state,
    uint64_t now_ms,
    bool *out_done,
    struct fl_error *out_error)
{
    struct looking *looking = state;
    bool is_counted = false;
    (void)now_ms;
    if (looking->uses == NULL) {
        return begin_next(call, looking, out_done, out_error);
    }
    enum fl_status status = fl_duplicate_uses_step(looking->uses, &is_counted, out_error);
    if (status == FL_OK && is_counted) {
        status = keep_left(looking, out_error);
        fl_duplicate_uses_free(looking->uses);
        looking->uses = NULL;
    }
    return status;
}

enum fl_status fl_duplicate_left(struct fl_call *call, struct fl_error *out_error)
{
    struct looking *looking = fl_alloc_zeroed(1, sizeof *looking);
    return looking == NULL
               ? fl_error_set(out_error, FL_NO_MEMORY, "not enough memory")
               : fl_command_work(call, step, looking, free_looking, out_error);
}
