/*
 * A package read to its end before anything of it is applied: whose it is, whether its
 * number counts, whether it is whole and fits the configuration.
 */

#include <inttypes.h>
#include <string.h>

#include "endpoint_import_parts.h"
#include "endpoint_terms.h"
#include "language.h"
#include "predefined/predefined.h"

/* --- before anything is changed --- */

static struct fl_bytes without_trailing_blanks(const char *text)
{
    struct fl_bytes bytes = fl_bytes_of_text(text);
    while (bytes.size > 0 && bytes.data[bytes.size - 1] == ' ') {
        bytes.size--;
    }
    return bytes;
}

static bool names_match(const char *a, const char *b)
{
    return fl_bytes_equal(without_trailing_blanks(a), without_trailing_blanks(b));
}

/* What is exchanged with this peer at all. */
static enum fl_status check_sender(
    const struct fl_endpoint_import *import,
    struct fl_error *out_error)
{
    const struct fl_peer *peer = &import->peer;
    if (peer->format != FL_PEER_V8MSG) {
        return fl_error_set(
            out_error, FL_REFUSED,
            "\"%s\" is a Filial node: what it has comes by synchronisation, not as a "
            "package",
            peer->code);
    }
    if (peer->state != FL_PEER_ACTIVE) {
        return fl_error_set(
            out_error, FL_UNTRUSTED,
            "the exchange with \"%s\" is suspended or revoked; `filial node resume %s` "
            "takes a suspension back",
            peer->code, peer->code);
    }
    return FL_OK;
}

/* Which command makes it known goes by the format of its file. */
static enum fl_status refuse_unknown(
    const struct fl_endpoint_import *import,
    const char *code,
    struct fl_error *out_error)
{
    if (import->codec->name != NULL) {
        return fl_error_set(
            out_error, FL_NOT_FOUND,
            "the file is from \"%s\", which this node does not know; `filial endpoint "
            "add "
            "--node %s --format %s --mapping FILE --directory DIR` makes it known",
            code, code, import->codec->name);
    }
    return fl_error_set(
        out_error, FL_NOT_FOUND,
        "the package is from \"%s\", which this node does not know; `filial node add "
        "%s --format v8msg` makes it known",
        code, code);
}

static enum fl_status find_sender(
    struct fl_endpoint_import *import,
    const struct fl_package_header *header,
    struct fl_error *out_error)
{
    struct fl_node *node = import->node;
    struct fl_txn txn;
    fl_txn_begin(&txn, node->store, FL_TXN_READ);
    enum fl_status status = fl_peers_by_code(
        &txn, import->plan->hash, without_trailing_blanks(header->from), &import->peer);
    fl_txn_abort(&txn);
    if (import->only_from != 0 &&
        (status != FL_OK || import->peer.number != import->only_from)) {
        return fl_error_set(
            out_error, FL_REFUSED,
            "the package is from \"%s\": it contains data of another base than the one "
            "that "
            "this endpoint is for",
            header->from);
    }
    return status == FL_OK ? FL_OK : refuse_unknown(import, header->from, out_error);
}

bool fl_import_is_unnumbered(const struct fl_endpoint_import *import)
{
    return import->message_number == 0 && import->codec->takes_unnumbered;
}

enum fl_status fl_import_check_number(
    const struct fl_endpoint_import *import,
    struct fl_error *out_error)
{
    if (import->message_number > import->peer.number_received ||
        fl_import_is_unnumbered(import)) {
        return FL_OK;
    }
    if (import->message_number == import->peer.number_received) {
        return fl_error_set(
            out_error, FL_REFUSED,
            "message number %" PRIu64 " from \"%s\" was accepted already: nothing in it "
            "counts a second time",
            import->message_number, import->peer.code);
    }
    return fl_error_set(
        out_error, FL_REFUSED,
        "message number %" PRIu64 " from \"%s\" is older than number %" PRIu64
        ", which was accepted last: nothing in it counts any more; ask for a new package",
        import->message_number, import->peer.code, import->peer.number_received);
}

static const struct fl_node_plan *find_plan(const struct fl_node *node, const char *name)
{
    for (size_t i = 0; i < node->plans.count; i++) {
        if (names_match(name, node->plans.items[i].name)) {
            return &node->plans.items[i];
        }
    }
    return NULL;
}

/* The sender, which is known by now, and the number that it gives. */
static enum fl_status judge_numbers(
    struct fl_endpoint_import *import,
    const struct fl_package_header *header,
    struct fl_error *out_error)
{
    memcpy(import->plan_hash, import->plan->hash, sizeof import->plan_hash);
    import->message_number = header->message_number;
    import->received_number = header->received_number;
    enum fl_status status = check_sender(import, out_error);
    if (status == FL_OK) {
        import->report.verdict = FL_VERDICT_OLD;
        status = fl_import_check_number(import, out_error);
    }
    if (status == FL_OK) {
        import->report.verdict = FL_VERDICT_BROKEN;
    }
    return status;
}

