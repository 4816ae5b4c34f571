#include "command_table.h"

#include <inttypes.h>
#include <stdio.h>

#include "change/ref.h"
#include "compare/compare.h"
#include "daemon/daemon.h"
#include "language.h"

enum { TYPE_NAME_BYTES = FL_NAME_BYTES_MAX + 64 };

static const char *kind_name(enum fl_difference_kind kind)
{
    switch (kind) {
    case FL_DIFFERENCE_CONTENT:
        return N_("content");
    case FL_DIFFERENCE_ONLY_HERE:
        return N_("only here");
    case FL_DIFFERENCE_ONLY_THERE:
        return N_("only there");
    case FL_DIFFERENCE_DELETED_HERE:
        return N_("deleted here");
    case FL_DIFFERENCE_DELETED_THERE:
        return N_("deleted there");
    case FL_DIFFERENCE_DAMAGED_HERE:
        return N_("damaged here");
    case FL_DIFFERENCE_DAMAGED_THERE:
        return N_("damaged there");
    case FL_DIFFERENCE_KINDS:
        break;
    }
    return "";
}

static const char *keep_name(enum fl_difference_keep keep)
{
    switch (keep) {
    case FL_KEEP_OURS:
        return N_("ours");
    case FL_KEEP_THEIRS:
        return N_("theirs");
    case FL_KEEP_NEITHER:
        break;
    }
    return N_("neither");
}

/* For programs as it is, for people in their language. */
static void show_word(
    struct fl_output *output,
    const char *key,
    const char *label,
    const char *word)
{
    fl_output_text(output, key, label, output->json ? word : _(word));
}

static const char *newer_name(enum fl_difference_newer newer)
{
    switch (newer) {
    case FL_NEWER_OURS:
        return N_("ours");
    case FL_NEWER_THEIRS:
        return N_("theirs");
    case FL_NEWER_UNKNOWN:
        break;
    }
    return N_("unknown");
}

static void name_type(
    const struct fl_configuration *configuration,
    uint32_t number,
    char out_name[TYPE_NAME_BYTES])
{
    const struct fl_type *type = fl_configuration_type(configuration, number);
    if (type == NULL) {
        snprintf(out_name, TYPE_NAME_BYTES, "%" PRIu32, number);
    } else {
        snprintf(
            out_name, TYPE_NAME_BYTES, "%s.%s", fl_kind_name(type->kind), type->name);
    }
}

/* How many of each type and kind. */
static void show_types(struct fl_call *call, const struct fl_compare_found *found)
{
    struct fl_output *output = call->output;
    fl_output_list_begin(output, "types");
    for (size_t i = 0; i < found->type_count; i++) {
        const struct fl_compare_type *type = &found->types[i];
        char name[TYPE_NAME_BYTES];
        name_type(call->node->configuration, type->type, name);
        for (int kind = FL_DIFFERENCE_CONTENT; kind < FL_DIFFERENCE_KINDS; kind++) {
            const struct fl_compare_kind_sum *sum = &type->by_kind[kind];
            if (sum->count == 0) {
                continue;
            }
            fl_output_row(output);
            fl_output_text(output, "type", N_("type"), name);
            show_word(
                output, "difference", N_("difference"),
                kind_name((enum fl_difference_kind)kind));
            fl_output_number(output, "count", N_("count"), sum->count);
            fl_output_number(output, "newer_here", N_("newer here"), sum->newer_here);
            fl_output_number(output, "newer_there", N_("newer there"), sum->newer_there);
        }
    }
    fl_output_list_end(output);
}

