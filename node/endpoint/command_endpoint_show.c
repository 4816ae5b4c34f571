/*
 * An endpoint as its commands show it.
 */

#include "command_endpoint.h"
#include "daemon/daemon.h"
#include "endpoint_window.h"
#include "endpoints.h"
#include "language.h"
#include "peer/peer_list.h"

void fl_command_endpoint_show_state(
    struct fl_output *output,
    const struct fl_peer *peer,
    const struct fl_endpoint_settings *settings,
    const struct fl_endpoint_state *state)
{
    fl_output_text(output, "code", N_("code"), peer->code);
    fl_output_text(output, "format", N_("format"), settings->format->name);
    fl_output_text(
        output, "place", N_("place"),
        settings->serves            ? _("comes to us")
        : settings->url[0] != '\0'  ? settings->url
        : settings->ftp[0] != '\0'  ? settings->ftp
        : settings->mail[0] != '\0' ? settings->mail
                                    : settings->directory);
    fl_output_text(
        output, "state", N_("state"), fl_endpoint_condition_name(state->condition));
    fl_output_number(output, "received", N_("received"), peer->number_received);
    fl_output_time(output, "received_at", N_("received at"), state->in_ms);
    fl_output_number(output, "sent", N_("sent"), peer->number_sent);
    fl_output_time(output, "sent_at", N_("sent at"), state->out_ms);
    fl_output_number(output, "confirmed", N_("confirmed"), peer->confirmed_number);
    fl_output_text(output, "reason", N_("reason"), state->reason);
}

/* What the daemon is at with it. */
static void show_work(const struct fl_call *call, const struct fl_peer *peer)
{
    const struct fl_endpoint_poll *poll =
        call->node->daemon == NULL
            ? NULL
            : fl_endpoints_find(fl_daemon_endpoints(call->node->daemon), peer->number);
    uint64_t done = 0;
    uint64_t total = 0;
    const char *at = poll == NULL ? "" : fl_endpoint_poll_at(poll, &done, &total);
    fl_output_text_if_any(
        call->output, "now", N_("at work on"),
        call->output->json || at[0] == '\0' ? at : _(at));
    if (call->output->json || at[0] != '\0') {
        fl_output_number(call->output, "now_done", N_("done of it"), done);
        fl_output_number(call->output, "now_total", N_("of"), total);
    }
    const struct fl_windows_state window = fl_endpoint_window(call->node, peer, poll);
    fl_endpoint_window_show(call->output, &window);
}

void fl_command_endpoint_show_rest(
    struct fl_output *output,
    const struct fl_peer *peer,
    const struct fl_endpoint_settings *settings,
    const struct fl_endpoint_state *state)
{
    fl_output_text_if_any(output, "words", N_("says"), state->words);
    fl_output_time(output, "since", N_("since"), state->since_ms);
    fl_output_number(output, "failures", N_("failed looks"), state->failures);
    fl_output_text_if_any(output, "notes", N_("notes"), state->notes);
    fl_output_text(output, "plan", N_("plan"), peer->plan_name);
    fl_output_text(output, "role", N_("role"), fl_peer_list_role(peer->role));
    fl_output_text_if_any(output, "file", N_("file judged last"), state->judged.name);
    fl_output_number(
        output, "received_objects", N_("objects received"), state->in_objects);
    fl_output_number(output, "applied", N_("applied"), state->in_applied);
    fl_output_number(output, "collisions", N_("collisions"), state->in_collisions);
    fl_output_number(output, "quarantined", N_("in quarantine"), state->in_quarantined);
    fl_output_number(output, "sent_objects", N_("objects sent"), state->out_objects);
    fl_output_number(output, "sent_bytes", N_("bytes"), state->out_bytes);
    fl_output_number(
        output, "sent_confirms", N_("confirms their message"), state->out_received);
    fl_output_number(output, "published", N_("published"), state->out_published);
    fl_output_number(
        output, "poll_seconds", N_("looks every, s"), settings->poll_ms / 1000);
    fl_output_flag(output, "zip", N_("zip"), settings->zip);
    fl_output_text_if_any(output, "incoming", N_("mask"), settings->incoming);
    fl_output_text_if_any(output, "outgoing", N_("name"), settings->outgoing);
    fl_output_text_if_any(output, "smtp", N_("mails are sent by"), settings->smtp);
    fl_output_text_if_any(
        output, "mail_address", N_("mail address"), settings->mail_address);
    fl_output_text_if_any(
        output, "password_file", N_("password file"), settings->password_file);
    fl_output_text_if_any(output, "ca_file", N_("certificate file"), settings->ca_file);
    fl_output_text_if_any(output, "mapping", N_("mapping"), settings->mapping);
    fl_output_text_if_any(
        output, "base_plan", N_("plan of the base"), settings->base_plan);
    fl_output_text_if_any(output, "as", N_("our code there"), settings->our_code);
    fl_output_text_if_any(output, "user", N_("user"), settings->user);
    fl_output_text_if_any(output, "intranet", N_("portal's script"), settings->intranet);
    fl_output_text_if_any(output, "base_code", N_("its code there"), settings->base_code);
    fl_output_text_if_any(output, "prefix", N_("our prefix"), settings->prefix);
    fl_output_text_if_any(output, "versions", N_("versions"), settings->versions);
    fl_output_number(
        output, "archive_files", N_("packages kept"), settings->archive_files);
    fl_output_number(
        output, "archive_mib", N_("MiB kept"), settings->archive_bytes >> 20);
}

void fl_command_endpoint_show_whole(
    struct fl_call *call,
    const struct fl_peer *peer,
    const struct fl_endpoint_settings *settings,
    const struct fl_endpoint_state *state)
{
    char *archive = fl_endpoint_own_path(call->node, peer->number, "archive");
    fl_command_endpoint_show_state(call->output, peer, settings, state);
    show_work(call, peer);
    fl_command_endpoint_show_rest(call->output, peer, settings, state);
    fl_output_text(
        call->output, "archive", N_("archive"), archive == NULL ? "" : archive);
    fl_free(archive);
}