/* The plan is the endpoint's, whatever the file calls it: the base has a plan of its own.
 */
static enum fl_status judge_sender(
    struct fl_endpoint_import *import,
    const struct fl_package_header *header,
    struct fl_error *out_error)
{
    struct fl_node *node = import->node;
    for (size_t i = 0; i < node->plans.count; i++) {
        struct fl_peer peer;
        struct fl_txn txn;
        fl_txn_begin(&txn, node->store, FL_TXN_READ);
        bool known = fl_peers_by_code(
                         &txn, node->plans.items[i].hash,
                         without_trailing_blanks(header->from), &peer) == FL_OK;
        fl_txn_abort(&txn);
        if (known || i == 0) {
            import->plan = &node->plans.items[i];
        }
        if (known) {
            break;
        }
    }
    return import->plan == NULL ? fl_error_set(
                                      out_error, FL_REFUSED,
                                      "this node exchanges by no plan: `filial plan "
                                      "create` makes one")
                                : find_sender(import, header, out_error);
}

/* The format knows whose names they are. */
static enum fl_status ask_sender(
    struct fl_endpoint_import *import,
    struct fl_error *out_error)
{
    enum fl_status status = import->codec->read_sender(
        import->reader, import->only_from, &import->peer, out_error);
    if (status == FL_OK) {
        import->plan = fl_node_plan_of(import->node, &import->peer);
    }
    return status;
}

/* Plan, addressee, sender: in the order in which 1C asks. */
static enum fl_status judge_names(
    struct fl_endpoint_import *import,
    const struct fl_package_header *header,
    struct fl_error *out_error)
{
    const struct fl_node *node = import->node;
    import->plan = find_plan(node, header->plan);
    if (import->plan == NULL) {
        return fl_error_set(
            out_error, FL_REFUSED,
            "the package is of the plan \"%s\", this node exchanges by \"%s\"",
            header->plan, node->plan);
    }
    if (!names_match(header->to, node->identity->code)) {
        return fl_error_set(
            out_error, FL_REFUSED, "the package is for \"%s\", this node is \"%s\"",
            header->to, node->identity->code);
    }
    return find_sender(import, header, out_error);
}

static enum fl_status judge_header(
    struct fl_endpoint_import *import,
    const struct fl_package_header *header,
    struct fl_error *out_error)
{
    enum fl_status status;
    if (header == NULL) {
        return fl_error_set(
            out_error, FL_MALFORMED, "this is not a message of an exchange plan");
    }
    import->report.verdict = FL_VERDICT_FOREIGN;
    if (import->codec->read_sender != NULL) {
        status = ask_sender(import, out_error);
    } else if (import->codec->by_sender_only) {
        status = judge_sender(import, header, out_error);
    } else {
        status = judge_names(import, header, out_error);
    }
    return status == FL_OK ? judge_numbers(import, header, out_error) : status;
}

/* --- reading --- */

enum fl_status fl_import_open_reader(
    struct fl_endpoint_import *import,
    struct fl_error *out_error)
{
    return import->codec->read_open(
        import->codec, import->node, fl_package_file_source(&import->file),
        &import->reader, out_error);
}

enum fl_status fl_import_begin_reader(
    struct fl_endpoint_import *import,
    struct fl_txn *txn,
    struct fl_error *out_error)
{
    return import->codec->read_begin == NULL
               ? FL_OK
               : import->codec->read_begin(import->reader, &import->peer, txn, out_error);
}

/* Two readings take half the way each. */
void fl_import_show_progress(struct fl_endpoint_import *import, const char *what)
{
    fl_output_progress(import->output, what, import->file.read, import->file.size);
}

static void show_notes(struct fl_endpoint_import *import)
{
    const char *note;
    for (size_t i = 0; (note = import->codec->read_note(import->reader, i)) != NULL;
         i++) {
        fl_output_warn(import->output, "%s", note);
    }
}

static enum fl_status judge(struct fl_endpoint_import *import, struct fl_error *out_error)
{
    const struct fl_package_header *header = NULL;
    enum fl_status status =
        import->codec->read_header(import->reader, &header, out_error);
    if (status == FL_OK) {
        status = judge_header(import, header, out_error);
    }
    if (status == FL_OK) {
        status = fl_import_begin_reader(import, /* txn= */ NULL, out_error);
    }
    import->is_judged = true;
    return status;
}

/* `*out_ended`: the package was whole. */
static enum fl_status read_through(
    struct fl_endpoint_import *import,
    bool *out_ended,
    struct fl_error *out_error)
{
    enum fl_status status = import->is_judged ? FL_OK : judge(import, out_error);
    while (status == FL_OK && !fl_share_is_over(&import->share)) {
        struct fl_endpoint_object object = {.object = NULL};
        status = import->codec->read_next(import->reader, &object, out_error);
        if (status == FL_OK && fl_endpoint_object_is_none(&object)) {
            *out_ended = true;
            break;
        }
        import->report.objects += status == FL_OK && object.object != NULL;
        fl_import_show_progress(import, N_("reading"));
    }
    return status;
}