static void show_found(struct fl_call *call, const struct fl_compare_found *list)
{
    struct fl_output *output = call->output;
    if (list->count > 0) {
        fl_output_say(output, "%s", "");
    }
    fl_output_list_begin(output, "found");
    for (size_t i = 0; i < list->count; i++) {
        const struct fl_difference *found = &list->items[i];
        struct fl_ref_text ref = fl_ref_text(call->node->configuration, found->key);
        fl_output_row(output);
        fl_output_text(output, "object", N_("object"), ref.text);
        show_word(output, "difference", N_("difference"), kind_name(found->kind));
        show_word(output, "newer", N_("newer"), newer_name(found->newer));
        show_word(output, "keep", N_("kept"), keep_name(found->keep));
        fl_output_number(output, "lsn_here", N_("lsn here"), found->lsn_here);
        fl_output_number(output, "lsn_there", N_("lsn there"), found->lsn_there);
    }
    fl_output_list_end(output);
    if (list->count > 0) {
        fl_output_say(output, "%s", "");
    }
}

/* --- the end of it --- */

struct compare_wait {
    struct fl_peer peer;
    bool repair;
    uint64_t begun_ms; /* 0 before the first step */
};

static void show_sum(
    struct fl_call *call,
    const struct compare_wait *wait,
    const struct fl_compare_report *report,
    uint64_t now_ms)
{
    struct fl_output *output = call->output;
    const struct fl_comparison_result *result = report->result;
    fl_output_text(output, "peer", N_("node"), wait->peer.code);
    fl_output_number(output, "objects_here", N_("objects here"), result->objects_here);
    fl_output_number(output, "objects_there", N_("objects there"), result->objects_there);
    fl_output_number(output, "differences", N_("differences"), result->differences);
    fl_output_number(output, "on_way", N_("on their way"), result->on_way);
    fl_output_number(output, "quarantined", N_("in quarantine"), result->quarantined);
    if (wait->repair) {
        fl_output_number(
            output, "registered_here", N_("registered here"), result->registered_here);
        fl_output_number(
            output, "registered_there", N_("registered there"), result->registered_there);
    }
    fl_output_number(output, "wire_bytes", N_("bytes on the line"), report->wire_bytes);
    fl_output_number(output, "ms", N_("milliseconds"), now_ms - wait->begun_ms);
}

static uint64_t registered(const struct fl_compare_report *report)
{
    return report->result->registered_here + report->result->registered_there;
}

static void advise(
    struct fl_call *call,
    const struct compare_wait *wait,
    const struct fl_compare_report *report)
{
    const struct fl_comparison_result *result = report->result;
    struct fl_output *output = call->output;
    if (result->differences > report->found->count) {
        fl_output_say(
            output, _("Only the first %d are shown; all are counted."),
            FL_COMPARE_FOUND_MAX);
    }
    if (result->differences == 0) {
        fl_output_say(output, "%s", _("Both nodes have the same objects."));
    } else if (!wait->repair) {
        fl_output_say(
            output,
            _("`filial compare %s --repair` sends what is kept to the other side."),
            wait->peer.code);
    } else if (registered(report) < result->differences) {
        fl_output_say(
            output, "%s",
            _("Not everything could be registered: not what is damaged on both sides, "
              "nor "
              "what has changed meanwhile."));
    } else {
        fl_output_say(output, "%s", _("The next rounds carry what was registered."));
    }
}

static enum fl_status refusal(
    const struct fl_compare_report *report,
    const char *code,
    struct fl_error *out_error)
{
    switch (report->reason) {
    case FL_COMPARE_BUSY:
        return fl_error_set(
            out_error, FL_BUSY,
            "too much is being compared already, here or at %s; try again later", code);
    case FL_COMPARE_FOREIGN:
        return fl_error_set(
            out_error, FL_REFUSED,
            "objects of this type are not exchanged with %s; `filial plan show` says "
            "which are",
            code);
    case FL_COMPARE_MANY:
        return fl_error_set(
            out_error, FL_LIMIT,
            "too much has changed while it was compared with %s; try again when it is "
            "quieter, or type by type",
            code);
    case FL_COMPARE_UNKNOWN:
        return fl_error_set(
            out_error, FL_NOT_FOUND,
            "%s has begun anew and forgotten this comparison; try again", code);
    case FL_COMPARE_FAILED:
    case FL_COMPARE_NO_REASON:
        break;
    }
    return fl_error_set(
        out_error, FL_IO,
        "a store cannot be read or written, here or at %s; see the logs of filiald",
        code);
}

