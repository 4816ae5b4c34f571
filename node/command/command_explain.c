/*
 * `filial node explain CODE` and `filial node release CODE`: what is with a peer, as
 * sentences, and the operator's word on what is held. In JSON the same as fields, with
 * the sentences beside them.
 */

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "change/change.h"
#include "command_table.h"
#include "language.h"
#include "log.h"
#include "peer/explain.h"
#include "peer/peer_list.h"

enum { SENTENCE_BYTES = 1024, SHORT_BYTES = 9 };

static void tell(struct fl_call *call, const char *format, ...) FL_PRINTF(2, 3);

static void tell(struct fl_call *call, const char *format, ...)
{
    char text[SENTENCE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (call->output->json) {
        fl_output_row(call->output);
        fl_output_text(call->output, "text", N_("text"), text);
    } else {
        fl_output_say(call->output, "%s", text);
    }
}

struct short_name {
    char text[SHORT_BYTES];
};

/* Incarnations are random: their first bytes are enough to tell them apart. */
static struct short_name short_of(struct fl_uuid incarnation)
{
    struct short_name name;
    const size_t shown = (SHORT_BYTES - 1) / 2;
    fl_bytes_hex(
        (struct fl_bytes){incarnation.bytes + FL_UUID_BYTES - shown, shown}, name.text);
    return name;
}

static unsigned long long number(uint64_t value)
{
    return value;
}

struct time_text {
    char text[FL_OUTPUT_TIME_BYTES];
};

static struct time_text at(int64_t unix_ms)
{
    struct time_text time;
    fl_output_time_text(unix_ms, time.text);
    return time;
}

/* -- sentences -- */

static void tell_who(struct fl_call *call, const struct fl_peer *peer)
{
    switch (peer->role) {
    case FL_PEER_PARENT:
        tell(
            call, _("%s (%s) is the parent of this node in the plan %s."), peer->code,
            peer->name, peer->plan_name);
        break;
    case FL_PEER_CHILD:
        tell(
            call, _("%s (%s) is a child of this node in the plan %s."), peer->code,
            peer->name, peer->plan_name);
        break;
    case FL_PEER_EQUAL:
        tell(
            call, _("%s (%s) is an equal of this node in the plan %s."), peer->code,
            peer->name, peer->plan_name);
        break;
    }
    if (peer->state == FL_PEER_SUSPENDED) {
        tell(call, _("The exchange with it is suspended."));
    } else if (peer->state == FL_PEER_REVOKED) {
        tell(call, _("It was revoked: its keys are refused."));
    }
}

static void tell_connection(
    struct fl_call *call,
    const struct fl_explanation *explanation)
{
    if (explanation->peer.format != FL_PEER_NATIVE) {
        tell(call, _("It exchanges packages in files."));
    } else if (call->node->daemon == NULL) {
        tell(call, _("filiald does not run here, so nobody can be connected."));
    } else if (explanation->connected_ms > 0) {
        tell(call, _("It is connected since %s."), at(explanation->connected_ms).text);
    } else if (explanation->trouble != NULL) {
        tell(call, _("It is not connected now: %s."), _(explanation->trouble));
    } else {
        tell(call, _("It is not connected now."));
    }
}

static void tell_received(struct fl_call *call, const struct fl_peer *peer)
{
    if (peer->last_received_ms == 0) {
        tell(call, _("Nothing has come from it yet."));
        return;
    }
    tell(
        call, _("What came last from it is message %llu, at %s."),
        number(peer->number_received), at(peer->last_received_ms).text);
    if (peer->whole_ms > 0) {
        tell(
            call, _("At message %llu, of %s, this node had all that it then had."),
            number(peer->whole_number), at(peer->whole_ms).text);
    }
}

static void tell_sent(struct fl_call *call, const struct fl_explanation *explanation)
{
    const struct fl_peer *peer = &explanation->peer;
    if (peer->last_confirmed_ms == 0) {
        tell(call, _("It has confirmed nothing yet."));
    } else {
        tell(
            call, _("It has confirmed our messages up to %llu, last at %s."),
            number(peer->confirmed_number), at(peer->last_confirmed_ms).text);
    }
    if (explanation->waiting == 0) {
        tell(call, _("Nothing is registered for it: it has all that it is to have."));
    } else {
        tell(
            call, _("Objects registered for it and not yet confirmed: %llu."),
            number(explanation->waiting));
    }
}

static void tell_incarnations(
    struct fl_call *call,
    const struct fl_explanation *explanation)
{
    const struct fl_peer *peer = &explanation->peer;
    for (size_t i = 0; i < explanation->position_count; i++) {
        const struct fl_stored_position *position = &explanation->positions[i];
        struct fl_uuid incarnation = position->stream.incarnation;
        if (fl_uuid_is_zero(incarnation)) {
            continue;
        }
        if (fl_uuid_equal(incarnation, peer->incarnation)) {
            tell(
                call,
                _("Of its present incarnation %s messages are applied up to %llu, last "
                  "at %s."),
                short_of(incarnation).text, number(position->number),
                at(position->applied_ms).text);
        } else {
            tell(
                call,
                _("Of its earlier incarnation %s messages were applied up to %llu, last "
                  "at %s."),
                short_of(incarnation).text, number(position->number),
                at(position->applied_ms).text);
        }
    }
    for (size_t i = 0; i < explanation->history.held_count; i++) {
        tell(
            call, _("Its incarnation %s is held: it is not listened to."),
            short_of(explanation->history.held[i]).text);
    }
}

static void tell_event(struct fl_call *call, const struct fl_history_event *event)
{
    struct time_text time = at(event->last_ms);
    struct short_name name = short_of(event->incarnation);
    switch (event->kind) {
    case FL_HISTORY_PEER_RESTORED:
        tell(
            call,
            _("%s: it came under a new incarnation, %s: it was restored, and gets back "
              "what it lost."),
            time.text, name.text);
        break;
    case FL_HISTORY_PEER_RETURNED:
        tell(
            call,
            _("%s: its replaced incarnation %s spoke again: restored once more, or a "
              "copy."),
            time.text, name.text);
        break;
    case FL_HISTORY_WE_RESTORED:
        tell(
            call,
            _("%s: by what it said this node found that it was restored itself, and took "
              "a new incarnation."),
            time.text);
        break;
    case FL_HISTORY_HELD_COPY:
        tell(
            call,
            _("%s: two of it are alive, and the one that spoke second (%s) is held."),
            time.text, name.text);
        break;
    case FL_HISTORY_HELD_CHANGES:
        tell(
            call, _("%s: its message %llu is held: %s."), time.text,
            number(event->number), event->text);
        break;
    case FL_HISTORY_PARENT_REFUSED:
        tell(
            call, _("%s: its incarnation %s was refused: %s."), time.text, name.text,
            _(event->text));
        break;
    case FL_HISTORY_REFUSED_BY_PEER:
        tell(
            call, _("%s: it refused this node: %s."), time.text,
            event->text[0] ? _(event->text) : "-");
        break;
    case FL_HISTORY_RELEASED:
        tell(call, _("%s: released by %s."), time.text, event->text);
        break;
    case FL_HISTORY_QUARANTINED:
        tell(
            call, _("%s: of its message %llu something was put into quarantine."),
            time.text, number(event->number));
        break;
    case FL_HISTORY_STOPPED:
        tell(
            call, _("%s: its message %llu was not taken: %s."), time.text,
            number(event->number), event->text);
        break;
    case FL_HISTORY_DROPPED:
        tell(call, _("%s: given up out of quarantine by %s."), time.text, event->text);
        break;
    case FL_HISTORY_FORKED:
        tell(
            call, _("%s: its message %llu came with two contents."), time.text,
            number(event->number));
        break;
    }
}

static void tell_next(struct fl_call *call, enum fl_explain_next next, const char *code)
{
    switch (next) {
    case FL_EXPLAIN_NOTHING:
        tell(call, _("Nothing needs to be done."));
        break;
    case FL_EXPLAIN_START:
        tell(call, _("Start filiald: `filiald --node %s`."), call->node->directory);
        break;
    case FL_EXPLAIN_ADOPT:
        tell(
            call,
            _("This store was brought here from another place and synchronises with "
              "nobody: say what it is by `filial store adopt`."));
        break;
    case FL_EXPLAIN_RESUME:
        tell(call, _("To go on with it: `filial node resume %s`."), code);
        break;
    case FL_EXPLAIN_INVITE:
        tell(call, _("To have it again invite it under another code: `filial invite`."));
        break;
    case FL_EXPLAIN_STOP_COPY:
        tell(
            call,
            _("Find out on which two machines %s runs, stop the one that is the copy for "
              "good, then `filial node release %s`."),
            code, code);
        break;
    case FL_EXPLAIN_LOOK_AT_CHANGES:
        tell(
            call,
            _("Ask at %s whether so much was to be changed. If so: `filial node release "
              "%s`; if not: `filial node suspend %s`, or restore it there from a "
              "backup."),
            code, code, code);
        break;
    case FL_EXPLAIN_CONFIRM_THERE:
        tell(
            call,
            _("If the parent was restored on purpose, let its administrator say `filial "
              "store adopt --restored` there, or follow it all the same by `filial node "
              "release %s` here."),
            code);
        break;
    case FL_EXPLAIN_CONFIRM_HERE:
        tell(
            call, _("It does not listen to this node. If this store was put back from a "
                    "backup, "
                    "say so: `filial store adopt --restored`."));
        break;
    case FL_EXPLAIN_DECIDE_THERE:
        tell(
            call,
            _("It does not listen to this node: ask its operator for `filial node "
              "explain %s` there."),
            call->node->identity->code);
        break;
    case FL_EXPLAIN_QUARANTINE:
        tell(
            call,
            _("See what was put aside: `filial quarantine list`, then `filial quarantine "
              "retry` or `drop`."));
        break;
    case FL_EXPLAIN_FORKED:
        tell(
            call,
            _("Find out where else the keys of %s are in use; if it may be stolen: "
              "`filial node revoke %s`."),
            code, code);
        break;
    case FL_EXPLAIN_LET_IN:
        tell(
            call,
            _("Tell its operator the fingerprint that `filial key show` shows here, for "
              "`filial node approve %s FINGERPRINT` there."),
            call->node->identity->code);
        break;
    case FL_EXPLAIN_CONNECT:
        tell(
            call,
            _("It has not been heard of for more than a day: see whether filiald runs "
              "there and reaches its parent."));
        break;
    case FL_EXPLAIN_COUNT:
        break;
    }
}

static void tell_story(struct fl_call *call, const struct fl_explanation *explanation)
{
    const struct fl_history *history = &explanation->history;
    tell_who(call, &explanation->peer);
    tell_connection(call, explanation);
    tell_received(call, &explanation->peer);
    tell_sent(call, explanation);
    tell_incarnations(call, explanation);
    if (explanation->quarantined > 0) {
        tell(
            call, _("Objects of it in quarantine: %llu."),
            number(explanation->quarantined));
    }
    for (size_t i = 0; i < history->event_count; i++) {
        tell_event(call, &history->events[i]);
    }
}

static void tell_needs(struct fl_call *call, const struct fl_explanation *explanation)
{
    for (int i = FL_EXPLAIN_NOTHING; i < FL_EXPLAIN_COUNT; i++) {
        if (explanation->needs[i]) {
            tell_next(call, (enum fl_explain_next)i, explanation->peer.code);
        }
    }
}

/* -- fields -- */

static void show_peer(struct fl_output *output, const struct fl_explanation *explanation)
{
    const struct fl_peer *peer = &explanation->peer;
    fl_output_text(output, "code", N_("code"), peer->code);
    fl_output_text(output, "name", N_("name"), peer->name);
    fl_output_uuid(output, "node", N_("node"), peer->node);
    fl_output_text(output, "role", N_("role"), fl_peer_list_role(peer->role));
    fl_output_text(output, "state", N_("state"), fl_peer_list_state(peer->state));
    fl_output_uuid(output, "incarnation", N_("incarnation"), peer->incarnation);
    fl_output_time(output, "connected", N_("connected"), explanation->connected_ms);
    fl_output_number(output, "received", N_("received"), peer->number_received);
    fl_output_time(output, "last_received", N_("last heard"), peer->last_received_ms);
    fl_output_number(output, "confirmed", N_("confirmed"), peer->confirmed_number);
    fl_output_time(output, "last_confirmed", N_("confirmed at"), peer->last_confirmed_ms);
    fl_output_number(output, "waiting", N_("waiting"), explanation->waiting);
    fl_output_number(
        output, "quarantined", N_("in quarantine"), explanation->quarantined);
    fl_output_flag(
        output, "held", N_("held"),
        explanation->history.changes_held || explanation->history.held_count > 0);
}

static void show_lists(struct fl_output *output, const struct fl_explanation *explanation)
{
    const struct fl_history *history = &explanation->history;
    fl_output_list_begin(output, "incarnations");
    for (size_t i = 0; i < explanation->position_count; i++) {
        const struct fl_stored_position *position = &explanation->positions[i];
        fl_output_row(output);
        fl_output_uuid(
            output, "incarnation", N_("incarnation"), position->stream.incarnation);
        fl_output_number(output, "number", N_("number"), position->number);
        fl_output_time(output, "applied", N_("applied"), position->applied_ms);
        fl_output_flag(
            output, "held", N_("held"),
            fl_history_holds(history, position->stream.incarnation));
    }
    fl_output_list_end(output);
    fl_output_list_begin(output, "events");
    for (size_t i = 0; i < history->event_count; i++) {
        const struct fl_history_event *event = &history->events[i];
        fl_output_row(output);
        fl_output_text(output, "kind", N_("kind"), fl_history_kind_name(event->kind));
        fl_output_time(output, "first", N_("first"), event->first_ms);
        fl_output_time(output, "last", N_("last"), event->last_ms);
        fl_output_number(output, "count", N_("count"), event->count);
        fl_output_number(output, "number", N_("number"), event->number);
        fl_output_uuid(output, "incarnation", N_("incarnation"), event->incarnation);
        fl_output_text(output, "text", N_("text"), event->text);
    }
    fl_output_list_end(output);
}

FL_HANDLER(node_explain)
{
    struct fl_explanation *explanation = fl_alloc_zeroed(1, sizeof *explanation);
    if (explanation == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    enum fl_status status =
        fl_explain(call->node, call->arguments[0], explanation, out_error);
    if (status == FL_OK && call->output->json) {
        show_peer(call->output, explanation);
        show_lists(call->output, explanation);
        fl_output_list_begin(call->output, "sentences");
        tell_story(call, explanation);
        fl_output_list_end(call->output);
        fl_output_list_begin(call->output, "next");
        tell_needs(call, explanation);
        fl_output_list_end(call->output);
    } else if (status == FL_OK) {
        tell_story(call, explanation);
        fl_output_say(call->output, "%s", "");
        tell_needs(call, explanation);
    }
    fl_free(explanation);
    return status;
}

/* -- release -- */

static enum fl_status put_released(
    struct fl_call *call,
    struct fl_explanation *explanation,
    struct fl_error *out_error)
{
    struct fl_history *history = &explanation->history;
    struct fl_history_event event = {
        .kind = FL_HISTORY_RELEASED, .incarnation = fl_explain_refused(explanation)};
    struct fl_bytes by = fl_bytes_utf8_beginning(
        fl_bytes_of_text(fl_call_by(call)), FL_HISTORY_TEXT_BYTES_MAX);
    struct fl_txn txn;
    event.first_ms = event.last_ms = fl_node_now_ms();
    memcpy(event.text, by.data, by.size);
    history->admitted = event.incarnation;
    fl_history_release(history);
    fl_history_add(history, &event);
    fl_txn_begin(&txn, call->node->store, FL_TXN_KEEP);
    fl_history_put(&txn, explanation->peer.number, history);
    if (fl_txn_commit(&txn) != FL_OK) {
        return fl_change_txn_failure(&txn, out_error);
    }
    call->wrote = true;
    fl_log(
        FL_LOG_WARN, FL_LOG_EVENT_PEER_RELEASED, "peer=%s by=%s", explanation->peer.code,
        fl_log_value(event.text).text);
    fl_output_text(call->output, "code", N_("code"), explanation->peer.code);
    fl_output_flag(call->output, "released", N_("released"), true);
    return FL_OK;
}

FL_HANDLER(node_release)
{
    struct fl_explanation *explanation = fl_alloc_zeroed(1, sizeof *explanation);
    if (explanation == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    enum fl_status status =
        fl_explain(call->node, call->arguments[0], explanation, out_error);
    if (status == FL_OK && !explanation->needs[FL_EXPLAIN_STOP_COPY] &&
        !explanation->needs[FL_EXPLAIN_LOOK_AT_CHANGES] &&
        !explanation->needs[FL_EXPLAIN_CONFIRM_THERE]) {
        status = fl_error_set(
            out_error, FL_REFUSED,
            "nothing of %s is held; `filial node explain %s` says what is with it",
            explanation->peer.code, explanation->peer.code);
    }
    if (status == FL_OK) {
        status = put_released(call, explanation, out_error);
    }
    fl_free(explanation);
    return status;
}