/* What a package of an old number is, when all of it was read. */
static void end_old(struct fl_endpoint_import *import, enum fl_status status)
{
    struct fl_codec_source source = fl_package_file_source(&import->file);
    uint8_t bytes[4096];
    size_t size = 0;
    if (status != FL_OK && import->codec->read_is_incomplete(import->reader)) {
        import->report.verdict = FL_VERDICT_NOT_WHOLE;
        return;
    }
    do {
        status = source.read(source.context, bytes, sizeof bytes, &size, NULL);
    } while (status == FL_OK && size > 0);
    fl_hasher_finish(&import->file.hasher, import->hash);
    if (status == FL_OK && import->message_number == import->peer.number_received &&
        memcmp(import->hash, import->peer.received_hash, sizeof import->hash) == 0) {
        import->report.verdict = FL_VERDICT_REPEATED;
    }
}

/*
 * An old number says nothing yet about a file that is just written over, and the last
 * package once more is no news.
 */
enum fl_status fl_import_read_old(
    struct fl_endpoint_import *import,
    struct fl_error *out_error)
{
    bool ended = false;
    enum fl_status status = FL_OK;
    do {
        struct fl_endpoint_object object = {.object = NULL};
        status = import->codec->read_next(import->reader, &object, NULL);
        ended = status != FL_OK || fl_endpoint_object_is_none(&object);
    } while (!ended && !fl_share_is_over(&import->share));
    if (!ended) {
        return FL_OK;
    }
    end_old(import, status);
    return fl_error_set(out_error, import->refusal.status, "%s", import->refusal.text);
}

/* What is known of the base's predefined items, with what this package says of them. */
static enum fl_status match_predefined(
    struct fl_endpoint_import *import,
    struct fl_error *out_error)
{
    struct fl_txn txn;
    if (import->codec->read_predefined == NULL) {
        return FL_OK;
    }
    fl_txn_begin(&txn, import->node->store, FL_TXN_READ);
    enum fl_status status =
        fl_predefined_pairs_get(&txn, import->peer.number, &import->pairs, out_error);
    fl_txn_abort(&txn);
    return status == FL_OK ? fl_predefined_match(
                                 import->node, import->codec, import->reader,
                                 &import->pairs, out_error)
                           : status;
}

void fl_import_keep_unnumbered(struct fl_endpoint_import *import)
{
    fl_endpoint_terms_put_message(
        &import->txn, import->peer.number,
        (struct fl_bytes){import->hash, sizeof import->hash});
}

/* No number says that a message came before: its bytes do, where they lie and wait. */
static enum fl_status check_unnumbered(
    struct fl_endpoint_import *import,
    struct fl_error *out_error)
{
    const struct fl_bytes hash = {import->hash, sizeof import->hash};
    struct fl_txn txn;
    if (!fl_import_is_unnumbered(import) || import->only_from == 0) {
        return FL_OK;
    }
    fl_txn_begin(&txn, import->node->store, FL_TXN_READ);
    bool same = fl_endpoint_terms_is_repeated(&txn, import->peer.number, hash);
    fl_txn_abort(&txn);
    if (!same) {
        return FL_OK;
    }
    import->report.verdict = FL_VERDICT_REPEATED;
    return fl_error_set(
        out_error, FL_REFUSED, "this message from \"%s\" was taken already",
        import->peer.code);
}

static enum fl_status end_reading(
    struct fl_endpoint_import *import,
    struct fl_error *out_error)
{
    show_notes(import);
    fl_hasher_finish(&import->file.hasher, import->hash);
    enum fl_status status = check_unnumbered(import, out_error);
    if (status != FL_OK) {
        return status;
    }
    status = match_predefined(import, out_error);
    import->codec->read_close(import->reader);
    import->reader = NULL;
    import->phase = FL_IMPORT_APPLYING;
    import->report.verdict = FL_VERDICT_FAILED;
    return status;
}

enum fl_status fl_import_read(
    struct fl_endpoint_import *import,
    struct fl_error *out_error)
{
    struct fl_error error = {.text = ""};
    bool ended = false;
    enum fl_status status =
        import->reader != NULL ? FL_OK : fl_import_open_reader(import, &error);
    if (status == FL_OK) {
        status = read_through(import, &ended, &error);
    }
    if (status == FL_OK) {
        return ended ? end_reading(import, out_error) : FL_OK;
    }
    if (import->reader != NULL && import->report.verdict == FL_VERDICT_OLD) {
        error.status = status;
        import->refusal = error;
        import->phase = FL_IMPORT_OLD;
        return FL_OK;
    }
    if (import->reader != NULL && import->codec->read_is_incomplete(import->reader)) {
        import->report.verdict = FL_VERDICT_NOT_WHOLE;
        fl_error_prefix(
            &error,
            "the file is not whole: if it is still being written, import it later");
    }
    if (out_error != NULL) {
        *out_error = error;
    }
    return status;
}