static enum fl_status failure(
    const struct fl_compare_report *report,
    const char *code,
    struct fl_error *out_error)
{
    switch (report->failure) {
    case FL_COMPARISON_SILENT:
        return fl_error_set(
            out_error, FL_NOT_FOUND,
            "%s does not answer; its program may be older than this one", code);
    case FL_COMPARISON_LOST:
        return fl_error_set(
            out_error, FL_NOT_FOUND,
            "the connection with %s was lost; try again when it is back", code);
    case FL_COMPARISON_NONSENSE:
        return fl_error_set(
            out_error, FL_MALFORMED, "%s answered what fits no question", code);
    case FL_COMPARISON_REFUSED:
    case FL_COMPARISON_NO_STORE:
        break;
    }
    return refusal(report, code, out_error);
}

static enum fl_status step_compare(
    struct fl_call *call,
    void *state,
    uint64_t now_ms,
    bool *out_done,
    struct fl_error *out_error)
{
    struct compare_wait *wait = state;
    struct fl_compare_report report;
    if (wait->begun_ms == 0) {
        wait->begun_ms = now_ms;
    }
    if (!fl_daemon_compare_look(call->node->daemon, &wait->peer, &report)) {
        return fl_error_set(
            out_error, FL_NOT_FOUND,
            "the connection with %s was lost; try again when it is back",
            wait->peer.code);
    }
    if (!report.over) {
        fl_output_progress(call->output, N_("comparing"), report.read, report.total);
        return FL_OK;
    }
    if (report.failure != 0) {
        return failure(&report, wait->peer.code, out_error);
    }
    show_types(call, report.found);
    show_found(call, report.found);
    show_sum(call, wait, &report, now_ms);
    advise(call, wait, &report);
    call->answer_is_no = report.result->differences > registered(&report);
    *out_done = true;
    return FL_OK;
}

/* --- the beginning --- */

static enum fl_status find_node(
    struct fl_call *call,
    struct fl_peer *out_peer,
    struct fl_error *out_error)
{
    const char *code = call->arguments[0];
    enum fl_status status = fl_call_peer(call, NULL, code, out_peer, out_error);
    if (status != FL_OK) {
        return status;
    }
    if (out_peer->format != FL_PEER_NATIVE) {
        return fl_error_set(
            out_error, FL_UNSUPPORTED,
            "%s is a 1C base and cannot be asked what it has; `filial export --to %s "
            "--all` sends it everything",
            code, code);
    }
    return FL_OK;
}

FL_HANDLER(compare)
{
    const char *type_name = fl_call_option(call, "type");
    const struct fl_type *type = NULL;
    struct fl_compare_wanted wanted = {.repair = fl_call_has(call, "repair")};
    enum fl_status status =
        type_name ? fl_call_type(call, type_name, &type, out_error) : FL_OK;
    if (status != FL_OK) {
        call->usage = true;
        return status;
    }
    wanted.type = type ? type->number : 0;
    struct compare_wait *wait = fl_alloc_zeroed(1, sizeof *wait);
    if (wait == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    wait->repair = wanted.repair;
    status = find_node(call, &wait->peer, out_error);
    if (status == FL_OK && call->node->daemon == NULL) {
        status = fl_error_set(
            out_error, FL_REFUSED,
            "filiald does not run on this node, and it is filiald that compares: start "
            "it "
            "by `filiald --node %s` or `systemctl start filiald`",
            call->node->directory);
    }
    if (status == FL_OK) {
        status =
            fl_daemon_compare_begin(call->node->daemon, &wait->peer, &wanted, out_error);
    }
    if (status != FL_OK) {
        fl_free(wait);
        return status;
    }
    fl_command_wait(call, step_compare, wait);
    return FL_OK;
}
